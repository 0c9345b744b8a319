"""What `theory` says of one first step beside what `sim` reads there: a row per quantity, with margin and lies.

Margins are the errors that the predictions are stated with, written before any run. docs/predictions.md shows
the rows at the paper's size.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from verify.designs import Cell
from verify.predicted_measures import spike_rows_at
from verify.predicted_mirrored import mirrored_key, mirrored_ridge_at
from verify.predicted_steps import Steps
from verify.problem import Problem, Update
from verify.request import SecondStage
from verify.study import Design, Readings

__all__ = [
    "Lie", "PredictedRow", "design_of", "predictions_of", "rival_design", "rival_predictions"
]  # fmt: skip

Read = Callable[[Readings], float]

RIDGE_READINGS = {"test_loss": "test", "holdout_loss": "holdout", "kta": "kta"}  # sim's name -> theory's
LIE_MARGINS = 3.0  # the lie that every row has: off by so many margins
NAMES = {"adam": "FB-Adam", "gd": "GD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A rival's value of the same reading, or of a reading of its own (paired with the run's own numbers)."""

    name: str
    value: float
    read: Read | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictedRow:
    """One number before the data: its value, how far off it may be, how it is read, what it must refute."""

    quantity: str
    where: str
    value: float
    margin: float
    stated: str
    read: Read
    rivals: tuple[Lie, ...]

    @property
    def lies(self) -> tuple[Lie, ...]:
        """What the same data must refute: the rivals that two margins can tell from it, and a value further off."""
        kept = tuple(
            lie
            for lie in self.rivals
            if lie.read is not None or abs(lie.value - self.value) > 2.0 * self.margin
        )
        off = Lie(name=f"off by {LIE_MARGINS:g} margins", value=self.value + LIE_MARGINS * self.margin)
        return (*kept, off)


def design_of(
    problem: Problem, cell: Cell, *, steps: Steps | None = None, test_samples: int = 5000
) -> tuple[Design, ...]:
    """The runs behind `predictions_of`: every group only where it is read, one gradient for all."""
    steps = steps or Steps()

    def design(groups: tuple[str, ...], *updates: Update, custom: str = "") -> Design:
        return Design(
            problem=problem, cells=(cell,), groups=groups, updates=updates, paired=True, custom=custom,
            second_stage=SecondStage(test_samples=test_samples),
        )  # fmt: skip

    return (
        design(("gradient", "update", "update_spectrum"), step("adam", 1.0)),
        design(("top",), *(step("adam", eta) for eta in dict.fromkeys((steps.top, *steps.spike)))),
        design(("training_loss",), *(step("adam", eta) for eta in steps.loss)),
        design(("ridge",), step("adam", 0.0)),
        design(("custom",), custom=mirrored_ridge_at(steps.ridge, test_samples=test_samples)),
    )


def rival_design(problem: Problem, cell: Cell, *, steps: Steps | None = None) -> Design:
    """Norms and one triplet: what tells the spike's theories apart."""
    custom = spike_rows_at((steps or Steps()).rival)
    return Design(problem=problem, cells=(cell,), groups=("custom",), paired=True, custom=custom)


def step(optimiser: str, eta: float) -> Update:
    """FB-Adam is the sign update here: eps = 0, as the predictions assume."""
    return Update(optimiser="gd" if optimiser == "gd" else "adam", eps=0.0, eta=eta)


def predictions_of(problem: Problem, cell: Cell, *, steps: Steps | None = None) -> tuple[PredictedRow, ...]:
    """Every row of one cell."""
    steps = steps or Steps()
    return (
        *_gradient_rows(problem, cell),
        *_spectrum_rows(problem, cell),
        *_spike_rows(problem, cell, steps),
        *_loss_rows(problem, cell, steps.loss),
        *_ridge_rows(problem, cell, steps.ridge),
    )


