"""Looks after K, 2K, 4K ... repeats, with the error rate split equally over the looks planned."""

from collections.abc import Callable
from dataclasses import dataclass

from verify.statistics.inputs import check_count, check_rate
from verify.statistics.verdict import Verdict

__all__ = ["Looked", "look_schedule", "look_until_decided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Where a sequence of looks stopped: the verdict, the repeats and looks it took, the rate of each."""

    verdict: Verdict
    repeats: int
    looks: int
    error_rate: float


def look_schedule(first: int, most: int) -> tuple[int, ...]:
    """Numbers of repeats K, 2K, 4K ... up to `most`.

    >>> look_schedule(5, 20)
    (5, 10, 20)
    """
    repeats = check_count(first, "first", 2)
    last = check_count(most, "most", 2)
    if last < repeats:
        raise ValueError(f"most must be at least the first look's {repeats} repeats, got {last}")
    schedule = []
    while repeats <= last:
        schedule.append(repeats)
        repeats *= 2
    return tuple(schedule)


def look_until_decided(
    judge: Callable[[int, float], Verdict], *, first: int, most: int, error_rate: float
) -> Looked:
    """Judge at every look of the schedule until the verdict is SUPPORTED or REFUTED.

    Parameters
    ----------
    judge : callable
        judge(repeats, error_rate) -> Verdict on the first `repeats` seeds, at that error rate.
    first, most : int
        As for `look_schedule`: the looks are planned before the data.
    error_rate : float
        Of the whole sequence; each look gets error_rate / (number of planned looks).

    Notes
    -----
    docs/statistics.md, eq. (26): by the union bound, whatever the dependence between looks.
    """
    schedule = look_schedule(first, most)
    share = check_rate(error_rate) / len(schedule)
    verdict = Verdict.INCONCLUSIVE
    for count, repeats in enumerate(schedule, start=1):
        verdict = judge(repeats, share)
        if verdict is not Verdict.INCONCLUSIVE:
            return Looked(verdict=verdict, repeats=repeats, looks=count, error_rate=share)
    return Looked(verdict=verdict, repeats=schedule[-1], looks=len(schedule), error_rate=share)
