"""Judge of a trend by ranks: Spearman's coefficient within a seed, its mean over seeds as that of a bounded number."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.lies import check_lies
from verify.judging.need import UNKNOWN, Power, power_with_need
from verify.judging.power import MIRRORED, scatter_limit
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_ranks", "ranks_power"]


def judge_ranks(claim: Claim, sample: Sample) -> Finding:
    """Kind trend: the mean over seeds of a rank correlation, one per seed, clears the margin on the predicted side.

    Coefficients crowd at a few values, often one, where Student's t claims what it cannot know; the interval is that
    of a number in [-1, 1] whatever its law (docs/statistics.md, eq. 23), and has ends for equal coefficients too. Lies
    are other values of the mean.
    """
    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    if not all(map(math.isfinite, sample.values)):
        return unjudged(claim, sample, "a run gave no coefficient")
    predicted = float(np.mean([prediction.value for prediction in sample.predictions]))
    laws = {
        lie.name: float(
            np.mean([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        )
        for lie in claim.lies
    }
    check_lies(claim, {name: (law - predicted,) for name, law in laws.items()})
    interval = _interval(sample.values, claim.error_rate)
    side = math.copysign(1.0, predicted)
    controls = [
        Control(lie=name, verdict=Verdict.INCONCLUSIVE if interval.contains(law) else Verdict.REFUTED)
        for name, law in laws.items()
    ]
    bounds = {"lower": claim.margin} if side > 0 else {"upper": -claim.margin}
    power = ranks_power(claim, sample, [side * law for law in laws.values()], side)
    return make_finding(
        claim, sample, st.bound_verdict(interval, **bounds), controls, predicted=predicted, estimate=interval.estimate,
        standard_error=interval.standard_error, interval=(interval.low, interval.high),
        bounds=(bounds.get("lower"), bounds.get("upper")),
        power=power.value, repeats_needed=power.needed, repeats_needed_low=power.needed_low, note=power.note,
    )  # fmt: skip


def _interval(values: ArrayLike, error_rate: float) -> st.Interval:
    return st.coefficient_mean_interval(values, error_rate=error_rate)


def ranks_power(claim: Claim, sample: Sample, laws: list[float], side: float) -> Power:
    """P(supported, lies refuted) if the claim is true; unknown without a pilot.

    True by as much as the pilot's mean says, on whichever side of the margin that lies (the note says so); the mean over
    seeds is taken for normal.
    """
    pilot = sample.pilot
    if pilot is None or len(pilot.values) < 2 or not np.isfinite(pilot.values).all():
        return UNKNOWN
    found = side * float(np.mean(pilot.values))
    truth = found if found > claim.margin else min(2.0 * claim.margin - found, 1.0)
    spread = float(np.std(pilot.values, ddof=1))

    def power_at(seeds: int, upper: bool) -> float:
        error = scatter_limit(spread, len(pilot.values), upper=upper) / math.sqrt(seeds)

        def beyond(value: float, truth: float) -> float:
            """P(the interval lies wholly above `value`)."""
            least = _least_mean(value, seeds, claim.error_rate)
            return float(truth >= least) if error == 0.0 else float(special.ndtr((truth - least) / error))

        refuted = [beyond(law, truth) if law < truth else beyond(-law, -truth) for law in laws]
        return min([beyond(claim.margin, truth), *refuted])

    note = MIRRORED if truth != found else ""
    return power_with_need(power_at, sample.repeats, ranged=spread > 0.0, note=note)


def _low_end(mean: float, repeats: int, error_rate: float) -> float:
    """Lower end of the interval around a mean of so many coefficients: its record need not be made up."""
    return st.bounded_mean_low(mean, repeats=repeats, error_rate=error_rate, lower=-1.0, upper=1.0)


def _least_mean(value: float, repeats: int, error_rate: float) -> float:
    """The sample mean from which on the interval lies above `value`; inf where none does."""
    low, high = max(value, -1.0), 1.0
    if _low_end(high, repeats, error_rate) <= value:
        return math.inf
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _low_end(middle, repeats, error_rate) <= value else (low, middle)
    return high
