"""The judges of counts: how often, over seeds, the number is the predicted one."""

import math

import numpy as np
from numpy.typing import NDArray

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import AlsoJudged, Control, Finding, Role
from verify.judging.judges.proportion import held_by_seed
from verify.judging.lies import check_lies
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_count", "judge_count_always"]


def judge_count(claim: Claim, sample: Sample) -> Finding:
    """Kind count: the count is the predicted one in a share of at least 1 - margin of the seeds (Clopper-Pearson).

    With several cells a seed counts where every cell shows its count. A lie is another count, refuted when the share
    of seeds that show it lies below 1 - margin.
    """
    return _judge_count(claim, sample, exceptions=True)


def judge_count_always(claim: Claim, sample: Sample) -> Finding:
    """Kind count: every run shows the predicted count. One that does not refutes, however many do; see `judge_count`."""
    return _judge_count(claim, sample, exceptions=False)


def _judge_count(claim: Claim, sample: Sample, *, exceptions: bool) -> Finding:
    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    values = np.array(sample.values)
    if not (np.isfinite(values).all() and (values >= 0).all()):
        return unjudged(claim, sample, "a run gave no count")
    expected = np.array([prediction.value for prediction in sample.predictions])

    def share(counts: NDArray) -> st.Interval:
        shown, seeds = held_by_seed(sample.seeds, np.abs(values - counts) < 0.5)
        return st.clopper_pearson(shown, seeds, error_rate=claim.error_rate)

    interval, least = share(expected), 1.0 - claim.margin
    controls, same = [], []
    for lie in claim.lies:
        counts = np.array([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        if (counts == expected).all():
            same.append(lie.name)
        controls.append(Control(lie=lie.name, verdict=st.bound_verdict(share(counts), lower=least)))
    check_lies(claim, dict.fromkeys(same, (0.0,)))
    power = min(
        st.proportion_power(shown, trials=sample.repeats, error_rate=claim.error_rate, lower=least)[side]
        for shown, side in ((1.0, 0), (0.0, 1))  # every run shows the count, and so none shows a lie's
    )
    broken = not exceptions and interval.estimate < 1.0
    return make_finding(
        claim, sample, Verdict.REFUTED if broken else st.bound_verdict(interval, lower=least), controls,
        predicted=1.0, estimate=interval.estimate, interval=(interval.low, interval.high), bounds=(least, None), power=power,
        also=() if exceptions else (_others(interval, sample.repeats),),
        repeats_needed=math.ceil(math.log(claim.error_rate / 2) / math.log(least)),
        note=f"share of seeds with the count {_range(expected)}; counts were {_range(values)}",
    )  # fmt: skip


def _others(share: st.Interval, seeds: int) -> AlsoJudged:
    """That no seed shows another count."""
    return AlsoJudged(
        what="seeds with another count", predicted=0.0, estimate=float(round((1.0 - share.estimate) * seeds)), interval=None,
        margin=0.0, tolerance=0.0, role=Role.REFUTES,
    )  # fmt: skip


def _range(values: NDArray) -> str:
    low, high = float(np.min(values)), float(np.max(values))
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
