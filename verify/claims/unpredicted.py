"""Claims that no run can decide, because theory predicts nothing there."""

import math
from collections.abc import Callable
from dataclasses import replace

from verify.claims.rivals import constant_rival
from verify.judging.claim import Claim, Kind
from verify.judging.judges.unpredicted import judge_measured, judge_unpredicted
from verify.judging.sample import Prediction
from verify.running.design import Design, Readings

__all__ = ["measured_only", "unpredicted"]


def unpredicted(claim: Claim, reason: str) -> Claim:
    """The claim as one that no run can decide, and why."""
    return replace(claim, judge=judge_unpredicted, unpredicted=reason)


def measured_only(
    id: str, statement: str, observable: str, reason: str, *, design: Design, seeds: int, kind: Kind = Kind.VALUE,
    measure: Callable[[Readings], float] | None = None,
) -> Claim:  # fmt: skip
    """A claim on an update that theory does not know: its finding is inconclusive and holds what was measured."""
    return Claim(
        id=id,
        statement=statement,
        source="none: measured alone",
        kind=kind,
        observable=observable,
        predict=lambda case: Prediction(value=math.nan),
        judge=judge_measured,
        margin=1.0,
        margin_reason="nothing is predicted, so nothing is judged",
        lies=(constant_rival("zero", 0.0),),
        seeds=seeds,
        design=design,
        measure=measure,
        unpredicted=reason,
    )
