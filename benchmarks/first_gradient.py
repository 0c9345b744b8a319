"""What the derivations of the first gradient, the sign update and Adam's eps quote as measured.

    python benchmarks/first_gradient.py [--runs 4000] [--out docs/data]

Draws small networks with `sim` in float64 (seeds 0, 1, ..), holds them against `theory`, and writes one Markdown table per
page and subject. About a quarter of an hour on one core at 4000 runs.
"""

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.backend import get_backend
from sim.draw import Draw, stream_of
from sim.measures.norms import top_singular_triplets
from sim.network.two_layer import Gradient, first_gradient
from sim.optimisers.update import Update
from sim.runs.update_norms import update_norms
from theory.gradient.decomposition import SignalNoise
from theory.gradient.norms import gradient_norm_spreads, noise_covariance, residual_matrix_error
from theory.random_matrices.edges import weighted_edge
from theory.update.adam_eps_spread import adam_frobenius_spread
from theory.update.sign import (
    noise_along_signal,
    paired_rows_ratio_squared,
    sign_norm_ratio,
    sign_norm_ratio_refined,
    sign_norm_spread,
)
from verify.presentation.writers import markdown_table
from verify.problem.cells import Cell
from verify.problem.problem import Problem, make_problem

CELLS = ((50, 50, 100), (50, 200, 100), (200, 150, 100), (400, 300, 200), (1600, 50, 100), (1600, 200, 100))
STUDENTS = (
    ("softplus", (200, 150, 100), {"student": "softplus"}),
    ("softplus", (1600, 150, 100), {"student": "softplus"}),
    ("ReLU", (200, 150, 100), {"student": "relu"}),
    ("mean-field", (200, 150, 100), {"parametrisation": "mean-field"}),
    ("axis teacher", (200, 150, 100), {"teacher_direction": "axis"}),
)
BACKEND = get_backend("numpy", threads=1)
RULES = (Update(optimiser="gd"), Update(optimiser="adam"))
EPS = (1e-8, 1e-6, 1e-4)


def draw_of(problem: Problem, cell: Cell, seed: int) -> Draw:
    """One network and its data, in float64."""
    return Draw(
        setting=problem.setting(cell), seed=seed, stream=stream_of(*cell.sizes), dtype="float64", threads=1
    )


def size(cell: tuple[int, int, int]) -> str:
    """(n, N, d) as text."""
    return f"({cell[0]}, {cell[1]}, {cell[2]})"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, first column left-aligned."""
    return markdown_table(heading, list(rows), "l" + "r" * (len(heading) - 1)) + "\n"


def norms(problem: Problem, sizes: tuple[int, int, int], runs: int) -> dict[str, NDArray]:
    """Logarithms of both norms of G_0 and c = ||sign G_0||_2/sqrt(N d), each less its prediction given the run's A too."""
    cell = Cell(n=sizes[0], N=sizes[1], d=sizes[2])
    found: dict[str, list[float]] = {
        name: [] for name in ("operator", "frobenius", "c", "z_operator", "z_frobenius", "z_c", "c_less")
    }
    for seed in range(runs):
        gradient, sign = update_norms(draw_of(problem, cell, seed), RULES, backend=BACKEND)
        sn = problem.signal_noise(cell, {"readout_sum": gradient.observables["readout_sum"][0]})
        operator, frobenius = (
            math.log(gradient.observables[name][0]) for name in ("operator_norm", "frobenius_norm")
        )
        c = sign.observables["operator_norm"][0] / math.sqrt(cell.N * cell.d)
        spreads = gradient_norm_spreads(sn)
        less = c - sign_norm_ratio_refined(sn)
        for name, value in (
            ("operator", operator),
            ("frobenius", frobenius),
            ("c", c),
            ("z_operator", (operator - _log_norms(sn)[0]) / spreads[0]),
            ("z_frobenius", (frobenius - _log_norms(sn)[1]) / spreads[1]),
            ("z_c", less / sign_norm_spread(sn)),
            ("c_less", less),
        ):
            found[name].append(value)
    return {name: np.array(values) for name, values in found.items()}


def _log_norms(sn: SignalNoise) -> tuple[float, float]:
    from theory.gradient.norms import gradient_norms

    operator, frobenius = gradient_norms(sn)
    return math.log(operator), math.log(frobenius)


def with_error(values: NDArray, statistic: str, scale: float = 1.0, digits: int = 4) -> str:
    """Mean or standard deviation with its standard error."""
    if statistic == "mean":
        value, error = values.mean(), values.std(ddof=1) / math.sqrt(len(values))
    else:
        value, error = values.std(ddof=1), values.std(ddof=1) / math.sqrt(2 * (len(values) - 1))
    return f"{scale * value:.{digits}f} ± {scale * error:.{digits}f}"


def compact(values: NDArray, statistic: str, digits: int) -> str:
    """`with_error` in the short form 0.0096(3): the error counts units of the last digit."""
    value, error = with_error(values, statistic, digits=digits + 1).split(" ± ")
    return f"{float(value):.{digits}f}({max(round(float(error) * 10**digits), 1)})"


