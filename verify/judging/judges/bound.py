"""The judge of a bound: the whole interval on its right side."""

import math
from collections.abc import Sequence

from verify import statistics as st
from verify.judging.cell_runs import (
    CellRuns,
    JudgedCell,
    control_of,
    deciding,
    runs_by_cell,
    too_few,
    which_cell,
)
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Finding, joined_notes
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
    cells = runs_by_cell(sample)
    _check_bound_lies(claim, cells)
    judged, caught = [], {lie.name: [Verdict.INCONCLUSIVE] for lie in claim.lies}
    for runs in cells:
        interval = st.mean_interval(runs.values, error_rate=claim.error_rate / len(cells))
        for name, value in law_values(claim, runs).items():
            caught[name].append(st.value_verdict(interval, predicted=value, margin=claim.margin))
        room = min(
            interval.low - low if low is not None else math.inf,
            high - interval.high if high is not None else math.inf,
        )
        verdict = st.bound_verdict(interval, lower=low, upper=high)
        judged.append(JudgedCell(verdict=verdict, runs=runs, interval=interval, nearness=-room))
    shown = deciding(judged)
    runs, interval = shown.runs, shown.interval
    power = bound_power(claim, cells, lambda _: claim.bounds, claim.margin)
    return make_finding(
        claim,
        sample,
        shown.verdict,
        [control_of(name, found) for name, found in caught.items()],
        predicted=runs.predicted,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        bounds=claim.bounds,
        dof=interval.dof,
        power=power.value,
        repeats_needed=power.needed,
        repeats_needed_low=power.needed_low,
        note=joined_notes(which_cell(judged), power.note),
    )


def _check_bound_lies(claim: Claim, cells: Sequence[CellRuns]) -> None:
    """A lie about a bound lies within three margins of the prediction or of a bound, or is a rival."""
    bounds = [bound for bound in claim.bounds if bound is not None]
    far: dict[str, list[float]] = {lie.name: [] for lie in claim.lies}
    near: dict[str, list[float]] = {lie.name: [] for lie in claim.lies}
    for runs in cells:
        for name, value in law_values(claim, runs).items():
            far[name].append(value - runs.predicted)
            near[name].append(min(abs(value - known) for known in (runs.predicted, *bounds)))
    check_lies(claim, far, nearest=near)
