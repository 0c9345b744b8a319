"""Why a finding is open, or what else its runs agree with, in words; and how many seeds would settle it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from verify.judging.claim import Claim, Kind
from verify.judging.finding import Finding, joined_notes
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

__all__ = ["reasoned", "with_power", "with_seen"]

NO_POWER = "power not known beforehand: the prediction has no spread, and"
OUTCOMES = (Kind.PROPORTION, Kind.COUNT)  # their judges know the number of seeds without an estimate


def reasoned(claim: Claim, sample: Sample, finding: Finding) -> Finding:
    """The finding with its reason: every inconclusive one says why, a refuted one which lies its runs allow.

    `repeats_needed` of an inconclusive finding is the number of seeds at which an interval around the same estimate
    would lie on one side of everything that it touches now; None where no number of seeds would do. A decided one
    needs no more seeds than it had: a plan that asked for more is left out.
    """
    if finding.verdict is not Verdict.INCONCLUSIVE and (finding.repeats_needed or 0) > finding.repeats:
        finding = replace(finding, repeats_needed=None)
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
    needed = finding.repeats_needed
    if claim.kind not in OUTCOMES:
        needed = _seeds_needed(claim, sample, _judged_side(finding), allowed)
    needed = needed if needed is not None and needed > finding.repeats else None
    why = "" if finding.only_lies_left else "the interval reaches over the margin"
    seeds = f"about {needed} seeds would tell" if needed is not None else ""
    return replace(
        finding, repeats_needed=needed, note=joined_notes(finding.note, ": ".join(filter(None, (why, seeds))))
    )


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


def _judged_side(finding: Finding) -> Finding:
    """The finding with the direction that was judged as its `predicted`, where that is not what it reports."""
    return finding if finding.stated is None else replace(finding, predicted=finding.stated)


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


def _seeds_needed(claim: Claim, sample: Sample, finding: Finding, allowed: list[str]) -> int | None:
    """K (half-width/room)^2 for the least room between the estimate and an end that the interval must not reach."""
    assert isinstance(finding.interval, tuple)
    estimate = finding.estimate
    if not isinstance(estimate, float) or not all(map(math.isfinite, finding.interval)):
        return None
    half = (finding.interval[1] - finding.interval[0]) / 2.0
    rooms = [
        abs(estimate - end)
        for end in (*_ends(claim, finding), *_ends_of_lies(claim, sample, finding, allowed))
    ]
    touched = [room for room in rooms if room <= half]
    if not touched or min(touched) <= 0.01 * half:
        return None
    return max(math.ceil(finding.repeats * (half / min(touched)) ** 2), finding.repeats + 1)


def _ends(claim: Claim, finding: Finding) -> Iterator[float]:
    """Where the claim's own verdict changes, in the estimate's unit."""
    if claim.kind is Kind.BOUND:
        yield from (bound for bound in claim.bounds if bound is not None)
        return
    predicted = finding.predicted
    if not isinstance(predicted, float):
        return
    if claim.kind in (Kind.ORDER, Kind.TREND) and not claim.relative:
        yield math.copysign(claim.margin, predicted)
        return
    unit = abs(predicted) if claim.relative else 1.0
    yield from (predicted - unit * claim.margin, predicted + unit * claim.margin)


def _leans_to_refuted(claim: Claim, finding: Finding) -> bool:
    """Whether more seeds would refute the claim if the estimate stayed: what its lies say is then of no account."""
    predicted, estimate = finding.predicted, finding.estimate
    if not isinstance(predicted, float) or not isinstance(estimate, float):
        return False
    if claim.kind is Kind.ORDER:
        return math.copysign(1.0, predicted) * estimate < claim.margin
    return abs(estimate - predicted) > claim.margin * (abs(predicted) if claim.relative else 1.0)


def _ends_of_lies(claim: Claim, sample: Sample, finding: Finding, allowed: list[str]) -> Iterator[float]:
    """Where the lies that are not refuted begin, for one cell and kinds whose lies are values of the estimate."""
    plain = claim.kind in (Kind.VALUE, Kind.ORDER) and len({case.cell for case in sample.cases}) == 1
    if not plain or not isinstance(finding.estimate, float) or _leans_to_refuted(claim, finding):
        return
    for lie in claim.lies:
        if lie.name not in allowed:
            continue
        laws = [
            lie.law(case, prediction)
            for case, prediction in zip(sample.cases, sample.predictions, strict=True)
        ]
        value = sum(laws) / len(laws)
        if claim.kind is Kind.ORDER:
            yield value
            continue
        predicted = finding.predicted
        reach = claim.margin * (abs(predicted) if claim.relative and isinstance(predicted, float) else 1.0)
        yield value - math.copysign(reach, value - finding.estimate)
