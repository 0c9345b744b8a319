"""Trees by dual numbers with their exponents apart: (m, m') exp(s) for value and derivative.

exp(u) is (1, u') exp(u) and is never computed by itself; in sums the larger exponent is taken out, in products and
quotients exponents add and cancel, log gives it back. So exp(u)/(1 + exp(u) + exp(2 u)) is finite, with its derivative,
wherever it is in the dtype, though neither its parts are. An exponent is None where it is 0 everywhere.
"""

import math
from dataclasses import dataclass
from typing import Any

from sim.backend import Array, Backend
from sim.functions.dual import Tree, constant_value
from sim.functions.elementary import ELEMENTARY

__all__ = ["needs_scale", "scaled_dual"]

GROWING = ("exp", "sinh", "cosh")
VANISHING = ("sigmoid", "softplus", "silu")  # exponentially, to the left
LEAST_POWER = 3  # z**2 overflows beyond 1e19 only


@dataclass(frozen=True, slots=True)
class Scaled:
    """`m` exp(`s`) with derivative `dm` exp(`s`); `m` is a float, `dm` and `s` are None for a constant."""

    m: Any
    dm: Any = None
    s: Any = None


def needs_scale(tree: Tree) -> bool:
    """Whether what overflows in a part of the tree, or vanishes there, may come back in the whole."""
    parts = [part for part in tree if isinstance(part, tuple)]
    if tree[0] in ("add", "sub"):
        risk = all(map(_grows, parts))
    elif tree[0] == "mul":
        risk = any(map(_grows, parts)) and all(map(_has_call, parts))
    elif tree[0] == "div":
        risk = _grows(parts[1]) or _vanishes(parts[1])
    elif tree[0] == "pow":
        exponent = constant_value(parts[1]) or 0.0
        risk = (exponent < 0.0 or exponent != int(exponent)) and (_grows(parts[0]) or _vanishes(parts[0]))
    elif tree[0] == "call":
        vanishing = tree[1] in ("log", "sqrt") and _vanishes(parts[0])
        risk = vanishing or any(map(_grows, parts))
    else:
        risk = False
    return risk or any(map(needs_scale, parts))


def _grows(tree: Tree) -> bool:
    """Whether something in the tree may overflow."""
    if (
        tree[0] == "pow"
        and constant_value(tree[1]) is None
        and abs(constant_value(tree[2]) or 0.0) >= LEAST_POWER
    ):
        return True
    own = tree[0] == "call" and tree[1] in GROWING and constant_value(tree) is None
    return own or any(_grows(part) for part in tree if isinstance(part, tuple))


def _has_call(tree: Tree) -> bool:
    """Whether the tree may be 0 at more than a few points, or overflow."""
    own = tree[0] == "call" or (tree[0] == "pow" and _grows(tree))
    return own or any(_has_call(part) for part in tree if isinstance(part, tuple))


def _vanishes(tree: Tree) -> bool:
    own = tree[0] == "call" and tree[1] in VANISHING
    return own or any(_vanishes(part) for part in tree if isinstance(part, tuple))


def scaled_dual(tree: Tree, backend: Backend, z: Array) -> tuple[Array, Array]:
    """Value and derivative of a tree with z in it."""
    return _plain(backend, _walk(backend, tree, z))


def _plain(backend: Backend, number: Scaled) -> tuple[Any, Any]:
    """Value and derivative with their exponent."""
    if number.s is None:
        return number.m, number.dm
    xp = backend.xp
    largest = math.log(float(xp.finfo(number.s.dtype).max))
    half = xp.exp(xp.clip(0.5 * number.s, None, largest))  # twice: m may be as small as exp(s) is large
    return number.m * half * half, number.dm * half * half


def _walk(backend: Backend, tree: Tree, z: Array) -> Scaled:
    xp, kind = backend.xp, tree[0]
    value = constant_value(tree)
    if value is not None:
        return Scaled(value)
    if kind == "z":
        return Scaled(z, xp.ones_like(z))
    parts = [_walk(backend, part, z) for part in tree if isinstance(part, tuple)]
    if kind == "neg":
        return Scaled(-parts[0].m, -parts[0].dm, parts[0].s)
    if kind == "pow":
        return _power(backend, parts[0], float(parts[1].m))
    if kind == "call":
        return _call(backend, tree[1], parts)
    if kind in ("add", "sub"):
        a, b, s = _aligned(backend, *parts)
        sign = 1.0 if kind == "add" else -1.0
        return Scaled(a.m + sign * b.m, _plus(a.dm, b.dm, sign), s)
    return _product(*parts) if kind == "mul" else _quotient(*parts)


def _plus(p: Any, q: Any, sign: float) -> Any:
    return sign * q if p is None else p if q is None else p + sign * q


def _aligned(backend: Backend, a: Scaled, b: Scaled) -> tuple[Scaled, Scaled, Any]:
    """Both at the larger exponent; a zero takes the other's."""
    if a.s is None and b.s is None:
        return a, b, None
    xp = backend.xp
    like = b.s if a.s is None else a.s
    zero = xp.zeros_like(like)
    s, t = (_exponent(xp, number, zero) for number in (a, b))
    s, t = _of_other_at_zero(xp, a, s, t), _of_other_at_zero(xp, b, t, s)
    larger = xp.where(s >= t, s, t)
    return _times(a, xp.exp(s - larger)), _times(b, xp.exp(t - larger)), larger


def _exponent(xp: Any, number: Scaled, zero: Array) -> Array:
    return zero if number.s is None else number.s


def _of_other_at_zero(xp: Any, number: Scaled, own: Array, other: Array) -> Array:
    if number.dm is None:
        return other if number.m == 0.0 else own
    return xp.where((number.m == 0) & (number.dm == 0), other, own)


