"""Where a function is narrow: ends of panels on which quadrature is known to see all of it.

Of a user's formula, from bounds of its derivative on discs around the panels (`theory.functions.disc_bounds`): kinks,
steps and peaks of any width are found. Of a function known by values only, from increments that its derivative does
not explain: a step of any width is found, a peak that is narrower than 0.003 may be missed.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.functions.disc_bounds import derivative_bound
from theory.functions.function import NAMES, Function
from theory.numerics.legendre import gauss_legendre

__all__ = ["UNRESOLVED", "Marks", "few_marks", "line_rule", "marks_of"]

UNRESOLVED = "narrow features of {} are not all resolved: its moments may be off"
_REACH = 40.0
_ROUGH = 1e6  # times the slopes that are seen: a larger bound on the disc may hide something
_NEGLIGIBLE = 1e-14  # of E f'**2
_NOTHING = -740.0  # log of a slope: it is 0 in float64
_NARROWEST = 2e-13  # a panel this short holds a kink, a jump or a pole
_MOST = 40_000
_FEW = 300
_FIRST = np.concatenate(
    [np.arange(-40.0, -12.0, 2.0), np.arange(-12.0, 12.0, 1.0), np.arange(12.0, 40.1, 2.0)]
)
_CELLS = np.linspace(-14.0, 14.0, 2241) + 1.23456789e-3  # kinks like to sit on round numbers
_SAMPLES = gauss_legendre(6)
_STEP = 1e-11  # of what a function rises by: smaller steps are not looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Ends of panels beside the regular ones, kinks among them, ascending; and a flag where there is more than is seen."""

    points: tuple[float, ...]
    flag: str | None = None


@lru_cache(maxsize=256)
def marks_of(f: Function) -> Marks:
    """The marks of a function; of a named one its kinks: they are smooth on the scale of 1 elsewhere.

    Examples
    --------
    >>> from theory.functions.activations import from_tree
    >>> steep = from_tree(("call", "erf", ("mul", ("number", "2000"), ("z",))), name="expr:erf(2000*z)")
    >>> len(marks_of(steep).points) > 10, marks_of(steep).flag
    (True, None)
    """
    if _is_named(f):
        return Marks(points=f.kinks)
    edges, resolved = (
        _edges_of_steps(f) if f.build_expression is None else _edges_of_formula(f, f.build_expression())
    )
    points = np.union1d(edges[np.abs(edges) < _REACH], f.kinks)
    return Marks(points=tuple(points.tolist()), flag=None if resolved else UNRESOLVED.format(f.name))


def few_marks(f: Function) -> tuple[float, ...]:
    """The marks, where they are no more than panels can be added to a rule that is used often; else the kinks."""
    points = marks_of(f).points
    return points if len(points) <= _FEW else f.kinks


@lru_cache(maxsize=32)
def line_rule(f: Function) -> tuple[NDArray, NDArray]:
    """Nodes and weights on [-12, 12] that see all of f, f' and what is made of them; read-only.

    Of a named function without kinks the trapezoidal rule of 4801 points, which is exact to rounding.
    """
    if not marks_of(f).points or _is_named(f):
        z, w = np.linspace(-12.0, 12.0, 4801), np.full(4801, 0.005)
    else:
        ends = np.union1d(np.linspace(-12.0, 12.0, 49), [k for k in marks_of(f).points if abs(k) < 12.0])
        x, weights = gauss_legendre(20)
        half = 0.5 * np.diff(ends)[:, None]
        z, w = (ends[:-1, None] + half * (1.0 + x)).ravel(), (half * weights).ravel()
    z.flags.writeable = w.flags.writeable = False
    return z, w


def _is_named(f: Function) -> bool:
    plain = f.name.rpartition("centred-")[2]
    return plain in NAMES or plain.startswith("hermite:")


