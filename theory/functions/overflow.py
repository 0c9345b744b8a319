"""Sympy expressions in exponentials, written so that float64 does not lose them: as tanh and log(1 + exp(u)).

A sum or product that is a rational function of one E = exp(u) is brought over one denominator by sympy; where that is
a fraction of two lines in a power of E without a pole, it is a constant and a tanh, or a sigmoid. A logarithm of such
a fraction is a line and logarithms of 1 + c exp(u), c > 0, which `theory.functions.symbolic` evaluates whole. What is
left with exponentials below a fraction's line or in a logarithm is `fragile`: `theory.functions.log_numbers` has its
values.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from theory.functions.expressions import sigmoid_class, symbol

__all__ = ["fragile", "settled", "softplus_argument"]

MOST_DEGREE = 24
MOST_NODES = 150
LARGEST = 300.0  # |log| of a coefficient that is multiplied out


_GROWING = ("exp", "sinh", "cosh")


def softplus_argument(node: Any) -> Any:
    """u where the node is log(1 + exp(u)), exp(u) with a factor c > 0 being exp(u + log(c)); None elsewhere."""
    import sympy

    if not (node.func is sympy.log and node.args[0].is_Add and len(node.args[0].args) == 2):
        return None
    one, other = node.args[0].args
    factor, rest = other.as_independent(symbol())
    if one != 1 or rest.func is not sympy.exp or not factor.is_positive:
        return None
    return rest.args[0] + sympy.log(factor)


@lru_cache(maxsize=4096)
def _has(node: Any, kind: str) -> bool:
    """Whether an exponential ("growing"), one that sigmoid hides ("any") or a function stands in it, each part once."""
    name = node.func.__name__
    here = {
        "growing": name in _GROWING,
        "any": name in (*_GROWING, "Sigmoid", "log"),
        "function": node.is_Function,
    }
    return here[kind] or any(_has(argument, kind) for argument in node.args)


@lru_cache(maxsize=4096)
def _size(node: Any) -> int:
    """Nodes, with every repeated part counted as often as it stands there."""
    return 1 + sum(map(_size, node.args))


@lru_cache(maxsize=4096)
def fragile(expression: Any) -> bool:
    """Whether an exponential stands below a fraction's line, under a root, in a logarithm other than softplus, or
    beside another function, where one may overflow and the other vanish.
    """
    inner = softplus_argument(expression)
    if inner is not None:
        return fragile(inner)
    if not _has(expression, "growing"):
        return False
    if expression.is_Pow and not (expression.exp.is_Integer and expression.exp > 0):
        return True
    if expression.func.__name__ in ("log", "asinh"):
        return True
    if expression.is_Mul and sum(_has(argument, "function") for argument in expression.args) > 1:
        return True
    return any(map(fragile, expression.args))


@lru_cache(maxsize=4096)
def settled(expression: Any) -> Any:
    """The same function with fewer exponentials."""
    if not _has(expression, "any") or not expression.args:
        return expression
    if expression.func.__name__ == "log":
        found = _log_of_fraction(expression.args[0])
        return expression.func(_inside(expression.args[0])) if found is None else found
    node = expression.func(*map(settled, expression.args))
    return _over_one_denominator(node) if node.is_Add or node.is_Mul or node.is_Pow else node


def _inside(argument: Any) -> Any:
    """The argument of a logarithm: its own sums and products keep their exponentials, which hold its tails."""
    if argument.is_Add or argument.is_Mul or argument.is_Pow:
        return argument.func(*map(_inside, argument.args))
    return argument.func(*map(settled, argument.args)) if argument.args else argument


def _over_one_denominator(node: Any) -> Any:
    """A node with its parts in exponentials of one u joined; the node itself where they come to no simple function."""
    parts = node.args if node.is_Add or node.is_Mul else (node,)
    chosen = [part for part in parts if _fraction(part) is not None]
    for joined in (chosen, [part for part in chosen if part.has(symbol())]):
        found = (
            None if not joined else _simple(_fraction(node.func(*joined) if node is not joined[0] else node))
        )
        if found is not None:
            rest = list(parts)
            for part in joined:
                rest.remove(part)
            return node.func(found, *rest) if rest else found
    return node


def _fraction(node: Any) -> tuple[dict[int, Any], dict[int, Any], Any] | None:
    """Coefficients by powers of E = exp(u), above and below the line, and u; None where the node is no such fraction."""
    import sympy

    if _size(node) > MOST_NODES:
        return None
    written = node.rewrite([sympy.sinh, sympy.cosh, sympy.tanh, sigmoid_class()], sympy.exp)
    found = sorted((e for e in written.atoms(sympy.exp) if e.has(symbol())), key=sympy.default_sort_key)
    exponentials = [each for each in found if not any(other.args[0].has(each) for other in found)]
    if not exponentials:
        return None if written.has(symbol()) else ({0: written}, {0: sympy.Integer(1)}, None)
    lines = [sympy.expand(each.args[0]).as_independent(symbol(), as_Add=True) for each in exponentials]
    ratios = [sympy.cancel(line / lines[0][1]) for _, line in lines]
    if not all(ratio.is_Rational for ratio in ratios) or any(abs(float(c)) > LARGEST for c, _ in lines):
        return None
    unit = sympy.ilcm(1, *(ratio.q for ratio in ratios))
    E = sympy.Dummy("E", positive=True)
    powers = {
        each: sympy.exp(c) * E ** (unit * ratio)
        for each, (c, _), ratio in zip(exponentials, lines, ratios, strict=True)
    }
    inside = written.xreplace(powers)
    if inside.free_symbols != {E}:
        return None
    above, below = sympy.fraction(sympy.cancel(sympy.together(inside)))
    if not (above.is_polynomial(E) and below.is_polynomial(E)):
        return None
    polynomials = [sympy.Poly(part, E) for part in (above, below)]
    if max(polynomial.degree() for polynomial in polynomials) > MOST_DEGREE:
        return None
    terms = [{k: c for (k,), c in polynomial.terms() if c != 0} for polynomial in polynomials]
    return terms[0], terms[1], lines[0][1] / unit


def _simple(fraction: tuple[dict[int, Any], dict[int, Any], Any] | None) -> Any:
    """(a E**high + b E**low)/(c E**high + d E**low) without a pole, by tanh or sigmoid; c E**k; None elsewhere."""
    import sympy

    if fraction is None or fraction[2] is None:
        return None
    above, below, u = fraction
    if len(above) <= 1 and len(below) == 1:
        ((least, d),) = below.items()
        return sum((a / d * sympy.exp((k - least) * u) for k, a in above.items()), sympy.Integer(0))
    if len(below) != 2 or set(above) - set(below):
        return None
    (low, d), (high, c) = sorted(below.items())
    if not (c / d).is_positive:
        return None
    a, b = above.get(high, sympy.Integer(0)), above.get(low, sympy.Integer(0))
    line = (high - low) * u + sympy.log(c / d)
    if a == 0 or b == 0:
        return a / c * sigmoid_class()(line) if b == 0 else b / d * sigmoid_class()(-line)
    step = sympy.tanh(line / 2)
    return (a / c + b / d) / 2 + (a / c - b / d) / 2 * step


def _log_of_fraction(argument: Any) -> Any:
    """log of a fraction of sums of at most two exponentials, each > 0; None where it is no such fraction."""
    fraction = _fraction(argument)
    if fraction is None or fraction[2] is None:
        return None
    above, below, u = fraction
    both = [(a, b) for a in _logs_of_sum(above) for b in _logs_of_sum(below)]
    if not both:
        return None
    (k, c, one), (least, d, other) = min(both, key=lambda pair: abs(pair[0][0] - pair[1][0]))
    import sympy

    return (k - least) * u + sympy.log(c / d) + one(u) - other(u)


def _logs_of_sum(terms: dict[int, Any]) -> list[tuple[int, Any, Callable[[Any], Any]]]:
    """(k, c, rest) with log of the sum = k u + log(c) + rest(u), one for each term that can be taken out."""
    import sympy

    if len(terms) > 2 or not all(c.is_positive for c in terms.values()):
        return []

    def rest_beside(k: int, c: Any) -> Callable[[Any], Any]:
        others = [(other - k, factor / c) for other, factor in terms.items() if other != k]
        return lambda u: sum(
            (sympy.log(1 + factor * sympy.exp(step * u)) for step, factor in others), sympy.Integer(0)
        )

    return [(k, c, rest_beside(k, c)) for k, c in terms.items()]
