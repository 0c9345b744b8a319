"""E f(m + tau U), U ~ N(0, 1), as a function of m: analytic for tau > 0, however many kinks f has.

`docs/derivations/losses.md`, the paragraph after eq. (11).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PPoly

from theory import chebyshev
from theory.activations import Function
from theory.legendre import gauss_legendre

__all__ = ["Smoothed", "smoothed"]

Curve = Callable[[NDArray], NDArray]
_REACH = 8.7  # 3e-18 of the mass of N(0, 1) lies beyond
_POINTS = 12  # Chebyshev points of a piece
_TOLERANCE = 1e-13  # of the curve's size
_MOST_PIECES = 1200
_MOST_MARKS = 400
_CUT = 0.4718  # of a piece: no round number, at which a jump or a kink would hide between two pieces
_LEAST_MARK = 1e-10  # a piece of f this short holds a kink that f does not name
_LEAST_PIECE = 1e-3  # of tau
_PANELS = 6  # of U, beside those that kinks and steep places of f add


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothed:
    """The curve, and its error relative to the size of f: of its quadrature or of its pieces, the larger."""

    curve: Curve
    error: float


def smoothed(f: Function, tau: float, reach: float) -> Smoothed:
    """m -> E f(m + tau U) on |m| <= reach, nan beyond; f itself where tau = 0.

    Parameters
    ----------
    f : Function
        Its `kinks` must be all it has.
    tau, reach : float
        >= 0; > 0.

    Notes
    -----
    Pieces of degree 11 through Chebyshev points, halved until the last two coefficients are rounding. The mean
    at a point is a sum over Gauss-Legendre panels of U that end where m + tau U meets a kink of f or, where f
    bends within a panel, a piece of f found likewise.
    """
    if tau == 0.0:
        return Smoothed(curve=f.value, error=0.0)
    if not math.isfinite(reach):
        return Smoothed(curve=lambda m: np.full_like(m, math.nan), error=math.nan)
    edges = _first_edges(reach)
    m = _points_of(edges[:-1], edges[1:])
    size = _size(f, m)
    marks = _marks(f, tau, reach + _REACH * tau, size)
    left, right, coefficients, rest = _pieces(
        lambda m: _means(f, m, tau, marks, _PANELS),
        edges,
        least=_LEAST_PIECE * tau,
        most=_MOST_PIECES,
        size=size,
    )
    few, more = (_means(f, m, tau, marks, panels) for panels in (_PANELS, 2 * _PANELS))
    gap = np.abs(few - more).max(axis=1) / np.maximum(np.abs(more).max(axis=1), size)
    return Smoothed(curve=_joined(left, right, coefficients), error=float(max(gap.max(), rest.max())))


def _size(f: Function, m: NDArray) -> float:
    """Of f in the middle: a growing function's ends must not hide it."""
    return float(np.abs(np.asarray(f.value(m[np.abs(m) <= 4.0]), dtype=float)).max(initial=1e-300))


def _first_edges(reach: float) -> NDArray:
    """.., -2.14, -1.07, 1.07, 2.14, .. up to reach.

    No end at 0 or at a round number: a jump or a kink there would hide between two pieces.
    """
    powers = 1.0718 * 2.0 ** np.arange(max(math.ceil(math.log2(reach)), 0))
    half = np.append(powers[powers < reach], reach)
    return np.concatenate([-half[::-1], half])


def _marks(f: Function, tau: float, reach: float, size: float) -> NDArray:
    """Kinks of f, and the ends of the pieces where it bends within a panel of U."""
    kinks = np.array([k for k in f.kinks if abs(k) < reach])
    edges = np.unique(np.concatenate([_first_edges(reach), kinks]))
    left, right, *_ = _pieces(f.value, edges, least=_LEAST_MARK, most=_MOST_MARKS, size=size)
    short = right - left < 2.0 * _REACH * tau / _PANELS
    return np.unique(np.concatenate([kinks, left[short], right[short]]))


def _pieces(
    curve: Curve, edges: NDArray, *, least: float, most: int, size: float
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Left and right ends, Chebyshev coefficients and relative rests of pieces that carry the curve.

    None is cut that is shorter than `least`, nor any once `most` have been looked at.
    """
    left, right = edges[:-1], edges[1:]
    done: list[tuple[NDArray, ...]] = []
    count = 0
    while len(left):
        values = np.asarray(curve(_points_of(left, right)), dtype=float)
        coefficients = chebyshev.coefficients(values)
        rest = np.abs(coefficients[:, -2:]).max(axis=1) / np.maximum(np.abs(values).max(axis=1), size)
        count += len(left)
        rough = (rest > _TOLERANCE) & (right - left > least) & (count < most)
        done.append((left[~rough], right[~rough], coefficients[~rough], rest[~rough]))
        cut = (left + _CUT * (right - left))[rough]
        left, right = np.concatenate([left[rough], cut]), np.concatenate([cut, right[rough]])
    found = [np.concatenate(parts) for parts in zip(*done, strict=True)]
    order = np.argsort(found[0])
    left, right, coefficients, rest = (part[order] for part in found)
    return left, right, coefficients, rest


def _points_of(left: NDArray, right: NDArray) -> NDArray:
    return left[:, None] + (right - left)[:, None] * chebyshev.points(0.0, 1.0, _POINTS)


def _means(f: Function, m: NDArray, tau: float, marks: NDArray, panels: int) -> NDArray:
    """E f(m + tau U) at each m by `panels` panels of U, and one more for each mark in reach."""
    places = m.reshape(-1, 1)
    regular = np.broadcast_to(np.linspace(-_REACH, _REACH, panels + 1), (m.size, panels + 1))
    first, last = (np.searchsorted(marks, m.ravel() + end * tau) for end in (-_REACH, _REACH))
    most = int((last - first).max(initial=0))
    near = np.append(marks, np.full(most, math.inf))[first[:, None] + np.arange(most)]
    own = np.clip((near - places) / tau, -_REACH, _REACH)  # out of reach: a panel of no width at the end
    edges = np.sort(np.concatenate([regular, own], axis=1), axis=1)[..., None]
    x, weights = gauss_legendre(16)
    half = 0.5 * np.diff(edges, axis=1)
    u = edges[:, :-1] + half * (1.0 + x)
    density = half * weights * np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi)
    values = np.asarray(f.value(places[..., None] + tau * u), dtype=float)
    return (values * density).sum(axis=(1, 2)).reshape(m.shape)


def _joined(left: NDArray, right: NDArray, coefficients: NDArray) -> Curve:
    widths = (right - left)[:, None] ** np.arange(_POINTS)
    powers = coefficients @ chebyshev.to_powers(_POINTS) / widths
    return PPoly(powers[:, ::-1].T, np.append(left, right[-1]), extrapolate=False)
