"""Judges of claims with one number per cell and seed: values, bounds, orders, proportions, and exact statements.

A cell is judged with its share of the error rate; a claim holds when it holds in every cell, and a lie is refuted when one
cell refutes it. `verify.judging.judges.exponents` has those that fit a law across cells.
"""

import math
from collections.abc import Sequence

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.groups import Group, control_of, groups_of, interval_of, lies_of, too_few, unit_of
from verify.judging.lies import check_lies
from verify.judging.power import value_power
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_value"]


def judge_value(claim: Claim, sample: Sample) -> Finding:
    """Kind value: in every cell the interval of the mean lies inside predicted +- margin."""
    if too_few(sample):
        return unjudged(claim, sample, "needs at least 2 seeds")
    groups = groups_of(sample)
    verdicts: list[Verdict] = []
    caught: dict[str, list[Verdict]] = {lie.name: [] for lie in claim.lies}
    check_value_lies(claim, groups)
    worst: tuple[float, Group, st.Interval] | None = None
    for group in groups:
        interval = interval_of(claim, group, len(groups))
        verdicts.append(st.value_verdict(interval, predicted=0.0, margin=claim.margin))
        distances = lies_of(claim, group)
        for name, distance in distances.items():
            judged = (
                st.value_verdict(interval, predicted=distance, margin=claim.margin)
                if abs(distance) > claim.margin
                else Verdict.INCONCLUSIVE
            )
            caught[name].append(judged)
        deviation = abs(interval.estimate) if math.isfinite(interval.estimate) else math.inf
        if worst is None or deviation > worst[0]:
            worst = (deviation, group, interval)
    controls = [control_of(name, found) for name, found in caught.items()]
    return _value_finding(claim, sample, st.joint_verdict(verdicts), controls, worst, groups)


def check_value_lies(claim: Claim, groups: Sequence[Group]) -> None:
    """`check_lies` of a number per cell, in the margin's unit."""
    far: dict[str, list[float]] = {lie.name: [] for lie in claim.lies}
    size = 0.0
    for group in groups:
        for name, distance in lies_of(claim, group).items():
            far[name].append(distance)
        size = max(size, abs(group.predicted) / unit_of(claim, group))
    check_lies(claim, far, size=size)


def _value_finding(
    claim: Claim,
    sample: Sample,
    verdict: Verdict,
    controls: list[Control],
    worst: tuple[float, Group, st.Interval] | None,
    groups: Sequence[Group],
) -> Finding:
    assert worst is not None
    _, group, interval = worst
    power, needed = value_power(claim, groups)
    unit = unit_of(claim, group)
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=group.predicted,
        estimate=group.predicted + unit * interval.estimate,
        standard_error=unit * interval.standard_error,
        interval=(group.predicted + unit * interval.low, group.predicted + unit * interval.high)
        if interval.usable
        else None,
        power=power,
        repeats_needed=needed,
        note=f"numbers of the cell farthest off among {len(groups)}: {group.cell.label}"
        if len(groups) > 1
        else "",
    )
