"""A user's expression tree as array code: value and derivative together, by dual numbers.

The tree is made of plain tuples: ``("z",)``, ``("number", "1.5")``, ``("constant", "pi" | "e")``,
``("neg", t)``, ``("add" | "sub" | "mul" | "div", t, u)``, ``("pow", t, u)`` with a constant u,
``("call", name, t)`` with a name of `FUNCTION_NAMES`, and ``("call", "max" | "min", t, u)``. No symbolic
algebra is used, so that what `theory` derives from the same tree is checked against something else.
"""

import math
from functools import partial
from typing import Any

import numpy as np

from sim.backend import Array, Backend, get_backend
from sim.functions.elementary import ELEMENTARY, Pair

__all__ = ["FUNCTION_NAMES", "Tree", "check_tree", "expression_pair"]

FUNCTION_NAMES = (*sorted(set(ELEMENTARY) - {"linear"}), "max", "min")
CONSTANTS = {"pi": math.pi, "e": math.e}
OPERATIONS = ("add", "sub", "mul", "div")

Tree = tuple[Any, ...]
Dual = tuple[Any, Any]  # (value, derivative); a Python float and None for a constant


def _is_tree(tree: object, length: int) -> bool:
    return isinstance(tree, tuple) and len(tree) == length


def check_tree(tree: object) -> None:
    """Raise ValueError unless `tree` is made of the nodes of this module's grammar."""
    if not isinstance(tree, tuple) or not tree:
        raise ValueError(f"a node of an expression must be a non-empty tuple, got {tree!r}")
    kind = tree[0]
    if kind == "z" and _is_tree(tree, 1):
        return
    if kind == "number" and _is_tree(tree, 2) and math.isfinite(float(tree[1])):
        return
    if kind == "constant" and _is_tree(tree, 2) and tree[1] in CONSTANTS:
        return
    if kind == "neg" and _is_tree(tree, 2):
        return check_tree(tree[1])
    if kind in (*OPERATIONS, "pow") and _is_tree(tree, 3):
        if kind == "pow" and not _is_constant(tree[2]):
            raise ValueError("the exponent of an expression must not contain z; write exp(b*log(a)) for a**b")
        check_tree(tree[1])
        return check_tree(tree[2])
    if kind == "call" and len(tree) > 2 and len(tree) == 3 + (tree[1] in ("max", "min")):
        if tree[1] not in FUNCTION_NAMES:
            raise ValueError(f"no function {tree[1]!r} in an expression; known: {', '.join(FUNCTION_NAMES)}")
        for argument in tree[2:]:
            check_tree(argument)
        return None
    raise ValueError(f"no such node in an expression: {tree[:2]!r} with {len(tree) - 1} parts")


def _is_constant(tree: Tree) -> bool:
    return tree[0] != "z" and all(_is_constant(part) for part in tree[1:] if isinstance(part, tuple))


def _number(value: Any, what: str) -> float:
    """A constant's value, if it is a finite real number."""
    if isinstance(value, complex) or not math.isfinite(value):
        raise ValueError(f"a constant of an expression must be finite and real, got {value!r} from {what}")
    return float(value)


def _plus(p: Any, q: Any, sign: int) -> Any:
    """p + sign q, where None stands for 0."""
    if q is None:
        return p
    if p is None:
        return q if sign > 0 else -q
    return p + q if sign > 0 else p - q


def _times(p: Any, factor: Any) -> Any:
    return None if p is None else p * factor


def _binary(kind: str, left: Dual, right: Dual) -> Dual:
    (v, dv), (w, dw) = left, right
    if kind == "add":
        return v + w, _plus(dv, dw, 1)
    if kind == "sub":
        return v - w, _plus(dv, dw, -1)
    if kind == "mul":
        return v * w, _plus(_times(dv, w), _times(dw, v), 1)
    quotient = v / w
    return quotient, _plus(None if dv is None else dv / w, None if dw is None else dw * (quotient / w), -1)


def _power(base: Dual, exponent: float) -> Dual:
    v, dv = base
    if exponent == int(exponent) and abs(exponent) <= 2**31:
        exponent = int(exponent)
    if dv is None:
        return _number(float(v) ** exponent, "a power"), None
    if exponent == 0:
        return 1.0, None
    if exponent == 1:
        return base
    lower = v if exponent == 2 else v ** (exponent - 1)
    return (v * v if exponent == 2 else v**exponent), exponent * lower * dv


def _call(backend: Backend, name: str, argument: Dual) -> Dual:
    v, dv = argument
    if dv is None:
        with np.errstate(all="ignore"):
            constant = ELEMENTARY[name](get_backend("numpy"), np.asarray(float(v)))[0]
        return _number(float(constant), name), None
    value, slope = ELEMENTARY[name](backend, v)
    return value, slope * dv


def _extremum(backend: Backend, name: str, left: Dual, right: Dual) -> Dual:
    (v, dv), (w, dw) = left, right
    if dv is None and dw is None:
        return (max if name == "max" else min)(v, w), None
    xp = backend.xp
    like = v if dv is not None else w
    v, w = (x if d is not None else xp.full_like(like, x) for x, d in (left, right))
    dv, dw = (xp.zeros_like(like) if d is None else d for d in (dv, dw))
    first = v >= w if name == "max" else v <= w
    return xp.where(first, v, w), xp.where(first, dv, dw)


def _dual(backend: Backend, tree: Tree, z: Array) -> Dual:
    """Value and derivative of `tree` at `z`."""
    kind = tree[0]
    if kind == "z":
        return z, backend.xp.ones_like(z)
    if kind == "number":
        return float(tree[1]), None
    if kind == "constant":
        return CONSTANTS[tree[1]], None
    if kind == "neg":
        v, dv = _dual(backend, tree[1], z)
        return -v, None if dv is None else -dv
    if kind == "pow":
        return _power(_dual(backend, tree[1], z), float(_dual(backend, tree[2], z)[0]))
    if kind == "call" and tree[1] in ("max", "min"):
        return _extremum(backend, tree[1], _dual(backend, tree[2], z), _dual(backend, tree[3], z))
    if kind == "call":
        return _call(backend, tree[1], _dual(backend, tree[2], z))
    return _binary(kind, _dual(backend, tree[1], z), _dual(backend, tree[2], z))


def _evaluate(tree: Tree, backend: Backend, z: Array) -> tuple[Array, Array]:
    value, derivative = _dual(backend, tree, z)
    xp = backend.xp
    if derivative is None:
        return xp.full_like(z, value), xp.zeros_like(z)
    return value, derivative


def expression_pair(tree: Tree) -> Pair:
    """The function that `tree` stands for, as ``(backend, z) -> (value, derivative)``.

    Raises
    ------
    ValueError
        If the tree has a node, a name or a number of parts that the grammar does not know, or a constant
        subtree that is not finite and real.
    """
    check_tree(tree)
    try:
        with np.errstate(all="ignore"):
            _evaluate(tree, get_backend("numpy"), np.full(1, 0.5))
    except ArithmeticError as error:
        raise ValueError(f"a constant of the expression cannot be computed: {error}") from None
    return partial(_evaluate, tree)
