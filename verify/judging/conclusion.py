"""From a verdict and its controls to a finding: what every judge ends with."""

from typing import Any

from verify import statistics as st
from verify.judging.claim import Claim
from verify.judging.finding import Control, Finding
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["make_finding", "unjudged"]


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
