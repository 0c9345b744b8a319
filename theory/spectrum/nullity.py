"""Rank of sign(G_0), and why a huge learning rate leaves the spectrum of W_1 with two modes.

A column of sign(G_0) without a flipped sign is +-sign(a); all such columns span one dimension.
docs/derivations/nullity.md.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory import checks
from theory.numerics.legendre import gauss_legendre

__all__ = ["Nullity", "nullity", "unflipped_share"]

_METHODS = ("largest-noise", "column")
_LOG_HALF_NORMAL = 0.5 * math.log(2.0 / math.pi)  # of the density 2 phi(g) exp(g^2/2) of |g|
_WIDE = np.linspace(0.0, 40.0, 161)
_SLOPE = 0.8  # of the smallest growing singular value in eta: measured, not derived (nullity.md, section 4)


def unflipped_share(kappa: ArrayLike, N: int, *, method: str = "largest-noise") -> NDArray[np.float64]:
    """p0 = E_g[Phi(kappa |g|)^N]: the share of columns of sign(G_0) in which no sign is flipped by the noise.

    Parameters
    ----------
    kappa : array_like, shape (...)
        Signal-to-noise ratio of one entry, >= 0; may be inf.
    N : int
        Rows.
    method : {"largest-noise", "column"}
        The mean over the column's largest noise of the chance that the signal exceeds it, or over the
        column's signal: two integrals of one number.

    Returns
    -------
    p0 : float64 ndarray, shape (...), in [2**-N, 1].

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/nullity.md, eqs. (3), (4). N = 1: 1/2 + atan(kappa)/pi.
    """
    N = checks.size("N", N)
    checks.choice("method", method, _METHODS)
    kappa = checks.ratios("kappa", kappa)
    share = _by_largest_noise if method == "largest-noise" else _by_column
    values = [share(float(k), N) for k in kappa.ravel()]
    return np.clip(np.array(values), 0.5**N, 1.0).reshape(kappa.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nullity:
    """What the columns without a flipped sign do to sign(G_0) and to W_1 = W_0 - eta sign(G_0).

    Attributes
    ----------
    unflipped_share : float
        p0.
    lost : float
        k: by how much the unflipped columns reduce the column rank, p0 d - 1 for many.
    lost_sd : float
        Standard deviation of k over runs: sqrt(d p0 (1 - p0)), columns being independent.
    rank, null_dimension : float
        Expected rank min(N, d - k) of sign(G_0), and d less it.
    staying : float
        How many positive singular values of W_1 do not grow with eta.
    lower_mode : tuple of float
        Between which values those lie, for every eta (W_0 with its own scale); (nan, nan) where there are
        none.
    upper_slope : float
        The smallest of the others is about this times eta: 0.8, measured.
    separation : float
        The eta from which the two modes are apart; nan where there is only one.
    flags : tuple of str
    """

    unflipped_share: float
    lost: float
    lost_sd: float
    rank: float
    null_dimension: float
    staying: float
    lower_mode: tuple[float, float]
    upper_slope: float
    separation: float
    flags: tuple[str, ...] = ()


def nullity(
    kappa: float, *, N: int, d: int, initial_variance: float = 1.0, share: float | None = None
) -> Nullity:
    """Rank of sign(G_0) and the two modes of the spectrum of W_1 at huge eta.

    Parameters
    ----------
    kappa : float, >= 0
        Signal-to-noise ratio of one entry.
    N, d : int
        Rows and columns.
    initial_variance : float, > 0, default 1
        Of an entry of W_0: 1/d under mean-field.
    share : float in [0, 1], optional
        p0 where a better one than `unflipped_share` is known.

    Returns
    -------
    nullity : Nullity

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/nullity.md, eqs. (5) to (9). k = p0 d - 1 + (1 - p0)^d: the last term is the chance that
    no column is without a flip.
    """
    N, d = checks.size("N", N), checks.size("d", d)
    scale = math.sqrt(checks.number("initial_variance", initial_variance, above=0.0))
    p0 = (
        float(unflipped_share(kappa, N))
        if share is None
        else checks.number("share", share, least=0.0, most=1.0)
    )
    lost = max(p0 * d - 1.0 + math.exp(d * math.log1p(-p0)) if p0 < 1.0 else d - 1.0, 0.0)
    rank = min(float(N), d - lost)
    rows = N - d + lost
    staying = max(min(lost, rows), 0.0)
    lower_mode, separation = (math.nan, math.nan), math.nan
    if staying > 0.0:
        lower_mode = (
            abs(math.sqrt(rows) - math.sqrt(lost)) * scale,
            (math.sqrt(rows) + math.sqrt(lost)) * scale,
        )
        separation = lower_mode[1] / _SLOPE
    return Nullity(
        unflipped_share=p0,
        lost=lost,
        lost_sd=math.sqrt(d * p0 * (1.0 - p0)),
        rank=rank,
        null_dimension=d - rank,
        staying=staying,
        lower_mode=lower_mode,
        upper_slope=_SLOPE,
        separation=separation,
        flags=("fewer than three values stay: the lower mode is no spectrum",) if 0.0 < staying < 3.0 else (),
    )


def _panels(edges: NDArray) -> tuple[NDArray, NDArray]:
    x, w = gauss_legendre(20)
    half = 0.5 * np.diff(edges)[:, None]
    return (0.5 * (edges[1:] + edges[:-1])[:, None] + half * x).ravel(), (half * w).ravel()


def _by_largest_noise(kappa: float, N: int) -> float:
    """2^-N + int_0^inf 2 Phi(-m/kappa) N phi(m) Phi(m)^(N-1) dm."""
    if kappa < 1e-290:
        return 0.5**N
    if math.isinf(kappa):
        return 1.0
    # Phi(m)^N rises around the maximum of N normals, Phi(-m/kappa) falls over kappa: panels for both scales.
    near = np.geomspace(1e-6, 1.0, 13) * min(kappa, 1.0)
    edges = np.unique(np.concatenate([[0.0], near, np.arange(1.0, 12.0) * min(kappa, 1.0), _WIDE]))
    m, w = _panels(edges)
    log_density = math.log(N) + _LOG_HALF_NORMAL - 0.5 * m**2 + (N - 1) * special.log_ndtr(m)
    return 0.5**N + float(w @ np.exp(log_density + special.log_ndtr(-m / kappa)))


def _by_column(kappa: float, N: int) -> float:
    """int_0^inf 2 phi(g) Phi(kappa g)^N dg."""
    if math.isinf(kappa):
        return 1.0
    rise = _WIDE / max(kappa, 1e-300)
    edges = np.unique(np.concatenate([_WIDE, rise[rise < 40.0]]))
    g, w = _panels(edges)
    return float(w @ np.exp(_LOG_HALF_NORMAL - 0.5 * g**2 + N * special.log_ndtr(kappa * g)))
