"""From a claim and its runs to a finding: what every judge ends with, and the judge of identities.

The statistics are `verify.statistics`' (docs/statistics.md); the judges put them to a claim and to each of its lies.
"""

import math
from typing import Any

import numpy as np

from verify import statistics as st
from verify.claim import Claim, Control, Finding, Sample, Verdict

__all__ = ["judge_identity", "make_finding", "unjudged"]


def make_finding(
    claim: Claim, sample: Sample, verdict: Verdict, controls: list[Control], **fields: Any
) -> Finding:
    notes = [fields.pop("note", ""), *sample.flags]
    uncaught = [control.lie for control in controls if control.verdict is not Verdict.REFUTED]
    final = st.combine(verdict, controls)
    if verdict is Verdict.SUPPORTED and final is not verdict:
        notes.append(f"no power: not refuted by these runs: {', '.join(uncaught)}")
    defaults: dict[str, Any] = {
        "predicted": None,
        "estimate": None,
        "standard_error": None,
        "interval": None,
        "power": None,
        "repeats": sample.repeats,
        "repeats_needed": None,
    }
    return Finding(
        claim=claim.id,
        statement=claim.statement,
        source=claim.source,
        reading=claim.reading,
        kind=str(claim.kind),
        verdict=final,
        margin=claim.margin,
        error_rate=claim.error_rate,
        controls=tuple(controls),
        note="; ".join(dict.fromkeys(note for note in notes if note)),
        **(defaults | fields),
    )


def unjudged(claim: Claim, sample: Sample, note: str) -> Finding:
    controls = [Control(lie=lie.name, verdict=Verdict.INCONCLUSIVE) for lie in claim.lies]
    return make_finding(claim, sample, Verdict.INCONCLUSIVE, controls, note=note)


def judge_identity(claim: Claim, sample: Sample) -> Finding:
    """Kind identity: every run equals its prediction to the tolerance that its spread field carries.

    A lie is refuted when one run disagrees with it. One that agrees with the prediction on every run (a law that is
    proportional to it on these cells) is no lie in this case: it is left out, and the note says so.
    """
    if not sample.values:
        return unjudged(claim, sample, "no runs")
    values = np.array(sample.values)
    expected = np.array([prediction.value for prediction in sample.predictions])
    if not (expected > 0).all():
        return unjudged(claim, sample, "nothing to judge")
    tolerance = np.array([prediction.spread for prediction in sample.predictions])
    verdict = st.judge_identity(values, expected=expected, tolerance=tolerance)
    controls, same = [], []
    for lie in claim.lies:
        law = np.array(
            [lie.law(case, pred) for case, pred in zip(sample.cases, sample.predictions, strict=True)]
        )
        if np.all(np.abs(law - expected) <= tolerance):
            same.append(lie.name)
        else:
            controls.append(
                Control(lie=lie.name, verdict=st.judge_identity(values, expected=law, tolerance=tolerance))
            )
    ratios = values / expected
    worst = float(ratios[np.argmax(np.abs(ratios - 1.0))]) if np.isfinite(values).all() else math.nan
    note = f"the same numbers on these cells, so not told apart: {', '.join(same)}" if same else ""
    return make_finding(
        claim,
        sample,
        verdict,
        controls,
        predicted=1.0,
        estimate=worst,
        standard_error=0.0,
        power=1.0,
        note=note,
    )
