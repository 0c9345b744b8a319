"""The judge of an order: the interval of a paired contrast clears its margin."""

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Finding, joined_notes
from verify.judging.groups import Group, control_of, groups_of, too_few
from verify.judging.judges.value import check_value_lies
from verify.judging.power import Bounds, bound_power, law_values
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_order"]


def judge_order(claim: Claim, sample: Sample) -> Finding:
    """Kind order: a paired contrast (taken within a seed by `measure`) clears the margin in the predicted direction.

    SUPPORTED when its interval lies beyond the margin on the predicted side in every cell, REFUTED when it lies wholly
    short of it in one. Lies are other values of the contrast: "no change" is 0.
    """
    if too_few(sample):
        return unjudged(claim, sample, "needs at least 2 seeds")
    groups = groups_of(sample)
    check_value_lies(claim, groups)
    verdicts, caught = [], {lie.name: [Verdict.INCONCLUSIVE] for lie in claim.lies}
    shown: tuple[float, Group, st.Interval] | None = None
    for group in groups:
        interval = st.mean_interval(group.values, error_rate=claim.error_rate / len(groups))
        low, high = _cleared(claim, group)
        verdicts.append(st.bound_verdict(interval, lower=low, upper=high))
        for name, value in law_values(claim, group).items():
            outside = interval.usable and not interval.contains(value)
            caught[name].append(Verdict.REFUTED if outside else Verdict.INCONCLUSIVE)
        clearance = interval.low - low if low is not None else -claim.margin - interval.high
        if shown is None or clearance < shown[0]:
            shown = (clearance, group, interval)
    assert shown is not None
    _, group, interval = shown
    power, mirrored = bound_power(claim, groups, lambda at: _cleared(claim, at), 0.0)
    return make_finding(
        claim,
        sample,
        st.joint_verdict(verdicts),
        [control_of(name, found) for name, found in caught.items()],
        predicted=group.predicted,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        power=power,
        note=joined_notes(
            f"numbers of the cell nearest its margin: {group.cell.label}" if len(groups) > 1 else "", mirrored
        ),
    )


def _cleared(claim: Claim, group: Group) -> Bounds:
    """What a contrast must lie beyond: the margin on the predicted side."""
    return (claim.margin, None) if group.predicted >= 0 else (None, -claim.margin)
