"""Is there a spike in my matrix, and how heavy is its tail?"""

import numpy as np

import verify.measure

rng = np.random.default_rng(0)
np.save("my.npy", rng.standard_normal((600, 400)) + 0.2 * np.outer(rng.choice([-1, 1], 600), np.ones(400)))

[matrix] = verify.measure.run("my.npy")
report = matrix.report
print(f"{report.phase}: {report.phase_reason}")
for outlier in report.outliers.values:
    print(f"s = {outlier.value:.2f} beyond {report.outliers.edge:.2f}, p = {outlier.p_value:.0e}")
for name, alpha in (("Hill", report.hill), ("KS", report.ks)):
    print(
        f"{name}: {alpha.alpha:.2f}, without the outlier {alpha.without_outliers:.2f}; pure noise of this shape "
        f"{alpha.null:.2f}({alpha.null_sd:.2f}); p of matrices {alpha.matrix_p_value:.2f}"
    )
