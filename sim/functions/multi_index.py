"""Teachers of several directions: y = g(z_1, .., z_p) with z_i = <beta_i, x>, sums or products of links, or an expression.

Expressions are read by `ast` into a whitelist of nodes and names; nothing is evaluated as Python.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sim.backend import get_backend
from sim.functions.activations import Activation, named

__all__ = ["MultiIndex", "multi_index", "product_of", "sum_of"]

MOST_DIRECTIONS, LONGEST, DEEPEST, LARGEST_POWER = 32, 1000, 30, 20
FINGERPRINT_POINTS = 257

Value = Callable[[NDArray], NDArray]


def _erf(z: NDArray) -> NDArray:
    from scipy.special import erf

    return np.asarray(erf(z))


_FUNCTIONS: Mapping[str, Callable[[NDArray], NDArray]] = MappingProxyType(
    {
        "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs,
        "sign": np.sign, "erf": _erf, "relu": lambda z: np.maximum(z, 0.0),
        "softplus": lambda z: np.logaddexp(0.0, z), "sigmoid": lambda z: np.exp(-np.logaddexp(0.0, -z)),
    }
)  # fmt: skip
_OPERATIONS: Mapping[type, Callable[[NDArray, NDArray], NDArray]] = MappingProxyType(
    {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiIndex:
    """A function of several projections; equal where names are.

    Attributes
    ----------
    name : str
    directions : int
        How many orthonormal directions it reads.
    function : callable, (rows, directions) float64 -> (rows,)
    """

    name: str
    directions: int
    function: Value = field(repr=False, compare=False)

    def value(self, Z: NDArray) -> NDArray:
        """g of every row of Z, shape (rows, directions), in its dtype."""
        with np.errstate(all="ignore"):
            found = np.asarray(self.function(np.asarray(Z, np.float64)))
        return np.broadcast_to(found, Z.shape[:1]).astype(Z.dtype)

    def fingerprint(self) -> str:
        """SHA-256 over values at fixed points, ten digits each."""
        Z = np.random.Generator(np.random.SFC64(0)).standard_normal((FINGERPRINT_POINTS, self.directions))
        digits = ",".join(f"{x + 0.0:.9e}" for x in self.value(Z))
        return hashlib.sha256(digits.encode()).hexdigest()


def sum_of(links: Sequence[str]) -> MultiIndex:
    """sum_i sigma_i(z_i), the links by their names."""
    return _combined("sum", links, np.sum)


def product_of(links: Sequence[str]) -> MultiIndex:
    """prod_i sigma_i(z_i)."""
    return _combined("product", links, np.prod)


def multi_index(text: str) -> MultiIndex:
    """The teacher that an expression in z1 .. zp stands for; its directions are as many as the largest number in it.

    Raises
    ------
    ValueError
        Something that is no such expression: what was met.

    Examples
    --------
    >>> g = multi_index("z1*z2 + tanh(z3)/2")
    >>> g.directions, g.value(np.array([[2.0, 3.0, 0.0]])).tolist()
    (3, [6.0])
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(
            f"an expression must be a text of at most {LONGEST} characters, got {str(text)[:80]!r}"
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"an expression must be a formula in z1, z2, .., got {text[:80]!r}") from None
    numbers = {int(name[1:]) for name in re.findall(r"\bz[0-9]+\b", text)}
    if not numbers or min(numbers) < 1 or max(numbers) > MOST_DIRECTIONS:
        raise ValueError(f"an expression must have variables z1 .. z{MOST_DIRECTIONS}, got {text[:80]!r}")
    function = _read(tree, DEEPEST)
    found = MultiIndex(name=f"expr:{text.strip()}", directions=max(numbers), function=function)
    value = found.value(np.random.default_rng(0).standard_normal((64, found.directions)))
    if not np.isfinite(value).all():
        raise ValueError(f"a teacher must be finite on standard normals, got {text[:80]!r}")
    return found


def _combined(kind: str, links: Sequence[str], combine: Callable[..., NDArray]) -> MultiIndex:
    if not 1 <= len(links) <= MOST_DIRECTIONS:
        raise ValueError(f"links must be 1 to {MOST_DIRECTIONS} names, got {len(links)}")
    functions: list[Activation] = [named(link) for link in links]
    backend = get_backend("numpy")

    def value(Z: NDArray) -> NDArray:
        columns = [function.value(backend, Z[:, i]) for i, function in enumerate(functions)]
        return combine(np.stack(columns), axis=0)

    return MultiIndex(name=f"{kind}:{','.join(links)}", directions=len(functions), function=value)


def _read(node: ast.AST, depth: int) -> Value:
    """The function of Z that a node stands for."""
    if depth == 0:
        raise ValueError(f"an expression must be at most {DEEPEST} levels deep")
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ):
        number = float(node.value)
        return lambda Z: np.full(len(Z), number)
    if isinstance(node, ast.Name) and re.fullmatch(r"z[0-9]+", node.id):
        column = int(node.id[1:]) - 1
        return lambda Z: Z[:, column]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _read(node.operand, depth - 1)
        return lambda Z: -inner(Z)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        operation = _OPERATIONS[type(node.op)]
        left, right = _read(node.left, depth - 1), _read(node.right, depth - 1)
        return lambda Z: operation(left(Z), right(Z))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return _power(node, depth)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        if len(node.args) != 1 or node.keywords:
            raise ValueError(f"{node.func.id} must have one argument, got {ast.unparse(node)[:80]!r}")
        function, argument = _FUNCTIONS[node.func.id], _read(node.args[0], depth - 1)
        return lambda Z: function(argument(Z))
    raise ValueError(
        f"an expression must be made of z1, z2, .., numbers, + - * / ** and {', '.join(_FUNCTIONS)}; "
        f"got {ast.unparse(node)[:80]!r}"
    )


def _power(node: ast.BinOp, depth: int) -> Value:
    exponent = node.right
    power = exponent.value if isinstance(exponent, ast.Constant) else None
    if not isinstance(power, int) or isinstance(power, bool) or not 0 <= power <= LARGEST_POWER:
        raise ValueError(
            f"an exponent must be a whole number of 0 to {LARGEST_POWER}, got {ast.unparse(exponent)[:80]!r}"
        )
    base, whole = _read(node.left, depth - 1), power
    return lambda Z: base(Z) ** whole