def _times(number: Scaled, factor: Array) -> Scaled:
    return Scaled(number.m * factor, None if number.dm is None else number.dm * factor)


def _together(s: Any, t: Any, sign: float) -> Any:
    return _plus(s, t, sign) if t is not None else s


def _product(a: Scaled, b: Scaled) -> Scaled:
    left = None if a.dm is None else a.dm * b.m
    right = None if b.dm is None else b.dm * a.m
    return Scaled(a.m * b.m, _plus(left, right, 1.0), _together(a.s, b.s, 1.0))


def _quotient(a: Scaled, b: Scaled) -> Scaled:
    q = a.m / b.m
    if b.dm is None:
        return Scaled(q, a.dm / b.m, a.s)
    slope = -(q / b.m) * b.dm if a.dm is None else (a.dm - q * b.dm) / b.m
    return Scaled(q, slope, _together(a.s, b.s, -1.0))


def _power(backend: Backend, base: Scaled, exponent: float) -> Scaled:
    if exponent == 0.0:
        return Scaled(1.0)
    if exponent == int(exponent):
        exponent = int(exponent)
    if base.s is None and abs(exponent) >= LEAST_POWER:
        size = backend.xp.abs(base.m)
        size = backend.xp.where(size > 1, size, backend.xp.ones_like(size))
        base = Scaled(base.m / size, base.dm / size, backend.xp.log(size))
    m = base.m**exponent
    slope = base.dm if exponent == 1 else exponent * base.m ** (exponent - 1) * base.dm
    return Scaled(m, slope, None if base.s is None else exponent * base.s)


def _call(backend: Backend, name: str, parts: list[Scaled]) -> Scaled:
    xp, number = backend.xp, parts[0]
    if name in ("max", "min"):
        a, b, s = _aligned(backend, *parts)
        like = a.m if a.dm is not None else b.m
        (v, dv), (w, dw) = (
            (x.m, x.dm) if x.dm is not None else (xp.zeros_like(like) + x.m, xp.zeros_like(like))
            for x in (a, b)
        )
        first = v >= w if name == "max" else v <= w
        return Scaled(xp.where(first, v, w), xp.where(first, dv, dw), s)
    if name in ("abs", "sign", "relu"):  # which know no scale
        value, slope = ELEMENTARY[name](backend, number.m)
        return Scaled(value, slope * number.dm, None if name == "sign" else number.s)
    if name == "sqrt":
        return _power(backend, number, 0.5)
    if name == "log":
        log = xp.log(number.m)
        return Scaled(log if number.s is None else log + number.s, number.dm / number.m)
    if name == "asinh" and number.s is not None:
        return _asinh(backend, number)
    u, du = _within_range(backend, *_plain(backend, number))
    if name == "silu":
        return _product(number, _exponential(backend, "sigmoid", u, du))
    if name == "softplus":
        positive = _call(backend, "relu", [number])
        a, b, s = _aligned(backend, positive, _softplus_tail(backend, u, du))
        return Scaled(a.m + b.m, a.dm + b.dm, s)
    if name in (*GROWING, "sigmoid"):
        return _exponential(backend, name, u, du)
    value, slope = ELEMENTARY[name](backend, u)
    return Scaled(value, slope * du)


def _asinh(backend: Backend, number: Scaled) -> Scaled:
    """log |2 u| with the sign of u, where that is asinh(u) to rounding."""
    xp = backend.xp
    u, du = _within_range(backend, *_plain(backend, number))
    value, slope = ELEMENTARY["asinh"](backend, u)
    large = xp.abs(u) > 1e9
    m = xp.where(large, number.m, xp.ones_like(u))
    log = xp.sign(m) * (xp.log(2.0 * xp.abs(m)) + number.s)
    return Scaled(xp.where(large, log, value), xp.where(large, number.dm / xp.abs(m), slope * du))


def _within_range(backend: Backend, u: Array, du: Array) -> tuple[Array, Array]:
    """Both so far inside the range that a slope of 0, products with it and differences of exponents are numbers."""
    largest = float(backend.xp.finfo(u.dtype).max)
    return backend.xp.clip(u, -largest / 16.0, largest / 16.0), backend.xp.clip(
        du, -(largest**0.75), largest**0.75
    )


def _exponential(backend: Backend, name: str, u: Array, du: Array) -> Scaled:
    """exp, sinh, cosh and sigmoid with their exponent apart."""
    xp = backend.xp
    if name == "exp":
        return Scaled(xp.ones_like(u), du, u)
    size = xp.abs(u)
    if name in ("sinh", "cosh"):
        sinh, cosh = -0.5 * xp.sign(u) * xp.expm1(-2.0 * size), 0.5 * (1.0 + xp.exp(-2.0 * size))
        return Scaled(sinh, cosh * du, size) if name == "sinh" else Scaled(cosh, sinh * du, size)
    e = xp.exp(-size)
    value, left = 1.0 / (1.0 + e), u < 0
    return Scaled(
        value, du * xp.where(left, xp.ones_like(e), e) * value * value, xp.where(left, u, xp.zeros_like(u))
    )


def _softplus_tail(backend: Backend, u: Array, du: Array) -> Scaled:
    """softplus(u) - relu(u) = log(1 + exp(-|u|))."""
    xp = backend.xp
    e = xp.exp(-xp.abs(u))
    some = xp.where(e > 0, e, xp.ones_like(e))
    m = xp.where(e > 0, xp.log1p(some) / some, xp.ones_like(e))
    side = xp.where(u > 0, -xp.ones_like(e), xp.ones_like(e))  # relu has no slope at 0
    return Scaled(m, side * du / (1.0 + e), -xp.abs(u))
