"""Judges of claims with one number per cell and seed: values, bounds, orders, proportions, and exact statements.

A cell is judged with its share of the error rate; a claim holds when it holds in every cell, and a lie is refuted when one
cell refutes it. `verify.judges_scaling` has those that fit a law across cells.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from verify import statistics as st
from verify.claim import Case, Claim, Control, Finding, Sample, Verdict
from verify.designs import Cell
from verify.judges import make_finding, unjudged
from verify.judges_groups import Group, control_of, groups_of, interval_of, lies_of, too_few, unit_of
from verify.judges_power import Bounds, bound_power, law_values, value_power
from verify.lies import check_lies
from verify.problem import Update, make_problem

__all__ = ["held_by_seed", "judge_bound", "judge_exact", "judge_order", "judge_proportion", "judge_value"]


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
        verdicts.append(st.judge_value(interval, predicted=0.0, margin=claim.margin))
        distances = lies_of(claim, group)
        for name, distance in distances.items():
            judged = (
                st.judge_value(interval, predicted=distance, margin=claim.margin)
                if abs(distance) > claim.margin
                else Verdict.INCONCLUSIVE
            )
            caught[name].append(judged)
        deviation = abs(interval.estimate) if math.isfinite(interval.estimate) else math.inf
        if worst is None or deviation > worst[0]:
            worst = (deviation, group, interval)
    controls = [control_of(name, found) for name, found in caught.items()]
    return _value_finding(claim, sample, st.judge_all(verdicts), controls, worst, groups)


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
        verdicts.append(st.judge_bound(interval, lower=low, upper=high))
        for name, value in law_values(claim, group).items():
            caught[name].append(st.judge_value(interval, predicted=value, margin=claim.margin))
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
        st.judge_all(verdicts),
        [control_of(name, found) for name, found in caught.items()],
        predicted=low if low is not None else high,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        power=power,
        note=_joined(
            f"numbers of the cell nearest its bound: {group.cell.label}" if len(groups) > 1 else "", mirrored
        ),
    )


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


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
        verdicts.append(st.judge_bound(interval, lower=low, upper=high))
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
        st.judge_all(verdicts),
        [control_of(name, found) for name, found in caught.items()],
        predicted=group.predicted,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        power=power,
        note=_joined(
            f"numbers of the cell nearest its margin: {group.cell.label}" if len(groups) > 1 else "", mirrored
        ),
    )


def _cleared(claim: Claim, group: Group) -> Bounds:
    """What a contrast must lie beyond: the margin on the predicted side."""
    return (claim.margin, None) if group.predicted >= 0 else (None, -claim.margin)


def held_by_seed(seeds: Sequence[int], held: Sequence[bool] | np.ndarray) -> tuple[int, int]:
    """(seeds for which every cell held, seeds): the trials of a proportion or a count."""
    kept = dict.fromkeys(seeds, True)
    for seed, value in zip(seeds, held, strict=True):
        kept[seed] = kept[seed] and bool(value)
    return sum(kept.values()), len(kept)


def judge_proportion(claim: Claim, sample: Sample) -> Finding:
    """Kind proportion: the share of seeds for which the statement held (values 1 or 0) is at least 1 - margin.

    Clopper-Pearson over seeds: with several cells a seed counts where the statement held in all of them, since cells
    need not have one chance in common. A value that is not finite counts as no run at all and leaves the claim open.
    Lies are predicted shares that the interval must exclude.
    """
    if too_few(sample):
        return unjudged(claim, sample, "needs at least 2 seeds")
    values = np.array(sample.values)
    if not np.isfinite(values).all():
        return unjudged(claim, sample, "a run gave no number")
    successes, trials = held_by_seed(sample.seeds, values > 0.5)
    interval = st.clopper_pearson(successes, trials, error_rate=claim.error_rate)
    shares = _shares_of_lies(claim, sample)
    stated = [
        lie.name for lie in claim.lies if not lie.rival
    ]  # what a rival says may be measured beside the claim
    check_lies(claim, {name: (1.0 - shares[name],) for name in stated})
    controls = []
    for name, share in shares.items():
        excluded = share < interval.low or share > interval.high  # a share that is no number excludes nothing
        controls.append(Control(lie=name, verdict=Verdict.REFUTED if excluded else Verdict.INCONCLUSIVE))
    verdict = (
        Verdict.SUPPORTED
        if interval.low >= 1 - claim.margin
        else Verdict.REFUTED
        if interval.high < 1 - claim.margin
        else Verdict.INCONCLUSIVE
    )
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=successes / trials,
        interval=(interval.low, interval.high),
        power=_proportion_power(claim, trials, shares),
        repeats_needed=_proportion_need(claim),
    )


def _shares_of_lies(claim: Claim, sample: Sample) -> dict[str, float]:
    """The share of seeds that each lie says: within a seed its greatest over the cells.

    A statement about every cell has its control fail in every cell: one that passes in a single one is not refuted.
    """
    found = {}
    for lie in claim.lies:
        laws = [lie.law(c, p) for c, p in zip(sample.cases, sample.predictions, strict=True)]
        greatest = {
            seed: max(law for at, law in zip(sample.seeds, laws, strict=True) if at == seed)
            for seed in set(sample.seeds)
        }
        found[lie.name] = float(np.mean(list(greatest.values())))
    return found


def _proportion_power(claim: Claim, trials: int, shares: Mapping[str, float]) -> float:
    """If every seed holds: supported, and each lie excluded. A share that runs measure beside the claim is left out."""
    power = st.proportion_power(1.0, trials=trials, error_rate=claim.error_rate, lower=1 - claim.margin)[0]
    low = st.clopper_pearson(trials, trials, error_rate=claim.error_rate).low
    return min([power, *(float(share < low) for share in shares.values() if math.isfinite(share))])


def _proportion_need(claim: Claim) -> int:
    """Seeds at which an unbroken record shows a share of at least 1 - margin: error_rate/2 = (1 - margin)^K."""
    return math.ceil(math.log(claim.error_rate / 2) / math.log(1 - claim.margin))


def judge_exact(claim: Claim, sample: Sample) -> Finding:
    """Kind exact: `predict` proves (value 1) or disproves (0) the statement; a lie is refuted by the value 0."""
    case = Case(problem=make_problem(), cell=Cell(n=2000, N=1500, d=1000), update=Update())
    found = claim.predict(case)
    controls = [
        Control(lie=lie.name, verdict=Verdict.INCONCLUSIVE if lie.law(case, found) else Verdict.REFUTED)
        for lie in claim.lies
    ]
    verdict = Verdict.SUPPORTED if found.value == 1.0 else Verdict.REFUTED
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=found.value,
        power=1.0,
        note="; ".join(found.flags),
    )
