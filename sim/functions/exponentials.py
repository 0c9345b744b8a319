"""Formulas made of exp rewritten into functions that neither overflow nor lose a tail: a tree becomes a tree.

``1/(1+exp(-u))`` becomes sigmoid, ``(exp(u)-exp(-u))/(exp(u)+exp(-u))`` tanh, ``log(1+exp(u))`` softplus, however they
are written: a part that is a ratio of sums of c_i exp(k_i u), of one u, is multiplied out in exact fractions, and a
ratio (a E + b)/(c E + d) with c d > 0, E = exp(k u), is a line in sigmoid or tanh of k u + log(c/d). What is no such
ratio stays as it is; `sim.functions.scaled` evaluates it with its exponents apart.
"""

from fractions import Fraction

from sim.functions.dual import Tree
from sim.functions.exponential_ratios import (
    ONE,
    ZERO,
    Line,
    Ratio,
    Sum,
    added,
    inverse,
    log_of,
    multiplied,
    ratio_of,
)

__all__ = ["without_exponentials"]

HALF = Fraction(1, 2)
NOTHING = ("number", "0.0")
WRITTEN_OUT = ("exp", "sinh", "cosh")


def without_exponentials(tree: Tree) -> Tree:
    """The same function, written without exp where its parts are ratios of two exponentials."""
    return _rewritten(_inside_out(tree))


def _inside_out(tree: Tree) -> Tree:
    """The tree with the arguments of its functions rewritten."""
    parts = (part if not isinstance(part, tuple) else _inside_out(part) for part in tree)
    if tree[0] == "call":
        parts = (without_exponentials(part) if isinstance(part, tuple) else part for part in tree)
    return tuple(parts)


def _rewritten(tree: Tree) -> Tree:
    kind = tree[0]
    if not _has_call(tree, WRITTEN_OUT) and not (kind == "call" and tree[1] == "log"):
        return tree if kind in ("z", "number", "constant") else _with_parts(tree)
    whole = _as_function(ratio_of(tree))
    if whole is not None and _calls(whole) < _calls(tree):
        return whole
    if kind == "call" and tree[1] == "log":
        return _logarithm(tree)
    if kind in ("add", "sub", "neg"):
        return _grouped(tree, _terms(tree, 1), "add")
    if kind in ("mul", "div"):
        return _grouped(tree, _factors(tree, 1), "mul")
    return _with_parts(tree)


def _with_parts(tree: Tree) -> Tree:
    """The node with each of its parts rewritten."""
    return tuple(_rewritten(part) if isinstance(part, tuple) else part for part in tree)


def _has_call(tree: Tree, names: tuple[str, ...]) -> bool:
    return (tree[0] == "call" and tree[1] in names) or any(
        _has_call(part, names) for part in tree if isinstance(part, tuple)
    )


def _calls(tree: Tree) -> int:
    """How often exp, sinh and cosh are written in it."""
    own = tree[0] == "call" and tree[1] in WRITTEN_OUT
    return own + sum(_calls(part) for part in tree if isinstance(part, tuple))


def _grouped(tree: Tree, parts: list[tuple[Tree, int]], kind: str) -> Tree:
    """A sum or a product whose parts with exponentials of one u are one function; the node itself where none are."""
    ratios = [ratio_of(part) for part, _ in parts]
    lines = {ratio.u for ratio in ratios if ratio is not None and ratio.u is not None}
    for u in sorted(lines, key=repr):
        for constants in ((None,), ()):  # with the constants first: 2/(1 + exp(-2 z)) - 1 is one tanh
            chosen = [ratio is not None and ratio.u in (u, *constants) for ratio in ratios]
            inside = [
                (sign, ratio) for (_, sign), ratio, here in zip(parts, ratios, chosen, strict=True) if here
            ]
            found = _as_function(_combined(inside, kind))
            before = sum(_calls(part) for (part, _), here in zip(parts, chosen, strict=True) if here)
            if found is not None and _calls(found) < before:
                rest = [part for part, here in zip(parts, chosen, strict=True) if not here]
                return _rewritten(_joined(found, rest, kind)) if rest else found
    return _with_parts(tree)


def _joined(first: Tree, rest: list[tuple[Tree, int]], kind: str) -> Tree:
    other = {"add": "sub", "mul": "div"}[kind]
    for part, sign in rest:
        first = (kind if sign > 0 else other, first, part)
    return first


def _combined(parts: list[tuple[int, Ratio | None]], kind: str) -> Ratio | None:
    result: Ratio | None = Ratio({ZERO: ZERO} if kind == "add" else {ZERO: ONE}, {ZERO: ONE}, None)
    for sign, ratio in parts:
        if result is None or ratio is None:
            return None
        if kind == "add":
            result = added(result, ratio, sign)
        else:
            result = multiplied(result, ratio if sign > 0 else inverse(ratio))
    return result


