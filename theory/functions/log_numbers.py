"""Values of sympy expressions where float64 overflows on the way: beside each number its sign and the log of its size.

Sums take the largest term out, products add logarithms; relative accuracy is then 1e-16 times the logarithm. Where a
number and all that it is made of are well inside float64, it is computed as it stands.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.functions.overflow import softplus_argument

__all__ = ["evaluate_in_logs"]

_LARGEST = 1e300  # of a logarithm: differences of such are numbers
_SAFE = 1e200  # numbers from its inverse to it are computed as they stand


@dataclass(frozen=True, slots=True)
class LogNumber:
    """sign exp(log), elementwise, 0 with log -inf; and the number itself, where `plain` says that it is right."""

    sign: NDArray
    log: NDArray
    number: NDArray
    plain: NDArray

    @property
    def value(self) -> NDArray:
        return np.where(self.plain, self.number, self.sign * np.exp(self.log))


def evaluate_in_logs(expression: Any, z: NDArray) -> NDArray:
    """Value of a sympy expression in z at the points `z`; nan where it has none."""
    known: dict[Any, LogNumber] = {}

    def number(node: Any) -> LogNumber:
        if node not in known:
            known[node] = _of_node(node, number, z)
        return known[node]

    with np.errstate(all="ignore"):
        return np.broadcast_to(number(expression).value, z.shape).copy()


def _of_node(node: Any, number: Callable[[Any], LogNumber], z: NDArray) -> LogNumber:
    if node.is_Symbol:
        return _of_value(z)
    if node.is_number:
        return _of_value(np.full(z.shape, float(node)))
    inner = softplus_argument(node)
    if inner is not None:
        return _softplus(number(inner))
    if node.is_Pow:
        return _power(number(node.base), float(node.exp))
    parts = [number(argument) for argument in node.args]
    if node.is_Add:
        return _sum(parts)
    if node.is_Mul:
        return _product(parts)
    name = node.func.__name__
    if name not in _NODES:
        raise ValueError(f"expression: cannot evaluate the node {name} of {node}")
    return _NODES[name](*(parts[:1] if name == "Heaviside" else parts))


def _joined(sign: NDArray, log: NDArray, number: NDArray, of: Sequence[LogNumber]) -> LogNumber:
    """A result of both routes: plain where its parts are, and it is in range."""
    size = np.abs(number)
    plain = reduce(np.logical_and, (part.plain for part in of)) & (size < _SAFE) & (size > 1.0 / _SAFE)
    log = np.where(plain, np.log(size), np.minimum(log, _LARGEST))
    return LogNumber(np.where(plain, np.sign(number), sign), log, number, plain)


def _of_value(value: NDArray) -> LogNumber:
    return LogNumber(np.sign(value), np.minimum(np.log(np.abs(value)), _LARGEST), value, np.isfinite(value))


def _product(parts: list[LogNumber]) -> LogNumber:
    signs, logs, numbers = ([getattr(part, name) for part in parts] for name in ("sign", "log", "number"))
    return _joined(math.prod(signs), sum(logs), math.prod(numbers), parts)


def _sum(parts: list[LogNumber]) -> LogNumber:
    largest = np.maximum.reduce([part.log for part in parts])
    largest = np.where(np.isneginf(largest), 0.0, largest)
    total = sum(part.sign * np.exp(part.log - largest) for part in parts)
    number = reduce(np.add, (part.number for part in parts))
    found = _joined(np.sign(total), largest + np.log(np.abs(total)), number, parts)
    cancelled = (number == 0.0) & reduce(np.logical_and, (part.plain for part in parts))
    return LogNumber(
        np.where(cancelled, 0.0, found.sign),
        np.where(cancelled, -math.inf, found.log),
        number,
        found.plain | cancelled,
    )


def _power(base: LogNumber, exponent: float) -> LogNumber:
    log = exponent * base.log
    if exponent == int(exponent):
        sign = np.where(base.sign == 0.0, float(exponent < 0), base.sign ** int(abs(exponent)))
    else:
        sign = np.where(base.sign < 0.0, math.nan, np.where(base.sign == 0.0, float(exponent < 0), 1.0))
    return _joined(sign, log, base.number**exponent, [base])


def _plain(function: Callable[[NDArray], NDArray], u: LogNumber) -> LogNumber:
    return _of_value(function(u.value))


def _exp(u: LogNumber) -> LogNumber:
    value = np.clip(u.value, -_LARGEST, _LARGEST)
    return LogNumber(np.ones_like(value), value, np.exp(value), np.abs(value) < 400.0)


def _log(u: LogNumber) -> LogNumber:
    return _of_value(np.where(u.sign < 0.0, math.nan, u.log))


def _softplus(u: LogNumber) -> LogNumber:
    value = u.value
    number = np.logaddexp(0.0, value)
    log = np.where(
        value < -40.0, np.maximum(value, -_LARGEST), np.where(np.isinf(value), u.log, np.log(number))
    )
    return LogNumber(np.ones_like(value), log, number, (value > -400.0) & (number < _SAFE))


def _sigmoid(u: LogNumber) -> LogNumber:
    value = np.clip(u.value, -_LARGEST, _LARGEST)
    return LogNumber(np.ones_like(value), -np.logaddexp(0.0, -value), special.expit(value), value > -400.0)


def _hyperbolic(side: float, u: LogNumber) -> LogNumber:
    value = np.clip(u.value, -_LARGEST, _LARGEST)
    size = np.abs(value)
    log = size + np.log1p(side * np.exp(-2.0 * size)) - math.log(2.0)
    if side > 0.0:
        return LogNumber(np.ones_like(size), log, np.cosh(value), size < 400.0)
    return LogNumber(u.sign, log, np.sinh(value), size < 400.0)


def _asinh(u: LogNumber) -> LogNumber:
    return _of_value(np.where(u.log > 20.0, u.sign * (u.log + math.log(2.0)), np.arcsinh(u.value)))


def _larger(first: float, *parts: LogNumber) -> LogNumber:
    """The largest of the parts (first = 1) or the smallest (-1)."""
    best = parts[0]
    for part in parts[1:]:
        above = np.where(best.sign == part.sign, best.sign * (best.log - part.log), best.sign - part.sign)
        keep = (first * above >= 0.0) | np.isnan(above)  # both -inf: both are 0
        fields = ("sign", "log", "number", "plain")
        best = LogNumber(*(np.where(keep, getattr(best, name), getattr(part, name)) for name in fields))
    return best


_NODES: dict[str, Callable[..., LogNumber]] = {
    "exp": _exp,
    "log": _log,
    "sinh": partial(_hyperbolic, -1.0),
    "cosh": partial(_hyperbolic, 1.0),
    "asinh": _asinh,
    "Sigmoid": _sigmoid,
    "Abs": lambda u: LogNumber(np.abs(u.sign), u.log, np.abs(u.number), u.plain),
    "sign": lambda u: _of_value(u.sign),
    "Heaviside": lambda u: _of_value(np.where(u.sign > 0.0, 1.0, 0.0)),
    "Max": partial(_larger, 1.0),
    "Min": partial(_larger, -1.0),
    **{name: partial(_plain, getattr(np, name)) for name in ("sin", "cos", "tan", "tanh")},
    **{name: partial(_plain, getattr(special, name)) for name in ("erf", "erfc")},
    "atan": partial(_plain, np.arctan),
}
