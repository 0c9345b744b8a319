"""What esd.md and bulk.md drop when they take rows, entries and W_0 as independent, measured.

    python benchmarks/dropped_spectra.py [--runs 200] [--out docs/data]

Small networks drawn with `sim` in float64 (seeds 0, 1, ..). For the ESD of W_1 the assumptions are taken back one by one,
paired: W_0 exchanged for an independent one; the sign noise for Gaussian rows of the covariance that the derivation gives
it; the data for the mid-quantiles of their law. For the pure bulk: what a test against it says where entries are
Gaussian, where they are not, and of matrices that are no pure bulk. About six minutes on one core at 200 runs.
"""

import argparse
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from first_gradient import BACKEND, compact, draw_of, size, table
from numpy.typing import NDArray
from scipy.special import erf

from sim.measures.tails import hill_alpha
from sim.network.two_layer import Gradient, first_gradient
from theory.gradient.norms import noise_covariance
from theory.prediction.prediction import predict
from theory.random_matrices.bulk import hill_alpha_null
from theory.random_matrices.esd import SpectralLaw, spectral_quantile
from theory.random_matrices.johnstone import johnstone_scaling, top_singular_value_p_value
from theory.spectrum.noise_covariance import sign_noise_covariance
from theory.spectrum.noise_spectra import weight_spectrum
from verify.problem.cells import Cell
from verify.problem.problem import Problem, make_problem

LEVELS = np.array([0.1, 0.5, 0.9])
ETAS = (1.0, 3.0)
CELLS = ((100, 75, 50), (200, 150, 100), (400, 300, 200))
BEYOND: tuple[tuple[str, tuple[int, int, int], dict[str, str], float], ...] = (
    ("tanh", (400, 300, 200), {}, 1.0),
    ("tanh", (400, 300, 200), {}, 10.0),
    ("tanh", (6400, 150, 100), {}, 1.0),
    ("axis teacher", (200, 150, 100), {"teacher_direction": "axis"}, 1.0),
    ("tanh, small N", (200, 20, 100), {}, 1.0),
    ("mean-field", (200, 150, 100), {"parametrisation": "mean-field"}, 0.1),
)
BULK_CELLS = ((75, 50), (150, 100), (300, 200))


def gradient_of(problem: Problem, sizes: tuple[int, int, int], seed: int) -> tuple[Gradient, Cell]:
    """First gradient of one seed, with X^T diag(r^2) X and X^T diag(r) X."""
    cell = Cell(n=sizes[0], N=sizes[1], d=sizes[2])
    return first_gradient(draw_of(problem, cell, seed), backend=BACKEND, second_moments=True), cell


def bulk_quantiles(W_1: NDArray) -> NDArray:
    """Quantiles at `LEVELS` of the singular values of W_1 but the largest, the law's own definition."""
    values = np.linalg.svd(W_1, compute_uv=False)[1:]
    return np.quantile(values, LEVELS, method="hazen")


def gaussian_signs(gradient: Gradient, cell: Cell, problem: Problem, rng: np.random.Generator) -> NDArray:
    """s psi^T plus Gaussian rows of the covariance Sigma_S that edges.md gives the sign noise, X and r of the run."""
    student, t = problem.signal_noise(cell, {"readout_sum": 0.0}).student, gradient.residual_signal
    R = gradient.residual_moment_2 / gradient.residual_2
    Sigma_E = noise_covariance(
        R, gradient.residual_moment_1, n=cell.n, residual_2=gradient.residual_2, student=student
    )
    Sigma = sign_noise_covariance(Sigma_E, t, mu_1=student.mu_1)
    values, vectors = np.linalg.eigh(Sigma)
    rows = rng.standard_normal((cell.N, cell.d)) * np.sqrt(np.maximum(values, 0.0))
    psi = erf(student.mu_1 * t / math.sqrt(2.0 * float(np.mean(np.diag(Sigma_E)))))
    return np.sign(np.asarray(gradient.a))[:, None] * (psi + rows @ vectors.T)


