"""Derivatives of sympy expressions in z and their float64 values, by a walk of the nodes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.functions.expressions import sigmoid_class, symbol
from theory.functions.log_numbers import evaluate_in_logs
from theory.functions.overflow import fragile, softplus_argument

__all__ = ["differentiate", "evaluate_expression", "written_out"]

_FAR = 230.0  # exponents: products and squares of such exponentials are in range


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
            return sigmoid_class()(self.args[0])

    return Softplus


def _is_softplus(node: Any) -> bool:
    return softplus_argument(node) is not None


def differentiate(expression: Any, order: int = 1) -> Any:
    """The `order`-th derivative in z away from kinks (Dirac terms dropped), fit for float64."""
    import sympy

    z, softplus = symbol(), _opaque_softplus()
    kept = expression.replace(_is_softplus, lambda node: softplus(softplus_argument(node)))
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

    Points where float64 gives nan on the way (inf - inf, inf * 0), or where an exponential of a `fragile` expression
    is far from 1, are walked again in logarithms.
    """
    z = np.asarray(z, dtype=np.float64)
    lost = np.zeros(z.shape, dtype=bool)
    nodes = _guarded_nodes(lost) if fragile(expression) else _numpy_nodes()
    with np.errstate(all="ignore"):
        walked = np.asarray(_walk_expression(expression, z, nodes), dtype=np.float64)
    values = np.broadcast_to(walked, z.shape).copy()
    lost |= np.isnan(values)
    if lost.any():
        values[lost] = evaluate_in_logs(expression, z[lost])
    return values


def _guarded_nodes(lost: NDArray) -> dict[str, Callable]:
    """NumPy's nodes, of which exponentials mark in `lost` where they are so large or small that others may overflow."""

    def guarded(function: Callable) -> Callable:
        def call(u: Any) -> Any:
            lost[...] |= np.abs(u) > _FAR
            return function(u)

        return call

    nodes = _numpy_nodes()
    return {
        **nodes,
        **{name: guarded(nodes[name]) for name in ("exp", "sinh", "cosh", "Sigmoid", "softplus")},
    }


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
    inner = softplus_argument(node)
    if inner is not None:
        return nodes["softplus"](value(inner))
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
        "Sigmoid": special.expit,
        "softplus": lambda u: np.logaddexp(0.0, u),
        "Abs": np.abs,
        "atan": np.arctan,
        "asinh": np.arcsinh,
        "Heaviside": lambda u: np.heaviside(u, 0.0),  # relu'(0) = 0, as every framework has it
        "Max": _many(np.maximum),
        "Min": _many(np.minimum),
    }
