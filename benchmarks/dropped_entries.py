"""What sign_update.md, adam_eps.md and nullity.md drop when they take entries of the gradient as independent, measured.

    python benchmarks/dropped_entries.py [--runs 400] [--out docs/data]

Draws small networks with `sim` in float64 (seeds 0, 1, ..), measures each covariance that the derivations set to zero, and
what it does to the quantity they predict: with t and a of the run kept, the noise E is exchanged for independent Gaussians
of the same mean square. Writes one Markdown table per subject. About four minutes on one core at 400 runs.
"""

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from first_gradient import BACKEND, compact, draw_of, entries, size, table
from numpy.typing import NDArray
from scipy.special import erf, ndtr

from sim.measures.norms import top_singular_triplets
from sim.network.two_layer import first_gradient
from theory.gradient.decomposition import SignalNoise
from theory.gradient.norms import gradient_norms
from theory.spectrum.noise_spectra import nullity_of
from theory.update.adam_eps import adam_norm_ratios
from verify.problem.cells import Cell
from verify.problem.problem import make_problem

PROBLEMS: tuple[tuple[str, tuple[int, int, int], dict[str, str]], ...] = (
    ("tanh", (100, 75, 50), {}),
    ("tanh", (200, 150, 100), {}),
    ("tanh", (400, 300, 200), {}),
    ("tanh", (1600, 150, 100), {}),
    ("softplus", (200, 150, 100), {"student": "softplus"}),
    ("sin", (200, 150, 100), {"student": "sin"}),
    ("mean-field", (200, 150, 100), {"parametrisation": "mean-field"}),
)
EPS_RELATIVE = (0.03, 0.5)
BEYOND: tuple[tuple[str, tuple[int, int, int], dict[str, str]], ...] = (
    ("tanh", (100, 75, 50), {}),
    ("tanh", (200, 150, 100), {}),
    ("tanh", (400, 300, 200), {}),
    ("tanh", (6400, 150, 100), {}),
    ("tanh", (50, 150, 100), {}),
    ("softplus", (200, 150, 100), {"student": "softplus"}),
    ("sin", (200, 150, 100), {"student": "sin"}),
    ("sin", (400, 300, 200), {"student": "sin"}),
    ("axis teacher", (200, 150, 100), {"teacher_direction": "axis"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One network: signal and noise of its gradient, W_0, a, and the same noise exchanged for independent Gaussians."""

    sn: SignalNoise
    signal: NDArray  # mu_1 t, shape (d,)
    E: NDArray
    other: NDArray  # independent Gaussians of E's mean square
    W: NDArray
    a: NDArray

    @property
    def nu(self) -> float:
        """Root mean square of the run's own E."""
        return float(np.sqrt(np.mean(self.E**2)))


def run_of(options: dict[str, str], sizes: tuple[int, int, int], seed: int) -> Run:
    """The run of one seed."""
    problem, cell = make_problem(**options), Cell(n=sizes[0], N=sizes[1], d=sizes[2])
    gradient = first_gradient(draw_of(problem, cell, seed), backend=BACKEND)
    a = np.asarray(gradient.a)
    sn = problem.signal_noise(cell, {"readout_sum": float(a.sum()) / math.sqrt(cell.N)})
    E, t = entries(gradient, sn.student.mu_1, cell.n)
    if (
        sn.parametrisation == "mean-field"
    ):  # `entries` divides by NTK's prefactor 2/sqrt(N d); mean-field's is 2/sqrt(N)
        E = (E + sn.student.mu_1 * t) / math.sqrt(cell.d) - sn.student.mu_1 * t
    rng = np.random.default_rng([7, seed, *sizes])
    other = rng.standard_normal(E.shape) * np.sqrt(np.mean(E**2))
    return Run(sn=sn, signal=sn.student.mu_1 * t, E=E, other=other, W=np.asarray(gradient.W), a=a)


def top(A: NDArray) -> float:
    """Largest singular value."""
    return float(top_singular_triplets(A, backend=BACKEND).values[0])


def pairs(A: NDArray) -> float:
    """Mean over columns and over pairs of different rows of the product of two entries."""
    N, d = A.shape
    return float(np.sum(A.sum(axis=0) ** 2 - (A**2).sum(axis=0))) / (N * (N - 1) * d)


def excess(E: NDArray) -> float:
    """Excess kurtosis within columns, 0 for Gaussians with N rows."""
    N = len(E)
    return float(np.mean(np.mean(E**4, axis=0) / np.mean(E**2, axis=0) ** 2)) * (N + 2) / N - 3.0


def sign_row(run: Run) -> tuple[float, ...]:
    """Rows, bias, kurtosis, own weight, and d times (c less c with E exchanged)."""
    N, d = run.E.shape
    psi = erf(run.signal / (math.sqrt(2.0) * run.nu))
    signs = np.sign(run.signal + run.E)
    noise, power = signs - psi, float(np.mean(1.0 - psi**2))
    bias = float(psi @ (signs.mean(axis=0) - psi)) / float(psi @ psi)
    unit = run.a / math.sqrt(np.mean(run.a**2)) * (run.W / np.std(run.W)).T
    own = float(np.mean(noise * unit.T)) / math.sqrt(power)
    exchanged = top(np.sign(run.signal + run.other))
    change = d * (top(signs) - exchanged) / math.sqrt(N * d)
    return pairs(noise) / power, bias, excess(run.E), own, change


def eps_row(run: Run) -> tuple[float, ...]:
    """a_i^2 and t_j^2 against the noise's power, and d times (ratio less ratio with E exchanged), for both norms."""
    N, d = run.E.shape
    scale = 2.0 / math.sqrt(N * d) if run.sn.parametrisation == "ntk" else 2.0 / math.sqrt(N)
    found = [
        float(np.corrcoef(np.mean(run.E**2, axis=1), run.a**2)[0, 1]),
        float(np.corrcoef(np.mean(run.E**2, axis=0), run.signal**2)[0, 1]),
    ]
    for relative in EPS_RELATIVE:
        eps = relative * gradient_norms(run.sn)[1] / math.sqrt(N * d)
        both = []
        for E in (run.E, run.other):
            G = scale * run.a[:, None] * (run.signal + E)
            D = G / (np.abs(G) + eps)
            both.append(np.array([np.linalg.norm(D), top(D)]) / math.sqrt(N * d))
        found += [*(d * (both[0] - both[1]))]
    return tuple(found)


def eps_deviations(run: Run) -> tuple[float, ...]:
    """d times (measured less predicted), for both norms at each eps."""
    N, d = run.E.shape
    scale = 2.0 / math.sqrt(N * d) if run.sn.parametrisation == "ntk" else 2.0 / math.sqrt(N)
    G, found = scale * run.a[:, None] * (run.signal + run.E), []
    for relative in EPS_RELATIVE:
        eps = relative * gradient_norms(run.sn)[1] / math.sqrt(N * d)
        D = G / (np.abs(G) + eps)
        measured = np.array([np.linalg.norm(D), top(D)]) / math.sqrt(N * d)
        found += [*(d * (measured - np.array(_ratios(run.sn, eps))))]
    return tuple(found)


@lru_cache(maxsize=64)
def _ratios(sn: SignalNoise, eps: float) -> tuple[float, float]:
    return adam_norm_ratios(sn, eps)  # one problem for all runs of an odd student


def unflipped(run: Run, E: NDArray) -> NDArray:
    """Which columns of sign(G_0) have no flipped sign."""
    return np.all(np.sign(run.signal + E) == np.sign(run.signal), axis=0)


def nullity_row(run: Run) -> tuple[float, ...]:
    """Flips of two rows and of rows with a large b.w_i, skewness of E against t, scatter of the unflipped columns."""
    N = len(run.E)
    flip = ndtr(-np.abs(run.signal) / run.nu)
    flips = np.sign(run.signal + run.E) != np.sign(run.signal)
    noise, power = flips - flip, float(np.mean(flip * (1.0 - flip)))
    rows = float(np.corrcoef(flips.mean(axis=1), (run.W @ run.signal) ** 2)[0, 1])
    towards = -np.sign(run.signal) * run.E / np.sqrt(np.mean(run.E**2, axis=0))
    kept = (1.0 - flip) ** N
    spread = float(unflipped(run, run.E).sum() - kept.sum()) ** 2 / float(np.sum(kept * (1.0 - kept)))
    return pairs(noise) / power, rows, float(np.mean(towards**3)), spread


def moved_row(run: Run) -> tuple[float, ...]:
    """Unflipped columns less their expectation, less those with E exchanged; the same of two half-way exchanges."""
    N = len(run.E)
    expected = float(np.sum(ndtr(np.abs(run.signal) / run.nu) ** N))
    count, exchanged = (int(unflipped(run, E).sum()) for E in (run.E, run.other))
    signs = np.random.default_rng([19, N, count]).choice([-1.0, 1.0], run.E.shape)
    lengths = np.sqrt(np.mean(run.E**2, axis=1, keepdims=True)) / run.nu
    half = (int(unflipped(run, E).sum()) - exchanged for E in (signs * run.E, lengths * run.other))
    return count - expected, count - exchanged, *half


def staying_row(run: Run) -> tuple[float, ...]:
    """Rank lost beyond the counting, mean square of U_0^T W_0 V_0 and its top value, against an independent W_0's."""
    S = np.sign(run.a)[:, None] * np.sign(run.signal + run.E)
    U, s, Vt = np.linalg.svd(S)
    rank = int(np.sum(s > 1e-9 * s[0]))
    d, N = S.shape[1], S.shape[0]
    right, left = Vt[rank:].T, U[:, rank:]
    if min(right.shape[1], left.shape[1]) == 0:
        return math.nan, math.nan, math.nan
    W = run.W / np.std(run.W)
    kept = left.T @ W @ right
    other = left.T @ np.random.default_rng([11, N, d, rank]).standard_normal(W.shape) @ right
    lost = d - rank - max(int(unflipped(run, run.E).sum()) - 1, 0)
    return lost, float(np.mean(kept**2)) - 1.0, top(kept) / top(other) - 1.0


def averages(
    row: Callable[[Run], tuple[float, ...]],
    options: dict[str, str],
    sizes: tuple[int, int, int],
    runs: int,
    digits: tuple[int, ...],
) -> list[str]:
    """Mean and standard error of every number of `row` over seeds; runs without one left out."""
    values = np.array([row(run_of(options, sizes, seed)) for seed in range(runs)])
    values = values[~np.isnan(values).any(axis=1)]
    if len(values) < 2:
        return ["-"] * len(digits)
    return [compact(values[:, i], "mean", places) for i, places in enumerate(digits)]


def problem_table(heading: list[str], row: Callable, digits: tuple[int, ...], runs: int) -> str:
    """One line per problem."""
    rows = [
        [f"{name}, {size(sizes)}", *averages(row, options, sizes, runs, digits)]
        for name, sizes, options in PROBLEMS
    ]
    return table(["problem", *heading], rows)


def nullity_reach(runs: int) -> str:
    """Lost dimensions predicted and measured, and their standard deviation, where the counting should hold or not."""
    rows = []
    for name, sizes, options in BEYOND:
        found = [run_of(options, sizes, seed) for seed in range(runs)]
        predicted = nullity_of(found[0].sn)
        lost = np.array([max(float(unflipped(run, run.E).sum()) - 1.0, 0.0) for run in found])
        own = np.array([nullity_of(run.sn).lost for run in found])
        rows.append(
            [
                f"{name}, {size(sizes)}",
                f"{own.mean():.2f}",
                compact(lost, "mean", 2),
                f"{predicted.lost_sd:.2f}",
                compact(lost, "sd", 2),
            ]
        )
    return table(["problem", "k predicted", "measured", "sd predicted", "measured"], rows)


def main() -> None:
    """Measure and write every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "data")
    options = parser.parse_args()
    runs = options.runs
    if runs < 10:
        parser.error(f"--runs: must be at least 10, a standard error needs repeats; got {runs}")
    eps_heading = [f"{norm}, ε'={e:g}" for e in EPS_RELATIVE for norm in ("F", "op")]
    jobs: dict[str, Callable[[], str]] = {
        "sign-dropped": lambda: problem_table(
            ["rows", "bias", "kurtosis", "own", "d (c − c exchanged)"], sign_row, (4, 4, 3, 4, 3), runs
        ),
        "eps-dropped": lambda: problem_table(
            ["a² and noise", "t² and noise", *eps_heading], eps_row, (3, 3, 3, 3, 3, 3), runs
        ),
        "eps-left": lambda: problem_table(eps_heading, eps_deviations, (3, 3, 3, 3), runs),
        "nullity-dropped": lambda: problem_table(
            ["rows", "(b·w)² and flips", "skewness", "scatter"], nullity_row, (4, 3, 3, 2), runs
        ),
        "nullity-moved": lambda: problem_table(
            ["K − expected", "K − exchanged", "signs at random", "rows unequal"],
            moved_row,
            (2, 2, 2, 2),
            runs,
        ),
        "nullity-staying": lambda: problem_table(
            ["lost beyond K − 1", "mean square − 1", "top − independent"], staying_row, (2, 4, 4), runs
        ),
        "nullity-reach": lambda: nullity_reach(runs),
    }
    for name, job in jobs.items():
        (options.out / f"{name}.md").write_text(job())
        print(f"{name}.md", flush=True)


if __name__ == "__main__":
    main()