def esd_changes(problem: Problem, sizes: tuple[int, int, int], eta: float, runs: int) -> list[list[NDArray]]:
    """Relative changes of three quantiles, in per cent, per exchange: W_0, the noise's law, the data's law; and all."""
    found: list[list[NDArray]] = [[], [], [], []]
    law: SpectralLaw | None = None
    for seed in range(runs):
        gradient, cell = gradient_of(problem, sizes, seed)
        W, S = np.asarray(gradient.W), np.sign(np.asarray(gradient.G))
        rng = np.random.default_rng([13, seed, *sizes])
        other = rng.standard_normal(W.shape)
        if law is None:
            law = weight_spectrum(
                problem.signal_noise(cell, {"readout_sum": 0.0}), problem.teacher.theory, eta
            )
        steps = [
            bulk_quantiles(W - eta * S),
            bulk_quantiles(other - eta * S),
            bulk_quantiles(other - eta * gaussian_signs(gradient, cell, problem, rng)),
            spectral_quantile(law, LEVELS),
        ]
        for values, (before, after) in zip(found, [*pairwise(steps), (steps[0], steps[-1])], strict=True):
            values.append(100.0 * (before / after - 1.0))
    return found


def esd_table(runs: int) -> str:
    """What each exchange does to the quantiles at `LEVELS`."""
    rows = []
    for sizes in CELLS:
        for eta in ETAS:
            parts = [np.array(part) for part in esd_changes(make_problem(), sizes, eta, runs)]
            cells = [
                ", ".join(f"{part[:, i].mean():+.2f}({_error(part[:, i]):.2f})" for i in range(len(LEVELS)))
                for part in parts
            ]
            rows.append([f"{size(sizes)}, η={eta:g}", *cells])
    return table(["", "W_0", "noise's law", "data's law", "all"], rows)


def _error(values: NDArray) -> float:
    return float(values.std(ddof=1) / math.sqrt(len(values)))


def esd_covariances(runs: int) -> str:
    """Correlations that the ESD's derivation sets to zero: W_0 with the sign noise, two rows of it, its square's rows."""
    problem, rows = make_problem(), []
    for sizes in CELLS:
        found = []
        for seed in range(runs):
            gradient, cell = gradient_of(problem, sizes, seed)
            student, t = problem.signal_noise(cell).student, gradient.residual_signal
            H = np.asarray(gradient.G) * math.sqrt(cell.N * cell.d) / (2.0 * np.asarray(gradient.a)[:, None])
            s = np.sign(np.asarray(gradient.a))[:, None]
            psi = erf(student.mu_1 * t / (math.sqrt(2.0) * float(np.std(H - student.mu_1 * t))))
            noise, W = np.sign(H) - psi, np.asarray(gradient.W)
            power = float(np.mean(noise**2))
            entry = float(np.mean(s * W * noise)) / math.sqrt(power)
            absolute = float(np.mean(np.abs(np.asarray(gradient.a))[:, None] * s * W * noise)) / math.sqrt(
                power
            )
            total = float(np.sum(noise.sum(axis=0) ** 2) - np.sum(noise**2))
            pairs = total / (cell.N * (cell.N - 1) * cell.d) / power
            gram = noise @ noise.T / cell.d
            off = (np.sum(gram**2) - np.sum(np.diag(gram) ** 2)) / (cell.N * (cell.N - 1)) * cell.d
            Sigma = _sigma_s(gradient, cell, problem)
            squares = off / (np.sum(Sigma**2) / cell.d)
            found.append((entry, absolute, pairs, squares - 1.0))
        values = np.array(found)
        rows.append([size(sizes), *(compact(values[:, i], "mean", 4) for i in range(values.shape[1]))])
    heading = ["(n, N, d)", "W_0 and noise", "same, weighted by a", "two rows, mean", "two rows, mean square"]
    return table(heading, rows)


def _sigma_s(gradient: Gradient, cell: Cell, problem: Problem) -> NDArray:
    student = problem.signal_noise(cell).student
    Sigma_E = noise_covariance(
        gradient.residual_moment_2 / gradient.residual_2,
        gradient.residual_moment_1,
        n=cell.n,
        residual_2=gradient.residual_2,
        student=student,
    )
    return sign_noise_covariance(Sigma_E, gradient.residual_signal, mu_1=student.mu_1)


def esd_reach(runs: int) -> str:
    """Quantiles over predicted, less 1, in per cent, where the law should hold and where not."""
    rows = []
    for name, sizes, options, eta in BEYOND:
        problem, found = make_problem(**options), []
        law = None
        for seed in range(runs):
            gradient, cell = gradient_of(problem, sizes, seed)
            if law is None:
                law = weight_spectrum(problem.signal_noise(cell), problem.teacher.theory, eta)
            W_1 = np.asarray(gradient.W) - eta * np.sign(np.asarray(gradient.G))
            found.append(100.0 * (bulk_quantiles(W_1) / spectral_quantile(law, LEVELS) - 1.0))
        values = np.array(found)
        cells = [compact(values[:, i], "mean", 2) for i in range(len(LEVELS))]
        rows.append([f"{name}, {size(sizes)}, η={eta:g}", *cells, "yes" if law and law.flags else "no"])
    return table(["problem", *(f"at {level:g}" for level in LEVELS), "flagged"], rows)


