"""The judge of an order: the interval of a paired contrast clears its margin."""

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
from verify.judging.finding import Bounds, Finding, joined_notes
from verify.judging.judges.value import check_value_lies
from verify.judging.power import bound_power, law_values
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
    cells = runs_by_cell(sample)
    check_value_lies(claim, cells)
    judged, caught = [], {lie.name: [Verdict.INCONCLUSIVE] for lie in claim.lies}
    for runs in cells:
        interval = st.mean_interval(runs.values, error_rate=claim.error_rate / len(cells))
        low, high = _cleared(claim, runs)
        verdict = st.bound_verdict(interval, lower=low, upper=high)
        for name, value in law_values(claim, runs).items():
            outside = interval.usable and not interval.contains(value)
            caught[name].append(Verdict.REFUTED if outside else Verdict.INCONCLUSIVE)
        clearance = interval.low - low if low is not None else -claim.margin - interval.high
        judged.append(JudgedCell(verdict=verdict, runs=runs, interval=interval, nearness=-clearance))
    shown = deciding(judged)
    runs, interval = shown.runs, shown.interval
    power = bound_power(claim, cells, lambda at: _cleared(claim, at), 0.0)
    return make_finding(
        claim,
        sample,
        shown.verdict,
        [control_of(name, found) for name, found in caught.items()],
        predicted=runs.predicted,
        estimate=interval.estimate,
        standard_error=interval.standard_error,
        interval=(interval.low, interval.high) if interval.usable else None,
        bounds=_cleared(claim, runs),
        dof=interval.dof,
        power=power.value,
        repeats_needed=power.needed,
        repeats_needed_low=power.needed_low,
        note=joined_notes(which_cell(judged), power.note),
    )


def _cleared(claim: Claim, runs: CellRuns) -> Bounds:
    """What a contrast must lie beyond: the margin on the predicted side."""
    return (claim.margin, None) if runs.predicted >= 0 else (None, -claim.margin)
