"""Judges of claims with one number per cell and seed: values, bounds, orders, proportions, and exact statements.

A cell is judged with its share of the error rate; a claim holds when it holds in every cell, and a lie is refuted when one
cell refutes it. `verify.judging.judges.exponents` has those that fit a law across cells.
"""

import math
from collections.abc import Sequence

from verify import statistics as st
from verify.judging.cell_runs import (
    CellRuns,
    JudgedCell,
    control_of,
    deciding,
    interval_of,
    lies_of,
    runs_by_cell,
    too_few,
    unit_of,
    which_cell,
)
from verify.judging.claim import Claim
from verify.judging.conclusion import make_finding, unjudged
from verify.judging.finding import Control, Finding
from verify.judging.lies import check_lies
from verify.judging.power import value_power
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["judge_value"]


def judge_value(claim: Claim, sample: Sample) -> Finding:
    """Kind value: in every cell the interval of the mean lies inside predicted +- margin."""
    if too_few(sample):
        return unjudged(claim, sample, "needs at least 2 seeds")
    cells = runs_by_cell(sample)
    judged: list[JudgedCell] = []
    caught: dict[str, list[Verdict]] = {lie.name: [] for lie in claim.lies}
    check_value_lies(claim, cells)
    for runs in cells:
        interval = interval_of(claim, runs, len(cells))
        verdict = st.value_verdict(interval, predicted=0.0, margin=claim.margin)
        off = abs(interval.estimate) if math.isfinite(interval.estimate) else math.inf
        judged.append(JudgedCell(verdict=verdict, runs=runs, interval=interval, nearness=off))
        distances = lies_of(claim, runs)
        for name, distance in distances.items():
            caught[name].append(
                st.value_verdict(interval, predicted=distance, margin=claim.margin)
                if abs(distance) > claim.margin
                else Verdict.INCONCLUSIVE
            )
    controls = [control_of(name, found) for name, found in caught.items()]
    return _value_finding(claim, sample, judged, controls, cells)


def check_value_lies(claim: Claim, cells: Sequence[CellRuns]) -> None:
    """`check_lies` of a number per cell, in the margin's unit."""
    far: dict[str, list[float]] = {lie.name: [] for lie in claim.lies}
    size = 0.0
    for runs in cells:
        for name, distance in lies_of(claim, runs).items():
            far[name].append(distance)
        size = max(size, abs(runs.predicted) / unit_of(claim, runs))
    check_lies(claim, far, size=size)


def _value_finding(
    claim: Claim,
    sample: Sample,
    judged: Sequence[JudgedCell],
    controls: list[Control],
    cells: Sequence[CellRuns],
) -> Finding:
    shown = deciding(judged)
    runs, interval = shown.runs, shown.interval
    power = value_power(claim, cells)
    unit = unit_of(claim, runs)
    return make_finding(
        claim,
        sample,
        shown.verdict,
        controls,
        predicted=runs.predicted,
        estimate=runs.predicted + unit * interval.estimate,
        standard_error=unit * interval.standard_error,
        interval=(runs.predicted + unit * interval.low, runs.predicted + unit * interval.high)
        if interval.usable
        else None,
        relative=claim.relative,
        dof=interval.dof,
        power=power.value,
        repeats_needed=power.needed,
        repeats_needed_low=power.needed_low,
        note=which_cell(judged),
    )
