"""From a verdict and its controls to a finding: what every judge ends with."""

import math
from collections.abc import Sequence

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.finding import (
    UNBOUNDED,
    AlsoJudged,
    Bounds,
    Control,
    Finding,
    Number,
    Pair,
    joined_notes,
)
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["make_finding", "unjudged"]


def make_finding(
    claim: Claim,
    sample: Sample,
    verdict: Verdict,
    controls: Sequence[Control],
    *,
    predicted: Number | None = None,
    estimate: Number | None = None,
    standard_error: Number | None = None,
    interval: Pair | None = None,
    relative: bool = False,
    bounds: Bounds = UNBOUNDED,
    dof: float | None = None,
    tolerance: float | None = None,
    also: Sequence[AlsoJudged] = (),
    power: float | None = None,
    repeats_needed: int | None = None,
    repeats_needed_low: int | None = None,
    note: str = "",
) -> Finding:
    """The finding of `verdict` on the claim itself: supported only if every lie was refuted."""
    notes = [note, *sample.flags]
    uncaught = [control.lie for control in controls if control.verdict is not Verdict.REFUTED]
    final = st.combine(verdict, controls)
    only_lies_left = verdict is Verdict.SUPPORTED and final is not verdict
    if only_lies_left:
        notes.append(f"no power: not refuted by these runs: {', '.join(uncaught)}")
    return Finding(
        claim=claim.id,
        statement=claim.statement,
        source=claim.source,
        reading=claim.reading,
        kind=str(claim.kind),
        verdict=final,
        margin=claim.margin,
        relative=relative,
        bounds=bounds,
        dof=dof if dof is not None and math.isfinite(dof) else None,
        tolerance=tolerance,
        also=tuple(also),
        error_rate=claim.error_rate,
        controls=tuple(controls),
        predicted=predicted,
        estimate=estimate,
        standard_error=standard_error,
        interval=interval,
        power=power,
        repeats=sample.repeats,
        repeats_needed=repeats_needed,
        repeats_needed_low=repeats_needed_low,
        note=joined_notes(*dict.fromkeys(notes)),
        only_lies_left=only_lies_left,
    )


def unjudged(claim: Claim, sample: Sample, note: str) -> Finding:
    controls = [Control(lie=lie.name, verdict=Verdict.INCONCLUSIVE) for lie in claim.lies]
    return make_finding(claim, sample, Verdict.INCONCLUSIVE, controls, note=note)
