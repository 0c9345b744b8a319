"""The spectrum of a pure noise matrix: Marchenko-Pastur, Johnstone's scaling of the top value, the null of
Hill's alpha.

All functions describe the non-zero eigenvalues l of W^T W (squared singular values) for an N x d matrix W
with independent entries of mean 0 and the given variance. docs/derivations/bulk.md.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory.checks import choice, number, numbers, size

__all__ = [
    "hill_alpha_null",
    "marchenko_pastur_cdf",
    "marchenko_pastur_density",
    "marchenko_pastur_edges",
    "marchenko_pastur_quantile",
    "mid_quantiles",
]

_SMALL_RATIO = 0.03  # of sqrt(min(N, d)/max(N, d)): its twelfth power is rounding


def marchenko_pastur_edges(*, N: float, d: float, variance: float = 1.0) -> tuple[float, float]:
    """Edges variance * (sqrt N -+ sqrt d)^2 of the bulk of W^T W.

    Parameters
    ----------
    N, d : float
        Rows and columns, > 0.
    variance : float
        Variance of one entry of W, > 0 (1 for NTK weights, 1/d for mean-field ones).

    Returns
    -------
    lower, upper : float
        The square roots are the edges of the singular values.

    Raises
    ------
    ValueError
        If an argument is not a positive finite number.
    """
    N, d, variance = _sizes(N, d, variance)
    return variance * (math.sqrt(N) - math.sqrt(d)) ** 2, variance * (math.sqrt(N) + math.sqrt(d)) ** 2


def marchenko_pastur_density(
    l: ArrayLike, *, N: float, d: float, variance: float = 1.0
) -> NDArray[np.float64]:
    """Density of the non-zero eigenvalues of W^T W, total mass 1.

    Parameters
    ----------
    l : array_like, shape (...)
        Eigenvalues; the density is 0 outside the edges.
    N, d, variance : float
        As in `marchenko_pastur_edges`.

    Returns
    -------
    f : float64 ndarray, shape (...), in 1/(unit of l).

    Raises
    ------
    ValueError
        If N, d or variance is not a positive finite number, or an entry of `l` is NaN.

    Notes
    -----
    docs/derivations/bulk.md, eq. (1). For N = d the density diverges at 0 like l**-0.5, where inf is
    returned.
    """
    lower, upper = marchenko_pastur_edges(N=N, d=d, variance=variance)
    values = numbers("l", l)
    inside = (values > lower) & (values < upper)
    safe = np.where(inside, values, upper)
    density = np.sqrt(np.maximum((upper - safe) * (safe - lower), 0.0)) / (
        2.0 * np.pi * min(N, d) * variance * safe
    )
    at_zero = (values == 0.0) & (lower == 0.0)
    return np.where(at_zero, np.inf, np.where(inside, density, 0.0))


def marchenko_pastur_cdf(
    l: ArrayLike,
    *,
    N: float,
    d: float,
    variance: float = 1.0,
    method: Literal["closed", "integral"] = "closed",
) -> NDArray[np.float64]:
    """Fraction of the non-zero eigenvalues of W^T W that is at most l.

    Parameters
    ----------
    l : array_like, shape (...)
        Eigenvalues.
    N, d, variance : float
        As in `marchenko_pastur_edges`.
    method : {"closed", "integral"}
        Two routes; "integral" is Gauss-Legendre over the density. They agree to 1e-12 absolute.

    Returns
    -------
    F : float64 ndarray, shape (...), in [0, 1].

    Raises
    ------
    ValueError
        As `marchenko_pastur_density`, or if `method` is unknown.

    Notes
    -----
    docs/derivations/bulk.md, eqs. (2), (3).
    """
    N, d, variance = _sizes(N, d, variance)
    choice("method", method, ("closed", "integral"))
    ratio = math.sqrt(min(N, d) / max(N, d))
    scaled = numbers("l", l) / (variance * max(N, d))
    # half-angle form of l = 1 + ratio^2 - 2 ratio cos(angle): no digits are lost at the edges
    half = np.clip((scaled - (1.0 - ratio) ** 2) / (4.0 * ratio), 0.0, 1.0)
    angle = 2.0 * np.arcsin(np.sqrt(half))
    return _mass_below(angle, ratio) if method == "closed" else _mass_by_quadrature(angle, ratio)


def marchenko_pastur_quantile(
    p: ArrayLike, *, N: float, d: float, variance: float = 1.0
) -> NDArray[np.float64]:
    """The eigenvalue below which a fraction p of the non-zero eigenvalues of W^T W lies.

    Parameters
    ----------
    p : array_like, shape (...)
        Fractions in [0, 1]; 0 and 1 give the edges.
    N, d, variance : float
        As in `marchenko_pastur_edges`.

    Returns
    -------
    l : float64 ndarray, shape (...).

    Raises
    ------
    ValueError
        If an entry of `p` lies outside [0, 1], or N, d or variance is not a positive finite number.
    """
    N, d, variance = _sizes(N, d, variance)
    fractions = numbers("p", p)
    if np.any((fractions < 0.0) | (fractions > 1.0)):
        raise ValueError(
            f"p must lie in [0, 1], got {float(fractions[(fractions < 0) | (fractions > 1)].flat[0])!r}"
        )
    ratio = math.sqrt(min(N, d) / max(N, d))
    angle = _angle_quantile(fractions, ratio)
    return variance * max(N, d) * ((1.0 - ratio) ** 2 + 4.0 * ratio * np.sin(angle / 2.0) ** 2)


def mid_quantiles(count: int, *, N: float, d: float, variance: float = 1.0) -> NDArray[np.float64]:
    """The quantiles at (i - 1/2)/count, i = 1..count: where `count` rigid eigenvalues of W^T W sit.

    Parameters
    ----------
    count : int
        How many, >= 1; usually min(N, d).
    N, d, variance : float
        As in `marchenko_pastur_edges`.

    Returns
    -------
    l : float64 ndarray, shape (count,), ascending.

    Raises
    ------
    ValueError
        If `count` is not a positive integer.
    """
    count = size("count", count)
    return marchenko_pastur_quantile((np.arange(count) + 0.5) / count, N=N, d=d, variance=variance)


def hill_alpha_null(
    *,
    N: float,
    d: float,
    method: Literal["integral", "quantiles", "finite"] = "integral",
) -> float:
    """PL_Alpha_Hill of a pure bulk: 1 + 1/(E[ln l | l > median] - ln median).

    Parameters
    ----------
    N, d : float
        Rows and columns, > 0; only N/d matters, and N/d and d/N give the same.
    method : {"integral", "quantiles", "finite"}
        "integral" is over the density, "quantiles" over the quantile function (agree to 1e-8 relative);
        "finite" is the estimator itself on the min(N, d) mid-quantiles, which also has its index convention.

    Returns
    -------
    alpha : float, > 1. An alpha measured on a spectrum means something only against this value.

    Raises
    ------
    ValueError
        If N or d is not a positive finite number, min(N, d) < 10 with "finite", or `method` is unknown.

    Notes
    -----
    docs/derivations/bulk.md, eqs. (7), (8). 2.4492 at N/d = 1.5, 2.1217 at 1, 4.8731 at 10.
    """
    N, d, _ = _sizes(N, d)
    choice("method", method, ("integral", "quantiles", "finite"))
    if method == "finite":
        return _hill_of_mid_quantiles(N, d)
    nodes, weights = special.roots_legendre(200)
    ratio = math.sqrt(min(N, d) / max(N, d))
    middle = float(_angle_quantile(np.array(0.5), ratio))
    if method == "integral":
        angles = middle + (np.pi - middle) * (nodes + 1.0) / 2.0
        mean = (
            (np.pi - middle) / 2.0 * float((_angle_density(angles, ratio) * _log_l(angles, ratio)) @ weights)
        )
    else:
        # fraction = 1 - w^3/2: the quantile function has a 2/3 power at the upper edge, and is smooth in w
        w = (nodes + 1.0) / 2.0
        logs = _log_l(_angle_quantile(1.0 - w**3 / 2.0, ratio), ratio)
        mean = float((0.75 * w**2 * logs) @ weights)
    return 1.0 + 1.0 / (2.0 * mean - float(_log_l(np.array(middle), ratio)))


def _hill_of_mid_quantiles(N: float, d: float) -> float:
    count = int(min(N, d))
    if count < 10:
        raise ValueError(f"min(N, d) must be at least 10 with method='finite', got {count}")
    logs = np.log(mid_quantiles(count, N=N, d=d))
    first = count // 2
    return float(1.0 + (count - first) / np.sum(logs[first:] - logs[first]))


def _log_l(angle: NDArray, ratio: float) -> NDArray[np.float64]:
    return np.log((1.0 - ratio) ** 2 + 4.0 * ratio * np.sin(angle / 2.0) ** 2)


def _angle_density(angle: NDArray, ratio: float) -> NDArray[np.float64]:
    """Marchenko-Pastur in the angle: (2/pi) sin^2/(1 + ratio^2 - 2 ratio cos)."""
    half = np.sin(angle / 2.0)
    # sin^2 = 4 half^2 (1 - half^2); at ratio = 1 the quotient is 1 - half^2, finite at angle = 0
    return (
        (8.0 / np.pi)
        * half**2
        * (1.0 - half**2)
        / np.maximum((1.0 - ratio) ** 2 + 4.0 * ratio * half**2, 1e-300)
    )


def _mass_below(angle: NDArray, ratio: float) -> NDArray[np.float64]:
    if ratio < _SMALL_RATIO:  # the closed form cancels to eps/ratio^2; its powers of ratio, summed, do not
        k = np.arange(1, 13)
        sines = np.sin(angle[..., None] * k) / k - np.sin(angle[..., None] * (k + 2)) / (k + 2)
        mass = (angle - 0.5 * np.sin(2.0 * angle) + sines @ ratio**k) / np.pi
    else:
        inner = np.arctan2(ratio * np.sin(angle), 1.0 - ratio * np.cos(angle))
        mass = (angle + np.sin(angle) / ratio - (1.0 - ratio**2) * inner / ratio**2) / np.pi
    return np.clip(mass, 0.0, 1.0)


def _mass_by_quadrature(angle: NDArray, ratio: float) -> NDArray[np.float64]:
    """The integral of `_angle_density` up to `angle`, on panels no longer than they are away from its narrow dip.

    The dip is at angle 0 and (1 - ratio)/sqrt(ratio) wide: 1e-4 where N - d = 1 at d = 1000.
    """
    width = max((1.0 - ratio) / math.sqrt(ratio), 1e-15)
    count = max(math.ceil(math.log2(np.pi / width)), 0)
    ends = np.concatenate([[0.0], np.pi * 0.5 ** np.arange(count, -1, -1.0)])
    nodes, weights = special.roots_legendre(40)
    low = np.minimum(ends[:-1], angle[..., None])
    half = 0.5 * (np.minimum(ends[1:], angle[..., None]) - low)
    points = (low + half)[..., None] + half[..., None] * nodes
    mass = (half * (_angle_density(points, ratio) @ weights)).sum(axis=-1)
    return np.clip(mass, 0.0, 1.0)


def _angle_quantile(p: NDArray, ratio: float) -> NDArray[np.float64]:
    low, high = np.zeros_like(p), np.full_like(p, np.pi)
    for _ in range(56):
        middle = (low + high) / 2.0
        left = _mass_below(middle, ratio) < p
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    result = (low + high) / 2.0
    return np.where(p <= 0.0, 0.0, np.where(p >= 1.0, np.pi, result))


def _sizes(N: float, d: float, variance: float = 1.0) -> tuple[float, float, float]:
    return number("N", N, above=0), number("d", d, above=0), number("variance", variance, above=0)
