"""Where a measured function passes zero, from a guess, in few evaluations."""

import math
from collections.abc import Callable

__all__ = ["crossing"]

_WIDTH = 0.4


class _NoNumberError(ArithmeticError):
    """The function has no value somewhere on the way."""


def crossing(
    excess: Callable[[float], float], low: float, high: float, *, guess: float, tolerance: float
) -> float:
    """x between low and high where `excess` turns from below 0 to above it, to `tolerance`; nan where it does not.

    Parameters
    ----------
    excess : callable
        Evaluated at few points, from the guess outwards; where it is nan, so is the result.
    guess : float
        Between low and high; the bracket grows from it, in steps that double. Of several crossings one is found.

    Raises
    ------
    ValueError
        If the guess is outside.

    Examples
    --------
    >>> round(crossing(lambda x: x**3 - 8.0, -5.0, 5.0, guess=0.0, tolerance=1e-6), 5)
    2.0
    """
    from scipy.optimize import brentq

    if not low <= guess <= high:
        raise ValueError(f"guess must lie between low = {low:g} and high = {high:g}, got {guess:g}")
    known: dict[float, float] = {}

    def once(x: float) -> float:
        if x not in known:
            known[x] = excess(x)
        if math.isnan(known[x]):
            raise _NoNumberError
        return known[x]

    left = right = guess
    width = _WIDTH
    try:
        while once(left) > 0.0 and left > low:
            left, right, width = max(left - width, low), left, 2.0 * width
        while once(right) < 0.0 and right < high:
            left, right, width = right, min(right + width, high), 2.0 * width
        if once(left) == 0.0:
            return left
        if once(right) == 0.0:
            return right
        if once(left) > 0.0 or once(right) < 0.0:
            return math.nan
        return float(brentq(once, left, right, xtol=tolerance))
    except _NoNumberError:
        return math.nan
