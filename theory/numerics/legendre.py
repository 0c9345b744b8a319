"""Gauss-Legendre rules on [-1, 1], each computed once."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["gauss_legendre"]


@lru_cache(maxsize=256)
def gauss_legendre(order: int) -> tuple[NDArray, NDArray]:
    """Nodes and weights, read-only, of the rule with `order` nodes.

    Examples
    --------
    >>> x, w = gauss_legendre(3)
    >>> round(float(w @ x**4), 12)
    0.4
    """
    rule = np.polynomial.legendre.leggauss(order)
    for part in rule:
        part.flags.writeable = False
    return rule
