"""A user's expression tree as array code: value and derivative together, by dual numbers.

The tree is made of plain tuples: ``("z",)``, ``("number", "1.5")``, ``("constant", "pi" | "e")``,
``("neg", t)``, ``("add" | "sub" | "mul" | "div", t, u)``, ``("pow", t, u)`` with a constant u,
``("call", name, t)`` with a name of `FUNCTION_NAMES`, and ``("call", "max" | "min", t, u)``. No symbolic
algebra is used, so that what `theory` derives from the same tree is checked against something else.
"""

import math
from functools import partial

import numpy as np

from sim.backend import Array, Backend, get_backend
from sim.functions.dual import CONSTANTS, Tree, dual
from sim.functions.elementary import ELEMENTARY, Pair
from sim.functions.exponentials import without_exponentials
from sim.functions.scaled import needs_scale, scaled_dual

__all__ = ["FUNCTION_NAMES", "Tree", "check_tree", "expression_pair"]

FUNCTION_NAMES = (*sorted(set(ELEMENTARY) - {"linear"}), "max", "min")
OPERATIONS = ("add", "sub", "mul", "div")


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


def _evaluate(tree: Tree, backend: Backend, z: Array) -> tuple[Array, Array]:
    value, derivative = dual(backend, tree, z)
    xp = backend.xp
    if derivative is None:
        return xp.full_like(z, value), xp.zeros_like(z)
    return value, derivative


def expression_pair(tree: Tree) -> Pair:
    """The function that `tree` stands for, as ``(backend, z) -> (value, derivative)``.

    Exponentials that overflow are rewritten where they can be (`sim.functions.exponentials`), else evaluated with
    their exponents apart (`sim.functions.scaled`).

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
    tree = without_exponentials(tree)
    return partial(scaled_dual if needs_scale(tree) else _evaluate, tree)