def _terms(tree: Tree, sign: int) -> list[tuple[Tree, int]]:
    """The terms of a sum with their signs."""
    if tree[0] == "neg":
        return _terms(tree[1], -sign)
    if tree[0] in ("add", "sub"):
        return _terms(tree[1], sign) + _terms(tree[2], sign if tree[0] == "add" else -sign)
    return [(tree, sign)]


def _factors(tree: Tree, power: int) -> list[tuple[Tree, int]]:
    """The factors of a product, with power 1 or -1."""
    if tree[0] == "neg":
        return [(("number", "-1.0"), 1), *_factors(tree[1], power)]
    if tree[0] in ("mul", "div"):
        return _factors(tree[1], power) + _factors(tree[2], power if tree[0] == "mul" else -power)
    return [(tree, power)]


def _logarithm(tree: Tree) -> Tree:
    """log of a ratio of sums of at most two terms, each > 0: a line and softplus."""
    ratio = ratio_of(tree[2])
    if ratio is None or ratio.u is None or not _has_call(tree[2], (*WRITTEN_OUT, "sigmoid", "tanh")):
        return _with_parts(tree)
    # each sum with its first or its last term taken out: where the lines cancel, so would their digits
    pairs = [(a, b) for a in _logs_of_sum(ratio.above) for b in _logs_of_sum(ratio.below)]
    if not pairs:
        return _with_parts(tree)
    (k, constant, above), (least, other, below) = min(pairs, key=lambda pair: abs(pair[0][0] - pair[1][0]))
    found = _line_tree(ratio.u, k - least, constant - other)
    for step, kind in ((above, "add"), (below, "sub")):
        if step is not None:
            found = _sum_tree(found, ("call", "softplus", _line_tree(ratio.u, *step)), kind)
    return found


def _logs_of_sum(terms: Sum) -> list[tuple[Fraction, float, tuple[Fraction, float] | None]]:
    """(k, constant, step) with log of the sum = k u + constant + softplus(the step's line), if there is a step."""
    if not 1 <= len(terms) <= 2 or any(c <= 0 for c in terms.values()):
        return []
    found = []
    for k, c in terms.items():
        others = [(other - k, log_of(rest / c)) for other, rest in terms.items() if other != k]
        found.append((k, log_of(c), others[0] if others else None))
    return found


def _sum_tree(left: Tree, right: Tree, kind: str) -> Tree:
    if right == NOTHING:
        return left
    if left == NOTHING:
        return right if kind == "add" else ("neg", right)
    return (kind, left, right)


def _as_function(ratio: Ratio | None) -> Tree | None:
    """(a E + b)/(c E + d) with c d > 0 by sigmoid or tanh, a single exponential by exp, a constant; else None."""
    if ratio is None or not ratio.above or ratio.u is None:
        return None if ratio is None or ratio.above else NOTHING
    above, below, u = ratio.above, ratio.below, ratio.u
    if len(below) == 1 and len(above) == 1:
        (k, a), (least, d) = *above.items(), *below.items()
        if k == least:
            return _number(a / d)
        grown: Tree = ("call", "exp", _line_tree(u, k - least, log_of(abs(a / d))))
        return grown if a * d > 0 else ("neg", grown)
    if len(below) != 2 or set(above) - set(below):
        return None
    (low, d), (high, c) = sorted(below.items())
    if c * d < 0:
        return None
    a, b = above.get(high, ZERO), above.get(low, ZERO)
    shift = log_of(c / d)
    if b == 0:
        return _scaled_by(a / c, ("call", "sigmoid", _line_tree(u, high - low, shift)))
    if a == 0:
        return _scaled_by(b / d, ("call", "sigmoid", _line_tree(u, low - high, -shift)))
    step = ("call", "tanh", _line_tree(u, HALF * (high - low), 0.5 * shift))
    middle, half = HALF * (a / c + b / d), HALF * (a / c - b / d)
    return _sum_tree(_scaled_by(half, step), _number(middle), "add")


def _number(value: Fraction) -> Tree:
    return ("number", repr(float(value)))


def _scaled_by(factor: Fraction, tree: Tree) -> Tree:
    if factor in (1, -1):
        return tree if factor == 1 else ("neg", tree)
    return ("mul", _number(factor), tree)


def _line_tree(u: Line, k: Fraction, constant: float) -> Tree:
    """k u + constant."""
    if k == 0:
        return ("number", repr(constant))
    terms = [_scaled_by(k * factor, atom) for atom, factor in u]
    whole = terms[0]
    for term in terms[1:]:
        whole = ("add", whole, term)
    return whole if constant == 0.0 else ("add", whole, ("number", repr(constant)))
