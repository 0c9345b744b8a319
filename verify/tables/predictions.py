"""`predictions`: every constant, threshold, overlap and loss, predicted, measured, and how far apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from verify.agreement.row import PredictedRow
from verify.agreement.rows import designs_of, predicted_rows, rival_design, rival_predictions
from verify.agreement.steps import scaled_steps
from verify.appendix.designs import scope_cell
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.measurements.spectra import OUTSIDE, OUTSIDE_ETA
from verify.predictions.spike import outside_prediction
from verify.presentation.table import Measured
from verify.problem.paper import default_problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update
from verify.running.design import Design, Readings
from verify.tables.columns import ItemColumn, content_of, deviation, value_of

__all__ = ["ITEMS", "build", "needs"]

RULES = {"FB-Adam": Update(optimiser="adam"), "GD": Update(optimiser="gd")}
NOTES = (
    "stated: the error that the prediction is stated with (at d = 1000; smaller sizes deviate more), a share of it where "
    "there is a percent sign, else in its own unit. dev: (measured - predicted) in standard errors as measured. within: "
    "whether the deviation is at most the stated error, at two standard errors either way; undecided: so few seeds that "
    "these two standard errors reach over it.",
    "FB-Adam is the sign update here, eps = 0. paper, released: the two scalings of the features. docs/predictions.md "
    "has the same rows with 150 seeds and their verdicts.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One prediction beside its measurement."""

    quantity: str
    where: str
    predicted: float
    measured: Measured
    stated: float
    text: str


def _designs(scope: Scope) -> tuple[Design, ...]:
    """The runs behind every row, one gradient for all of a seed."""
    problem, cell = default_problem(), scope_cell(scope)
    steps = scaled_steps(cell)
    threshold = Design(problem=problem, cells=(cell,), measurement=OUTSIDE_ETA, paired=True)
    stage = SecondStage(test_samples=scope.test_samples)
    found = (
        *designs_of(problem, cell, steps=steps, test_samples=scope.test_samples),
        rival_design(problem, cell, steps=steps),
        threshold,
    )
    return tuple(replace(design, second_stage=stage) for design in found)


def needs(scope: Scope) -> tuple[Need, ...]:
    """The designs of `verify.agreement.rows` at the item's size, and the thresholds."""
    return tuple(Need(design=design, seeds=scope.repeats()) for design in _designs(scope))


def build(scope: Scope, material: Material) -> Content:
    """One row per prediction."""
    problem, cell, seeds = default_problem(), scope_cell(scope), scope.repeats()
    steps = scaled_steps(cell)
    readings = _merged([material.readings(design, seeds) for design in _designs(scope)])
    predicted = [*predicted_rows(problem, cell, steps=steps), *rival_predictions(problem, cell, steps=steps)]
    rows = [_row(one, readings) for one in predicted if _shown(one, scope)]
    rows += [_threshold(name, rule, readings) for name, rule in RULES.items()]
    return content_of(
        [
            ItemColumn(name="quantity", heading="quantity", entries=tuple(row.quantity for row in rows)),
            ItemColumn(name="where", heading="where", entries=tuple(row.where for row in rows)),
            ItemColumn(name="measured", heading="measured", entries=tuple(row.measured for row in rows)),
            ItemColumn(
                name="predicted",
                heading="predicted",
                entries=tuple(row.predicted for row in rows),
                form="=measured",
            ),
            ItemColumn(
                name="deviation", heading="dev", entries=tuple(_deviation(row) for row in rows), form="+.1f"
            ),
            ItemColumn(
                name="percent", heading="%", entries=tuple(_percent(row) for row in rows), form="+.1f"
            ),
            ItemColumn(name="stated", heading="stated", entries=tuple(row.text for row in rows)),
            ItemColumn(name="within", heading="within", entries=tuple(_within(row) for row in rows)),
        ],
        f"Predictions of the first step at {cell.label} beside {seeds} seeds",
        *NOTES,
    )


def _shown(row: PredictedRow, scope: Scope) -> bool:
    """Whether the row's scaling of the features is wanted; rows without one are."""
    scaling = row.where.rpartition(", ")[2]
    return (scaling not in ("paper", "released") or scaling in scope.features) and row.margin > 0.0


def _merged(parts: Sequence[Sequence[Readings]]) -> list[Readings]:
    """Readings of all designs, one entry per seed."""
    together: dict[int, Readings] = {}
    for one in (reading for part in parts for reading in part):
        before = together.get(one.seed)
        together[one.seed] = one if before is None else replace(one, values={**before.values, **one.values})
    return list(together.values())


def _row(row: PredictedRow, readings: Sequence[Readings]) -> _Row:
    return _Row(
        quantity=row.quantity, where=row.where, predicted=row.value, measured=value_of(readings, row.read),
        stated=row.margin, text=row.stated.partition(":")[0],
    )  # fmt: skip


def _threshold(name: str, rule: Update, readings: Sequence[Readings]) -> _Row:
    """The eta at which the spike stands clear of the bulk."""
    cell = readings[0].cell
    value = outside_prediction(default_problem(), cell, rule, OUTSIDE)
    measured = value_of(readings, lambda one: one.value(f"outside_eta[{rule.optimiser}]"))
    return _Row(
        quantity=f"eta at which s_1 is {OUTSIDE:g} times the edge", where=name, predicted=value, measured=measured,
        stated=0.03 * value, text="3 %",
    )  # fmt: skip


def _deviation(row: _Row) -> float:
    return deviation(row.measured, row.predicted)


def _percent(row: _Row) -> float:
    """Deviation in percent; of a number that its own standard error hides, none."""
    if abs(row.predicted) <= row.measured.error:
        return math.nan
    return 100.0 * (row.measured.mean - row.predicted) / abs(row.predicted)


def _within(row: _Row) -> str:
    """yes, no or undecided, at two standard errors."""
    if not math.isfinite(row.measured.mean):
        return "-"
    far = abs(row.measured.mean - row.predicted)
    if far + 2.0 * row.measured.error <= row.stated:
        return "yes"
    return "no" if far - 2.0 * row.measured.error > row.stated else "undecided"


ITEMS = (
    Item(
        id="predictions",
        title="Every prediction of the first step beside its measurement",
        source="ours",
        settings="(n, N, d) = (2000, 1500, 1000) (quick: (400, 300, 200)), eps = 0; small steps scaled with d where quick",
        needs=needs,
        build=build,
    ),
)
