"""What the claims on losses share: learning rates by size, changes within a seed, the ridge stage predicted."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from verify.claim import Case, Claim, Kind, Lie, Prediction
from verify.claims.rivals import constant_lie, constant_rival
from verify.claims.shared import PAPER, adam, gd, scaled_eta
from verify.designs import Cell
from verify.judges_losses import directed_judge
from verify.judges_seeds import judge_value
from verify.problem import Problem, Update
from verify.study import Design, Readings

__all__ = [
    "FEATURES", "RIDGE", "STILL", "change", "change_claim", "finite_size", "key_of", "level",
    "SMALLEST_REASON", "less_margin", "order_claim", "ridge_change", "ridge_level", "similarity", "smallest_change", "step",
]  # fmt: skip

FEATURES = {"paper": "features of eq. 6", "released": "the released code's features, divided by sqrt d again"}
RIDGE = {"test": "test_loss", "holdout": "holdout_loss", "kta": "kta"}  # theory's name -> sim's
STILL = adam(0.0)  # eta = 0 is the same for both optimisers
SMALLEST = {"test": 0.002, "holdout": 0.002, "kta": 0.02}  # of the level at eta = 0
SMALLEST_REASON = (
    "smallest change that would be called one: 0.2 % of a loss, 2 % of the alignment at eta = 0, "
    "0.05 of sim; a tenth of what the paper's figures can show"
)


def step(optimiser: str, eta: float, cell: Cell) -> Update:
    """The update that is to this cell what `eta` is to the paper's size.

    GD's eta goes like d and FB-Adam's up to 0.1 like d^-1/2, as the predicted spike's; FB-Adam's from 1 on
    compares the update with W_0 in the Frobenius norm, where eta means the same at every size.
    """
    if optimiser == "gd":
        return gd(scaled_eta("gd", eta, cell))
    return adam(scaled_eta("adam", eta, cell) if eta < 1.0 else eta)


def finite_size(cell: Cell) -> float:
    """(d/1000)^-1/2: margins of losses are stated at the paper's size; scatter and bias grow like this below it."""
    return float((cell.d / PAPER.d) ** -0.5)


def key_of(name: str, features: str) -> str:
    """Name of a reading: sim has none of the features."""
    return name if name == "sim" else f"{RIDGE[name]}[{features}]"


def change(key: str, update: Update, base: Update = STILL) -> Callable[[Readings], float]:
    """Reading after `update` less the reading after `base`, same draw."""
    return lambda readings: readings.value(key, update) - readings.value(key, base)


@lru_cache(maxsize=512)
def ridge_level(
    problem: Problem, cell: Cell, update: Update, name: str, features: str, beta_part: bool = True
) -> float:
    """The ridge stage's test loss, hold-out loss or KTA after `update`, as `theory` has it."""
    return float(getattr(_stage(problem, cell, update, features, beta_part), name))


@lru_cache(maxsize=256)
def _stage(problem: Problem, cell: Cell, update: Update, features: str, beta_part: bool):
    from theory.ridge_stage import ridge_stage

    return ridge_stage(
        problem.signal_noise(cell), student=problem.student.theory, teacher=problem.teacher.theory,
        eta=update.eta or 0.0, optimiser="gd" if update.optimiser == "gd" else "adam",
        features="paper" if features == "paper" else "released", beta_part=beta_part,
    )  # fmt: skip


def ridge_change(
    problem: Problem, cell: Cell, update: Update, name: str, features: str, beta_part: bool = True
) -> float:
    """What `update` changes of that reading, predicted."""
    now = ridge_level(problem, cell, update, name, features, beta_part)
    return now - ridge_level(problem, cell, STILL, name, features)


@lru_cache(maxsize=64)
def similarity(problem: Problem, cell: Cell, update: Update) -> float:
    """sim(W_1, beta) as predicted; that of a random direction, sqrt(2/(pi d)), where there is no spike."""
    from theory.spike_inputs import spike_at, spike_inputs

    optimiser: Any = update.optimiser
    found = spike_at(spike_inputs(problem.signal_noise(cell), optimiser=optimiser), update.eta or 0.0)
    random = math.sqrt(2.0 / (math.pi * cell.d))
    return max(found.similarity or 0.0, random) if found.outlier else random


def level(problem: Problem, cell: Cell, update: Update, name: str, features: str) -> float:
    """Any of the readings after `update`, predicted; "sim" has no features."""
    if name == "sim":
        return similarity(problem, cell, update)
    return ridge_level(problem, cell, update, name, features)


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
