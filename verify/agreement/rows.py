"""What `theory` says of one first step beside what `sim` reads there: a row per quantity, with margin and lies.

Margins are the errors that the predictions are stated with, written before any run. docs/predictions.md shows
the rows at the paper's size.
"""

import math
from collections.abc import Callable
from functools import partial

from verify.agreement.row import PredictedRow, Read, RivalValue, read_as, row_of, step_without_eps
from verify.agreement.spectra import edge_rows, gd_rows, gd_steps
from verify.agreement.steps import Steps
from verify.measurements.mirrored_ridge import mirrored_key, mirrored_ridge_at
from verify.measurements.spike_rows import spike_rows_at
from verify.predictions.spike import THEORIES, top_less
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update, title_of
from verify.running.design import Design

__all__ = [
    "PredictedRow", "RivalValue", "designs_of", "predicted_rows", "rival_design", "rival_predictions"
]  # fmt: skip

RIDGE_READINGS = {"test_loss": "test", "holdout_loss": "holdout", "kta": "kta"}  # sim's name -> theory's


def designs_of(
    problem: Problem, cell: Cell, *, steps: Steps | None = None, test_samples: int = 5000
) -> tuple[Design, ...]:
    """The runs behind `predictions_of`: every group only where it is read, one gradient for all."""
    steps = steps or Steps()

    stage = SecondStage(test_samples=test_samples)

    def design(groups: tuple[str, ...], *updates: Update) -> Design:
        return Design(
            problem=problem, cells=(cell,), groups=groups, updates=updates, paired=True,
            second_stage=stage,
        )  # fmt: skip

    return (
        design(("gradient", "update", "update_spectrum"), step_without_eps("adam", 1.0)),
        design(
            ("top",), *(step_without_eps("adam", eta) for eta in dict.fromkeys((steps.top, *steps.spike)))
        ),
        *(
            [design(("training_loss",), *(step_without_eps("adam", eta) for eta in steps.loss))]
            if steps.loss
            else []
        ),
        *(design(("spectrum",), step_without_eps("adam", eta)) for eta in steps.second),
        *(design(groups, step_without_eps("gd", eta)) for groups, eta in gd_steps(problem, cell, steps)),
        design(("ridge",), step_without_eps("adam", 0.0)),
        Design(
            problem=problem,
            cells=(cell,),
            paired=True,
            second_stage=stage,
            measurement=mirrored_ridge_at(steps.ridge, test_samples=test_samples),
        ),
    )


def rival_design(problem: Problem, cell: Cell, *, steps: Steps | None = None) -> Design:
    """Norms and one triplet: what tells the spike's theories apart."""
    return Design(
        problem=problem, cells=(cell,), paired=True, measurement=spike_rows_at((steps or Steps()).rival)
    )


def predicted_rows(problem: Problem, cell: Cell, *, steps: Steps | None = None) -> tuple[PredictedRow, ...]:
    """Every row of one cell."""
    steps = steps or Steps()
    return (
        *_gradient_rows(problem, cell),
        *_spectrum_rows(problem, cell),
        *_spike_rows(problem, cell, steps),
        *edge_rows(problem, cell, steps.second),
        *_loss_rows(problem, cell, steps.loss),
        *gd_rows(problem, cell, steps),
        *_ridge_rows(problem, cell, steps.ridge),
    )