def norm_tables(runs: int) -> dict[str, str]:
    """Scatter of the norms of G_0, mean and scatter of c, for the default problem and for others."""
    problem = make_problem()
    scatter, means, spread = [], [], []
    for sizes in CELLS:
        found, sn = (
            norms(problem, sizes, runs),
            problem.signal_noise(Cell(n=sizes[0], N=sizes[1], d=sizes[2])),
        )
        root = math.sqrt(sizes[2])
        row = [size(sizes)]
        for name, predicted in zip(("operator", "frobenius"), gradient_norm_spreads(sn), strict=True):
            row += [f"{root * predicted:.3f}", with_error(found[name], "sd", root)]
        scatter.append(row)
        refined = sign_norm_ratio_refined(sn)
        leading, paired = float(sign_norm_ratio(sn.kappa)), math.sqrt(paired_rows_ratio_squared(sn))
        left = f"{sizes[2] * (found['c'].mean() - refined):+.2f}"
        numbers = [f"{value:.4f}" for value in (leading, paired, refined)]
        means.append([size(sizes), *numbers, with_error(found["c"], "mean"), left])
        spread.append([size(sizes), f"{root * sign_norm_spread(sn):.4f}", with_error(found["c"], "sd", root)])
    others = []
    for name, sizes, options in STUDENTS:
        found = norms(make_problem(**options), sizes, max(runs * 3 // 8, 2))
        less = sizes[2] * found["c_less"]
        others.append(
            [
                f"{name}, {size(sizes)}",
                *(with_error(found[key], "sd") for key in ("z_operator", "z_frobenius", "z_c")),
                f"{less.mean():+.2f} ± {less.std(ddof=1) / math.sqrt(len(less)):.2f}",
            ]
        )
    both = ["operator, predicted sd of the log, times √d", "measured", "Frobenius, predicted", "measured"]
    ratios = ["leading", "c_pair", "refined", "measured", "d (measured − refined)"]
    return {
        "gradient-scatter": table(["(n, N, d)", *both], scatter),
        "sign-mean": table(["(n, N, d)", *ratios], means),
        "sign-scatter": table(["(n, N, d)", "√d sd(c), predicted", "measured"], spread),
        "gradient-students": table(["problem", "operator", "Frobenius", "c", "d (c − refined)"], others),
    }


def entries(gradient: Gradient, mu_1: float, n: int) -> tuple[NDArray, NDArray]:
    """E = H - mu_1 t of one gradient, shape (N, d), and its t."""
    G, a = np.asarray(gradient.G), np.asarray(gradient.a)
    N, d = G.shape
    H = G * math.sqrt(N * d) / (2.0 * a[:, None])
    return H - mu_1 * gradient.residual_signal, gradient.residual_signal


def dropped(problem: Problem, sizes: tuple[int, int, int], runs: int) -> list[str]:
    """What the independence of E's entries drops: signal coefficient, rows, lean, columns, own weight."""
    cell = Cell(n=sizes[0], N=sizes[1], d=sizes[2])
    sn = problem.signal_noise(cell)
    rows = []
    for seed in range(runs):
        gradient = first_gradient(draw_of(problem, cell, seed), backend=BACKEND)
        E, t = entries(gradient, sn.student.mu_1, cell.n)
        W, a = np.asarray(gradient.W), np.asarray(gradient.a)
        coefficient = float(np.mean(E @ t) / (t @ t)) / sn.student.mu_1
        total, square = E.sum(axis=0), (E**2).sum(axis=0)
        pairs = float(np.sum(total**2 - square)) / (cell.N * (cell.N - 1) * cell.d)
        lean = float(np.mean((E @ t) ** 2) / (t @ t) / (np.sum(E**2) / (cell.N * cell.d))) - 1.0
        columns = float(np.corrcoef(np.mean(E**2, axis=0), t**2)[0, 1])
        own = float(np.mean(E * a[:, None] * W)) / sn.nu
        rows.append((coefficient, pairs / float(np.mean(E**2)), lean, columns, own))
    values = np.array(rows)
    return [with_error(values[:, index], "mean") for index in range(values.shape[1])]


def dropped_table(runs: int) -> str:
    """The dropped covariances for tanh at four sizes, and for softplus at one."""
    cells = ((100, 75, 50), (200, 150, 100), (50, 75, 100), (1600, 150, 100))
    rows = [[f"tanh, {size(cell)}", *dropped(make_problem(), cell, runs)] for cell in cells]
    softplus = make_problem(student="softplus")
    rows.append([f"softplus, {size(cells[1])}", *dropped(softplus, cells[1], runs)])
    return table(["problem", "signal coefficient", "rows", "lean", "columns", "own"], rows)


def sharp_table(runs: int) -> str:
    """||G_0 - A||_2/||G_0||_2 of the residual matrix over its sharp form with X, r and a drawn, and over the leading one."""
    problem, rows = make_problem(), []
    for d in (50, 100, 200):
        cell = Cell(n=2 * d, N=3 * d // 2, d=d)
        sn = problem.signal_noise(cell)
        sharp, leading = [], []
        for seed in range(runs):
            gradient = first_gradient(draw_of(problem, cell, seed), backend=BACKEND, second_moments=True)
            E, _ = entries(gradient, sn.student.mu_1, cell.n)
            a = np.asarray(gradient.a)
            measured, whole = (
                float(top_singular_triplets(A, backend=BACKEND).values[0])
                for A in (2.0 / math.sqrt(cell.N * cell.d) * a[:, None] * E, np.asarray(gradient.G))
            )
            R = gradient.residual_moment_2 / gradient.residual_2
            Sigma = noise_covariance(
                R, gradient.residual_moment_1, n=cell.n, residual_2=gradient.residual_2, student=sn.student
            )
            edge = weighted_edge(np.linalg.eigvalsh(Sigma), a**2).value
            sharp.append(measured / (2.0 / math.sqrt(cell.N * cell.d) * edge))
            leading.append(measured / whole / residual_matrix_error(sn))
        rows.append(
            [size(cell.sizes), with_error(np.array(sharp), "mean"), with_error(np.array(leading), "mean")]
        )
    return table(["(n, N, d)", "measured over sharp", "measured over leading"], rows)


def increment_table(runs: int) -> str:
    """What the sign noise adds to ||S||_2^2/(N d) over the rank-one part, predicted and measured."""
    problem, rows = make_problem(), []
    for sizes in ((50, 200, 100), (200, 150, 100), (1600, 50, 100), (1600, 200, 100)):
        cell = Cell(n=sizes[0], N=sizes[1], d=sizes[2])
        sn = problem.signal_noise(cell)
        found = []
        for seed in range(runs):
            gradient = first_gradient(draw_of(problem, cell, seed), backend=BACKEND)
            S = np.sign(np.asarray(gradient.G))
            psi = np.sign(np.asarray(gradient.a)) @ S / cell.N
            signal = np.mean(
                (cell.N * psi**2 - 1.0) / (cell.N - 1.0)
            )  # without the noise of the column means
            top = float(top_singular_triplets(S, backend=BACKEND).values[0])
            found.append(top**2 / (cell.N * cell.d) - signal)
        uniform = (1.0 - float(sign_norm_ratio(sn.kappa)) ** 2) * (1.0 / cell.N + 1.0 / cell.d)
        predicted = _increment(sn)
        rows.append(
            [size(sizes), f"{predicted:.5f}", with_error(np.array(found), "mean", digits=5), f"{uniform:.5f}"]
        )
    return table(["(n, N, d)", "predicted", "measured", "a uniform noise would give"], rows)


def _increment(sn: SignalNoise) -> float:
    """(1 - c**2)/N along the row direction and v^T Sigma_S v/d along v."""
    return (1.0 - float(sign_norm_ratio(sn.kappa)) ** 2) / sn.N + float(noise_along_signal(sn)) / sn.d


def eps_table(runs: int) -> str:
    """Scatter of ||D_0||_F/sqrt(N d) with eps > 0."""
    problem, cell = make_problem(), Cell(n=200, N=150, d=100)
    found: dict[float, list[float]] = {eps: [] for eps in EPS}
    for seed in range(runs):
        G = np.abs(np.asarray(first_gradient(draw_of(problem, cell, seed), backend=BACKEND).G))
        for eps in EPS:
            found[eps].append(float(np.sqrt(np.mean((G / (G + eps)) ** 2))))
    sn = problem.signal_noise(cell)
    rows = [
        [f"{eps:g}", f"{adam_frobenius_spread(sn, eps):.5f}", f"{np.std(found[eps], ddof=1):.5f}"]
        for eps in EPS
    ]
    return table(["eps", f"predicted sd at {size(cell.sizes)}", f"measured, {runs} runs"], rows)


def main() -> None:
    """Measure and write every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "data")
    options = parser.parse_args()
    runs = options.runs
    if runs < 40:
        parser.error(f"--runs: must be at least 40, a scatter needs repeats; got {runs}")
    jobs: dict[str, Callable[[], str]] = {
        "gradient-dropped": lambda: dropped_table(max(runs // 20, 2)),
        "gradient-sharp": lambda: sharp_table(max(runs // 100, 2)),
        "sign-increment": lambda: increment_table(max(runs // 2, 2)),
        "eps-scatter": lambda: eps_table(max(runs // 4, 2)),
    }
    for name, job in jobs.items():
        (options.out / f"{name}.md").write_text(job())
        print(f"{name}.md", flush=True)
    for name, text in norm_tables(runs).items():
        (options.out / f"{name}.md").write_text(text)
        print(f"{name}.md", flush=True)


if __name__ == "__main__":
    main()
