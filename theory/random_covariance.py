"""Edges when the rows' covariance is itself random: Sigma = diag(base) + diag(gain)^(1/2) R diag(gain)^(1/2).

R = X^T diag(weights) X/n with X an n x d Gaussian matrix that nobody has drawn: what the theory knows of the
noise of a first step before it sees the data. Each edge is a minimum over one scalar h;
docs/derivations/edges.md, section 3.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory import _domain
from theory._noise_curve import Curve, Rows, curve_of, equal_rows, weighted_rows
from theory.edges import (
    Edge,
    Method,
    bracket,
    lower_population_edge,
    minimum_edge,
    population_edge,
    root_edge,
    weighted_edge,
)

__all__ = ["RandomCovariance", "covariance_edge", "lower_edge", "upper_edge"]

_METHODS = ("root", "minimum")
_STEP = 1e-30  # of the complex step: its square is below every rounding error


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
        base, gain = (_domain.levels(name, getattr(self, name), positive=False) for name in ("base", "gain"))
        if base.shape != gain.shape:
            raise ValueError(
                f"base and gain must have one entry per column, got shapes {base.shape} and {gain.shape}"
            )
        _domain.levels("base + gain", base + gain)
        weights = _domain.levels("weights", self.weights)
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
    _domain.choice("method", method, _METHODS)
    if covariance.is_known:
        return float(covariance.base.max())
    curve = curve_of(covariance.base, covariance.gain, covariance.weights, +1)

    def slope(u: float) -> float:
        h = curve.h(u)
        z = curve.z(h)
        return u * curve.h(1.0) * curve.slopes(h, z)[1] / z if curve.beyond(h, z) else 1.0

    low, high = bracket(slope)
    if method == "root":
        u = root_edge(slope, low, high)
    else:
        u = minimum_edge(lambda u: curve.z(curve.h(u)), low, high)
    return max(curve.z(curve.h(u)), float(np.max(covariance.base[covariance.gain == 0.0], initial=0.0)))


def upper_edge(
    covariance: RandomCovariance, N: int, *, row_weights: ArrayLike | None = None, method: Method = "root"
) -> Edge:
    """Right edge s_+ of N rows of covariance Sigma, or w_i Sigma, before the data are drawn.

    Parameters
    ----------
    covariance : RandomCovariance
        The law of Sigma.
    N : int
        Rows.
    row_weights : array_like, shape (N,), optional
        w_i >= 0, not all 0; all 1 when left out.
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
    docs/derivations/edges.md, eqs. (15) to (23). The largest weight of a sample enters, and grows like log n
    for light tails, so this edge drifts slowly with n.
    """
    N = _domain.size("N", N)
    _domain.choice("method", method, _METHODS)
    rows = equal_rows(N) if row_weights is None else weighted_rows(row_weights, N)
    if covariance.is_known:
        ev = covariance.base
        edge = (
            population_edge(ev, N, method=method)
            if row_weights is None
            else weighted_edge(ev, row_weights, method=method)
        )
        return Edge(value=edge.value, scale=edge.scale, argument=edge.argument, flags=covariance.flags)
    curve = curve_of(covariance.base, covariance.gain, covariance.weights, +1)
    slope = _height_slope(curve, rows)
    low, high = bracket(slope)
    if method == "root":
        u = root_edge(slope, low, high)
    else:
        u = minimum_edge(lambda u: _height(curve, rows, u), low, _end_of_branch(curve, low, high))
    square = _height(curve, rows, u)
    h = curve.h(u)
    scale = _fluctuation(curve, rows, h, square)
    return Edge(value=math.sqrt(square), scale=scale, argument=h, flags=covariance.flags)


def edge_square(
    covariance: RandomCovariance, N: int, h: float, *, row_weights: ArrayLike | None = None
) -> float:
    """The eigenvalue lam(h) beyond the upper edge that the curve has at h, edges.md, eqs. (20) to (22).

    Parameters
    ----------
    h : float
        Between the edge's `argument` and 0.
    """
    rows = equal_rows(N) if row_weights is None else weighted_rows(row_weights, N)
    curve = curve_of(covariance.base, covariance.gain, covariance.weights, +1)
    return float(_height_slopes(curve, rows, h)[0])


def lower_edge(covariance: RandomCovariance, N: int) -> Edge:
    """Left edge s_- of the non-zero singular values of N rows of covariance Sigma, before the data are drawn.

    Parameters
    ----------
    covariance : RandomCovariance
        With `base` > 0 in every column, so that no row of the matrix loses rank.
    N : int
        Rows.

    Returns
    -------
    edge : Edge
        0 at N = d; `scale` as that of `upper_edge`, below 0.

    Raises
    ------
    ValueError
        If a column has `base` 0, or N is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eqs. (24), (32): the same curve on the other side of Sigma's spectrum, where the
    edge is a maximum.
    """
    N = _domain.size("N", N)
    if not np.all(covariance.base > 0.0):
        raise ValueError(
            f"base must be > 0 in every column for a lower edge, got {float(covariance.base.min())!r}; "
            "leave out the columns that vanish"
        )
    if covariance.is_known:
        edge = lower_population_edge(covariance.base, N)
        return Edge(value=edge.value, scale=edge.scale, argument=edge.argument, flags=covariance.flags)
    curve = curve_of(covariance.base, covariance.gain, covariance.weights, -1)
    rows = equal_rows(N)
    slope = _height_slope(curve, rows)
    low = high = 1.0
    while slope(low) > 0.0:
        low *= 0.25
    while slope(high) <= 0.0:
        high *= 4.0
    u = root_edge(slope, low, high)
    square = _height(curve, rows, u)
    scale = _fluctuation(curve, rows, u, square)
    return Edge(value=math.sqrt(max(0.0, square)), scale=scale, argument=u, flags=covariance.flags)


def _fluctuation(curve: Curve, rows: Rows, h: float, square: float) -> float:
    """sc of eq. (23) at an edge, above 0 at a minimum of lam and below at a maximum."""
    Y_h = _height_slopes(curve, rows, h)[2]
    curvature = _height_slopes(curve, rows, complex(h, _STEP * abs(h)))[1].imag / (_STEP * abs(h))
    return float(np.cbrt(curvature / 2.0 * (square / Y_h) ** 2))


def _height_slopes(curve: Curve, rows: Rows, h):
    """The eigenvalue lam(h) = z E(Y), Y = -d - z T, with its derivative in h and that of Y, eqs. (20),
    (21)."""
    z = curve.z(h.real)
    if isinstance(h, complex):
        z = z + 1j * h.imag * curve.slopes(h.real, z)[1]
    T, z_h, T_h = curve.slopes(h, z)
    E, E_Y = rows(-curve.d - z * T)
    Y_h = -(z_h * T + z * T_h)
    return z * E, z_h * E + z * E_Y * Y_h, Y_h


def _height(curve: Curve, rows: Rows, u: float) -> float:
    return float(_height_slopes(curve, rows, curve.h(u))[0])


def _height_slope(curve: Curve, rows: Rows) -> Callable[[float], float]:
    """A function of u below 0 before the edge and above 0 after it, past the end of z's branch too."""

    def slope(u: float) -> float:
        h = curve.h(u)
        z = curve.z(h)
        if not curve.beyond(h, z) or curve.slopes(h, z)[1] <= 0.0:
            return 1.0
        return -_height_slopes(curve, rows, h)[1] * u

    return slope


def _end_of_branch(curve: Curve, low: float, high: float) -> float:
    """The last u before dz/dh = 0, up to bisection's rounding."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        h = curve.h(middle)
        z = curve.z(h)
        inside = curve.beyond(h, z) and curve.slopes(h, z)[1] > 0.0
        low, high = (middle, high) if inside else (low, middle)
    return low
