"""Trees by dual numbers: value and derivative together, each operation in the plain arithmetic of the dtype."""

import math
from typing import Any

import numpy as np

from sim.backend import Array, Backend, get_backend
from sim.functions.elementary import ELEMENTARY

__all__ = ["CONSTANTS", "Dual", "Tree", "constant_value", "dual"]

CONSTANTS = {"pi": math.pi, "e": math.e}

Tree = tuple[Any, ...]
Dual = tuple[Any, Any]  # (value, derivative); a Python float and None for a constant


def constant_value(tree: Tree) -> float | None:
    """The value of a tree without z; None for one with z in it."""
    return None if _has_z(tree) else float(dual(get_backend("numpy"), tree, None)[0])


def _has_z(tree: Tree) -> bool:
    return tree[0] == "z" or any(_has_z(part) for part in tree if isinstance(part, tuple))


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


def dual(backend: Backend, tree: Tree, z: Array) -> Dual:
    """Value and derivative of `tree` at `z`; a float and None where it has no z in it."""
    kind = tree[0]
    if kind == "z":
        return z, backend.xp.ones_like(z)
    if kind == "number":
        return float(tree[1]), None
    if kind == "constant":
        return CONSTANTS[tree[1]], None
    if kind == "neg":
        v, dv = dual(backend, tree[1], z)
        return -v, None if dv is None else -dv
    if kind == "pow":
        return _power(dual(backend, tree[1], z), float(dual(backend, tree[2], z)[0]))
    if kind == "call" and tree[1] in ("max", "min"):
        return _extremum(backend, tree[1], dual(backend, tree[2], z), dual(backend, tree[3], z))
    if kind == "call":
        return _call(backend, tree[1], dual(backend, tree[2], z))
    return _binary(kind, dual(backend, tree[1], z), dual(backend, tree[2], z))