ENTRIES: tuple[tuple[str, Callable[[np.random.Generator, tuple[int, int]], NDArray]], ...] = (
    ("Gaussian", lambda rng, shape: rng.standard_normal(shape)),
    ("signs", lambda rng, shape: rng.choice([-1.0, 1.0], size=shape)),
    ("Laplace", lambda rng, shape: rng.laplace(size=shape) / math.sqrt(2.0)),
    ("Student t, 5", lambda rng, shape: rng.standard_t(5, size=shape) / math.sqrt(5.0 / 3.0)),
    ("Student t, 3", lambda rng, shape: rng.standard_t(3, size=shape) / math.sqrt(3.0)),
)


def top_table(runs: int) -> str:
    """(s_1^2 - mu)/sigma, its standard deviation and how often a p-value is below 1 %, by the law of the entries."""
    rows = []
    for name, draw in ENTRIES:
        for N, d in BULK_CELLS:
            rng = np.random.default_rng([17, N, d])
            tops = [math.sqrt(_top_squared(draw(rng, (N, d)))) for _ in range(10 * runs)]
            rows.append([f"{name}, ({N}, {d})", *_top_cells(np.array(tops), N, d)])
    return table(["entries", "mean (−1.207)", "sd (1.268)", "p < 0.01, %"], rows)


def _top_squared(W: NDArray) -> float:
    gram = W.T @ W if W.shape[0] >= W.shape[1] else W @ W.T
    return float(np.linalg.eigvalsh(gram)[-1])


def _top_cells(tops: NDArray, N: int, d: int) -> list[str]:
    scaling = johnstone_scaling(N=N, d=d)
    units = (tops**2 - scaling.centre) / scaling.scale
    alarms = 100.0 * np.array([float(top_singular_value_p_value(s, N=N, d=d)) < 0.01 for s in tops])
    return [
        compact(units, "mean", 3),
        f"{units.std(ddof=1):.2f}",
        compact(alarms, "mean", 1),
    ]


def null_table(runs: int) -> str:
    """Hill's alpha less its null, and the top value in units of the null's scale, of W_0 and of what a step makes of it."""
    rows = []
    for N, d in BULK_CELLS:
        sizes = (2 * d, N, d)
        problem = make_problem()
        critical = predict(n=sizes[0], N=N, d=d)["critical_eta"].value
        null = float(hill_alpha_null(N=N, d=d, method="finite"))
        scaling = johnstone_scaling(N=N, d=d)
        found: dict[str, list[tuple[float, float]]] = {}
        for seed in range(runs):
            gradient, _ = gradient_of(problem, sizes, seed)
            W, S = np.asarray(gradient.W), np.sign(np.asarray(gradient.G))
            for name, A in (
                ("W_0", W),
                ("W_1, half of the critical η", W - 0.5 * critical * S),
                ("W_1, η=1, spike off", W - 1.0 * S),
                ("sign(G_0), top off", S),
            ):
                values = np.linalg.svd(A, compute_uv=False)[int("off" in name) :] ** 2
                values = values[values > 1e-9 * values[0]]
                unit = values * (N * d / np.sum(values))  # entries of mean square 1
                alpha = hill_alpha(unit).alpha
                found.setdefault(name, []).append((alpha - null, (unit[0] - scaling.centre) / scaling.scale))
        for name, pairs in found.items():
            values = np.array(pairs)
            rows.append(
                [
                    f"{name}, ({N}, {d})",
                    compact(values[:, 0], "mean", 4),
                    f"{values[:, 0].std(ddof=1):.4f}",
                    compact(values[:, 1], "mean", 2),
                ]
            )
    return table(["matrix", "Hill's α − null", "its sd", "top value, units of σ"], rows)


def main() -> None:
    """Measure and write every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "data")
    options = parser.parse_args()
    if options.runs < 10:
        parser.error(f"--runs: must be at least 10, a standard error needs repeats; got {options.runs}")
    jobs: dict[str, Callable[[int], str]] = {
        "esd-dropped": esd_table,
        "esd-covariances": esd_covariances,
        "esd-reach": esd_reach,
        "bulk-top": top_table,
        "bulk-null": null_table,
    }
    for name, job in jobs.items():
        (options.out / f"{name}.md").write_text(job(options.runs))
        print(f"{name}.md", flush=True)


if __name__ == "__main__":
    main()
