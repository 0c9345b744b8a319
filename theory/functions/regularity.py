"""Derivatives of any order, suprema of |f^(k)| over the real line, jumps: how smooth a function is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from theory.functions import symbolic
from theory.functions.activations import Function, hermite_series_coefficients
from theory.functions.narrow import marks_of
from theory.numerics.legendre import gauss_legendre

__all__ = ["Supremum", "derivative_of_order", "jump_of", "lipschitz_constant", "supremum"]

_SQRT_PI, _INF = math.sqrt(math.pi), math.inf
_GELU = (7.0 - math.sqrt(33.0)) / 2.0  # z**2 where |gelu'''| is largest
# sup |f|, sup |f'|, sup |f''|, sup |f'''|, derived in docs/derivations/assumptions.md.
_SUPREMA: dict[str, tuple[float, ...]] = {
    "tanh": (1.0, 1.0, 4.0 / (3.0 * math.sqrt(3.0)), 2.0),
    "erf": (1.0, 2.0 / _SQRT_PI, 2.0 * math.sqrt(2.0 / math.pi) * math.exp(-0.5), 4.0 / _SQRT_PI),
    "sin": (1.0, 1.0, 1.0, 1.0),
    "linear": (_INF, 1.0, 0.0, 0.0),
    "softplus": (_INF, 1.0, 0.25, 1.0 / (6.0 * math.sqrt(3.0))),
    "silu": (_INF, 1.0998393201288669, 0.5, 0.30818151579647912),
    "relu": (_INF, 1.0, 0.0, 0.0),
    "gelu": (
        _INF,
        0.5 * (1.0 + math.erf(1.0)) + math.exp(-1.0) / _SQRT_PI,
        math.sqrt(2.0 / math.pi),
        math.sqrt(_GELU) * (4.0 - _GELU) * math.exp(-0.5 * _GELU) / math.sqrt(2.0 * math.pi),
    ),
}
LONG = 150  # nodes of an expression, written out, from which higher derivatives are left to differences
_GRID = np.linspace(-14.0, 14.0, 2241)

_OFFSET = 1.23456789e-3  # of the cells in which jumps are looked for: kinks and poles sit on round numbers
_GAUSS = gauss_legendre(4)
_FAR = np.concatenate([10.0**power * np.linspace(0.5, 1.0, 8) for power in (2, 3, 4, 5, 6)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Supremum:
    """sup over the real line of |f^(order)| (kinks left out); inf where unbounded; and how it was found."""

    value: float
    route: str  # "symbolic" (derived on paper or by sympy) or "numeric" (a grid, refined)

    @property
    def bounded(self) -> bool:
        return math.isfinite(self.value)


def derivative_of_order(f: Function, order: int) -> tuple[Callable[[NDArray], NDArray], str]:
    """The `order`-th pointwise derivative of f as array code, and the route: "symbolic" or "numeric".

    A function known by values only is differentiated by central differences of its derivative (relative
    accuracy about 1e-9 at order 2 and 1e-7 at order 3; orders above 3 are refused).
    """
    if isinstance(order, bool) or not isinstance(order, int):
        raise TypeError(f"order must be an int, got {type(order).__name__}")
    if order < 0:
        raise ValueError(f"order must be >= 0, got {order}")
    if order <= 1:
        return (f.value, f.derivative)[order], "symbolic" if f.build_expression else "numeric"
    built = None if f.build_expression is None else f.build_expression()
    if built is not None and (order > 3 or symbolic.written_out(built) <= LONG):
        expression = symbolic.differentiate(built, order)
        return lambda z: symbolic.evaluate_expression(expression, z), "symbolic"
    if order > 3:
        raise ValueError(f"order must be <= 3 for {f.name}, which is known by values only, got {order}")
    step = {2: 1e-3, 3: 4e-3}[order]
    return lambda z: _difference(f.derivative, np.asarray(z, dtype=np.float64), order - 1, step), "numeric"


def _difference(call: Callable[[NDArray], NDArray], z: NDArray, order: int, step: float) -> NDArray:
    far, near = (call(z + s * step) for s in (2.0, 1.0))
    back, far_back = (call(z - s * step) for s in (1.0, 2.0))
    if order == 1:
        return (8.0 * (near - back) - (far - far_back)) / (12.0 * step)
    return (16.0 * (near + back) - (far + far_back) - 30.0 * call(z)) / (12.0 * step * step)


def jump_of(f: Function, order: int) -> tuple[float, float] | None:
    """The first point found at which f^(order) jumps, order 0..2, and the height of the jump; None if there is none.

    Beside the kinks that are known, f and f' are searched on [-14, 14] wherever their increments are not the integral
    of their derivative: atan(tan(z)) and sqrt(z*z) do not say where they break.
    """
    plain = f.name.rpartition("centred-")[2]
    known = plain in _SUPREMA or plain.startswith("hermite:")  # these break at their kinks only
    if (known and not f.kinks) or (order == 2 and f.build_expression is None):
        return None
    call = derivative_of_order(f, order)[0]
    searched = _unexplained_points(call, _slope(f, order + 1)) if order < 2 and not known else []
    for kink in (*f.kinks, *searched):
        jump = _jump_at(call, kink)
        if jump is not None:
            return kink, jump
    return None


def _slope(f: Function, order: int) -> Callable[[NDArray], NDArray]:
    """The derivative that increments are compared with; 0 where only differences are known, which smear a jump."""
    if order == 1:
        return f.derivative
    call, route = derivative_of_order(f, order)
    return call if route == "symbolic" else np.zeros_like


def _jump_at(call: Callable[[NDArray], NDArray], point: float) -> float | None:
    """The height of the jump at a point; None where the function is continuous, however steep (or not finite)."""
    wide, narrow = (width * max(1.0, abs(point)) for width in (1e-5, 1e-8))
    with np.errstate(all="ignore"):
        first, left, right, last = call(point + np.array([-wide, -narrow, narrow, wide]))
    height = float(right - left)
    if not abs(height) > 1e-4 * max(1.0, abs(left), abs(right)) or not math.isfinite(height):
        return None
    # a cusp such as |z|**0.2 shrinks by a power of the width, a jump does not
    return height if abs(height) > 0.5 * abs(last - first) else None


def _unexplained_points(
    call: Callable[[NDArray], NDArray], slope: Callable[[NDArray], NDArray], most: int = 6
) -> list[float]:
    """Where increments between grid points are least like the integral of the derivative, followed down to 1e-10.

    The cells are shifted off the grid, so that no kink or pole of a user's function sits on an end.
    """
    left, right = _GRID[:-1] + _OFFSET, _GRID[1:] + _OFFSET
    defect = _defect(call, slope, left, right)
    worst = np.argsort(-defect)[:most]
    worst = worst[defect[worst] > 1e-6]
    left, right = left[worst], right[worst]
    for _ in range(27):
        middle = 0.5 * (left + right)
        first = _defect(call, slope, left, middle) >= _defect(call, slope, middle, right)
        left, right = np.where(first, left, middle), np.where(first, middle, right)
    return sorted((0.5 * (left + right)).tolist(), key=abs)


def _defect(
    call: Callable[[NDArray], NDArray], slope: Callable[[NDArray], NDArray], left: NDArray, right: NDArray
) -> NDArray:
    """|f(right) - f(left) - integral of f'|, cell by cell; infinite where that is not finite."""
    half = 0.5 * (right - left)
    with np.errstate(all="ignore"):
        inner = sum(w * slope(left + half * (1.0 + x)) for x, w in zip(*_GAUSS, strict=True))
        defect = np.abs(call(right) - call(left) - half * inner)
    return np.where(np.isfinite(defect), defect, _INF)


