import numpy as np

import sim
import theory
from theory.update.sign import sign_norm_ratio_refined

# What is predicted: ||D_0||_2 / sqrt(N d) at n/d = 2.
student = theory.student_moments(theory.named("tanh"))
teacher = theory.teacher_moments(theory.named("softplus"))
sn = theory.signal_noise(n=1000, N=750, d=500, student=student, teacher=teacher, noise=0.3)
print(f"kappa = {sn.kappa:.4f}, predicted c = {float(sign_norm_ratio_refined(sn)):.4f}")

# What is measured: five independent first steps.
backend = sim.get_backend("numpy")
ratios = []
for seed in range(5):
    draw = sim.Draw(setting=sim.Setting(n=1000, N=750, d=500), seed=seed)
    gradient = sim.first_gradient(draw, backend=backend)
    _, update = sim.adam_update(None, gradient.G, eps=0.0)
    top = sim.top_singular_triplets(update, start=draw.start_vector(500), backend=backend)
    ratios.append(float(top.values[0]) / np.sqrt(750 * 500))
print(f"measured c = {np.mean(ratios):.4f}, standard error {np.std(ratios, ddof=1) / np.sqrt(5):.4f}")
