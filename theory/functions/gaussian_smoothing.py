"""E f(m + tau U), U ~ N(0, 1), as a function of m: analytic for tau > 0, however many kinks f has.

`docs/derivations/losses.md`, the paragraph after eq. (11).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PPoly

from theory.functions.activations import Function
from theory.functions.smooth_pieces import (
    POINTS,
    Ends,
    Pieces,
    RealFunction,
    first_edges,
    pieces_of,
    points_of,
    smooth_ends,
)
from theory.numerics import chebyshev
from theory.numerics.legendre import gauss_legendre
from theory.numerics.normal_panels import NORMAL_REACH

__all__ = ["Smoothed", "smoothed"]

_LEAST = 1e-3  # of tau: no piece is cut that is shorter
_MOST = 1200  # pieces that are looked at where f is resolved; elsewhere more would only follow its errors
_MOST_UNRESOLVED = 100  # and so many of its marks
_PANELS = 6  # of U, beside those that kinks and steep places of f add
_AT_ONCE = 4_000_000  # values of f in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """The curve; its error on |m| <= core relative to f's size there; and where f itself is smooth."""

    curve: RealFunction
    error: float
    ends: Ends


def smoothed(f: Function, tau: float, reach: float, *, core: float = math.inf) -> Smoothed:
    """m -> E f(m + tau U) on |m| <= reach, nan beyond or where reach is infinite; f itself where tau = 0.

    Parameters
    ----------
    f : Function
    tau, reach, core : float
        >= 0; > 0; > 0. `core` is where most of m lies.

    Notes
    -----
    Pieces of degree 11 through Chebyshev points, cut until the last two coefficients are rounding. The mean at a
    point is a sum over Gauss-Legendre panels of U that end where m + tau U meets a kink of f or, where f bends
    within a panel, a piece of f found likewise.
    """
    if not math.isfinite(reach):
        nothing = Ends(edges=np.empty(0), kinks=np.empty(0), rest=math.nan)
        return Smoothed(curve=lambda m: np.full_like(m, math.nan), error=math.nan, ends=nothing)
    ends = smooth_ends(f, reach + NORMAL_REACH * tau)
    if tau == 0.0:
        return Smoothed(curve=f.value, error=0.0, ends=ends)
    edges = first_edges(reach, max(tau, 1.0))
    resolved = ends.rest < 1e-10
    marks = ends.shorter_than(2.0 * NORMAL_REACH * tau / _PANELS)
    if not resolved:
        marks = marks[:: 1 + marks.size // _MOST_UNRESOLVED]
    middle = points_of(edges[:-1], edges[1:])
    middle = middle[np.abs(middle) <= max(core, 4.0 * max(tau, 1.0))]
    size = float(np.abs(np.asarray(f.value(middle), dtype=float)).max(initial=1e-300))
    pieces = pieces_of(
        lambda m: _means(f, m, tau, marks, _PANELS),
        edges,
        least=_LEAST * tau,
        most=_MOST if resolved else _MOST_UNRESOLVED,
        size=size,
    )
    few, more = (_means(f, middle, tau, marks, panels) for panels in (_PANELS, 2 * _PANELS))
    inner = (pieces.left < core) & (pieces.right > -core)
    gaps = [np.abs(few - more).max(initial=0.0) / size, pieces.rest[inner].max(initial=0.0)]
    return Smoothed(curve=_joined(pieces, reach), error=float(np.max(gaps)), ends=ends)


def _means(f: Function, m: NDArray, tau: float, marks: NDArray, panels: int) -> NDArray:
    """E f(m + tau U) at each m by `panels` panels of U, and one more for each mark in reach."""
    places = m.ravel()
    first, last = (np.searchsorted(marks, places + end * tau) for end in (-NORMAL_REACH, NORMAL_REACH))
    most = int((last - first).max(initial=0))
    padded = np.append(marks, np.full(most, math.inf))
    block = max(1, _AT_ONCE // (16 * (panels + most)))
    found = [
        _block_of_means(
            f, places[k : k + block], tau, padded[first[k : k + block, None] + np.arange(most)], panels
        )
        for k in range(0, places.size, block)
    ]
    return np.concatenate(found).reshape(m.shape)


def _block_of_means(f: Function, places: NDArray, tau: float, near: NDArray, panels: int) -> NDArray:
    regular = np.broadcast_to(np.linspace(-NORMAL_REACH, NORMAL_REACH, panels + 1), (places.size, panels + 1))
    # A mark out of reach becomes a panel of no width at the end.
    own = np.clip((near - places[:, None]) / tau, -NORMAL_REACH, NORMAL_REACH)
    edges = np.sort(np.concatenate([regular, own], axis=1), axis=1)[..., None]
    x, weights = gauss_legendre(16)
    half = 0.5 * np.diff(edges, axis=1)
    u = edges[:, :-1] + half * (1.0 + x)
    density = half * weights * np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)
    values = np.asarray(f.value(places[:, None, None] + tau * u), dtype=float)
    return (values * density).sum(axis=(1, 2))


def _joined(pieces: Pieces, reach: float) -> RealFunction:
    """One curve, in units of reach: powers of widths beyond float64 would be lost."""
    left, right = pieces.left / reach, pieces.right / reach
    widths = (right - left)[:, None] ** np.arange(POINTS)
    powers = pieces.coefficients @ chebyshev.to_powers(POINTS) / widths
    curve = PPoly(powers[:, ::-1].T, np.append(left, right[-1]), extrapolate=False)
    return lambda m: curve(m / reach)
