"""False alarms and misses of the outlier test, and how often a phase's word is right, on spectra whose truth is planted.

    python benchmarks/outliers.py [--runs 100] [--out docs/data]    # three tables: 3 CPU-minutes
    python benchmarks/outliers.py --calibrate                       # quantiles behind verify.spectra.outliers._WIDTHS

Rows are Gaussian with a covariance whose eigenvalues are the mid-quantiles of a law ("quantiles") or an independent sample
of it ("sample", where the largest may stand apart by itself). Spikes are orthogonal rank-one terms, their strength in
units of the bulk's largest singular value. Where `screenot` is installed its count (Donoho, Gavish & Romanov 2023;
k = 20) stands beside ours; it answers another question, the rank that loses least, and gives no p-value.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from theory.random_matrices.tracy_widom import tracy_widom_upper_quantile
from verify.presentation.writers import markdown_table
from verify.spectra import outliers as module
from verify.spectra.bulk_shape import fit_bulk, white_law
from verify.spectra.null_draws import draw_nulls, null_spectrum
from verify.spectra.outliers import find_outliers
from verify.spectra.phase import PHASES
from verify.spectra.spectrum_report import report_spectrum

SHAPES = ((300, 200), (800, 400))
LAWS: dict[str, Callable[[NDArray], NDArray]] = {
    "white": lambda u: np.ones_like(u),
    "uniform on (0.5, 1.5)": lambda u: 0.5 + u,
    "two levels, 1 and 9": lambda u: np.where(u < 0.5, 1.0, 9.0),
    "AR(1), 0.7": lambda u: 0.51 / (1.49 - 1.4 * np.cos(np.pi * u)),
    "gamma, shape 2": lambda u: stats.gamma.ppf(u, 2.0),
    "lognormal, 0.5": lambda u: np.exp(0.5 * stats.norm.ppf(u)),
    "lognormal, 1": lambda u: np.exp(stats.norm.ppf(u)),
    "Pareto, 3": lambda u: (1.0 - u) ** (-1.0 / 3.0),
    "Pareto, 1.5": lambda u: (1.0 - u) ** (-1.0 / 1.5),
}
STRENGTHS = (1.2, 1.5, 2.0, 3.0, 5.0)


def eigenvalues_of(A: NDArray) -> NDArray:
    return np.maximum(np.linalg.eigvalsh(A.T @ A if A.shape[0] >= A.shape[1] else A @ A.T), 0.0)


def rows(law: str, kind: str, shape: tuple[int, int], rng: np.random.Generator) -> NDArray:
    """Gaussian rows of that covariance."""
    d = shape[1]
    u = (np.arange(d) + 0.5) / d if kind == "quantiles" else rng.random(d)
    return rng.standard_normal(shape) * np.sqrt(LAWS[law](u))


def spiked(A: NDArray, strength: float, rng: np.random.Generator) -> NDArray:
    """With a rank-one term in a random direction."""
    u, v = (rng.standard_normal(length) for length in A.shape)
    return A + strength * np.outer(u / np.linalg.norm(u), v / np.linalg.norm(v))


def white_count(l: NDArray, shape: tuple[int, int]) -> int:
    """Values beyond the edge of the best-scaled white law at the same rate."""
    law = white_law(max(shape), min(shape))
    return int(np.count_nonzero(l > law.top(fit_bulk(l, law).variance, 1e-4 / l.size)))


def screenot_count(A: NDArray) -> float:
    """ScreeNOT's rank; nan where it is not installed."""
    try:
        from screenot.ScreeNOT import adaptiveHardThresholding
    except ImportError:
        return float("nan")
    return float(adaptiveHardThresholding(A, 20)[2])


