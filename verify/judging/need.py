"""From the power at a number of seeds to the seeds that bring it to 0.99: a range, where a pilot is all that is known."""

from collections.abc import Callable
from dataclasses import dataclass

from verify.statistics.power import least_count

__all__ = ["ENOUGH", "UNKNOWN", "Power", "power_with_need"]

ENOUGH = 0.99
MOST = 10**7  # seeds that nobody runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Power of a design and the seeds that bring it to 0.99, None where not known or where no number does.

    `needed` has the scatter at its upper limit, `needed_low` at its lower one; None where the scatter is predicted.
    """

    value: float | None
    needed: int | None = None
    needed_low: int | None = None
    note: str = ""


UNKNOWN = Power(value=None)


def power_with_need(
    power_at: Callable[[int, bool], float], seeds: int, *, ranged: bool, always: bool = False, note: str = ""
) -> Power:
    """The power at `seeds`; what is needed where that is less than 0.99, or always.

    Parameters
    ----------
    power_at : callable (seeds, upper) -> float
        Power at a number of seeds, with the scatter at its upper or at its lower limit; it grows with the seeds.
    ranged : bool
        Whether the limits differ.
    """
    found = power_at(seeds, True)
    if found >= ENOUGH and not always:
        return Power(value=found, note=note)
    most = _least(lambda count: power_at(count, True))
    least = _least(lambda count: power_at(count, False)) if ranged else None
    return Power(value=found, needed=most, needed_low=None if most is None else least, note=note)


def _least(power: Callable[[int], float]) -> int | None:
    try:
        return least_count(lambda count: power(count) >= ENOUGH, name="seeds", most=MOST)
    except ValueError:
        return None
