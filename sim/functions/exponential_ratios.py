"""Ratios of sums of exponentials: what a formula in exp, sinh, cosh, tanh and sigmoid of multiples of one u comes to.

Coefficients and exponents are exact fractions, so that what cancels is gone: 2/(1 + exp(-u)) - 1 has no constant.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sim.functions.dual import Tree, constant_value

__all__ = ["ONE", "ZERO", "Line", "Ratio", "Sum", "added", "inverse", "log_of", "multiplied", "ratio_of"]

Sum = dict[Fraction, Fraction]  # exponent k -> coefficient c of c exp(k u)
Line = tuple[tuple[Tree, Fraction], ...]  # (atom, factor) pairs: u; the first factor is 1

ZERO, ONE = Fraction(0), Fraction(1)
MOST_TERMS = 8
MOST_POWER = 4
LARGEST = 300.0  # |log| of a coefficient: exp(z - 800) keeps its exponent


@dataclass(frozen=True, slots=True)
class Ratio:
    """Sums above and below the line, of exp(k u); u is None where all are constants."""

    above: Sum
    below: Sum
    u: Line | None


def ratio_of(tree: Tree) -> Ratio | None:
    """`tree` as a ratio of sums of exponentials of one u; None where it is none."""
    value = constant_value(tree)
    if value is not None:
        return Ratio({ZERO: Fraction(value)} if value else {}, {ZERO: ONE}, None)
    kind = tree[0]
    if kind == "neg":
        inner = ratio_of(tree[1])
        return None if inner is None else multiplied(Ratio({ZERO: -ONE}, {ZERO: ONE}, None), inner)
    if kind in ("add", "sub", "mul", "div"):
        left = ratio_of(tree[1])
        right = None if left is None else ratio_of(tree[2])
        if left is None or right is None:
            return None
        if kind in ("add", "sub"):
            return added(left, right, 1 if kind == "add" else -1)
        return multiplied(left, right if kind == "mul" else inverse(right))
    if kind == "pow":
        return _power(tree)
    return _of_call(tree) if kind == "call" and len(tree) == 3 else None


def _of_call(tree: Tree) -> Ratio | None:
    """exp, sinh, cosh, tanh and sigmoid of a line."""
    if tree[1] not in ("exp", "sinh", "cosh", "tanh", "sigmoid"):
        return None
    atoms, constant = _line(tree[2])
    if not atoms or abs(constant) > LARGEST / 2:
        return None
    k = atoms[min(atoms, key=repr)]
    u = tuple((atom, atoms[atom] / k) for atom in sorted(atoms, key=repr))
    grows = {k: Fraction(math.exp(constant))}
    falls = {-k: Fraction(math.exp(-constant))}
    if tree[1] == "exp":
        return Ratio(grows, {ZERO: ONE}, u)
    both, gap = _sum(grows, falls, ONE), _sum(grows, falls, -ONE)
    if tree[1] == "sigmoid":
        return Ratio({ZERO: ONE}, _sum({ZERO: ONE}, falls, ONE), u)
    below = both if tree[1] == "tanh" else {ZERO: Fraction(2)}
    return Ratio(both if tree[1] == "cosh" else gap, below, u)


def _power(tree: Tree) -> Ratio | None:
    base, exponent = ratio_of(tree[1]), constant_value(tree[2])
    if base is None or exponent is None or exponent != int(exponent) or not 1 <= abs(exponent) <= MOST_POWER:
        return None
    base = base if exponent > 0 else inverse(base)
    result: Ratio | None = base
    for _ in range(int(abs(exponent)) - 1):
        result = None if result is None else multiplied(result, base)
    return result


def _line(tree: Tree) -> tuple[Mapping[Tree, Fraction], float]:
    """A tree as sum of factors times atoms, and a constant."""
    atoms: dict[Tree, Fraction] = {}
    constant = ZERO
    for atom, factor in _addends(tree, ONE):
        if atom is None:
            constant += factor
        else:
            atoms[atom] = atoms.get(atom, ZERO) + factor
    return {atom: factor for atom, factor in atoms.items() if factor}, float(constant)


def _addends(tree: Tree, factor: Fraction) -> Iterator[tuple[Tree | None, Fraction]]:
    value = constant_value(tree)
    if value is not None:
        yield None, factor * Fraction(value)
        return
    kind = tree[0]
    left, right = (constant_value(part) for part in tree[1:]) if kind in ("mul", "div") else (None, None)
    if kind == "neg":
        yield from _addends(tree[1], -factor)
    elif kind in ("add", "sub"):
        yield from _addends(tree[1], factor)
        yield from _addends(tree[2], factor if kind == "add" else -factor)
    elif kind == "mul" and left is not None:
        yield from _addends(tree[2], factor * Fraction(left))
    elif right:  # neither None nor 0
        yield from _addends(tree[1], factor * Fraction(right) if kind == "mul" else factor / Fraction(right))
    else:
        yield tree, factor


def _sum(left: Sum, right: Sum, sign: Fraction) -> Sum:
    total = dict(left)
    for k, c in right.items():
        total[k] = total.get(k, ZERO) + sign * c
    return {k: c for k, c in total.items() if c}


def _product(left: Sum, right: Sum) -> Sum:
    total: Sum = {}
    for k, c in left.items():
        total = _sum(total, {k + other: factor for other, factor in right.items()}, c)
    return total


def added(left: Ratio, right: Ratio, sign: int) -> Ratio | None:
    if left.below == right.below:
        return _kept(_sum(left.above, right.above, Fraction(sign)), left.below, left.u, right.u)
    above = _sum(_product(left.above, right.below), _product(right.above, left.below), Fraction(sign))
    return _kept(above, _product(left.below, right.below), left.u, right.u)


def multiplied(left: Ratio, right: Ratio) -> Ratio | None:
    return _kept(_product(left.above, right.above), _product(left.below, right.below), left.u, right.u)


def log_of(c: Fraction) -> float:
    """Also where c is beyond float64."""
    if abs(c.numerator.bit_length() - c.denominator.bit_length()) < 1000:
        return math.log(c)
    return math.log(c.numerator) - math.log(c.denominator)


def inverse(ratio: Ratio) -> Ratio:
    return Ratio(ratio.below, ratio.above, ratio.u)


def _kept(above: Sum, below: Sum, *lines: Line | None) -> Ratio | None:
    """A ratio of exponentials of one u that is not too long, its least exponent 0; None elsewhere."""
    different = {u for u in lines if u is not None}
    if len(different) > 1 or not below or max(len(above), len(below)) > MOST_TERMS:
        return None
    if any(abs(log_of(abs(c))) > LARGEST for c in (*above.values(), *below.values())):
        return None
    least = min((*above, *below))
    return Ratio(
        {k - least: c for k, c in above.items()},
        {k - least: c for k, c in below.items()},
        next(iter(different), None),
    )
