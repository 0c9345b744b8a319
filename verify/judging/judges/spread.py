"""The judge of a spread: the standard deviation of a run over seeds against the predicted one."""

import numpy as np

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.lies import check_lies
from verify.judging.need import power_with_need
from verify.judging.sample import Sample

__all__ = ["judge_spread", "spread_power"]


def judge_spread(claim: Claim, sample: Sample) -> Finding:
    """Kind value: the standard deviation over seeds is the predicted one within the margin, a share of it.

    Chi-square interval of the sample variance (docs/statistics.md, eq. 3), one cell. A lie is another deviation.
    """
    if not sample.values or sample.repeats < 2:
        return unjudged(claim, sample, "needs at least 2 seeds")
    if len({case.cell for case in sample.cases}) != 1:
        return unjudged(claim, sample, "a spread is that of one cell")
    predicted = float(np.mean([prediction.value for prediction in sample.predictions]))
    interval = st.spread_interval(sample.values, error_rate=claim.error_rate)
    room = claim.margin * predicted
    laws = {
        lie.name: float(
            np.mean([lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)])
        )
        for lie in claim.lies
    }
    shares = {name: law / predicted for name, law in laws.items()}
    check_lies(claim, {name: (share - 1.0,) for name, share in shares.items()})
    controls = [
        Control(lie=name, verdict=st.value_verdict(interval, predicted=law, margin=room))
        for name, law in laws.items()
    ]
    design: dict[str, float] = dict(margin=claim.margin, error_rate=claim.error_rate)

    def power_at(seeds: int, upper: bool) -> float:
        against = [spread_power(seeds, lie=share, **design) for share in shares.values()]
        return min([spread_power(seeds, **design), *against])

    power = power_with_need(power_at, sample.repeats, ranged=False)
    return make_finding(
        claim, sample, st.value_verdict(interval, predicted=predicted, margin=room), controls,
        predicted=predicted, estimate=interval.estimate, standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        relative=True,
        power=power.value, repeats_needed=power.needed,
    )  # fmt: skip


def spread_power(repeats: int, *, margin: float, error_rate: float, lie: float | None = None) -> float:
    """P(SUPPORTED) of a true standard deviation, judged within a share `margin` of it; P(REFUTED) of a `lie` times it.

    docs/statistics.md, eq. (3).
    """
    from scipy import special

    dof = repeats - 1
    upper, lower = special.chdtri(dof, error_rate / 2), special.chdtri(dof, 1 - error_rate / 2)
    if lie is not None:  # refuted when the interval ends below lie - margin, or begins above lie + margin
        ends_below = special.chdtr(dof, max(lie - margin, 0.0) ** 2 * lower)
        return float(ends_below + special.chdtrc(dof, (lie + margin) ** 2 * upper))
    # supported when s sqrt(dof/upper) >= 1 - margin and s sqrt(dof/lower) <= 1 + margin; dof s^2 is chi-square
    least, most = (1 - margin) ** 2 * upper, (1 + margin) ** 2 * lower
    return float(max(special.chdtr(dof, most) - special.chdtr(dof, least), 0.0))
