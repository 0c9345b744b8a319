"""Law of the non-zero eigenvalues of Y^T Y for N rows of a random covariance: the bulk of W_1, off its spike.

Rows may have weights of their own on top of independent entries, as after a step of GD.

Density and distribution function come from one complex fixed point per eigenvalue, the latter without
integrating the former. docs/derivations/esd.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate

from theory import checks
from theory.random_matrices.edges import Edge
from theory.random_matrices.fixed_point import Solution, levels_of, solve
from theory.random_matrices.random_covariance import RandomCovariance, lower_edge, upper_edge, with_added
from theory.random_matrices.weighted_fixed_point import solve_weighted, weighted_levels_of

__all__ = [
    "SpectralLaw",
    "spectral_cdf",
    "spectral_density",
    "spectral_law",
    "spectral_mid_quantiles",
    "spectral_quantile",
]

_ROUNDS = 7  # halvings of a grid interval that holds too much mass
_POLISHES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class SpectralLaw:
    """Law of the min(N, d) non-zero singular values s of an N x d matrix; the other d - min(N, d) are 0.

    Attributes
    ----------
    covariance : RandomCovariance
        Of a row; with `row_weights` it counts w_i times in row i, on top of independent entries of variance `added`.
    N : int
        Rows.
    lower, upper : Edge
        Ends of the support.
    s, cdf : ndarray, shape (m,)
        A grid of singular values, ascending, and the share of the non-zero ones below; finer where there is
        more mass.
    converged : bool
        Whether the fixed point was found at every grid point.
    flags : tuple of str
        What is outside the derivation's validity.
    """

    covariance: RandomCovariance
    N: int
    lower: Edge
    upper: Edge
    s: NDArray
    cdf: NDArray
    converged: bool
    row_weights: NDArray | None = None
    added: float = 0.0
    flags: tuple[str, ...] = ()


def spectral_law(
    covariance: RandomCovariance,
    N: int,
    *,
    row_weights: ArrayLike | None = None,
    added: float = 0.0,
    points: int = 160,
    largest_share: float = 0.01,
) -> SpectralLaw:
    """The law of the singular values of N rows of covariance Sigma, before the data are drawn.

    Parameters
    ----------
    covariance : RandomCovariance
        With `base` > 0 in every column, unless `added` is.
    N : int
        Rows.
    row_weights, added
        As in `lower_edge`.
    points : int, default 160
        Grid points to begin with, >= 8.
    largest_share : float, default 0.01
        Intervals of the grid with more of the mass than this are halved; in (0, 1).

    Returns
    -------
    law : SpectralLaw

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/esd.md. `spectral_cdf` and `spectral_density` are exact at any point; `spectral_quantile`
    interpolates the grid and can be polished. About 1 s at n = 2000, d = 1000.
    """
    points = checks.size("points", points)
    if points < 8:
        raise ValueError(f"points must be >= 8, got {points}")
    largest_share = checks.number("largest_share", largest_share, above=0.0, most=1.0)
    weights = None if row_weights is None else checks.levels("row_weights", row_weights)
    lower, upper = (
        edge(covariance, N, row_weights=weights, added=added) for edge in (lower_edge, upper_edge)
    )
    solved = _solved(covariance, N, weights, added)
    s, cdf, found = _resolved(solved, _first_grid(lower.value, upper.value, points), largest_share)
    return SpectralLaw(
        covariance=covariance,
        N=N,
        lower=lower,
        upper=upper,
        s=np.concatenate([[lower.value], s, [upper.value]]),
        cdf=np.concatenate([[0.0], np.maximum.accumulate(cdf), [1.0]]),
        converged=found,
        row_weights=weights,
        added=float(added),
        flags=covariance.flags if found else (*covariance.flags, "the fixed point was not found everywhere"),
    )


def _resolved(
    solved: Callable[[NDArray], tuple[NDArray, NDArray, NDArray]], s: NDArray, largest_share: float
) -> tuple[NDArray, NDArray, bool]:
    """The grid with intervals of much mass halved, the distribution function there, and whether all was found."""
    cdf, _, ok = solved(s)
    for _ in range(_ROUNDS):
        wide = np.flatnonzero(np.diff(cdf) > largest_share)
        if wide.size == 0:
            break
        middle = np.sqrt(np.maximum(s[wide], 1e-3 * s[wide + 1]) * s[wide + 1])
        middle_cdf, _, middle_ok = solved(middle)
        order = np.argsort(np.concatenate([s, middle]))
        s, cdf = np.concatenate([s, middle])[order], np.concatenate([cdf, middle_cdf])[order]
        ok = np.concatenate([ok, middle_ok])
    return s, cdf, bool(np.all(ok))


def spectral_density(law: SpectralLaw, s: ArrayLike) -> NDArray[np.float64]:
    """Density of the non-zero singular values at s > 0 (0 off the support); it integrates to 1.

    Parameters
    ----------
    law : SpectralLaw
    s : array_like, shape (...)
        Singular values, > 0.

    Returns
    -------
    density : float64 ndarray, shape (...); that of the eigenvalues l = s**2 is density/(2 s).

    Raises
    ------
    ValueError
        If an entry of `s` is not finite or not positive.
    """
    s = _points(s)
    return _solved_of(law)(s.ravel())[1].reshape(s.shape)


def spectral_cdf(law: SpectralLaw, s: ArrayLike) -> NDArray[np.float64]:
    """Share of the non-zero singular values below s > 0, from the log-determinant: nothing is integrated.

    Parameters, Raises: as in `spectral_density`. docs/derivations/esd.md, eq. (9).
    """
    s = _points(s)
    return _solved_of(law)(s.ravel())[0].reshape(s.shape)


def spectral_quantile(law: SpectralLaw, p: ArrayLike, *, method: str = "interpolated") -> NDArray[np.float64]:
    """Singular value with the share p of the non-zero ones below it.

    Parameters
    ----------
    law : SpectralLaw
    p : array_like, shape (...)
        In [0, 1]; 0 and 1 give the edges.
    method : {"interpolated", "exact"}
        Cubic interpolation of the grid (1e-5 of the value inside the bulk), or polished by Newton's method
        on `spectral_cdf`.

    Returns
    -------
    s : float64 ndarray, shape (...).

    Raises
    ------
    ValueError
        If an entry of `p` is outside [0, 1] or `method` is unknown.
    """
    checks.choice("method", method, ("interpolated", "exact"))
    p = checks.numbers("p", p)
    if not np.all((p >= 0.0) & (p <= 1.0)):
        raise ValueError(f"p must lie in [0, 1], got {float(p[~((p >= 0.0) & (p <= 1.0))].flat[0])!r}")
    flat = p.ravel()
    low, high, result = _interpolated(law, flat)
    if method == "exact":
        result = _polished(_solved_of(law), flat, low, high, result)
    return np.where(flat <= 0.0, law.lower.value, np.where(flat >= 1.0, law.upper.value, result)).reshape(
        p.shape
    )


def spectral_mid_quantiles(law: SpectralLaw) -> NDArray[np.float64]:
    """Quantiles at (i - 1/2)/k, i = 1..k = min(N, d): where the non-zero singular values are expected."""
    k = min(law.N, law.covariance.base.size)
    return spectral_quantile(law, (np.arange(k) + 0.5) / k)


def _points(s: ArrayLike) -> NDArray[np.float64]:
    result = np.asarray(s, dtype=np.float64)
    if not np.all(np.isfinite(result) & (result > 0.0)):
        raise ValueError("s must hold finite singular values > 0; the mass at 0 is max(0, d - N)/d")
    return result


def _first_grid(low: float, high: float, points: int) -> NDArray[np.float64]:
    """Inner points that crowd towards both edges, half of them evenly in s and half in log s."""
    low = max(low, 1e-6 * high)
    angle = np.linspace(0.0, np.pi, points // 2 + 2)[1:-1]
    crowded = low + (high - low) * 0.5 * (1.0 - np.cos(angle))
    log_crowded = low * (high / low) ** (0.5 * (1.0 - np.cos(angle)))
    return np.unique(np.concatenate([crowded, log_crowded]))


def _solved_of(law: SpectralLaw) -> Callable[[NDArray], tuple[NDArray, NDArray, NDArray]]:
    return _solved(law.covariance, law.N, law.row_weights, law.added)


def _solved(
    covariance: RandomCovariance, N: int, row_weights: NDArray | None, added: float
) -> Callable[[NDArray], tuple[NDArray, NDArray, NDArray]]:
    """A function of s: share below, density (both over the non-zero values) and whether the fixed point was found."""
    if row_weights is not None:
        fixed_point = partial(solve_weighted, weighted_levels_of(covariance, N, row_weights, added))
    else:
        fixed_point = partial(solve, levels_of(with_added(covariance, added), N))
    return partial(_evaluate, fixed_point, N, covariance.base.size)


def _evaluate(
    fixed_point: Callable[[NDArray], Solution], N: int, d: int, s: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    solution = fixed_point(s**2)
    kept = min(N, d)
    cdf = np.clip((solution.counted - (d - kept)) / kept, 0.0, 1.0)
    return cdf, np.maximum(solution.density, 0.0) * 2.0 * s / kept, solution.converged


def _interpolated(law: SpectralLaw, p: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    s, cdf = law.s, law.cdf
    where = np.clip(np.searchsorted(cdf, p, side="left") - 1, 0, s.size - 2)
    low, high = s[where], s[where + 1]
    # F^(2/3) at the left edge and (1 - F)^(2/3) at the right one are smooth in s; monotone cubics of both
    # are blended.
    rising, falling = (interpolate.PchipInterpolator(s, v ** (2.0 / 3.0)) for v in (cdf, 1.0 - cdf))
    a, b = low.copy(), high.copy()
    for _ in range(50):
        middle = 0.5 * (a + b)
        left = p < 0.5
        share = np.where(left, rising(middle), falling(middle))
        target = np.where(left, p, 1.0 - p) ** (2.0 / 3.0)
        below = (share < target) == left
        a, b = np.where(below, middle, a), np.where(below, b, middle)
    return low, high, 0.5 * (a + b)


def _polished(
    solved: Callable[[NDArray], tuple[NDArray, NDArray, NDArray]],
    p: NDArray,
    low: NDArray,
    high: NDArray,
    s: NDArray,
) -> NDArray:
    """Newton's method on the distribution function, bisection where it would leave the bracket."""
    low, high, s = low.copy(), high.copy(), s.copy()
    left = np.arange(s.size)
    for _ in range(_POLISHES):
        cdf, density, _ = solved(s[left])
        miss, here = cdf - p[left], s[left]
        low[left], high[left] = np.where(miss < 0.0, here, low[left]), np.where(miss < 0.0, high[left], here)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = here - miss / density
        inside = np.isfinite(step) & (step >= low[left]) & (step <= high[left])
        s[left] = np.where(inside, step, 0.5 * (low[left] + high[left]))
        left = left[np.abs(s[left] - here) > 1e-13 * here]
        if left.size == 0:
            break
    return s
