"""Edges when the rows' covariance is itself random: Sigma = diag(base) + diag(gain)^(1/2) R diag(gain)^(1/2).

R = X^T diag(weights) X/n with X an n x d Gaussian matrix that nobody has drawn: what the theory knows of the
noise of a first step before it sees the data. Each edge is a minimum over one scalar h;
docs/derivations/edges.md, section 3.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory import checks
from theory.random_matrices.edge_height import Height
from theory.random_matrices.edges import (
    Edge,
    Method,
    bracket,
    lower_population_edge,
    minimum_edge,
    population_edge,
    root_edge,
    weighted_edge,
)
from theory.random_matrices.noise_curve import KnownCurve, curve_of, equal_rows, weighted_rows

__all__ = ["RandomCovariance", "covariance_edge", "lower_edge", "upper_edge", "with_added"]

_METHODS = ("root", "minimum")
_STRIDE = 1.3
_NEXT_TO_NOTHING = 1e-9  # of what is added, or of the mean weight


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomCovariance:
    """Law of diag(base) + diag(gain)^(1/2) (X^T diag(weights) X/n) diag(gain)^(1/2), X Gaussian n x d, not
    drawn.

    Attributes
    ----------
    base, gain : ndarray, shape (d,)
        Variances per column that do not, and that do, go through the data; >= 0, not all 0. `gain` 0
        throughout makes `base` the eigenvalues of a known covariance.
    weights : ndarray, shape (n,)
        Of the samples (r_k**2 over their mean); >= 0, not all 0.
    flags : tuple of str
        What is outside the derivation's validity; handed on to every edge and ESD.
    """

    base: NDArray
    gain: NDArray
    weights: NDArray
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        base, gain = (checks.levels(name, getattr(self, name), positive=False) for name in ("base", "gain"))
        if base.shape != gain.shape:
            raise ValueError(
                f"base and gain must have one entry per column, got shapes {base.shape} and {gain.shape}"
            )
        checks.levels("base + gain", base + gain)
        weights = checks.levels("weights", self.weights)
        for name, array in (("base", base), ("gain", gain), ("weights", weights)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def is_known(self) -> bool:
        """Whether nothing in it depends on the data, so that `base` holds the eigenvalues."""
        return not bool(np.any(self.gain > 0.0))


def covariance_edge(covariance: RandomCovariance, *, method: Method = "root") -> float:
    """Right edge z_S of the eigenvalues of the random Sigma itself: min over h of z(h).

    Parameters
    ----------
    covariance : RandomCovariance
    method : {"root", "minimum"}

    Returns
    -------
    z_S : float

    Raises
    ------
    ValueError
        If `method` is unknown.

    Notes
    -----
    docs/derivations/edges.md, eq. (18).
    """
    checks.choice("method", method, _METHODS)
    if covariance.is_known:
        return float(covariance.base.max())
    curve = curve_of(covariance.base, covariance.gain, covariance.weights, +1)

    def slope(u: float) -> float:
        h = curve.h(u)
        z = curve.z(h)
        return u * curve.h(1.0) * curve.slopes(h, z).z_h / z if curve.beyond(h, z) else 1.0

    low, high = bracket(slope)
    if method == "root":
        u = root_edge(slope, low, high)
    else:
        u = minimum_edge(lambda u: curve.z(curve.h(u)), low, high)
    return max(curve.z(curve.h(u)), float(np.max(covariance.base[covariance.gain == 0.0], initial=0.0)))


def upper_edge(
    covariance: RandomCovariance,
    N: int,
    *,
    row_weights: ArrayLike | None = None,
    added: float = 0.0,
    method: Method = "root",
) -> Edge:
    """Right edge s_+ of N rows of covariance w_i Sigma + added I, before the data are drawn.

    Parameters
    ----------
    covariance : RandomCovariance
        The law of Sigma.
    N : int
        Rows.
    row_weights : array_like, shape (N,), optional
        w_i >= 0, not all 0; all 1 when left out.
    added : float, >= 0, default 0
        Variance of independent entries that come on top: t0 of W_0.
    method : {"root", "minimum"}
        The zero of the edge's derivative in h, or the least value.

    Returns
    -------
    edge : Edge
        `argument` is h; `scale` is that of the rows' fluctuation, Sigma held at its law.

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eqs. (15) to (23), (33) to (36). The largest weight of a sample enters, and
    grows like log n for light tails, so this edge drifts slowly with n.
    """
    N = checks.size("N", N)
    checks.choice("method", method, _METHODS)
    added = checks.number("added", added, least=0.0)
    if row_weights is None:
        covariance, added = with_added(covariance, added), 0.0
    if covariance.is_known and added == 0.0:
        ev = covariance.base
        edge = (
            population_edge(ev, N, method=method)
            if row_weights is None
            else weighted_edge(ev, row_weights, method=method)
        )
        return Edge(value=edge.value, scale=edge.scale, argument=edge.argument, flags=covariance.flags)
    height = _height(covariance, N, row_weights, added, +1)
    slope = height.slope()
    low, high = bracket(slope) if added == 0.0 else _outermost(height, slope)
    if method == "root":
        u = root_edge(slope, low, high)
    else:
        u = minimum_edge(height.at, low, height.end_of_branch(low, high) if added == 0.0 else high)
    return _edge(height, u, covariance)


def _outermost(height: Height, slope: Callable[[float], float]) -> tuple[float, float]:
    """Two values of u around the first turn of lam on the way in from infinity; what is added can make it turn again."""
    low = 0.5
    while slope(low) > 0.0 or not height.is_far(low):
        low *= 0.5
    high = low
    while slope(high) <= 0.0:
        low, high = high, min(_STRIDE * high, 0.5 * (1.0 + high))
    return low, high


def with_added(covariance: RandomCovariance, added: float) -> RandomCovariance:
    """The covariance plus `added` times I: for rows of one weight, what is added is a part of `base`."""
    return covariance if added == 0.0 else replace(covariance, base=covariance.base + added)


def _height(
    covariance: RandomCovariance, N: int, row_weights: ArrayLike | None, added: float, side: int
) -> Height:
    curve = (
        KnownCurve(eigenvalues=covariance.base, side=side)
        if covariance.is_known
        else curve_of(covariance.base, covariance.gain, covariance.weights, side)
    )
    rows = equal_rows(N) if row_weights is None else weighted_rows(row_weights, N, side)
    return Height(curve=curve, rows=rows, added=added)


def _edge(height: Height, u: float, covariance: RandomCovariance) -> Edge:
    h = height.curve.h(u)
    square = height.at(u)
    return Edge(
        value=math.sqrt(max(0.0, square)), scale=height.fluctuation(h), argument=h, flags=covariance.flags
    )


def edge_square(
    covariance: RandomCovariance, N: int, h: float, *, row_weights: ArrayLike | None = None
) -> float:
    """The eigenvalue lam(h) beyond the upper edge that the curve has at h, edges.md, eqs. (20) to (22).

    Parameters
    ----------
    h : float
        Between the edge's `argument` and 0.
    """
    return float(_height(covariance, N, row_weights, 0.0, +1).slopes(h)[0])


def lower_edge(
    covariance: RandomCovariance, N: int, *, row_weights: ArrayLike | None = None, added: float = 0.0
) -> Edge:
    """Left edge s_- of the non-zero singular values of N rows of covariance w_i Sigma + added I.

    Parameters
    ----------
    covariance : RandomCovariance
        Its `base` must be > 0 in every column, so that no row of the matrix loses rank, unless `added` is.
    N : int
        Rows.
    row_weights, added
        As in `upper_edge`; weights need `added` > 0, so that none of weight 0 is a row of zeros.

    Returns
    -------
    edge : Edge
        0 at N = d, with its `unit`; `scale` as that of `upper_edge`, below 0.

    Raises
    ------
    TypeError, ValueError
        If a column has no variance, or a parameter is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eqs. (24), (32), (36): the same curve on the other side of Sigma's spectrum,
    where the edge is a maximum.
    """
    N = checks.size("N", N)
    added = checks.number("added", added, least=0.0)
    if row_weights is None:
        covariance, added = with_added(covariance, added), 0.0
    elif not added > 0.0:
        raise ValueError(f"added must be > 0 for a lower edge of weighted rows, got {added!r}")
    if added == 0.0 and not np.all(covariance.base > 0.0):
        raise ValueError(
            f"base must be > 0 in every column for a lower edge, got {float(covariance.base.min())!r}; "
            "leave out the columns that vanish"
        )
    if covariance.is_known and row_weights is None:
        edge = lower_population_edge(covariance.base, N)
        return replace(edge, flags=covariance.flags)
    if row_weights is not None:
        # A weight of 0 is a pole of R but none of Y: one of next to nothing is both.
        weights = checks.levels("row_weights", row_weights)
        row_weights = np.maximum(weights, _NEXT_TO_NOTHING * min(added, float(weights.mean())))
    height = _height(covariance, N, row_weights, added, -1)
    if covariance.base.size == N:
        unit = height.hard_unit()
        return Edge(value=0.0, scale=0.0, argument=math.nan, unit=unit, flags=covariance.flags)
    slope = height.slope()
    low = high = 1.0
    while slope(low) > 0.0:
        low *= 0.25
    while slope(high) <= 0.0:
        high *= 4.0
    return _edge(height, root_edge(slope, low, high), covariance)