def lipschitz_constant(f: Function) -> Supremum:
    """The least L with |f(x) - f(y)| <= L |x - y|; inf if there is none (f jumps, or f' is unbounded)."""
    if jump_of(f, 0) is not None:
        return Supremum(value=_INF, route="numeric")
    return supremum(f, 1)


def supremum(f: Function, order: int = 0) -> Supremum:
    """sup |f^(order)| over the real line, order 0..3 for any function, more for one with an expression.

    Named functions and polynomials: exact. Others: a grid on [-14, 14], refined, and windows out to 1e6 that
    also say whether it is bounded; a growth slower than z**0.01 is not seen there.

    Examples
    --------
    >>> from theory.functions.activations import named
    >>> supremum(named("softplus"), 2)
    Supremum(value=0.25, route='symbolic')
    """
    plain = f.name
    if order > 0 or _SUPREMA.get(plain.rpartition("centred-")[2], (0.0,))[0] == _INF:
        plain = plain.rpartition("centred-")[2]  # a constant changes no derivative and bounds nothing
    if plain in _SUPREMA and order < 4:
        return Supremum(value=_SUPREMA[plain][order], route="symbolic")
    if plain.startswith("hermite:"):
        c = hermite_series_coefficients(plain)
        degree = len(c) - 1
        leading = abs(c[-1]) * math.factorial(degree) if order == degree else 0.0
        return Supremum(value=_INF if order < degree else leading, route="symbolic")
    if f.build_expression is not None:
        exact = _polynomial_supremum(f.build_expression(), order)
        if exact is not None:
            return Supremum(value=exact, route="symbolic")
    call, how = derivative_of_order(f, order)
    margin = 1e-2 if how == "numeric" and order > 1 else 1e-9  # differences must not straddle a kink
    return Supremum(value=_numeric_supremum(call, f.kinks, marks_of(f).points, margin), route="numeric")


def _polynomial_supremum(expression: Any, order: int) -> float | None:
    z = symbolic.symbol()
    if not expression.is_polynomial(z):
        return None
    derivative = symbolic.differentiate(expression, order)
    return _INF if derivative.has(z) else abs(float(derivative))


def _numeric_supremum(
    call: Callable[[NDArray], NDArray],
    kinks: tuple[float, ...],
    marks: tuple[float, ...] = (),
    margin: float = 1e-2,
) -> float:
    """On a grid, and on the panels between marks, but for the points next to a kink."""
    ends = np.array([mark for mark in marks if abs(mark) < 14.0])
    inside = ends[:-1, None] + np.diff(ends)[:, None] * np.array([0.05, 0.275, 0.5, 0.725, 0.95])
    grid = np.union1d(_GRID, inside)
    grid = grid[np.all([np.abs(grid - k) > margin for k in kinks], axis=0)] if kinks else grid
    with np.errstate(all="ignore"):
        near = np.abs(call(grid))
        far = np.stack([np.abs(call(s * _FAR)) for s in (1.0, -1.0)])
    windows = far.reshape(2, -1, 8)
    if not np.all(np.isfinite(near)) or np.any(np.isinf(far)):
        return _INF
    peaks = np.nanmax(np.where(np.isnan(windows), -1.0, windows), axis=(0, 2))
    if peaks[-1] > 1.02 * max(near.max(), float(peaks[:-2].max())) + 1e-12:
        return _INF
    best = int(np.argmax(near))
    if near[best] < peaks.max():
        return float(peaks.max())
    low, high = (grid[min(max(best + s, 0), len(grid) - 1)] for s in (-1, 1))
    found = optimize.minimize_scalar(
        lambda point: -abs(float(call(np.array([point]))[0])), bounds=(low, high), method="bounded"
    )
    return float(max(near[best], -found.fun))
