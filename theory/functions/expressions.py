"""Expression trees as sympy expressions and as float64 array code; nothing here evaluates text.

A tree is nested tuples: ``("z",)``, ``("number", "1.5")``, ``("constant", "pi")``, ``("neg", t)``,
``("add", t, u)`` (also sub, mul, div, pow) and ``("call", "tanh", t)``. It is interpreted twice, by two walks
that share no table: into sympy (for derivatives, parity, proofs) and into NumPy (for values).
"""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

__all__ = [
    "evaluate_tree",
    "has_exponential",
    "sigmoid_class",
    "symbol",
    "tree_kinks",
    "tree_to_sympy",
]

REACH = 40.0  # kinks are looked for where the normal density is not zero in float64
LARGEST_POWER = 1000.0
_ARGUMENTS = {"max": 2, "min": 2}
_ONE_ARGUMENT = (
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sinh",
    "cosh",
    "erf",
    "erfc",
    "abs",
    "sign",
    "softplus",
    "sigmoid",
    "silu",
    "relu",
    "gelu",
    "atan",
    "asinh",
)
CALLS = (*_ONE_ARGUMENT, *_ARGUMENTS)
_BINARY: dict[str, Callable] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
}
_UFUNCS: dict[str, Callable] = {
    **{
        name: getattr(np, name)
        for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "abs", "sign")
    },
    "erf": special.erf,
    "erfc": special.erfc,
    "softplus": lambda u: np.logaddexp(0.0, u),
    "sigmoid": special.expit,
    "silu": lambda u: u * special.expit(u),
    "relu": lambda u: np.maximum(u, 0.0),
    "gelu": lambda u: u * special.ndtr(u),
    "atan": np.arctan,
    "asinh": np.arcsinh,
    "max": np.maximum,
    "min": np.minimum,
}


def symbol() -> Any:
    """The real sympy symbol z, the only free symbol of every expression here."""
    import sympy

    return sympy.Symbol("z", real=True)


def _check_call(name: str, arguments: tuple) -> None:
    if name not in CALLS:
        raise ValueError(f"expression: function must be one of {', '.join(CALLS)}, got {name!r}")
    if len(arguments) != _ARGUMENTS.get(name, 1):
        raise ValueError(
            f"expression: {name} takes {_ARGUMENTS.get(name, 1)} argument(s), got {len(arguments)}"
        )


def evaluate_tree(tree: tuple, z: NDArray) -> NDArray:
    """Value of an expression tree at `z`, float64 of z's shape; inf or nan where it is not finite."""
    z = np.asarray(z, dtype=np.float64)
    with np.errstate(all="ignore"):
        return np.broadcast_to(np.asarray(_walk_tree(tree, z), dtype=np.float64), z.shape).copy()


def _walk_tree(tree: tuple, z: NDArray) -> Any:
    kind, *rest = tree
    if kind == "z":
        return z
    if kind == "number":
        return np.float64(rest[0])
    if kind == "constant":
        return np.float64({"pi": math.pi, "e": math.e}[rest[0]])
    if kind == "neg":
        return -_walk_tree(rest[0], z)
    if kind == "call":
        name, *arguments = rest
        _check_call(name, tuple(arguments))
        return _UFUNCS[name](*(_walk_tree(t, z) for t in arguments))
    if kind in _BINARY:
        return _BINARY[kind](_walk_tree(rest[0], z), _walk_tree(rest[1], z))
    raise ValueError(
        f"expression: node must be z, number, constant, neg, add, sub, mul, div, pow or call, got {kind!r}"
    )


def tree_to_sympy(tree: tuple) -> Any:
    """The tree as a sympy expression in `symbol()`; decimal numbers become exact rationals.

    A ValueError where it, or a part of it, is no finite real number for any z: 1/0, z/(1 - 1), sqrt(z - z - 1).
    """
    import sympy

    found = _converted(tree)
    if found.has(sympy.zoo, sympy.oo, -sympy.oo, sympy.nan, sympy.I):
        raise ValueError(
            "expression: must be a finite real number; it divides by 0, or takes a root or logarithm of what is below 0"
        )
    return found


