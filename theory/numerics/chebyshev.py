"""Chebyshev interpolation on an interval: points, coefficients, basis.

`numpy.polynomial.chebyshev` on [low, high] instead of [-1, 1], with the matrices kept.
"""

from functools import lru_cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

__all__ = ["basis", "coefficients", "points", "to_powers"]


def points(low: float, high: float, count: int) -> NDArray:
    """The `count` Chebyshev points of the first kind on [low, high], ascending."""
    return 0.5 * (low + high) + 0.5 * (high - low) * chebyshev.chebpts1(count)


def coefficients(values: NDArray) -> NDArray:
    """Coefficients, along the last axis, of the interpolant of values at `points`.

    Examples
    --------
    >>> x = points(0.0, 2.0, 3)
    >>> coefficients(1.0 + x**2).round(9).tolist()  # t = x - 1: 2 + 2 t + t**2 = 5/2 T_0 + 2 T_1 + T_2/2
    [2.5, 2.0, 0.5]
    """
    return values @ _from_values(values.shape[-1])


def basis(x: NDArray, low: float, high: float, count: int) -> NDArray:
    """T_0 .. T_(count - 1) at x, scaled to [low, high]: basis(x, ...) @ coefficients is the interpolant at x."""
    return chebyshev.chebvander((2.0 * x - low - high) / (high - low), count - 1)


@lru_cache(maxsize=256)
def _from_values(count: int) -> NDArray:
    matrix = (2.0 / count) * chebyshev.chebvander(chebyshev.chebpts1(count), count - 1)
    matrix[:, 0] *= 0.5
    matrix.flags.writeable = False
    return matrix


@lru_cache(maxsize=16)
def to_powers(count: int) -> NDArray:
    """Matrix from `count` coefficients (rows) to powers of u (columns), u in [0, 1] across the interval."""
    line = np.polynomial.Polynomial([-1.0, 2.0])
    rows = [np.polynomial.Polynomial(chebyshev.cheb2poly(unit))(line).coef for unit in np.eye(count)]
    matrix = np.stack([np.pad(row, (0, count - len(row))) for row in rows])
    matrix.flags.writeable = False
    return matrix