def trained(rng: np.random.Generator) -> NDArray:
    """W after ten steps of FB-Adam (eps 0, eta 1) at (n, N, d) = (400, 300, 200), tanh student, softplus teacher."""
    n, N, d = 400, 300, 200
    X, W, a = rng.standard_normal((n, d)), rng.standard_normal((N, d)), rng.standard_normal(N)
    beta = rng.standard_normal(d)
    y = np.logaddexp(0.0, X @ beta / np.linalg.norm(beta)) + 0.3 * rng.standard_normal(n)
    first, second = np.zeros_like(W), np.zeros_like(W)
    for t in range(1, 11):
        h = np.tanh(X @ W.T / np.sqrt(d))
        r = h @ a / np.sqrt(N) - y
        G = (np.outer(r, a) * (1.0 - h**2)).T @ X * 2.0 / (n * np.sqrt(N * d))
        first, second = 0.9 * first + 0.1 * G, 0.999 * second + 0.001 * G**2
        W = W - first / (1 - 0.9**t) / np.sqrt(second / (1 - 0.999**t))
    return W


def false_alarms(runs: int) -> str:
    table = []
    for shape in SHAPES:
        several = runs if shape == SHAPES[0] else max(runs // 5, 1)
        for law in LAWS:
            for kind in ("quantiles", "sample") if law != "white" else ("quantiles",):
                rng = np.random.default_rng(1)
                ours, white, theirs = [], [], []
                for run in range(several):
                    A = rows(law, kind, shape, rng)
                    l = eigenvalues_of(A)
                    ours.append(len(find_outliers(l).values))
                    white.append(white_count(l, shape))
                    if run < several // 10:
                        theirs.append(screenot_count(A))
                said = kind if law != "white" else ""
                table.append(_alarm_row("{} x {}".format(*shape), law, said, ours, white, theirs))
    rng = np.random.default_rng(2)
    networks = [trained(rng) for _ in range(max(runs // 50, 2))]
    found = [eigenvalues_of(W) for W in networks]
    counts = [len(find_outliers(l).values) for l in found]
    beyond = [white_count(l, (300, 200)) for l in found]
    ranks = [screenot_count(W) for W in networks]
    name = "ten steps of FB-Adam (its spike counts)"
    table.append(_alarm_row("300 x 200", name, "", counts, beyond, ranks))
    heading = (
        "shape",
        "covariance",
        "eigenvalues",
        "runs",
        "with an alarm",
        "most",
        "beyond white",
        "ScreeNOT",
    )
    return markdown_table(heading, table, "lll" + "r" * 5)


def _alarm_row(
    shape: str, law: str, kind: str, ours: list[int], white: list[int], theirs: list[float]
) -> list[str]:
    share, most = np.mean(np.array(ours) > 0), max(ours)
    screenot = f"{np.mean(theirs):.1f}" if theirs else ""
    return [shape, law, kind, str(len(ours)), f"{share:.4f}", str(most), f"{np.mean(white):.1f}", screenot]


def misses(runs: int) -> str:
    table = []
    for shape in SHAPES:
        several = max(runs // 5, 1) if shape == SHAPES[0] else max(runs // 20, 1)
        for law in LAWS:
            rng = np.random.default_rng(3)
            top = np.sqrt(
                np.mean([eigenvalues_of(rows(law, "quantiles", shape, rng))[-1] for _ in range(10)])
            )
            cells = []
            for strength in STRENGTHS:
                hits = 0
                for _ in range(several):
                    l = eigenvalues_of(spiked(rows(law, "quantiles", shape, rng), strength * top, rng))
                    hits += len(find_outliers(l).values) == 1
                cells.append(f"{1.0 - hits / several:.3f}")
            table.append(["{} x {}".format(*shape), law, str(several), *cells])
    heading = ("shape", "covariance", "runs", *(f"{each:g} s_1" for each in STRENGTHS))
    return markdown_table(heading, table, "ll" + "r" * (1 + len(STRENGTHS)))


def truths() -> dict[str, tuple[str, Callable[[tuple[int, int], np.random.Generator], NDArray]]]:
    """Spectra with the phase that they were made to be in; "-": between two."""

    def bulk(law: str) -> Callable[[tuple[int, int], np.random.Generator], NDArray]:
        return lambda shape, rng: rows(law, "quantiles", shape, rng)

    def edge(shape: tuple[int, int]) -> float:
        return float(np.sqrt(shape[0]) + np.sqrt(shape[1]))

    def weak(shape: tuple[int, int], rng: np.random.Generator) -> NDArray:
        return spiked(rng.standard_normal(shape), 1.4 * float(np.prod(shape)) ** 0.25, rng)

    def low(shape: tuple[int, int], rng: np.random.Generator) -> NDArray:
        half = min(shape) // 2
        return rng.standard_normal((shape[0], half)) @ rng.standard_normal((half, shape[1]))

    return {
        "white": ("random-like", bulk("white")),
        "Student's t, 5 degrees, entries": ("random-like", lambda shape, rng: rng.standard_t(5, shape)),
        "spike at 1.4 (N d)^(1/4)": ("bleeding-out", weak),
        "spike at 1.5 times the edge": ("bulk+spikes", lambda s, rng: spiked(rng.standard_normal(s), 1.5 * edge(s), rng)),
        "spike at 5 times the edge": ("bulk+spikes", lambda s, rng: spiked(rng.standard_normal(s), 5.0 * edge(s), rng)),
        "lognormal, 0.5": ("bulk-decay", bulk("lognormal, 0.5")),
        "the same with a spike": ("bulk-decay", lambda s, rng: spiked(bulk("lognormal, 0.5")(s, rng), 5.0 * edge(s), rng)),
        "gamma, shape 2": ("-", bulk("gamma, shape 2")),
        "two levels, 1 and 9": ("-", bulk("two levels, 1 and 9")),
        "lognormal, 1": ("heavy-tailed", bulk("lognormal, 1")),
        "Pareto, 1.5": ("heavy-tailed", bulk("Pareto, 1.5")),
        "AR(1), 0.7": ("heavy-tailed", bulk("AR(1), 0.7")),
        "Student's t, 1.5 degrees, entries": ("heavy-tailed", lambda shape, rng: rng.standard_t(1.5, shape)),
        "rank min(N, d)/2": ("rank collapse", low),
    }  # fmt: skip


def phases(runs: int) -> str:
    table = []
    for shape in SHAPES:
        nulls = draw_nulls(*shape, draws=60)
        for name, (truth, draw) in truths().items():
            rng = np.random.default_rng(4)
            counts: Counter[str] = Counter()
            several = max(runs // 10, 1) if shape == SHAPES[0] else max(runs // 20, 1)
            for _ in range(several):
                l = eigenvalues_of(draw(shape, rng))
                l[l < 1e-11 * l.max()] = 0.0
                counts[report_spectrum(l, shape=shape, nulls=nulls).phase] += 1
            cells = [str(counts[phase]) if counts[phase] else "" for phase in PHASES]
            table.append(["{} x {}".format(*shape), name, truth, str(several), *cells])
    return markdown_table(
        ("shape", "spectrum", "made to be", "runs", *PHASES), table, "lll" + "r" * (1 + len(PHASES))
    )


def calibrate(runs: int) -> None:
    """Quantiles of the statistic on noise, in units of Tracy-Widom's: what `_WIDTHS` holds at each window."""
    rng = np.random.default_rng(0)
    levels = (0.1, 0.01, 0.001, 0.0001)
    reference = np.array([float(tracy_widom_upper_quantile(level)) for level in levels])
    for N, d in ((150, 100), (300, 200), (1500, 1000)):
        tops = [np.log(null_spectrum(N, d, rng)[::-1][:40]) for _ in range(runs)]
        for window, width in zip(*module._WIDTHS, strict=True):
            units = np.array([module._units(top, 1, window)[0][0] for top in tops]) * width
            shares = np.quantile(units, 1.0 - np.array(levels)) / reference
            print(N, d, window, "width", width, "quantiles over Tracy-Widom's", np.round(shares, 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "data")
    parser.add_argument("--calibrate", action="store_true")
    options = parser.parse_args()
    if options.calibrate:
        calibrate(600 * options.runs)
        return
    texts = {
        "outlier-alarms.md": false_alarms(options.runs),
        "outlier-misses.md": misses(options.runs),
        "phase-rates.md": phases(options.runs),
    }
    for name, text in texts.items():
        (options.out / name).write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
