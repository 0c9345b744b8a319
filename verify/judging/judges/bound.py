"""The judge of a bound: the whole interval on its right side."""

import math
from collections.abc import Sequence

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Finding, joined_notes
from verify.judging.groups import Group, control_of, groups_of, too_few
from verify.judging.lies import check_lies
from verify.judging.power import bound_power, law_values
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_bound"]


def judge_bound(claim: Claim, sample: Sample) -> Finding:
    """Kind bound: in every cell the whole interval of the mean respects `claim.bounds`.

    A lie is another value of the measured number; it is refuted when one cell's interval is disjoint from it +- margin.
    """
    if too_few(sample):
        return unjudged(claim, sample, "needs at least 2 seeds")
    low, high = claim.bounds
    groups = groups_of(sample)
    _check_bound_lies(claim, groups)
    verdicts, caught = [], {lie.name: [Verdict.INCONCLUSIVE] for lie in claim.lies}
    worst: tuple[float, Group, st.Interval] | None = None
    for group in groups:
        interval = st.mean_interval(group.values, error_rate=claim.error_rate / len(groups))
        verdicts.append(st.bound_verdict(interval, lower=low, upper=high))
        for name, value in law_values(claim, group).items():
            caught[name].append(st.value_verdict(interval, predicted=value, margin=claim.margin))
        room = min(
            interval.low - low if low is not None else math.inf,
            high - interval.high if high is not None else math.inf,
        )
        if worst is None or room < worst[0]:
            worst = (room, group, interval)
    assert worst is not None
    _, group, interval = worst
    power, mirrored = bound_power(claim, groups, lambda _: claim.bounds, claim.margin)
    return make_finding(
        claim,
        sample,
        st.joint_verdict(verdicts),
        [control_of(name, found) for name, found in caught.items()],
        predicted=low if low is not None else high,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        power=power,
        note=joined_notes(
            f"numbers of the cell nearest its bound: {group.cell.label}" if len(groups) > 1 else "", mirrored
        ),
    )


def _check_bound_lies(claim: Claim, groups: Sequence[Group]) -> None:
    """A lie about a bound lies within three margins of the prediction or of a bound, or is a rival."""
    bounds = [bound for bound in claim.bounds if bound is not None]
    far: dict[str, list[float]] = {lie.name: [] for lie in claim.lies}
    near: dict[str, list[float]] = {lie.name: [] for lie in claim.lies}
    for group in groups:
        for name, value in law_values(claim, group).items():
            far[name].append(value - group.predicted)
            near[name].append(min(abs(value - known) for known in (group.predicted, *bounds)))
    check_lies(claim, far, nearest=near)