def _gradient_rows(problem: Problem, cell: Cell) -> list[PredictedRow]:
    from theory.gradient.norms import gradient_norms, label_matrix_error
    from theory.spectrum.noise_spectra import rank_one_error
    from theory.update.sign import (
        sign_agreement,
        sign_agreement_refined,
        sign_norm_ratio,
        sign_norm_ratio_refined,
    )

    sn = problem.signal_noise(cell)
    operator, frobenius = gradient_norms(sn)
    # the bare edge, not the shifted one: docs/derivations/edges.md, section 6
    distance = rank_one_error(sn, problem.teacher.theory)
    return [
        row_of("norm of G_0", "operator", operator, read_as("gradient_operator_norm"), share=0.03),
        row_of("norm of G_0", "Frobenius", frobenius, read_as("gradient_frobenius_norm"), share=0.03),
        row_of("L(0)", "", sn.residual_2, read_as("initial_loss"), share=0.03),
        row_of("c", "limit", float(sign_norm_ratio(sn.kappa)), _ratio, share=0.01),
        row_of("c", "with its 1/d terms", sign_norm_ratio_refined(sn), _ratio, share=0.01),
        row_of("sign agreement", "limit", float(sign_agreement(sn.kappa)), _agreement, absolute=0.01),
        row_of("sign agreement", "by rows", sign_agreement_refined(sn), _agreement, absolute=0.01),
        row_of("distance to the rank-one matrix", "residual", distance.value,
             read_as("rank_one_distance_residual"), share=0.05),
        row_of("distance to the rank-one matrix", "label", label_matrix_error(sn),
             read_as("rank_one_distance_label"), share=0.03, rivals={"vanishes": 0.0}),
    ]  # fmt: skip


_agreement = read_as("sign_agreement_residual")
_ratio = read_as("operator_norm_ratio", step_without_eps("adam", 1.0))


def _spectrum_rows(problem: Problem, cell: Cell) -> list[PredictedRow]:
    from theory.spectrum.noise_spectra import nullity_of
    from theory.spectrum.second_value import sign_second_value

    sn = problem.signal_noise(cell)
    second = sign_second_value(sn, problem.teacher.theory)
    free = math.sqrt(1.0 - (2.0 / math.pi) * math.asin(sn.p)) * (math.sqrt(cell.N) + math.sqrt(cell.d))
    sign = step_without_eps("adam", 1.0)
    return [
        row_of("s_2 of the sign matrix", "edge with its Tracy-Widom shift", second,
             read_as("update_second_singular_value", sign), share=0.03,
             rivals={"independent noise of equal variance": free}),
        row_of("nullity of the sign matrix", "", nullity_of(sn).null_dimension - max(cell.d - cell.N, 0),
             read_as("update_nullity", sign), share=0.05, rivals={"full rank": 0.0}),
    ]  # fmt: skip


def _spike_rows(problem: Problem, cell: Cell, steps: Steps) -> list[PredictedRow]:
    from theory.spike.formulas import Spike
    from theory.spike.inputs import spike_at, spike_inputs

    inputs = spike_inputs(problem.signal_noise(cell), teacher=problem.teacher.theory)
    values: dict[str, Callable[[Spike], float]] = {
        "left_overlap": lambda at: at.left_overlap_squared,
        "right_overlap": lambda at: at.right_overlap_squared,
        "sim": lambda at: math.nan if at.similarity is None else at.similarity,
    }
    titles = {
        "left_overlap": "left overlap, squared", "right_overlap": "right overlap, squared", "sim": "sim(W_1, beta)",
    }  # fmt: skip
    rows = []
    for eta in dict.fromkeys((steps.top, *steps.spike)):
        where, update = f"FB-Adam {eta:g}", step_without_eps("adam", eta)
        two, one, free = (spike_at(inputs, eta, theory=t) for t in ("two-row", "one-row", "independent"))
        if eta == steps.top:
            rivals = {"independent theory": free.top, "no change": math.sqrt(cell.N) + math.sqrt(cell.d)}
            read = read_as("top_singular_value", update)
            rows.append(row_of("s_1(W_1)", where, two.top, read, share=0.005, rivals=rivals))
        for name, of in values.items() if eta in steps.spike else ():
            rivals = {"one-row theory": of(one), "independent theory": of(free), "no change": 0.0}
            read = read_as(name, update)
            rows.append(row_of(titles[name], where, of(two), read, absolute=0.02, rivals=rivals))
    return rows


