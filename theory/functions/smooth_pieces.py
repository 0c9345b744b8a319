"""Where a function of one variable is smooth: pieces that polynomials of degree 11 carry, and the kinks between them.

Kinks that the function does not name are found by bisection.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.functions.activations import Function
from theory.functions.narrow import few_marks
from theory.numerics import chebyshev
from theory.numerics.normal_panels import NORMAL_REACH

__all__ = ["POINTS", "Ends", "Pieces", "RealFunction", "first_edges", "pieces_of", "points_of", "smooth_ends"]

RealFunction = Callable[[NDArray], NDArray]
POINTS = 12  # Chebyshev points of a piece
_TOLERANCE = 1e-13  # of the curve's size
_CUT = 0.4718  # of a piece: no round number, at which a jump or a kink would hide between two pieces
_KINK = 1e-10  # a piece this short holds a kink
_ALTERNATING = (-1.0) ** np.arange(POINTS)  # T_k(-1)
_LOOK, _LOOKS, _SEEN = 0.005, 3, 1e-9  # a second look: its grid, how often, and what it is after
_MOST = 20_000  # pieces that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Left and right ends, Chebyshev coefficients, how far off the polynomial is, relative to the curve's size, and
    which pieces are not resolved.
    """

    left: NDArray
    right: NDArray
    coefficients: NDArray
    rest: NDArray
    rough: NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Ascending ends of smooth pieces; the kinks among them; and the largest rest of a piece that holds no kink, 1e-13
    where all are resolved.
    """

    edges: NDArray
    kinks: NDArray
    rest: float

    def shorter_than(self, width: float) -> NDArray:
        """The ends of the pieces that are shorter, and the kinks."""
        if not self.edges.size:
            return self.edges
        short = np.diff(self.edges) < width
        return np.union1d(self.kinks, self.edges[np.append(short, False) | np.append(False, short)])


def smooth_ends(f: Function, reach: float) -> Ends:
    """Ends of pieces of f on |z| <= reach; a kink is an end, or a piece of its own that is shorter than 1e-9.

    `reach` > 0 and finite. What is narrower than 0.005, and leaves no trace beside itself, may stay unseen.
    """
    size = _size(f, reach)
    kinks = np.array([k for k in f.kinks if abs(k) < reach])
    marks = np.array([mark for mark in few_marks(f) if abs(mark) < reach])
    edges = np.union1d(first_edges(reach), np.union1d(kinks, marks))
    found = pieces_of(f.value, edges, least=_KINK, most=_MOST, size=size, kinks=kinks)
    for _ in range(_LOOKS):
        unseen = _unseen(f, found, reach, size)
        if not unseen.size:
            break
        edges = np.union1d(edges, np.concatenate([unseen - 0.5 * _LOOK, unseen + 0.5 * _LOOK]))
        found = pieces_of(
            f.value, edges[np.abs(edges) <= reach], least=_KINK, most=_MOST, size=size, kinks=kinks
        )
    tiny = (found.right - found.left <= _KINK) & found.rough
    if not tiny.any():
        return Ends(edges=np.append(found.left, found.right[-1]), kinks=kinks, rest=float(found.rest.max()))
    places = 0.5 * (found.left + found.right)[tiny]
    kinks = np.unique([*kinks, *(places - 2.0 * _KINK), *(places + 2.0 * _KINK)])
    again = pieces_of(
        f.value, np.union1d(edges, kinks), least=5.0 * _KINK, most=_MOST, size=size, kinks=kinks
    )
    whole = again.right - again.left > 10.0 * _KINK
    rest = float(again.rest[whole].max(initial=_TOLERANCE))
    return Ends(edges=np.append(again.left, again.right[-1]), kinks=kinks, rest=rest)


def _unseen(f: Function, pieces: Pieces, reach: float, size: float) -> NDArray:
    """Where f is not what its pieces say, on a fine grid of what N(0, 1) reaches."""
    far = min(reach, NORMAL_REACH)
    z = np.linspace(-far, far, 2 * math.ceil(far / _LOOK) + 2)
    of = np.clip(np.searchsorted(pieces.left, z, side="right") - 1, 0, len(pieces.left) - 1)
    t = 2.0 * (z - pieces.left[of]) / (pieces.right - pieces.left)[of] - 1.0
    carried = np.einsum(
        "ij,ij->i", np.polynomial.chebyshev.chebvander(t, POINTS - 1), pieces.coefficients[of]
    )
    values = np.asarray(f.value(z), dtype=float)
    return z[np.abs(values - carried) > _SEEN * np.maximum(np.abs(values), size)]


def first_edges(reach: float, unit: float = 1.0) -> NDArray:
    """.., -2.14, -1.07, 1.07, 2.14, .. times the unit, up to reach.

    No end at 0 or at a round number: a jump or a kink there would hide between two pieces.
    """
    powers = 1.0718 * unit * 2.0 ** np.arange(max(math.ceil(math.log2(reach / unit)), 0))
    half = np.append(powers[powers < reach], reach)
    return np.concatenate([-half[::-1], half])


def pieces_of(
    curve: RealFunction,
    edges: NDArray,
    *,
    least: float,
    most: int,
    size: float,
    kinks: NDArray | tuple[float, ...] = (),
) -> Pieces:
    """Pieces between `edges`, cut until they carry the curve: none that is shorter than `least`, nor any once `most`
    have been looked at. Rests are relative to the larger of `size` and the curve on the piece.

    Next to an end, beyond a piece's last point, a jump would stay unseen: so neighbours must meet, but at `kinks`.
    """
    left, right = edges[:-1], edges[1:]
    coefficients, rest = _carried(curve, left, right, size)
    count = len(left)
    while True:
        meet = coefficients.sum(axis=1)[:-1] - (coefficients * _ALTERNATING).sum(axis=1)[1:]
        apart = np.abs(meet) > 10.0 * _TOLERANCE * np.maximum(np.abs(coefficients[:-1, 0]), size)
        apart &= ~np.isin(right[:-1], kinks)
        rough = (rest > _TOLERANCE) | np.append(apart, False) | np.append(False, apart)
        cut = rough & (right - left > least)
        if count >= most or not cut.any():
            return Pieces(left=left, right=right, coefficients=coefficients, rest=rest, rough=rough)
        between = (left + _CUT * (right - left))[cut]
        new_left, new_right = np.concatenate([left[cut], between]), np.concatenate([between, right[cut]])
        new_coefficients, new_rest = _carried(curve, new_left, new_right, size)
        count += len(new_left)
        order = np.argsort(np.concatenate([left[~cut], new_left]))
        left, right, coefficients, rest = (
            np.concatenate([old[~cut], new])[order]
            for old, new in (
                (left, new_left),
                (right, new_right),
                (coefficients, new_coefficients),
                (rest, new_rest),
            )
        )


def _carried(curve: RealFunction, left: NDArray, right: NDArray, size: float) -> tuple[NDArray, NDArray]:
    values = np.asarray(curve(points_of(left, right)), dtype=float)
    coefficients = chebyshev.coefficients(values)
    return coefficients, np.abs(coefficients[:, -2:]).max(axis=1) / np.maximum(
        np.abs(values).max(axis=1), size
    )


def points_of(left: NDArray, right: NDArray) -> NDArray:
    """The Chebyshev points of each piece, as rows."""
    return left[:, None] + (right - left)[:, None] * chebyshev.points(0.0, 1.0, POINTS)


def _size(f: Function, reach: float) -> float:
    """Of f in the middle: a growing function's ends must not hide it."""
    middle = np.linspace(-min(reach, 4.0), min(reach, 4.0), 97)
    return float(np.nanmax(np.abs(np.asarray(f.value(middle), dtype=float)), initial=1e-300))
