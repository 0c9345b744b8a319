"""Law of |r|, r = f - y: given z = beta.x ~ N(0,1), r ~ N(offset - sigma_*(z), spread^2).

Its square weighs the samples in the gradient's noise; docs/derivations/edges.md, section 4.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import interpolate, special

from theory import checks
from theory.functions.activations import Function
from theory.functions.narrow import few_marks
from theory.gradient.decomposition import SignalNoise
from theory.numerics.legendre import gauss_legendre

__all__ = ["ResidualLaw", "residual_cdf", "residual_law", "residual_law_of", "residual_square_quantiles"]

_REACH = 8.5  # 2e-17 of the mass of z lies beyond
_NODES = 16
_MOST_PANELS = 800
_GRID = 320
_NARROW = 1e-9  # of its value: |r| is a constant, and float64 cannot tell its distribution function


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualLaw:
    """A mixture of normals of one spread: |mean of r given z| on quadrature nodes of z, and their weights."""

    centres: NDArray
    masses: NDArray
    spread: float


def residual_law(
    link: Callable[[NDArray], NDArray], *, spread: float, offset: float = 0.0, kinks: tuple[float, ...] = ()
) -> ResidualLaw:
    """The law of a residual whose mean, given z, is offset - link(z).

    Parameters
    ----------
    link : callable
        sigma_*, float64 arrays to float64 arrays.
    spread : float, > 0
        Standard deviation given z: sqrt(q + rho^2) for an odd student, q/N in place of q under mean-field. Below
        0.0027 times the link's largest slope it counts as that: E r^2 is then up to 7e-6 slope^2 too
        large, its largest quantiles up to 2 %.
    offset : float, default 0
        E sigma times A, for students with E sigma != 0.
    kinks : tuple of float
        Where the link's derivative jumps: panels of the quadrature end there.

    Returns
    -------
    law : ResidualLaw

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain or the link is not finite.
    """
    spread = checks.number("spread", spread, above=0.0)
    offset = checks.number("offset", offset)
    # A panel must resolve a normal of width `spread` moving at the link's speed; width 1 resolves the
    # density of z itself.
    probe = np.linspace(-_REACH, _REACH, 401)
    steepest = float(np.max(np.abs(np.diff(link(probe))))) / (probe[1] - probe[0])
    panels = int(min(2.0 * _REACH * max(1.0, 0.5 * steepest / spread), _MOST_PANELS))
    spread = max(spread, 0.25 * _REACH * steepest / _MOST_PANELS)  # an eighth of a panel: 16 nodes resolve it
    edges = np.unique(
        np.concatenate([np.linspace(-_REACH, _REACH, panels + 1), [k for k in kinks if abs(k) < _REACH]])
    )
    x, w = gauss_legendre(_NODES)
    half = 0.5 * np.diff(edges)[:, None]
    z = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * x).ravel()
    masses = (half * w).ravel() * np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    centres = np.asarray(link(z), dtype=np.float64) - offset
    if not np.all(np.isfinite(centres)):
        raise ValueError("link must be finite on |z| <= 8.5; the residual has no law otherwise")
    kept = masses > 1e-18
    return ResidualLaw(centres=np.abs(centres[kept]), masses=masses[kept] / masses[kept].sum(), spread=spread)


def residual_law_of(sn: SignalNoise, teacher: Function) -> ResidualLaw:
    """`residual_law` for a problem: spread^2 = Var f given x, plus rho^2; offset = E sigma times A.

    Parameters
    ----------
    sn : SignalNoise
    teacher : Function
        The one whose moments `sn` holds.

    Raises
    ------
    ValueError
        If there is neither output nor label noise, so that the residual is a function of z alone.
    """
    mean = sn.student.s0 * sn.offset
    return residual_law(
        teacher.value,
        spread=math.sqrt(sn.output_2 - mean**2 + sn.noise**2),
        offset=mean,
        kinks=few_marks(teacher),
    )


def residual_cdf(law: ResidualLaw, u: ArrayLike) -> NDArray[np.float64]:
    """P(|r| <= u) for u >= 0, shape (...). docs/derivations/edges.md, eq. (27)."""
    u = np.asarray(u, dtype=np.float64)
    if not np.all(u >= 0.0):
        raise ValueError("u must be >= 0; it is compared with |r|")
    lower, _ = _tails(law, u.ravel())
    return lower.reshape(u.shape)


def residual_square_quantiles(law: ResidualLaw, count: int) -> NDArray[np.float64]:
    """Mid-quantiles of r^2: those at (k - 1/2)/count, k = 1..count, ascending.

    Parameters
    ----------
    law : ResidualLaw
    count : int, >= 1
        n.

    Returns
    -------
    squares : float64 ndarray, shape (count,)

    Notes
    -----
    A cubic in the exact distribution function and density at 320 points: 1e-9 relative where the spread is
    of the order of the link's, 1e-7 where it is a tenth of it.
    """
    count = checks.size("count", count)
    p = (np.arange(count) + 0.5) / count
    reach = 10.0 * law.spread
    bottom, top = float(law.centres.min()) - reach, float(law.centres.max()) + reach
    if bottom > 0.5 * top:  # |r| keeps near one value: a grid from 0 would pass it over
        if top - bottom < _NARROW * top:
            return np.full(count, (0.5 * (bottom + top)) ** 2)
        u = np.linspace(bottom, top, _GRID)
    else:
        top = _end(law, 0.25 / count, top)
        u = top * (1.0 - np.cos(np.linspace(0.0, 0.5 * np.pi, _GRID)))  # dense near 0, where r^2 is small
    lower, upper = _tails(law, u)
    return _invert(law, u, lower, upper, p) ** 2


def _end(law: ResidualLaw, tail: float, high: float) -> float:
    """A u beyond which less than `tail` of |r| lies, to 1 %."""
    low = 0.0
    while high - low > 0.01 * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if _tails(law, np.array([middle]))[1][0] < tail else (middle, high)
    return high


def _tails(law: ResidualLaw, u: NDArray) -> tuple[NDArray, NDArray]:
    """P(|r| <= u) and P(|r| > u), each without cancellation."""
    right = special.ndtr((law.centres - u[:, None]) / law.spread) @ law.masses
    left = special.ndtr((-law.centres - u[:, None]) / law.spread) @ law.masses
    upper = left + right
    lower = 1.0 - upper
    small = upper > 0.9
    ends = [special.ndtr((sign * u[small, None] - law.centres) / law.spread) for sign in (1.0, -1.0)]
    lower[small] = (ends[0] - ends[1]) @ law.masses
    return lower, upper


def _density(law: ResidualLaw, u: NDArray) -> NDArray:
    peaks = [np.exp(-0.5 * ((law.centres + sign * u[:, None]) / law.spread) ** 2) for sign in (-1.0, 1.0)]
    return (peaks[0] + peaks[1]) @ law.masses / (law.spread * math.sqrt(2.0 * math.pi))


def _invert(law: ResidualLaw, u: NDArray, lower: NDArray, upper: NDArray, p: NDArray) -> NDArray:
    """u at probability p by cubic Hermite pieces, in the log of the upper tail beyond the median."""
    density = _density(law, u)
    half = int(np.searchsorted(lower, 0.5))
    body = interpolate.CubicHermiteSpline(lower[: half + 2], u[: half + 2], 1.0 / density[: half + 2])
    tail = interpolate.CubicHermiteSpline(
        np.log(upper[half - 1 :])[::-1], u[half - 1 :][::-1], (-upper[half - 1 :] / density[half - 1 :])[::-1]
    )
    return np.where(
        p < 0.5, body(np.minimum(p, lower[half + 1])), tail(np.log(np.minimum(1.0 - p, upper[half - 1])))
    )
