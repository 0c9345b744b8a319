"""The Tracy-Widom law with beta = 1: the fluctuation of the largest eigenvalue of a pure noise matrix.

F_1(s) is the Fredholm determinant det(I - K_s) of the kernel K_s(x, y) = Ai(x + y + s) on L2(0, inf),
evaluated with Gauss-Legendre nodes; the Painleve II equation gives it a second time.
docs/derivations/tracy_widom.md.
"""

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory.checks import choice, numbers
from theory.random_matrices.airy_determinant import (
    RIGHT,
    by_points,
    density,
    half_airy_integral,
    log_cdf,
    log_cdf_by_determinant,
    log_cdf_by_painleve,
)

__all__ = [
    "TRACY_WIDOM_MEAN",
    "TRACY_WIDOM_VARIANCE",
    "tracy_widom_cdf",
    "tracy_widom_pdf",
    "tracy_widom_quantile",
    "tracy_widom_upper_quantile",
    "tracy_widom_upper_tail",
]

TRACY_WIDOM_MEAN = -1.2065335745820
TRACY_WIDOM_VARIANCE = 1.6077810345810

_SMALLEST_LOWER = 1e-11  # below it F_1 is known to 1e-15 absolute only, so its logarithm is not

Method = Literal["determinant", "painleve"]


def tracy_widom_cdf(s: ArrayLike, *, method: Method = "determinant") -> NDArray[np.float64]:
    """F_1(s) = P(TW_1 <= s).

    Parameters
    ----------
    s : array_like, shape (...)
        Any real number or infinity, in the units of Johnstone's scaling.
    method : {"determinant", "painleve"}
        Two independent routes. "painleve" integrates an ill-conditioned equation and holds to 1e-9 for s >=
        -4.

    Returns
    -------
    F : float64 ndarray, shape (...), in [0, 1]; absolute error below 1e-12 ("determinant").

    Raises
    ------
    ValueError
        If an entry of `s` is NaN, or `method` is unknown.

    Notes
    -----
    docs/derivations/tracy_widom.md, eqs. (1), (5), (6).
    """
    s = numbers("s", s)
    choice("method", method, ("determinant", "painleve"))
    if method == "painleve":
        return np.exp(log_cdf_by_painleve(s))
    return np.clip(np.exp(by_points(log_cdf, s, below=-np.inf, above=0.0, chunk=None)), 0.0, 1.0)


def tracy_widom_upper_tail(
    s: ArrayLike, *, method: Literal["determinant", "trace"] = "determinant"
) -> NDArray[np.float64]:
    """P(TW_1 > s): the p-value of an observed largest value s in the units of Johnstone's scaling.

    Parameters
    ----------
    s : array_like, shape (...)
        Any real number or infinity.
    method : {"determinant", "trace"}
        "trace" is the first term, (1/2) int_s^inf Ai, by quadrature: right to 2e-6 relative from s = 4 on.

    Returns
    -------
    p : float64 ndarray, shape (...), in [0, 1]; relative error below 1e-10 for 0 <= s <= 60, 0 from s = 100
    on.

    Raises
    ------
    ValueError
        If an entry of `s` is NaN, or `method` is unknown.

    Notes
    -----
    docs/derivations/tracy_widom.md, eqs. (3), (4). No difference 1 - F is formed, so that small tails keep
    their digits.
    """
    s = numbers("s", s)
    choice("method", method, ("determinant", "trace"))
    if method == "trace":
        return by_points(half_airy_integral, s, below=np.nan, above=0.0)
    below = np.expm1(by_points(log_cdf, s, below=-np.inf, above=0.0, chunk=None))
    return np.clip(0.0 - below, 0.0, 1.0)  # 0 - x, so that a tail of 0 is no -0


