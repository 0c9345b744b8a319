"""Verdicts: from an interval, or from single values, to one of three values."""

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from verify.statistics.inputs import as_numbers, check_count, check_positive
from verify.statistics.intervals import Interval
from verify.statistics.verdict import Verdict

__all__ = [
    "combine",
    "joint_verdict",
    "bound_verdict",
    "identity_verdict",
    "value_verdict",
    "reduction_tolerance",
]


def value_verdict(interval: Interval, *, predicted: float, margin: float) -> Verdict:
    """SUPPORTED when the interval lies in predicted +- margin, REFUTED when disjoint from it.

    Raises
    ------
    ValueError
        If `predicted` is not finite or `margin` not finite and positive.

    Notes
    -----
    docs/statistics.md, eq. (4): a false verdict of either kind has probability of at most error_rate/2.
    """
    if not np.isfinite(predicted):
        raise ValueError(
            f"predicted must be finite, got {predicted!r}; a claim without a prediction has no kind"
        )
    check_positive(margin, "margin")
    return bound_verdict(interval, lower=predicted - margin, upper=predicted + margin)


def bound_verdict(interval: Interval, *, lower: float | None = None, upper: float | None = None) -> Verdict:
    """SUPPORTED when the whole interval lies in [lower, upper], REFUTED when disjoint from it.

    Raises
    ------
    ValueError
        If no bound is given, a bound is not finite, or lower is above upper.
    """
    given = [bound for bound in (lower, upper) if bound is not None]
    if not given:
        raise ValueError("lower or upper must be given: a claim without a bound cannot fail")
    if not np.isfinite(given).all():
        raise ValueError(
            f"bounds must be finite, got lower={lower!r}, upper={upper!r}; leave out the one not meant"
        )
    if lower is not None and upper is not None and lower > upper:
        raise ValueError(f"lower must not exceed upper, got {lower!r} > {upper!r}")
    if not interval.usable:
        return Verdict.INCONCLUSIVE
    low = -np.inf if lower is None else lower
    high = np.inf if upper is None else upper
    if interval.low >= low and interval.high <= high:
        return Verdict.SUPPORTED
    if interval.high < low or interval.low > high:
        return Verdict.REFUTED
    return Verdict.INCONCLUSIVE


def identity_verdict(values: ArrayLike, *, expected: ArrayLike, tolerance: ArrayLike) -> Verdict:
    """SUPPORTED when |value - expected| <= tolerance in every run, REFUTED when one finite value disagrees.

    Parameters
    ----------
    values : array_like, shape (K,)
        One per run (or per entry of a run).
    expected, tolerance : array_like
        Broadcast against `values`; the tolerance is absolute, finite and not negative
        (see `reduction_tolerance`).

    Returns
    -------
    verdict : Verdict
        INCONCLUSIVE for an empty record, or one whose only disagreement is a value that is not finite.
    """
    array = as_numbers(values, "values")
    right, room = as_numbers(expected, "expected"), as_numbers(tolerance, "tolerance")
    if not np.isfinite(right).all():
        raise ValueError("expected must be finite")
    if not (np.isfinite(room).all() and (room >= 0).all()):
        raise ValueError(f"tolerance must be finite and not negative, got {room.tolist()}")
    if array.size == 0:
        return Verdict.INCONCLUSIVE
    finite = np.isfinite(array)
    distance = np.abs(np.where(finite, array, 0.0) - right)
    if (finite & (distance > room)).any():
        return Verdict.REFUTED
    return Verdict.SUPPORTED if finite.all() else Verdict.INCONCLUSIVE


def reduction_tolerance(*, dtype: DTypeLike, length: int, scale: float = 1.0) -> float:
    """8 * sqrt(length) * u * scale with u the unit roundoff of `dtype`: the room of a sum of `length` terms.

    Parameters
    ----------
    dtype : dtype_like
        A real floating type, the coarsest on the way.
    length : int
        Terms of the longest sum on the way, >= 1.
    scale : float
        Sum of the absolute values of the terms (the identity's own size when no term cancels), > 0.

    Notes
    -----
    docs/statistics.md, eq. (7): exceeded with probability of at most 2 * length * exp(-32), whatever the
    order of summation, as long as rounding errors are mean independent.
    """
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"dtype must be a real floating type, got {kind}")
    terms = check_count(length, "length", 1)
    return float(8 * np.sqrt(terms) * np.finfo(kind).eps / 2 * check_positive(scale, "scale"))


class Judged(Protocol):
    """Something with a verdict of its own."""

    @property
    def verdict(self) -> Verdict: ...


def joint_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a conjunction: REFUTED if one is, SUPPORTED if all are (and there is one)."""
    found = list(verdicts)
    if Verdict.REFUTED in found:
        return Verdict.REFUTED
    if found and all(verdict is Verdict.SUPPORTED for verdict in found):
        return Verdict.SUPPORTED
    return Verdict.INCONCLUSIVE


def combine(verdict: Verdict, controls: Iterable["Verdict | Judged"]) -> Verdict:
    """The verdict of a claim together with its lies: SUPPORTED only when every lie was REFUTED.

    Parameters
    ----------
    verdict : Verdict
        Of the claim itself.
    controls : iterable of Verdict, or of objects with an attribute `verdict`
        Of the lies, judged by the same data. None at all is an uncaught lie: nothing shows that the
        check can fail.

    Notes
    -----
    A REFUTED claim stays refuted: its rate does not rest on the lies, and a rival that is true is not
    refuted.
    """
    found = [control if isinstance(control, Verdict) else control.verdict for control in controls]
    if verdict is not Verdict.SUPPORTED:
        return verdict
    caught = bool(found) and all(Verdict(control) is Verdict.REFUTED for control in found)
    return Verdict.SUPPORTED if caught else Verdict.INCONCLUSIVE
