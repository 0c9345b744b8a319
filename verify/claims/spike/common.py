"""What the claims on spike and overlaps share: the spike of one update as `theory` has it, lies that can be told apart."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from verify.claims.rivals import constant_rival
from verify.judging.claim import Lie
from verify.judging.sample import Case, Prediction
from verify.problem.cells import Cell
from verify.problem.paper import finite_size

if TYPE_CHECKING:
    pass

__all__ = ["QUICK_SEEDS", "SEEDS", "constant", "distinct", "scaled_margin"]

SEEDS, QUICK_SEEDS = 60, 120  # paper's size; d = 200: numbers scatter more and runs cost little


def scaled_margin(share: float, cell: Cell) -> float:
    """A margin stated at d = 1000: finite-size errors and scatter grow like d^-1/2 below it."""
    return share * max(finite_size(cell), 1.0)


def constant(value: float) -> Callable[[Case], Prediction]:
    """The same prediction for every run."""
    return lambda case: Prediction(value=value)


def distinct(value: float, rivals: Iterable[tuple[str, float]]) -> tuple[Lie, ...]:
    """Rivals as lies, but for one that is the same theory here: the same number to 1e-9.

    One that the margin cannot tell from the value stays a lie, uncaught: the finding is inconclusive then and says so.
    """
    return tuple(
        constant_rival(name, rival)
        for name, rival in rivals
        if abs(rival - value) > 1e-9 * max(abs(value), abs(rival))
    )