def _row(
    quantity: str,
    where: str,
    value: float,
    read: Read,
    *,
    share: float = 0.0,
    absolute: float = 0.0,
    rivals: Mapping[str, float] | None = None,
) -> PredictedRow:
    """A row whose margin is a share of the value, or absolute."""
    return PredictedRow(
        quantity=quantity,
        where=where,
        value=float(value),
        margin=absolute or share * abs(value),
        stated=f"{absolute:g}" if absolute else f"{100 * share:g} %",
        read=read,
        rivals=tuple(Lie(name=name, value=rival) for name, rival in (rivals or {}).items()),
    )


def _reading(name: str, update: Update | None = None) -> Read:
    return lambda readings: readings.values[update, name]


def _gradient_rows(problem: Problem, cell: Cell) -> list[PredictedRow]:
    from theory.gradient import gradient_norms, label_matrix_error
    from theory.noise_spectra import rank_one_error
    from theory.sign_update import (
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
        _row("norm of G_0", "operator", operator, _reading("gradient_operator_norm"), share=0.03),
        _row("norm of G_0", "Frobenius", frobenius, _reading("gradient_frobenius_norm"), share=0.03),
        _row("L(0)", "", sn.residual_2, _reading("initial_loss"), share=0.03),
        _row("c", "limit", float(sign_norm_ratio(sn.kappa)), _ratio, share=0.01),
        _row("c", "with its 1/d terms", sign_norm_ratio_refined(sn), _ratio, share=0.01),
        _row("sign agreement", "limit", float(sign_agreement(sn.kappa)), _agreement, absolute=0.01),
        _row("sign agreement", "by rows", sign_agreement_refined(sn), _agreement, absolute=0.01),
        _row("distance to the rank-one matrix", "residual", distance.value,
             _reading("rank_one_distance_residual"), share=0.05),
        _row("distance to the rank-one matrix", "label", label_matrix_error(sn),
             _reading("rank_one_distance_label"), share=0.03, rivals={"vanishes": 0.0}),
    ]  # fmt: skip


_agreement = _reading("sign_agreement_residual")
_ratio = _reading("operator_norm_ratio", step("adam", 1.0))


def _spectrum_rows(problem: Problem, cell: Cell) -> list[PredictedRow]:
    from theory.noise_spectra import nullity_of
    from theory.second_value import sign_second_value

    sn = problem.signal_noise(cell)
    second = sign_second_value(sn, problem.teacher.theory)
    free = math.sqrt(1.0 - (2.0 / math.pi) * math.asin(sn.p)) * (math.sqrt(cell.N) + math.sqrt(cell.d))
    sign = step("adam", 1.0)
    return [
        _row("s_2 of the sign matrix", "edge with its Tracy-Widom shift", second,
             _reading("update_second_singular_value", sign), share=0.03,
             rivals={"independent noise of equal variance": free}),
        _row("nullity of the sign matrix", "", nullity_of(sn).null_dimension - max(cell.d - cell.N, 0),
             _reading("update_nullity", sign), share=0.05, rivals={"full rank": 0.0}),
    ]  # fmt: skip


def _spike_rows(problem: Problem, cell: Cell, steps: Steps) -> list[PredictedRow]:
    from theory.spike import Spike
    from theory.spike_inputs import spike_at, spike_inputs

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
        where, update = f"FB-Adam {eta:g}", step("adam", eta)
        two, one, free = (spike_at(inputs, eta, theory=t) for t in ("two-row", "one-row", "independent"))
        if eta == steps.top:
            rivals = {"independent theory": free.top, "no change": math.sqrt(cell.N) + math.sqrt(cell.d)}
            read = _reading("top_singular_value", update)
            rows.append(_row("s_1(W_1)", where, two.top, read, share=0.005, rivals=rivals))
        for name, of in values.items() if eta in steps.spike else ():
            rivals = {"one-row theory": of(one), "independent theory": of(free), "no change": 0.0}
            read = _reading(name, update)
            rows.append(_row(titles[name], where, of(two), read, absolute=0.02, rivals=rivals))
    return rows


