"""Derivatives of any order, suprema of |f^(k)| over the real line, jumps: how smooth a function is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from theory import symbolic
from theory.activations import Function, hermite_series_coefficients

__all__ = ["Supremum", "derivative_of_order", "jump_of", "lipschitz_constant", "supremum"]

_SQRT_PI, _INF = math.sqrt(math.pi), math.inf
# sup |f|, sup |f'|, sup |f''|, sup |f'''|, derived in docs/derivations/assumptions.md.
_SUPREMA: dict[str, tuple[float, ...]] = {
    "tanh": (1.0, 1.0, 4.0 / (3.0 * math.sqrt(3.0)), 2.0),
    "erf": (1.0, 2.0 / _SQRT_PI, 2.0 * math.sqrt(2.0 / math.pi) * math.exp(-0.5), 4.0 / _SQRT_PI),
    "sin": (1.0, 1.0, 1.0, 1.0),
    "linear": (_INF, 1.0, 0.0, 0.0),
    "softplus": (_INF, 1.0, 0.25, 1.0 / (6.0 * math.sqrt(3.0))),
    "silu": (_INF, 1.0998393201288669, 0.5, 0.30818151579647912),
    "relu": (_INF, 1.0, 0.0, 0.0),
}
_GRID = np.linspace(-14.0, 14.0, 2241)

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
    if f.build_expression is not None:
        expression = symbolic.differentiate(f.build_expression(), order)
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
    """The first kink at which f^(order) jumps, order 0..2, and the height of the jump; None if it does not.

    A function known by values only may not have named its kinks: f and f' are then scanned for jumps as well.
    """
    if order == 2 and f.build_expression is None:
        return None
    call = derivative_of_order(f, order)[0] if f.kinks or f.build_expression is None else f.value
    kinks = f.kinks if f.build_expression is not None else (*f.kinks, *_steepest_points(call))
    for kink in kinks:
        width = 1e-7 * max(1.0, abs(kink))
        left, right = call(np.array([kink - width, kink + width]))
        if abs(right - left) > 1e-4 * max(1.0, abs(left), abs(right)):
            return kink, float(right - left)
    return None


def _steepest_points(call: Callable[[NDArray], NDArray]) -> list[float]:
    """Where a function changes most between grid points, followed down to 1e-10: where a jump would be."""
    points = []
    values = call(_GRID)
    for i in np.argsort(-np.abs(np.diff(values)))[:4]:
        left, right = float(_GRID[i]), float(_GRID[i + 1])
        for _ in range(27):
            middle = 0.5 * (left + right)
            low, centre, high = call(np.array([left, middle, right]))
            left, right = (left, middle) if abs(centre - low) > abs(high - centre) else (middle, right)
        points.append(0.5 * (left + right))
    return points


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
    >>> from theory.activations import named
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
    return Supremum(value=_numeric_supremum(derivative_of_order(f, order)[0], f.kinks), route="numeric")


def _polynomial_supremum(expression: Any, order: int) -> float | None:
    z = symbolic.symbol()
    if not expression.is_polynomial(z):
        return None
    derivative = symbolic.differentiate(expression, order)
    return _INF if derivative.has(z) else abs(float(derivative))


def _numeric_supremum(call: Callable[[NDArray], NDArray], kinks: tuple[float, ...]) -> float:
    margin = 1e-2  # the finite differences of a callable must not straddle a kink
    grid = _GRID[np.all([np.abs(_GRID - k) > margin for k in kinks], axis=0)] if kinks else _GRID
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
