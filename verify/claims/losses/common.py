"""What the claims on losses share: learning rates by size, changes within a seed, the ridge stage predicted."""

import math
from collections.abc import Callable

from verify.claims.rivals import constant_lie, constant_rival
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction
from verify.predictions.ridge import RIDGE, ridge_level
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import STILL, Update
from verify.running.design import Design, Readings

__all__ = [
    "FEATURES",
    "after",
    "change_of",
    "change_claim",
    "key_of",
    "SMALLEST_REASON",
    "less_margin",
    "order_claim",
    "smallest_change",
]

FEATURES = {"paper": "features of eq. 6", "released": "the released code's features, divided by sqrt d again"}
SMALLEST = {"test": 0.002, "holdout": 0.002, "kta": 0.02}  # of the level at eta = 0
SMALLEST_REASON = (
    "smallest change that would be called one: 0.2 % of a loss, 2 % of the alignment at eta = 0, "
    "0.05 of sim; a tenth of what the paper's figures can show"
)


def key_of(name: str, features: str) -> str:
    """Name of a reading: sim has none of the features."""
    return name if name == "sim" else f"{RIDGE[name]}[{features}]"


def change_of(key: str, update: Update, base: Update = STILL) -> Callable[[Readings], float]:
    """Reading after `update` less the reading after `base`, same draw."""
    return lambda readings: readings.value(key, update) - readings.value(key, base)


def after(key: str, update: Update) -> Callable[[Readings], float]:
    """Reading after `update`."""
    return lambda readings: readings.value(key, update)


def smallest_change(problem: Problem, cell: Cell, name: str, features: str) -> float:
    """The smallest change of that reading that matters (SMALLEST_REASON)."""
    return 0.05 if name == "sim" else SMALLEST[name] * ridge_level(problem, cell, STILL, name, features)


def less_margin(value: float) -> Callable[[Case], Prediction]:
    """A claim that gives a direction and no number predicts a change beyond the margin on that side."""
    return lambda case: Prediction(value=value)


def _sized(reading: str, design: Design) -> str:
    """A reading with the sizes that it is judged at."""
    sizes = " and ".join(cell.label for cell in design.cells)
    return f"{reading}; {sizes}" if reading else sizes


def order_claim(
    *, id: str, statement: str, source: str, reading: str, observable: str, design: Design, up: bool, margin: float,
    measure: Callable[[Readings], float], seeds: int, theory: Callable[[], float],
    margin_reason: str = SMALLEST_REASON,
) -> Claim:  # fmt: skip
    """A paired contrast goes `up` (or down) by more than the margin, as the statement says with the number.

    `theory` is what is expected of the contrast, whatever the statement says. The lies are no change, which a contrast that
    clears its margin has refuted with it, and one beyond the margin, which it has not: three times what theory has.
    """
    expected = theory()
    size = 3.0 * max(abs(expected) if math.isfinite(expected) else 0.0, margin)
    name = "three times what theory has" if size > 3.0 * margin else "three times the margin"
    beyond = constant_rival(
        name if (expected > 0.0) == up or size <= 3.0 * margin else f"{name}, on the claim's side",
        size if up else -size,
    )
    return Claim(
        id=id, statement=f"{statement}, by more than {margin:.2g}", source=source,
        reading=_sized(reading, design), kind=Kind.ORDER, observable=observable,
        predict=less_margin(margin if up else -margin), judge=directed_judge(theory), margin=margin,
        margin_reason=margin_reason, seeds=seeds, design=design, measure=measure,
        lies=(constant_lie("no change", 0.0), beyond),
    )  # fmt: skip


def change_claim(
    *, id: str, statement: str, source: str, reading: str, observable: str, design: Design, value: float,
    margin: float, margin_reason: str, measure: Callable[[Readings], float], seeds: int, lies: tuple[Lie, ...],
) -> Claim:  # fmt: skip
    """A paired difference, or a level, has the predicted value."""
    return Claim(
        id=id, statement=statement, source=source, reading=_sized(reading, design), kind=Kind.VALUE, observable=observable,
        predict=lambda case: Prediction(value=value), judge=judge_value, margin=margin,
        margin_reason=margin_reason, seeds=seeds, design=design, measure=measure, lies=lies,
    )  # fmt: skip
