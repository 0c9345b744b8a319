"""Where a measured function passes zero, from a guess, in few evaluations."""

import math
from collections.abc import Callable

__all__ = ["crossing"]

_WIDTH = 0.4


def crossing(
    excess: Callable[[float], float], low: float, high: float, *, guess: float, tolerance: float
) -> float:
    """x between low and high where `excess` turns positive, to `tolerance`; nan where it does not.

    Parameters
    ----------
    excess : callable
        Below 0 left of the crossing, above 0 right of it.
    guess : float
        Between low and high; the bracket grows from it, in steps that double.

    Examples
    --------
    >>> round(crossing(lambda x: x**3 - 8.0, -5.0, 5.0, guess=0.0, tolerance=1e-6), 5)
    2.0
    """
    from scipy.optimize import brentq

    known: dict[float, float] = {}

    def once(x: float) -> float:
        if x not in known:
            known[x] = excess(x)
        return known[x]

    left = right = guess
    width = _WIDTH
    while not once(left) < 0.0 and left > low:
        left, right, width = max(left - width, low), left, 2.0 * width
    while not once(right) > 0.0 and right < high:
        left, right, width = right, min(right + width, high), 2.0 * width
    if not once(left) < 0.0 < once(right):
        return math.nan
    return float(brentq(once, left, right, xtol=tolerance))
