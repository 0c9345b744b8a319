"""How many seeds would settle an open finding if its estimate stayed: a range, where its scatter is estimated."""

import math
from collections.abc import Callable, Iterable

from scipy import special

from verify import statistics as st
from verify.judging.claim import Kind
from verify.judging.finding import Finding
from verify.judging.power import scatter_limit
from verify.statistics.power import least_count

__all__ = ["deviation_limits", "seeds_to_settle"]

MOST = 10**7


def deviation_limits(dof: float) -> tuple[float, float]:
    """Lower and upper confidence limit of a standard deviation over the one that `dof` degrees of freedom showed.

    Each is on its side of the truth with the same probability as a pilot's; docs/statistics.md, eq. (3).
    """
    runs = round(dof) + 1
    return scatter_limit(1.0, runs, upper=False), scatter_limit(1.0, runs)


def seeds_to_settle(finding: Finding, ends: Iterable[float]) -> tuple[int, int] | None:
    """Least numbers of seeds at which an interval around the same estimate reaches none of the ends that it holds now.

    Parameters
    ----------
    finding : Finding
        With one interval.
    ends : numbers in the estimate's unit
        What the interval must not reach.

    Returns
    -------
    range : (int, int) or None
        With the scatter at its lower and at its upper limit; the same number twice where the interval does not rest on an
        estimated scatter. None where nothing is held, or where the estimate lies on an end.
    """
    estimate, interval = finding.estimate, finding.interval
    if (
        not isinstance(estimate, float)
        or not isinstance(interval, tuple)
        or not all(map(math.isfinite, interval))
    ):
        return None
    held = [end for end in ends if interval[0] <= end <= interval[1]]
    half = (interval[1] - interval[0]) / 2.0
    room = min((abs(estimate - end) for end in held), default=0.0)
    if room <= 0.01 * half:
        return None
    more = finding.repeats + 1
    if finding.kind == Kind.TREND and finding.dof is None:
        found = max(_bounded(estimate, end, finding.error_rate) for end in held)
        return max(found, more), max(found, more)
    error = finding.standard_error
    if finding.dof is None or not isinstance(error, float) or not error > 0:
        found = math.ceil(finding.repeats * (half / room) ** 2)
        return max(found, more), max(found, more)
    reach = _reach(finding.repeats, finding.dof, half / error, error)
    low, high = (_least(reach, room / factor) for factor in deviation_limits(finding.dof))
    return None if low is None or high is None else (max(low, more), max(high, more))


def _bounded(mean: float, end: float, error_rate: float) -> int:
    """Of numbers in [-1, 1]: seeds at which the interval of a mean leaves an end out (docs/statistics.md, eq. 23)."""
    share, other = (1.0 + mean) / 2.0, (1.0 + end) / 2.0
    divergence = float(special.rel_entr(share, other) + special.rel_entr(1.0 - share, 1.0 - other))
    return math.ceil(math.log(2.0 / error_rate) / divergence)


def _reach(repeats: int, dof: float, quantile: float, error: float) -> Callable[[int], float]:
    """Half the width of the interval by the number of seeds, at the scatter that the runs have shown.

    The share of the error rate is that at which Student's t has the quantile that the interval shows; the degrees of
    freedom grow as the seeds less one.
    """
    share = 2.0 * float(special.stdtr(dof, -quantile))

    def reach(seeds: int) -> float:
        at = dof * (seeds - 1) / (repeats - 1)
        return st.student_quantile(error_rate=share, dof=at) * error * math.sqrt(repeats / seeds)

    return reach


def _least(reach: Callable[[int], float], room: float) -> int | None:
    """Seeds at which the interval reaches less far than `room`; None of a number that nobody runs."""
    try:
        return least_count(lambda seeds: reach(seeds) < room, name="seeds", most=MOST)
    except ValueError:
        return None
