"""Rows of `verify.agreement.rows` on both ends of W_1's bulk, and on a step of GD: its spike and its training loss."""

import math
from collections.abc import Callable

from verify.agreement.row import PredictedRow, read_as, row_of, step_without_eps
from verify.agreement.steps import Steps
from verify.problem.cells import Cell
from verify.problem.problem import Problem

__all__ = ["edge_rows", "gd_rows", "gd_steps"]


def gd_steps(problem: Problem, cell: Cell, steps: Steps) -> list[tuple[tuple[str, ...], float]]:
    """What is measured after which step of GD, the learning rates to four digits."""
    spike, loss = _gd_etas(problem, cell, steps)
    return [(("top", "spectrum"), eta) for eta in spike] + [(("training_loss",), eta) for eta in loss]


def gd_rows(problem: Problem, cell: Cell, steps: Steps) -> list[PredictedRow]:
    """Spike, overlaps and second value beyond the critical learning rate; the training loss at the best one."""
    from theory.losses.parabola import first_step_loss, loss_ratio

    spike, loss = _gd_etas(problem, cell, steps)
    rows = [row for eta in spike for row in _gd_spike_rows(problem, cell, eta)]
    parabola = first_step_loss(problem.signal_noise(cell), optimiser="gd")
    for eta in loss:
        read = read_as("relative_training_loss", step_without_eps("gd", eta))
        value = float(loss_ratio(parabola, eta))
        rows.append(row_of("L(eta)/L(0)", f"GD {eta:g}", value, read, share=0.05, rivals={"no change": 1.0}))
    return rows


def edge_rows(problem: Problem, cell: Cell, etas: tuple[float, ...]) -> list[PredictedRow]:
    """s_2(W_1) after FB-Adam, the edge of what is left of W_1 without its spike with its Tracy-Widom shift, and
    the least singular value likewise.
    """
    from theory.random_matrices.edges import lower_population_edge
    from theory.random_matrices.johnstone import johnstone_scaling
    from theory.spectrum.noise_spectra import least_weight_value, weight_edges
    from theory.spectrum.nullity_rows import refined_nullity

    sn, rows = problem.signal_noise(cell), []
    initial = 1.0 if problem.parametrisation == "ntk" else 1.0 / cell.d
    for eta in etas:
        lower, upper = weight_edges(sn, problem.teacher.theory, eta)
        whole = math.sqrt(1.0 + eta**2 / initial)  # of W_0, if all of the update were noise
        start = math.sqrt(johnstone_scaling(N=cell.N, d=cell.d, variance=initial).mean)
        least = lower_population_edge([initial] * cell.d, cell.N).expected
        where = f"FB-Adam {eta:g}"
        rivals = {"all of the update is noise": whole * start, "no change": start}
        read = read_as("second_singular_value", step_without_eps("adam", eta))
        rows.append(row_of("s_2(W_1)", where, upper.expected, read, share=0.03, rivals=rivals))
        if lower.soft:
            modes = refined_nullity(sn, problem.student.theory)
            found = least_weight_value(sn, problem.teacher.theory, eta, modes=modes)
            rivals = {"all of the update is noise": whole * least, "no change": least}
            read = read_as("least_singular_value", step_without_eps("adam", eta))
            rows.append(
                row_of("least singular value of W_1", where, found.value, read, share=0.02, rivals=rivals)
            )
    return rows


def _gd_etas(problem: Problem, cell: Cell, steps: Steps) -> tuple[list[float], list[float]]:
    from theory.losses.parabola import first_step_loss, optimal_eta
    from theory.spike.inputs import critical_eta, spike_inputs

    sn = problem.signal_noise(cell)
    critical = critical_eta(spike_inputs(sn, optimiser="gd")) if steps.gd_spike else math.nan
    best = optimal_eta(first_step_loss(sn, optimiser="gd")) if steps.gd_loss else math.nan
    return [_four(times * critical) for times in steps.gd_spike], [
        _four(times * best) for times in steps.gd_loss
    ]


def _four(eta: float) -> float:
    return float(f"{eta:.4g}")


def _gd_spike_rows(problem: Problem, cell: Cell, eta: float) -> list[PredictedRow]:
    from theory.spectrum.noise_spectra import gradient_weight_edges
    from theory.spike.formulas import Spike
    from theory.spike.inputs import spike_at, spike_inputs

    sn = problem.signal_noise(cell)
    inputs = spike_inputs(sn, optimiser="gd", teacher=problem.teacher.theory)
    at, free = (spike_at(inputs, eta, theory=theory) for theory in ("two-row", "independent"))
    _, second = gradient_weight_edges(sn, problem.teacher.theory, eta)
    where, update = f"GD {eta:g}", step_without_eps("gd", eta)
    edge = math.sqrt(inputs.initial_variance) * (math.sqrt(cell.N) + math.sqrt(cell.d))
    rows = [
        row_of("s_1(W_1)", where, at.top, read_as("top_singular_value", update), share=0.005,
               rivals={"independent theory": free.top, "no change": edge}),
        row_of("s_2(W_1)", where, second.expected, read_as("second_singular_value", update), share=0.03,
               rivals={"as s_1": at.top}),
    ]  # fmt: skip
    values: tuple[tuple[str, str, Callable[[Spike], float]], ...] = (
        ("left overlap, squared", "left_overlap", lambda spike: spike.left_overlap_squared),
        ("right overlap, squared", "right_overlap", lambda spike: spike.right_overlap_squared),
        ("sim(W_1, beta)", "sim", lambda spike: math.nan if spike.similarity is None else spike.similarity),
    )
    for title, name, of in values:
        rivals = {"independent theory": of(free), "no change": 0.0}
        rows.append(row_of(title, where, of(at), read_as(name, update), absolute=0.02, rivals=rivals))
    return rows