def _loss_rows(problem: Problem, cell: Cell, etas: tuple[float, ...]) -> list[PredictedRow]:
    from theory.losses.integral import adam_loss_integral
    from theory.losses.parabola import first_step_loss, loss_ratio

    sn = problem.signal_noise(cell)
    parabola = first_step_loss(sn)
    rows = []
    for eta in etas:
        read = read_as("relative_training_loss", step_without_eps("adam", eta))
        integral = adam_loss_integral(
            sn, student=problem.student.theory, teacher=problem.teacher.theory, eta=eta
        )
        for kind, value in (("integral", integral), ("parabola", float(loss_ratio(parabola, eta)))):
            where = f"FB-Adam {eta:g}, {kind}"
            rows.append(row_of("L(eta)/L(0)", where, value, read, share=0.05, rivals={"no change": 1.0}))
    return rows


def _ridge_rows(problem: Problem, cell: Cell, steps: tuple[tuple[str, float], ...]) -> list[PredictedRow]:
    from theory.ridge.stage import RidgeStage, ridge_stage
    from theory.update.optimisers import known_optimiser

    sn = problem.signal_noise(cell)

    def stage(optimiser: str, eta: float, features: str, beta_part: bool = True) -> RidgeStage:
        return ridge_stage(
            sn, student=problem.student.theory, teacher=problem.teacher.theory, eta=eta,
            optimiser=known_optimiser(optimiser),
            features="paper" if features == "paper" else "released", beta_part=beta_part,
        )  # fmt: skip

    still = {f: stage("adam", 0.0, f) for f in ("paper", "released")}
    levels, changes = [], []
    for features, other in (("paper", "released"), ("released", "paper")):
        for name, field in RIDGE_READINGS.items():
            key, start = f"{name}[{features}]", float(getattr(still[features], field))
            rivals = {"the other scaling": float(getattr(still[other], field))}
            read = read_as(key, step_without_eps("adam", 0.0))
            levels.append(
                row_of(_title(name), f"eta = 0, {features}", start, read, share=0.03, rivals=rivals)
            )
        for optimiser, eta in steps:
            now, rival = stage(optimiser, eta, features), stage(optimiser, eta, features, beta_part=False)
            for name, field in RIDGE_READINGS.items():
                key, start = f"{name}[{features}]", float(getattr(still[features], field))
                rivals = {"no change": 0.0, "theta - m along beta": float(getattr(rival, field)) - start}
                changes.append(
                    row_of(f"change of {_title(name)}", f"{title_of(optimiser)} {eta:g}, {features}",
                         float(getattr(now, field)) - start, _change(name, features, optimiser, eta),
                         share=0.15, rivals=rivals)
                )  # fmt: skip
    return levels + changes


def _title(name: str) -> str:
    return {"test_loss": "test loss", "holdout_loss": "hold-out loss", "kta": "KTA"}[name]


def _change(name: str, features: str, optimiser: str, eta: float) -> Read:
    """Paired with eta = 0 of the same seed; means over mirrored hold-out sets, `verify.measurements.mirrored_ridge`."""
    now, still = mirrored_key(name, features, optimiser, eta), mirrored_key(name, features, "adam", 0.0)
    return lambda readings: readings.at(None, now) - readings.at(None, still)


def rival_predictions(
    problem: Problem, cell: Cell, *, steps: Steps | None = None
) -> tuple[PredictedRow, ...]:
    """s_1 at `steps.rival` less the two-row theory at the run's own theta, m, m2: 0 within half the separation.

    The rivals are read at the same run's numbers, so that what scatters from run to run cancels.
    """
    from theory.spike.inputs import spike_at, spike_inputs

    eta = (steps or Steps()).rival
    inputs = spike_inputs(problem.signal_noise(cell))
    two, one = (spike_at(inputs, eta, theory=t).top for t in ("two-row", "one-row"))
    read = {theory: partial(top_less, theory=theory) for theory in THEORIES}
    rivals = tuple(
        RivalValue(name=f"{t} theory", value=0.0, read=read[t]) for t in ("one-row", "independent")
    )
    return (
        PredictedRow(
            quantity="s_1(W_1) less the two-row theory", where=f"FB-Adam {eta:g}, the run's own theta, m",
            value=0.0, margin=abs(one - two) / 2.0, stated=f"{abs(one - two) / 2.0:.2g}: half the separation",
            read=read["two-row"], rivals=rivals,
        ),
    )  # fmt: skip
