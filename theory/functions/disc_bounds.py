"""How large the derivative of a sympy expression may be around a panel of the real line: a bound, node by node.

Every node has its value at the panel's centre and, on a disc of the complex plane or on the panel alone, bounds of its
slope and of its size; by the mean value theorem it lies within radius times slope of its value, which bounds the slopes
of what is made of it. All are logarithms, so that exponentials do not overflow. A node that is not analytic on the
disc, or changes its branch (abs, max, ..) on the panel, has the slope inf.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theory.functions.elementary_bounds import SLOPES, Panels, log_of
from theory.functions.overflow import softplus_argument

__all__ = ["derivative_bound"]

_BRANCH = 0.02  # of a panel's half width: beside a kink the branch is known, though the bound is not sharp


@dataclass(frozen=True, slots=True)
class _Bounded:
    """Sign and log |value| at the centre; logs of the largest slope, of the least and of the largest size."""

    sign: NDArray
    log: NDArray
    slope: NDArray
    least: NDArray
    largest: NDArray

    @property
    def value(self) -> NDArray:
        return self.sign * np.exp(self.log)


def derivative_bound(expression: Any, centre: NDArray, half: NDArray, *, real: bool = False) -> NDArray:
    """log sup |f'| over the discs |z - centre| <= 2.25 half, or over the panels |z - centre| <= half alone, or more.

    Parameters
    ----------
    expression : sympy expression in z
    centre, half : float64 ndarrays of one shape
    real : bool
        Over the panels of the real line; a kink inside then has the larger of its slopes.

    Returns
    -------
    bound : float64 ndarray; inf where f is not seen to be analytic, -inf where it is constant.

    Examples
    --------
    >>> import sympy
    >>> z = sympy.Symbol("z", real=True)
    >>> np.exp(derivative_bound(sympy.tanh(z), np.array([0.0, 3.0]), np.array([0.4, 0.4]))).round(3).tolist()
    [2.588, 0.06]
    """
    panels = Panels(centre=centre, half=half, real=real)
    known: dict[Any, _Bounded] = {}

    def bounded(node: Any) -> _Bounded:
        if node not in known:
            known[node] = _narrowed(_of_node(node, bounded, panels), panels)
        return known[node]

    with np.errstate(all="ignore"):
        return bounded(expression).slope


def _narrowed(found: _Bounded, panels: Panels) -> _Bounded:
    """Sizes no farther from the value than the slope lets them be; what is not known is unbounded."""
    slope = np.where(np.isnan(found.slope) | np.isnan(found.log), math.inf, found.slope)
    reach = slope + panels.log_radius
    largest = np.fmin(found.largest, np.logaddexp(found.log, reach))
    least = np.fmax(
        found.least, np.where(found.log > reach, found.log + np.log1p(-np.exp(reach - found.log)), -math.inf)
    )
    return _Bounded(found.sign, found.log, slope, least, largest)


def _of_value(value: NDArray, slope: NDArray) -> _Bounded:
    unknown = np.full(np.shape(value), math.inf)
    return _Bounded(np.sign(value), np.log(np.abs(value)), slope, -unknown, unknown)


def _of_node(node: Any, bounded: Callable[[Any], _Bounded], panels: Panels) -> _Bounded:
    zero = np.zeros_like(panels.centre)
    if node.is_Symbol:
        return _of_value(panels.centre, zero)
    if node.is_number:
        return _of_value(zero + float(node), zero - math.inf)
    inner = softplus_argument(node)
    if inner is not None:
        return _elementary("softplus", bounded(inner), panels)
    if node.is_Pow:
        return _power(bounded(node.base), float(node.exp))
    parts = [bounded(argument) for argument in node.args]
    if node.is_Add:
        return _sum(parts, real=panels.real)
    if node.is_Mul:
        return _product(parts)
    name = node.func.__name__
    if name in ("Max", "Min"):
        return _extremum(node, parts, bounded, panels)
    if name in ("Abs", "sign", "Heaviside"):
        return _of_sign(name, parts[0], panels)
    if name == "log":
        slope = np.where(parts[0].sign > 0.0, parts[0].slope - parts[0].least, math.inf)
        return _of_value(parts[0].log, slope)
    return _elementary(name, parts[0], panels)


def _sum(parts: list[_Bounded], *, real: bool) -> _Bounded:
    top = np.maximum.reduce([part.log for part in parts])
    top = np.where(np.isfinite(top), top, 0.0)
    total = reduce(np.add, (part.sign * np.exp(part.log - top) for part in parts))
    largest = np.logaddexp.reduce([part.largest for part in parts])
    least = np.full(largest.shape, -math.inf)
    for i, part in enumerate(parts):  # one part may be larger than all others together
        others = np.logaddexp.reduce([other.largest for j, other in enumerate(parts) if j != i])
        gap = np.where(part.least > others, part.least + np.log1p(-np.exp(others - part.least)), -math.inf)
        least = np.fmax(least, gap)
    one_sign = np.abs(np.sum([part.sign for part in parts], axis=0)) == len(parts)
    if real:  # a part that is nowhere 0 keeps its sign
        kept = reduce(np.logical_and, (np.isfinite(part.least) for part in parts)) & one_sign
        least = np.where(kept, np.logaddexp.reduce([part.least for part in parts]), least)
    slope = np.logaddexp.reduce([part.slope for part in parts])
    return _Bounded(np.sign(total), top + np.log(np.abs(total)), slope, least, largest)


def _product(parts: list[_Bounded]) -> _Bounded:
    first = parts[0]
    for part in parts[1:]:
        first = _Bounded(
            first.sign * part.sign,
            first.log + part.log,
            np.logaddexp(_plus(first.slope, part.largest), _plus(first.largest, part.slope)),
            first.least + part.least,
            _plus(first.largest, part.largest),
        )
    return first


def _plus(p: NDArray, q: NDArray) -> NDArray:
    """Logarithm of a product in which 0 times inf is 0: a constant factor's slope."""
    return np.where(np.isneginf(p) | np.isneginf(q), -math.inf, p + q)


