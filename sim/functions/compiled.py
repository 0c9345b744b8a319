"""Loops that visit every entry once, compiled by numba where it is installed (extra `fast`).

NumPy goes over an array once per operation. The loops do the same operations in the same order with the same rounding, so
that what they give is the same to the last bit: whether numba is there changes no number. Importing it and compiling take
about a second, which a run of few steps does not win back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["Loops", "compiled_loops", "loops_for"]

PAYS = 500_000_000  # entries times steps: about a second saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Loops:
    """What is compiled; the first call for a dtype takes a quarter of a second.

    Attributes
    ----------
    adam : callable (g, M, V, D, b1, c1, b2, c2, factor, added)
        Moments M = b1 M + c1 g and V = b2 V + c2 g*g in place, D = M / (factor sqrt(V) + added), 0 where that is 0/0.
    tanh_slopes : callable (t, rows, columns)
        ((1 - t*t) rows_i) columns_k in place of t, a matrix of tanh's values.
    slopes : callable (z, rows, columns)
        (z rows_i) columns_k in place.
    """

    adam: Callable[..., None]
    tanh_slopes: Callable[[NDArray, NDArray, NDArray], None]
    slopes: Callable[[NDArray, NDArray, NDArray], None]


def loops_for(entries: int, steps: int) -> Loops | None:
    """The loops, where a run of so many steps over so many entries is long enough for them and numba is installed."""
    return compiled_loops() if entries * steps >= PAYS else None


@lru_cache(maxsize=1)
def compiled_loops() -> Loops | None:
    """The loops; None without numba, or where it refuses the NumPy that is there. It is imported here."""
    try:
        from numba import njit
    except ImportError:
        return None

    compiled = njit(nogil=True, error_model="numpy")

    @compiled
    def adam(
        g: NDArray, M: NDArray, V: NDArray, D: NDArray, b1: float, c1: float, b2: float, c2: float,
        factor: float, added: float,
    ) -> None:  # fmt: skip
        zero = g.dtype.type(0)
        for i in range(g.shape[0]):
            for k in range(g.shape[1]):
                m = M[i, k] * b1 + g[i, k] * c1
                v = V[i, k] * b2 + (g[i, k] * g[i, k]) * c2
                M[i, k], V[i, k] = m, v
                root = np.sqrt(v) * factor + added
                D[i, k] = zero if root == zero else m / root

    @compiled
    def tanh_slopes(t: NDArray, rows: NDArray, columns: NDArray) -> None:
        one = t.dtype.type(1)
        for i in range(t.shape[0]):
            for k in range(t.shape[1]):
                t[i, k] = (one - t[i, k] * t[i, k]) * rows[i] * columns[k]

    @compiled
    def slopes(z: NDArray, rows: NDArray, columns: NDArray) -> None:
        for i in range(z.shape[0]):
            for k in range(z.shape[1]):
                z[i, k] = z[i, k] * rows[i] * columns[k]

    return Loops(adam=adam, tanh_slopes=tanh_slopes, slopes=slopes)
