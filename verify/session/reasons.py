"""Why a finding is open, or what else its runs agree with, in words; and how many seeds would settle it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from verify.judging.claim import Claim, Kind
from verify.judging.finding import Finding, joined_notes
from verify.judging.need import ENOUGH
from verify.judging.sample import Sample
from verify.session.seeds_needed import seeds_to_settle
from verify.statistics.verdict import Verdict

__all__ = ["reasoned", "with_power", "with_seen"]

NO_POWER = "power not known beforehand: the prediction has no spread, and"
OUTCOMES = (Kind.PROPORTION, Kind.COUNT)  # their judges know the number of seeds without an estimate


def reasoned(claim: Claim, sample: Sample, finding: Finding) -> Finding:
    """The finding with its reason: every inconclusive one says why, a refuted one which lies its runs allow.

    `repeats_needed` of an inconclusive finding is the number of seeds at which an interval around the same estimate
    would lie on one side of everything that it touches now, with the scatter at its upper limit (`repeats_needed_low`: at
    its lower one); None where no number of seeds would do. A decided one with enough power needs no more seeds than it had.
    """
    enough = finding.power is None or finding.power >= ENOUGH
    if (
        finding.verdict is not Verdict.INCONCLUSIVE
        and enough
        and (finding.repeats_needed or 0) > finding.repeats
    ):
        finding = replace(finding, repeats_needed=None, repeats_needed_low=None)
    if finding.verdict is Verdict.SUPPORTED:
        return finding
    allowed = [control.lie for control in finding.controls if control.verdict is not Verdict.REFUTED]
    if finding.verdict is Verdict.REFUTED:
        note = f"these runs allow as well: {', '.join(allowed)}" if allowed else ""
        return replace(finding, note=joined_notes(finding.note, note))
    if isinstance(finding.interval, Mapping) and finding.interval:
        return replace(finding, note=joined_notes(finding.note, _reaching(claim, finding)))
    if _no_number(finding):
        return finding if finding.note else replace(finding, note=_silence(sample))
    why = "" if finding.only_lies_left else "the interval reaches over the margin"
    if claim.kind in OUTCOMES:
        known = finding.repeats_needed
        found = None if known is None or known <= finding.repeats else (known, known)
    else:
        found = seeds_to_settle(finding, [*_ends(finding), *_ends_of_lies(claim, sample, finding, allowed)])
    low, high = found or (None, None)
    note = joined_notes(finding.note, ": ".join(filter(None, (why, _enough(low, high)))))
    if found is None and not enough and (finding.repeats_needed or 0) > finding.repeats:
        return replace(finding, note=note)  # what the design needs is all that can be said
    return replace(finding, repeats_needed=high, repeats_needed_low=low if low != high else None, note=note)


def _enough(low: int | None, high: int | None) -> str:
    """How many seeds would tell, in words."""
    if low is None:
        return ""
    return f"about {high} seeds would tell" if low == high else f"{low} to {high} seeds would tell"


def _reaching(claim: Claim, finding: Finding) -> str:
    """Which of several intervals lie neither inside the margin of what is predicted nor beside it."""
    intervals, predicted = finding.interval, finding.predicted
    if not isinstance(intervals, Mapping) or not isinstance(predicted, Mapping):
        return ""
    names = []
    for name, (low, high) in intervals.items():
        least, most = predicted[name] - claim.margin, predicted[name] + claim.margin
        inside, beside = least <= low and high <= most, high < least or most < low
        names += [] if inside or beside else [name]
    return f"the interval of {', '.join(names)} reaches over the margin" if names else ""


def with_power(finding: Finding, *, missing: str = "there are no pilot runs") -> Finding:
    """The finding, with a word where no power could be computed beforehand; `missing` says what became of the pilot."""
    silent = finding.power is None and finding.interval is not None
    return replace(finding, note=joined_notes(finding.note, f"{NO_POWER} {missing}")) if silent else finding


def with_seen(finding: Finding, seeds: Sequence[int]) -> Finding:
    """The finding, with a word on judged seeds that its power was computed from."""
    if not seeds or finding.power is None:
        return finding
    note = f"{len(seeds)} of its seeds ({seeds[0]} to {seeds[-1]}) are the pilot's, from which its power was computed"
    return replace(finding, note=joined_notes(finding.note, note))


def _silence(sample: Sample) -> str:
    """Why runs that are there gave no interval."""
    if not all(map(math.isfinite, sample.values)):
        return "a run gave no number"
    same = len(set(sample.values)) == 1
    return "every seed gave the same number: no scatter to judge by" if same else "the runs gave no interval"


def _no_number(finding: Finding) -> bool:
    """Whether nothing could be judged (its note says why)."""
    return finding.interval is None or not isinstance(finding.interval, tuple)


def _ends(finding: Finding) -> Iterator[float]:
    """Where the claim's own verdict changes, in the estimate's unit."""
    room = _room(finding)
    if room is not None:
        yield from (end for end in room if math.isfinite(end))


def _room(finding: Finding) -> tuple[float, float] | None:
    """Where the truth must lie for the claim to hold; None of one without a single number."""
    low, high = finding.bounds
    if (low, high) != (None, None):
        return -math.inf if low is None else low, math.inf if high is None else high
    judged = finding.predicted if finding.stated is None else finding.stated
    if not isinstance(judged, float):
        return None
    reach = _reach(finding, judged)
    return judged - reach, judged + reach


def _reach(finding: Finding, judged: float) -> float:
    return finding.margin * (abs(judged) if finding.relative else 1.0)


def _ends_of_lies(claim: Claim, sample: Sample, finding: Finding, allowed: list[str]) -> Iterator[float]:
    """Where the lies that are not refuted begin, for one cell and kinds whose lies are values of the estimate.

    Of no account where the estimate lies on the other side: more seeds would refute the claim, whatever its lies say.
    """
    plain = claim.kind in (Kind.VALUE, Kind.ORDER) and len({case.cell for case in sample.cases}) == 1
    estimate, room = finding.estimate, _room(finding)
    if not plain or not isinstance(estimate, float) or room is None or not room[0] <= estimate <= room[1]:
        return
    judged = finding.predicted if finding.stated is None else finding.stated
    reach = _reach(finding, judged) if isinstance(judged, float) else finding.margin
    for lie in claim.lies:
        if lie.name not in allowed:
            continue
        laws = [
            lie.law(case, prediction)
            for case, prediction in zip(sample.cases, sample.predictions, strict=True)
        ]
        value = sum(laws) / len(laws)
        yield value if claim.kind is Kind.ORDER else value - math.copysign(reach, value - estimate)
