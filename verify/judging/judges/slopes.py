"""Judge of an order of growth alone: the slope on log d, whatever the constant."""

from collections.abc import Mapping

import numpy as np

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.judges.rates import rates_of
from verify.judging.lies import check_lies
from verify.judging.need import UNKNOWN, Power, power_with_need
from verify.judging.power import mean_power, scatter_is_predicted, scatter_of
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_slope"]


def judge_slope(claim: Claim, sample: Sample) -> Finding:
    """Kind exponent, constant free: the slope on log d (one per seed) is the predicted one within the margin.

    Cells differ in d at fixed ratios and are drawn independently. A lie is another law over the sizes.
    """
    slope_claim, slopes = rates_of(claim, sample)
    if not slopes.values or slopes.repeats < 2:
        return unjudged(claim, sample, "needs three sizes of every seed, and two seeds")
    predicted = float(np.mean([prediction.value for prediction in slopes.predictions]))
    off = [value - p.value for value, p in zip(slopes.values, slopes.predictions, strict=True)]
    interval = st.mean_interval(off, error_rate=claim.error_rate)
    far = {lie.name: lie.law(slopes.cases[0], slopes.predictions[0]) - predicted for lie in slope_claim.lies}
    check_lies(slope_claim, {name: (apart,) for name, apart in far.items()})
    controls = []
    for name, apart in far.items():
        judged = st.value_verdict(interval, predicted=apart, margin=claim.margin)
        refuted = abs(apart) > claim.margin and judged is Verdict.REFUTED
        controls.append(Control(lie=name, verdict=Verdict.REFUTED if refuted else Verdict.INCONCLUSIVE))
    power = _power(claim, slopes, far)
    return make_finding(
        claim, sample, st.value_verdict(interval, predicted=0.0, margin=claim.margin), controls,
        predicted=predicted, estimate=predicted + interval.estimate, standard_error=interval.standard_error,
        interval=(predicted + interval.low, predicted + interval.high) if interval.usable else None,
        dof=interval.dof, power=power.value, repeats_needed=power.needed, repeats_needed_low=power.needed_low,
        note="slope on log d, one per seed",
    )  # fmt: skip


def _power(claim: Claim, slopes: Sample, far: Mapping[str, float]) -> Power:
    spreads = {upper: scatter_of(slopes, upper=upper) for upper in (True, False)}
    if spreads[True] is None:
        return UNKNOWN

    def power_at(seeds: int, upper: bool) -> float:
        spread = spreads[upper]
        assert spread is not None
        supported, refuted = mean_power(claim.margin, spread, seeds, claim.error_rate, far)
        return min([supported, *refuted.values()])

    return power_with_need(power_at, slopes.repeats, ranged=not scatter_is_predicted(slopes))
