"""Judges of distributions, counts and spreads, and of inequalities that every run must respect."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.sample import Sample
from verify.statistics.distributions import GRID

__all__ = ["distribution_judge"]

Cdf = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def distribution_judge(rivals: Mapping[str, Cdf]) -> Callable[[Claim, Sample], Finding]:
    """Kind distribution: the largest difference of distribution functions at the claimed quantiles is below the margin.

    Parameters
    ----------
    rivals : mapping of a lie's name to its distribution function, in units of the claimed law's deviation

    Notes
    -----
    A run's value is its number of independent draws; `<observable>[k]` beside it is the share of them below the
    claimed quantile k/64. Seeds are pooled; the radius is Kolmogorov's for as many draws (exact for the supremum over
    all points, so conservative for 63 of them). docs/statistics.md, eq. (20).
    """
    return partial(_judge_distribution, rivals=rivals)


def _judge_distribution(claim: Claim, sample: Sample, *, rivals: Mapping[str, Cdf]) -> Finding:
    from scipy import special

    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    draws = np.array(sample.values)
    missing = math.nan
    shares = np.array(
        [
            [case.observed.get(f"{claim.observable}[{k}]", missing) for k in range(1, GRID)]
            for case in sample.cases
        ]
    )
    if not (np.isfinite(draws).all() and (draws >= 2).all() and np.isfinite(shares).all()):
        return unjudged(claim, sample, "a run gave no numbers")
    if sample.repeats > 1 and bool(np.all(shares == shares[0])):
        return unjudged(claim, sample, "every run drew the same numbers")
    found = draws @ shares / draws.sum()
    levels = np.arange(1, GRID) / GRID
    radius = st.kolmogorov_radius(int(draws.sum()), error_rate=claim.error_rate)
    interval = _around_distance(found, levels, radius, int(draws.sum()))
    quantiles = special.ndtri(levels)
    controls = [
        Control(
            lie=name,
            verdict=st.bound_verdict(
                _around_distance(found, np.asarray(cdf(quantiles)), radius, int(draws.sum())),
                upper=claim.margin,
            ),
        )
        for name, cdf in rivals.items()
    ]
    return make_finding(
        claim, sample, st.bound_verdict(interval, upper=claim.margin), controls,
        predicted=0.0, estimate=interval.estimate, interval=(interval.low, interval.high), bounds=(None, claim.margin),
        power=_distribution_power(
            int(draws.sum()), claim.margin, radius,
            [float(np.max(np.abs(np.asarray(cdf(quantiles)) - levels))) for cdf in rivals.values()],
        ),
        note=f"Kolmogorov distance at 63 quantiles, {int(draws.sum())} draws",
    )  # fmt: skip


def _distribution_power(draws: int, margin: float, radius: float, rivals: Sequence[float]) -> float:
    """Least chance that the claimed law is supported (the sample's distance from it stays below margin - radius), and
    that a rival at such a distance is refuted (the sample's distance from the claimed law stays below what is left).
    """
    from scipy import stats

    rooms = [margin - radius, *(distance - radius - margin for distance in rivals)]
    return 0.0 if min(rooms) <= 0 else float(1.0 - stats.kstwo.sf(min(rooms), draws))


def _around_distance(found: NDArray, claimed: NDArray, radius: float, draws: int) -> st.Interval:
    distance = float(np.max(np.abs(found - claimed)))
    return st.Interval(
        estimate=distance, standard_error=math.nan, low=max(0.0, distance - radius), high=distance + radius,
        repeats=draws, dof=math.nan,
    )  # fmt: skip
