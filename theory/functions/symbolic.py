"""Derivatives of sympy expressions in z and their float64 values, by a walk of the nodes."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.functions.expressions import symbol

__all__ = ["differentiate", "evaluate_expression", "written_out"]


def written_out(expression: Any) -> int:
    """Nodes of an expression with every repeated part counted as often as it stands there."""
    sizes: dict[Any, int] = {}

    def size(node: Any) -> int:
        if node not in sizes:
            sizes[node] = 1 + sum(size(argument) for argument in node.args)
        return sizes[node]

    return size(expression)


@lru_cache(maxsize=1)
def _opaque_softplus() -> Any:
    import sympy

    class Softplus(sympy.Function):
        """log(1 + exp(u)) kept whole while it is differentiated, so that no exp(u)/(1 + exp(u)) appears."""

        def fdiff(self, argindex: int = 1) -> Any:
            return (1 + sympy.tanh(self.args[0] / 2)) / 2

    return Softplus


def _is_softplus(node: Any) -> bool:
    import sympy

    if not (node.func is sympy.log and node.args[0].is_Add and len(node.args[0].args) == 2):
        return False
    one, other = node.args[0].args
    return one == 1 and other.func is sympy.exp


def differentiate(expression: Any, order: int = 1) -> Any:
    """The `order`-th derivative in z away from kinks (Dirac terms dropped), fit for float64."""
    import sympy

    z, softplus = symbol(), _opaque_softplus()
    kept = expression.replace(_is_softplus, lambda node: softplus(node.args[0].args[1].args[0]))
    for _ in range(order):
        kept = sympy.diff(kept, z)
        kept = kept.replace(lambda node: node.func is sympy.DiracDelta, lambda node: sympy.Integer(0))
        kept = kept.replace(
            lambda node: node.func is sympy.Derivative and node.args[0].func in (sympy.sign, sympy.Heaviside),
            lambda node: sympy.Integer(0),
        )
    return kept.replace(softplus, lambda u: sympy.log(1 + sympy.exp(u)))


def evaluate_expression(expression: Any, z: NDArray) -> NDArray:
    """Value of a sympy expression in `symbol()` at `z`, float64, by a walk of its nodes (no generated code).

    Points where float64 gives nan on the way (inf - inf, inf * 0) are walked again in mpmath.
    """
    z = np.asarray(z, dtype=np.float64)
    with np.errstate(all="ignore"):
        walked = np.asarray(_walk_expression(expression, z, _numpy_nodes()), dtype=np.float64)
    values = np.broadcast_to(walked, z.shape).copy()
    lost = np.isnan(values)
    if lost.any():
        values[lost] = [_evaluate_in_mpmath(expression, float(point)) for point in z[lost]]
    return values


def _walk_expression(expression: Any, z: Any, nodes: dict[str, Callable]) -> Any:
    """The value, every distinct node computed once: nests repeat their parts exponentially often."""
    known: dict[Any, Any] = {}

    def value(node: Any) -> Any:
        if node not in known:
            known[node] = _node_value(node, value, z, nodes)
        return known[node]

    return value(expression)


def _node_value(node: Any, value: Callable[[Any], Any], z: Any, nodes: dict[str, Callable]) -> Any:
    if node.is_Symbol:
        return z
    if node.is_number:
        return nodes["number"](node)
    if node.is_Add or node.is_Mul:
        total = value(node.args[0])
        for argument in node.args[1:]:
            other = value(argument)
            total = total + other if node.is_Add else total * other
        return total
    if node.is_Pow:
        return nodes["power"](value(node.args[0]), node.args[1])
    name = node.func.__name__
    if name not in nodes:
        raise ValueError(f"expression: cannot evaluate the node {name} of {node}")
    arguments = node.args[:1] if name == "Heaviside" else node.args
    return nodes[name](*map(value, arguments))


def _many(pair: Callable) -> Callable:
    def folded(first: Any, *others: Any) -> Any:
        for other in others:
            first = pair(first, other)
        return first

    return folded


@lru_cache(maxsize=1)
def _numpy_nodes() -> dict[str, Callable]:
    def power(base: Any, exponent: Any) -> Any:
        if exponent.is_Integer and abs(int(exponent)) <= 64:
            return base ** int(exponent) if exponent > 0 else 1.0 / base ** (-int(exponent))
        return np.power(base, float(exponent))

    return {
        "number": lambda node: np.float64(float(node)),
        "power": power,
        **{
            name: getattr(np, name)
            for name in ("exp", "log", "sin", "cos", "tan", "tanh", "sinh", "cosh", "sign")
        },
        "erf": special.erf,
        "erfc": special.erfc,
        "Abs": np.abs,
        "atan": np.arctan,
        "asinh": np.arcsinh,
        "Heaviside": lambda u: np.heaviside(u, 0.0),  # relu'(0) = 0, as every framework has it
        "Max": _many(np.maximum),
        "Min": _many(np.minimum),
    }


@lru_cache(maxsize=1)
def _mpmath_nodes() -> dict[str, Callable]:
    import mpmath
    import sympy

    def exp(u: Any) -> Any:
        if abs(u) > 1e15:  # beyond this the exponent alone would fill the memory
            raise OverflowError
        return mpmath.exp(u)

    def guarded(function: Callable) -> Callable:
        def call(u: Any) -> Any:
            if abs(u) > 1e15:
                raise OverflowError
            return function(u)

        return call

    plain = ("sin", "cos", "tan", "tanh", "sinh", "cosh", "erf", "erfc", "atan", "asinh", "log", "sign")
    return {
        "number": lambda node: mpmath.mpf(sympy.Float(node, 30)._mpf_),
        "power": lambda base, exponent: base ** mpmath.mpf(sympy.Float(exponent, 30)._mpf_),
        **{name: guarded(getattr(mpmath, name)) for name in plain},
        "exp": exp,
        "Abs": abs,
        "Heaviside": lambda u: mpmath.mpf(1 if u > 0 else 0),
        "Max": max,
        "Min": min,
    }


def _evaluate_in_mpmath(expression: Any, z: float) -> float:
    import mpmath

    with mpmath.workdps(30):
        try:
            value = _walk_expression(expression, mpmath.mpf(z), _mpmath_nodes())
            return float(value)  # a complex value is a TypeError: the function is not real there
        except (ArithmeticError, ValueError, TypeError):
            return math.nan
