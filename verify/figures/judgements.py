"""What a caption may say of a claim: one of three answers, from means and standard errors as they are drawn.

Student's t at an error rate of 1e-4, split over everything that the claim looks at: few seeds then decide little.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from verify.statistics.verdict import Verdict

__all__ = ["JUDGED", "RATE", "Seen", "difference", "verdict_of", "reach", "words"]

RATE = 1e-4
JUDGED = {
    Verdict.SUPPORTED: "holds here", Verdict.REFUTED: "does not hold here", Verdict.INCONCLUSIVE: "is not decided here",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A mean with its standard error, and where the claim says that it lies."""

    mean: float
    error: float
    lower: float | None = None
    upper: float | None = None


def reach(seeds: int, looks: int = 1) -> float:
    """Standard errors that one of so many looks may be off by chance; infinite without repeats."""
    from verify.statistics.intervals import student_quantile

    return student_quantile(error_rate=RATE / looks, dof=seeds - 1) if seeds > 1 else math.inf


def verdict_of(looks: Sequence[Seen], seeds: int) -> Verdict:
    """Supported where every look is inside its bounds, refuted where one is outside, both by `reach`."""
    from verify.statistics import bound_verdict, joint_verdict
    from verify.statistics.intervals import around, no_interval

    found = []
    for one in looks:
        usable = seeds > 1 and math.isfinite(one.mean) and math.isfinite(one.error) and one.error > 0.0
        interval = (
            around(one.mean, one.error, error_rate=RATE / len(looks), repeats=seeds, dof=seeds - 1)
            if usable
            else no_interval(repeats=seeds, dof=seeds - 1)
        )
        found.append(bound_verdict(interval, lower=one.lower, upper=one.upper))
    return joint_verdict(found) if found else Verdict.INCONCLUSIVE


def words(looks: Sequence[Seen], seeds: int) -> str:
    """The same as a caption says it."""
    return JUDGED[verdict_of(looks, seeds)]


def difference(high: tuple[float, float], low: tuple[float, float]) -> Seen:
    """That one mean lies above another; their errors are added as if the two were independent."""
    return Seen(mean=high[0] - low[0], error=math.hypot(high[1], low[1]), lower=0.0)