def _edges_of_formula(f: Function, expression: Any) -> tuple[NDArray, bool]:
    """Ends of the panels, and whether each is resolved."""
    edges = np.union1d(_FIRST, [k for k in f.kinks if abs(k) < _REACH])
    left, right = edges[:-1], edges[1:]
    kept: list[NDArray] = []
    energy, mass, count = 0.0, 0.0, 0
    while len(left) and count < _MOST:
        count += len(left)
        half = 0.5 * (right - left)
        seen, log_mass = _slopes(f, left, half), _log_mass(left, right)
        weight = np.exp(log_mass)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            typical = 0.5 * np.log((energy + float(weight @ seen**2)) / (mass + float(weight.sum())))
            limit = math.log(_ROUGH) + np.maximum(np.log(seen), typical)
            done = derivative_bound(expression, left + half, half) <= limit
            rough = ~done
            largest = derivative_bound(expression, (left + half)[rough], half[rough], real=True)
            done[rough] = largest <= _NOTHING
            done[rough] |= 2.0 * (largest - typical) + log_mass[rough] <= math.log(_NEGLIGIBLE)
            done |= right - left <= _NARROWEST * np.maximum(1.0, np.abs(left))
            energy, mass = energy + float(weight[done] @ seen[done] ** 2), mass + float(weight[done].sum())
        kept += [left[done], right[done]]
        middle = (left + half)[~done]
        left, right = np.concatenate([left[~done], middle]), np.concatenate([middle, right[~done]])
    return np.setdiff1d(np.concatenate([*kept, left, right]), _FIRST), not len(left)


def _slopes(f: Function, left: NDArray, half: NDArray) -> NDArray:
    """The largest |f'| that is seen on each panel; 0 where it is not finite."""
    z = left[:, None] + half[:, None] * (1.0 + _SAMPLES[0])
    slopes = np.abs(np.asarray(f.derivative(z.ravel()), dtype=float)).reshape(z.shape)
    return np.where(np.isfinite(slopes), slopes, 0.0).max(axis=1)


def _log_mass(left: NDArray, right: NDArray) -> NDArray:
    """log of the mass of N(0, 1) on each panel, or of more."""
    nearest = np.where((left < 0.0) & (right > 0.0), 0.0, np.minimum(np.abs(left), np.abs(right)))
    return np.log(right - left) - 0.5 * nearest**2 - 0.5 * math.log(2.0 * math.pi)


def _edges_of_steps(f: Function) -> tuple[NDArray, bool]:
    """Ends of cells halved until the increment of f over each is the integral of f'."""
    left, right = _CELLS[:-1], _CELLS[1:]
    with np.errstate(all="ignore"):
        rises = np.abs(np.diff(np.asarray(f.value(_CELLS), dtype=float)))
        allowed = _STEP * float(np.nansum(rises * np.exp(_log_mass(left, right)) / (right - left)))
    found: list[NDArray] = []
    count = 0
    while count < _MOST:
        rough = _unexplained(f, left, right) > allowed
        rough &= right - left > _NARROWEST * np.maximum(1.0, np.abs(left))
        if not rough.any():
            return np.unique(np.concatenate([np.empty(0), *found])), True
        left, right = left[rough], right[rough]
        middle = 0.5 * (left + right)
        found += [left, middle, right]
        count += 2 * len(left)
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
    return np.unique(np.concatenate(found)), False


def _unexplained(f: Function, left: NDArray, right: NDArray) -> NDArray:
    """|f(right) - f(left) - integral of f'| beyond rounding, times the density of N(0, 1); 0 where not finite."""
    x, w = _SAMPLES
    half = 0.5 * (right - left)
    with np.errstate(all="ignore"):
        z = left[:, None] + half[:, None] * (1.0 + x)
        slopes = np.asarray(f.derivative(z.ravel()), dtype=float).reshape(z.shape)
        ends = np.asarray(f.value(np.concatenate([left, right])), dtype=float).reshape(2, -1)
        ulp = 16.0 * np.finfo(float).eps * np.maximum(np.abs(left), np.abs(right))
        rounding = 64.0 * np.finfo(float).eps * np.abs(ends).sum(axis=0) + ulp * np.abs(slopes).max(axis=1)
        gap = np.abs(ends[1] - ends[0] - half * (slopes @ w)) - rounding
        weighted = np.maximum(gap, 0.0) * np.exp(_log_mass(left, right)) / (right - left)
    return np.where(np.isfinite(weighted), weighted, 0.0)