def _converted(tree: tuple) -> Any:
    import sympy

    kind, *rest = tree
    if kind == "z":
        return symbol()
    if kind == "number":
        return sympy.Rational(rest[0])
    if kind == "constant":
        return {"pi": sympy.pi, "e": sympy.E}[rest[0]]
    if kind == "neg":
        return -tree_to_sympy(rest[0])
    if kind == "call":
        name, *arguments = rest
        _check_call(name, tuple(arguments))
        return _sympy_calls()[name](*(tree_to_sympy(t) for t in arguments))
    if kind == "pow":
        return _sympy_power(tree_to_sympy(rest[0]), tree_to_sympy(rest[1]))
    if kind in _BINARY:
        t, u = tree_to_sympy(rest[0]), tree_to_sympy(rest[1])
        return {"add": lambda: t + u, "sub": lambda: t - u, "mul": lambda: t * u, "div": lambda: t / u}[
            kind
        ]()
    raise ValueError(
        f"expression: node must be z, number, constant, neg, add, sub, mul, div, pow or call, got {kind!r}"
    )


def _sympy_power(base: Any, exponent: Any) -> Any:
    if exponent.free_symbols:
        raise ValueError(f"expression: an exponent must be a constant, got {exponent}")
    if not abs(float(exponent)) <= LARGEST_POWER:
        raise ValueError(
            f"expression: an exponent must lie in [-{LARGEST_POWER:g}, {LARGEST_POWER:g}], got {exponent}"
        )
    return base**exponent


@lru_cache(maxsize=1)
def sigmoid_class() -> Any:
    """The sympy function 1/(1 + exp(-u)), kept whole: its exponential does not overflow and its tail is not lost."""
    import sympy

    class Sigmoid(sympy.Function):
        """Its derivative is Sigmoid(u) Sigmoid(-u)."""

        is_real = True

        def fdiff(self, argindex: int = 1) -> Any:
            return self.func(self.args[0]) * self.func(-self.args[0])

        def _eval_rewrite_as_exp(self, u: Any, **options: object) -> Any:
            return 1 / (1 + sympy.exp(-u))

    return Sigmoid


@lru_cache(maxsize=1)
def _sympy_calls() -> dict[str, Callable]:
    import sympy

    sigmoid = sigmoid_class()

    def absolute(
        u: Any,
    ) -> Any:  # sympy differentiates Abs cleanly only where it knows that the argument is real
        return sympy.Abs(u) if u.is_extended_real else sympy.Max(u, -u)

    special = {
        "abs": absolute,
        "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
        "sigmoid": sigmoid,
        "silu": lambda u: u * sigmoid(u),
        "relu": lambda u: sympy.Max(0, u),
        "gelu": lambda u: u * (1 + sympy.erf(u / sympy.sqrt(2))) / 2,
        "max": sympy.Max,
        "min": sympy.Min,
    }
    return {**{name: getattr(sympy, name) for name in CALLS if name not in special}, **special}


def has_exponential(tree: tuple) -> bool:
    """Whether exp, sinh or cosh of something with z in it is written in the tree."""
    written = tree[:2] in (("call", "exp"), ("call", "sinh"), ("call", "cosh"))
    return (written and _has_z(tree)) or any(
        has_exponential(part) for part in tree if isinstance(part, tuple)
    )


def _has_z(tree: tuple) -> bool:
    return tree == ("z",) or any(_has_z(part) for part in tree if isinstance(part, tuple))


def tree_kinks(tree: tuple) -> tuple[float, ...]:
    """Points in [-40, 40] where abs, sign, relu, max or min change branch: the zeros of their argument."""
    kinks: set[float] = set()
    _collect_kinks(tree, kinks)
    return tuple(sorted(kinks))


def _collect_kinks(tree: tuple, kinks: set[float]) -> None:
    for part in tree[1:]:
        if isinstance(part, tuple):
            _collect_kinks(part, kinks)
    if tree[0] != "call" or tree[1] not in ("abs", "sign", "relu", "max", "min"):
        return
    switch = tree[2] if len(tree) == 3 else ("sub", tree[2], tree[3])
    grid = np.linspace(-REACH, REACH, 1601)
    values = evaluate_tree(switch, grid)
    kinks.update(float(point) for point in grid[values == 0.0])
    for i in np.flatnonzero(values[:-1] * values[1:] < 0.0):
        root = optimize.brentq(
            lambda point: float(evaluate_tree(switch, np.array(point))), grid[i], grid[i + 1]
        )
        kinks.add(float(root))