def _loss_rows(problem: Problem, cell: Cell, etas: tuple[float, ...]) -> list[PredictedRow]:
    from theory.loss_integral import adam_loss_integral
    from theory.losses import first_step_loss, loss_ratio

    sn = problem.signal_noise(cell)
    parabola = first_step_loss(sn)
    rows = []
    for eta in etas:
        read = _reading("relative_training_loss", step("adam", eta))
        integral = adam_loss_integral(
            sn, student=problem.student.theory, teacher=problem.teacher.theory, eta=eta
        )
        for kind, value in (("integral", integral), ("parabola", float(loss_ratio(parabola, eta)))):
            where = f"FB-Adam {eta:g}, {kind}"
            rows.append(_row("L(eta)/L(0)", where, value, read, share=0.05, rivals={"no change": 1.0}))
    return rows


def _ridge_rows(problem: Problem, cell: Cell, steps: tuple[tuple[str, float], ...]) -> list[PredictedRow]:
    from theory.ridge_stage import RidgeStage, ridge_stage

    sn = problem.signal_noise(cell)

    def stage(optimiser: str, eta: float, features: str, beta_part: bool = True) -> RidgeStage:
        return ridge_stage(
            sn, student=problem.student.theory, teacher=problem.teacher.theory, eta=eta,
            optimiser="gd" if optimiser == "gd" else "adam",
            features="paper" if features == "paper" else "released", beta_part=beta_part,
        )  # fmt: skip

    still = {f: stage("adam", 0.0, f) for f in ("paper", "released")}
    levels, changes = [], []
    for features, other in (("paper", "released"), ("released", "paper")):
        for name, field in RIDGE_READINGS.items():
            key, start = f"{name}[{features}]", float(getattr(still[features], field))
            rivals = {"the other scaling": float(getattr(still[other], field))}
            read = _reading(key, step("adam", 0.0))
            levels.append(_row(_title(name), f"eta = 0, {features}", start, read, share=0.03, rivals=rivals))
        for optimiser, eta in steps:
            now, rival = stage(optimiser, eta, features), stage(optimiser, eta, features, beta_part=False)
            for name, field in RIDGE_READINGS.items():
                key, start = f"{name}[{features}]", float(getattr(still[features], field))
                rivals = {"no change": 0.0, "theta - m along beta": float(getattr(rival, field)) - start}
                changes.append(
                    _row(f"change of {_title(name)}", f"{NAMES[optimiser]} {eta:g}, {features}",
                         float(getattr(now, field)) - start, _change(name, features, optimiser, eta),
                         share=0.15, rivals=rivals)
                )  # fmt: skip
    return levels + changes


def _title(name: str) -> str:
    return {"test_loss": "test loss", "holdout_loss": "hold-out loss", "kta": "KTA"}[name]


def _change(name: str, features: str, optimiser: str, eta: float) -> Read:
    """Paired with eta = 0 of the same seed; means over mirrored hold-out sets, `verify.predicted_mirrored`."""
    now, still = mirrored_key(name, features, optimiser, eta), mirrored_key(name, features, "adam", 0.0)
    return lambda readings: readings.values[None, now] - readings.values[None, still]


def rival_predictions(
    problem: Problem, cell: Cell, *, steps: Steps | None = None
) -> tuple[PredictedRow, ...]:
    """s_1 at `steps.rival` less the two-row theory at the run's own theta, m, m2: 0 within half the separation.

    The rivals are read at the same run's numbers, so that what scatters from run to run cancels.
    """
    from theory.spike_inputs import spike_at, spike_inputs

    eta = (steps or Steps()).rival
    inputs = spike_inputs(problem.signal_noise(cell))
    two, one = (spike_at(inputs, eta, theory=t).top for t in ("two-row", "one-row"))
    read = {t: _reading(f"top_less_{t}") for t in ("two-row", "one-row", "independent")}
    rivals = tuple(Lie(name=f"{t} theory", value=0.0, read=read[t]) for t in ("one-row", "independent"))
    return (
        PredictedRow(
            quantity="s_1(W_1) less the two-row theory", where=f"FB-Adam {eta:g}, the run's own theta, m",
            value=0.0, margin=abs(one - two) / 2.0, stated=f"{abs(one - two) / 2.0:.2g}: half the separation",
            read=read["two-row"], rivals=rivals,
        ),
    )  # fmt: skip
