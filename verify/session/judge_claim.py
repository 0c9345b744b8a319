"""One claim judged: its records, its sample, its judge's finding with reasons and power, and copies looked for."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.finding import Finding, joined_notes
from verify.judging.lies import defined_at
from verify.judging.sample import Prediction, Sample
from verify.problem.cells import Cell
from verify.running.design import requests_of
from verify.running.request import Request
from verify.running.store import Record
from verify.session.mistakes import told_by_claim
from verify.session.pilot import missing_pilot, pilot_of, seeds_of_pilot
from verify.session.reasons import reasoned, with_power, with_seen
from verify.session.samples import sample_of_design
from verify.statistics.verdict import Verdict

__all__ = ["judge_claim"]


def judge_claim(
    claim: Claim, seeds: Sequence[int], obtain: Callable[[Sequence[Request]], Mapping[Request, Record]]
) -> Finding:
    """Get a claim's records by `obtain` and judge it; a claim without a design needs none."""
    design = claim.design
    if design is None:
        return _judged(claim, Sample(cases=(), seeds=(), values=(), predictions=()))
    wanted = requests_of(design, seeds)
    records = obtain([request for requests in wanted.values() for request in requests])
    sample = replace(sample_of_design(claim, design, seeds, records), pilot=pilot_of(claim))
    _check_laws(claim, sample)
    judged = _judged(claim, sample)
    if not isinstance(judged, Finding):
        where = f"--claims: {defined_at(claim)}claim {claim.id}"
        raise UsageError(f"{where}: judge must return a Finding; it returned a {type(judged).__name__}")
    finding = with_power(reasoned(claim, sample, judged), missing=missing_pilot(claim))
    if sample.pilot is not None:
        finding = with_seen(finding, seeds_of_pilot(claim, seeds))
    copied = _copies(wanted, records)
    if not copied:
        return finding
    note = f"seeds {copied[0]} and {copied[1]} have the same record: copies are no repeats"
    return replace(
        finding, verdict=Verdict.INCONCLUSIVE, estimate=None, standard_error=None, interval=None, also=(),
        repeats_needed=None, repeats_needed_low=None, note=joined_notes(note, finding.note),
    )  # fmt: skip


def _judged(claim: Claim, sample: Sample) -> Finding:
    """What the claim's judge makes of the sample; a UsageError where it has no use for a user's claim."""
    with told_by_claim(claim, "judge"):
        return claim.judge(claim, sample)


def _check_laws(claim: Claim, sample: Sample) -> None:
    """Predictions and lies say numbers; looked at in the first run."""
    if not sample.cases:
        return
    if not isinstance(sample.predictions[0], Prediction):
        where = f"--claims: {defined_at(claim)}claim {claim.id}"
        raise UsageError(
            f"{where}: predict must return a Prediction; it returned a {type(sample.predictions[0]).__name__}"
        )
    said = {"prediction": sample.predictions[0].value} | {
        f"lie {lie.name!r}": lie.law(sample.cases[0], sample.predictions[0]) for lie in claim.lies
    }
    for what, value in said.items():
        try:
            float(value)
        except (TypeError, ValueError, OverflowError):
            where = f"--claims: {defined_at(claim)}claim {claim.id}: {what}"
            raise UsageError(f"{where} must be a number; got {str(value)[:80]!r}") from None


def _copies(
    wanted: Mapping[tuple[Cell, int], Sequence[Request]], records: Mapping[Request, Record]
) -> tuple[int, int] | None:
    """Two seeds of a cell whose measurements are the same in every digit; whole numbers alone may well agree."""
    seen: dict[tuple[Cell, tuple[float, ...]], int] = {}
    for (cell, seed), requests in wanted.items():
        found = tuple(value for request in requests for value, _ in records[request].observables.values())
        if any(math.isfinite(value) and value != round(value) for value in found):
            other = seen.setdefault((cell, found), seed)
            if other != seed:
                return other, seed
    return None