def tracy_widom_pdf(s: ArrayLike) -> NDArray[np.float64]:
    """Density of the Tracy-Widom law, F_1'(s) = -F_1(s) tr[(I - K_s)^(-1) K_s'].

    Parameters
    ----------
    s : array_like, shape (...)
        Any real number or infinity.

    Returns
    -------
    f : float64 ndarray, shape (...), >= 0; absolute error below 1e-12.

    Raises
    ------
    ValueError
        If an entry of `s` is NaN.

    Notes
    -----
    docs/derivations/tracy_widom.md, eq. (2).
    """
    return np.maximum(by_points(density, numbers("s", s), below=0.0, above=0.0), 0.0)


def tracy_widom_quantile(p: ArrayLike) -> NDArray[np.float64]:
    """The s with F_1(s) = p.

    Parameters
    ----------
    p : array_like, shape (...)
        Probabilities in [1e-11, 1); for upper tails below 1e-6 use `tracy_widom_upper_quantile`.

    Returns
    -------
    s : float64 ndarray, shape (...); F_1(s) = p to 1e-12.

    Raises
    ------
    ValueError
        If an entry of `p` lies outside [1e-11, 1).
    """
    p = numbers("p", p)
    if not np.all((p >= _SMALLEST_LOWER) & (p < 1.0)):
        raise ValueError(
            f"p must lie in [1e-11, 1), got {float(p[~((p >= _SMALLEST_LOWER) & (p < 1.0))].flat[0])!r}"
        )
    return _vector(
        lambda q: _solve(math.log(q), lower=True) if q < 0.5 else _solve(math.log1p(-q), lower=False), p
    )


def tracy_widom_upper_quantile(p: ArrayLike) -> NDArray[np.float64]:
    """The s with P(TW_1 > s) = p, for tails too small to be written as 1 - p.

    Parameters
    ----------
    p : array_like, shape (...)
        Tail probabilities in [1e-280, 1 - 1e-11].

    Returns
    -------
    s : float64 ndarray, shape (...).

    Raises
    ------
    ValueError
        If an entry of `p` lies outside [1e-280, 1 - 1e-11].
    """
    p = numbers("p", p)
    allowed = (p >= 1e-280) & (p <= 1.0 - _SMALLEST_LOWER)
    if not np.all(allowed):
        raise ValueError(f"p must lie in [1e-280, 1 - 1e-11], got {float(p[~allowed].flat[0])!r}")
    return _vector(
        lambda q: _solve(math.log(q), lower=False) if q < 0.5 else _solve(math.log1p(-q), lower=True), p
    )


def _vector(function: Callable[[float], float], p: NDArray) -> NDArray[np.float64]:
    return np.array([function(float(q)) for q in p.ravel()], dtype=np.float64).reshape(p.shape)


def _solve(target: float, *, lower: bool) -> float:
    """The s with log F_1(s) = target (lower) or log(1 - F_1(s)) = target, by a bracketed secant search."""
    from scipy.optimize import brentq, newton

    def gap(s: float) -> float:
        log_cdf = float(log_cdf_by_determinant(np.array([s]))[0])
        return (log_cdf if lower else math.log(-math.expm1(log_cdf))) - target

    if target > math.log(1e-5):  # near Chiani's gamma approximation (2014) a secant takes five determinants
        inverse = special.gammaincinv if lower else special.gammainccinv
        guess = 0.186054 * float(inverse(46.446, math.exp(target))) - 9.84801
        root, report = newton(
            gap, guess, x1=guess + 0.01, tol=1e-13, rtol=1e-14, full_output=True, disp=False
        )
        if report.converged and abs(root - guess) < 0.2:
            return float(root)
    middle = -1.2685  # the median; each half of the law is searched on its own logarithm
    left, right = (-10.5, middle + 0.1) if lower else (middle - 0.1, 5.0)
    while not lower and gap(right) > 0.0:
        left, right = right, min(1.6 * right, RIGHT)
    return float(brentq(gap, left, right, xtol=1e-12, rtol=1e-13))