def _power(base: _Bounded, exponent: float) -> _Bounded:
    ends = base.least, base.largest
    steepest = ends[1] if exponent >= 1.0 else ends[0]
    slope = np.where(
        np.isneginf(base.slope), -math.inf, math.log(abs(exponent)) + (exponent - 1.0) * steepest + base.slope
    )
    if exponent == int(exponent):
        sign = base.sign ** int(abs(exponent))
    else:
        sign = np.where(base.sign < 0.0, math.nan, base.sign)
        slope = np.where(np.isneginf(base.least) | (base.sign < 0.0), math.inf, slope)
    if exponent < 0.0:
        ends = ends[::-1]
    return _Bounded(sign, exponent * base.log, slope, exponent * ends[0], exponent * ends[1])


def _one_sign(part: _Bounded, panels: Panels) -> NDArray:
    """Whether the part keeps its sign on the panel."""
    return np.isfinite(part.least) | (part.log >= math.log(1.0 - _BRANCH) + np.log(panels.half) + part.slope)


def _of_sign(name: str, part: _Bounded, panels: Panels) -> _Bounded:
    known = _one_sign(part, panels)
    if name == "Abs":
        slope = np.where(known | panels.real, part.slope, math.inf)
        return _Bounded(np.abs(part.sign), part.log, slope, part.least, part.largest)
    value = part.sign if name == "sign" else np.where(part.sign > 0.0, 1.0, 0.0)
    return _of_value(value, np.where(known, -math.inf, math.inf))


def _extremum(
    node: Any, parts: list[_Bounded], bounded: Callable[[Any], _Bounded], panels: Panels
) -> _Bounded:
    side = 1.0 if node.func.__name__ == "Max" else -1.0
    values, slopes = np.stack([part.value for part in parts]), np.stack([part.slope for part in parts])
    best = np.argmax(side * values, axis=0)
    known = np.ones(panels.centre.shape, dtype=bool)
    for first, second in combinations(range(len(node.args)), 2):
        far = _one_sign(bounded(node.args[first] - node.args[second]), panels)
        known &= far | ((best != first) & (best != second))
    at = np.arange(len(best))
    unknown = slopes.max(axis=0) if panels.real else np.full(best.shape, math.inf)
    return _of_value(values[best, at], np.where(known, slopes[best, at], unknown))


def _elementary(name: str, u: _Bounded, panels: Panels) -> _Bounded:
    if name not in SLOPES:
        raise ValueError(f"expression: no bound of the node {name}")
    c = u.value
    reach = np.exp(u.slope + panels.log_radius)
    found = SLOPES[name](c, reach, panels.real)
    log = found.log_value if found.log_value is not None else log_of(found.value)
    unknown = np.full(c.shape, math.inf)
    least = found.least if found.least is not None else -unknown
    largest = found.largest if found.largest is not None else unknown
    return _Bounded(np.sign(found.value), log, _plus(u.slope, found.slope), least, largest)
