"""Two claims in one: how a norm grows with n, N, d, and that its constant is the predicted one."""

from collections.abc import Callable
from dataclasses import replace

from verify.claims.norms.grid import Grid
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.exponents import judge_constant, judge_exponents
from verify.judging.sample import Case, Prediction

__all__ = ["constant_of", "growth_claim"]


def growth_claim(
    id: str,
    *,
    statement: str,
    source: str,
    reading: str,
    observable: str,
    predict: Callable[[Case], Prediction],
    margin: float,
    margin_reason: str,
    lies: tuple[Lie, ...],
    grid: Grid,
) -> Claim:
    """The exponents of measured over predicted, on the cells of a regression."""
    return Claim(
        id=id, statement=statement, source=source, reading=reading, kind=Kind.EXPONENT, observable=observable,
        predict=predict, judge=judge_exponents, margin=margin, margin_reason=margin_reason, lies=lies, design=grid.main,
    )  # fmt: skip


def constant_of(
    law: Claim, *, statement: str, margin: float, margin_reason: str, lies: tuple[Lie, ...]
) -> Claim:
    """Measured over predicted at the centre of the law's cells."""
    return replace(
        law, id=f"{law.id}.constant", statement=statement, kind=Kind.VALUE, judge=judge_constant, margin=margin,
        margin_reason=margin_reason, lies=lies,
    )  # fmt: skip
