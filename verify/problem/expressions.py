"""A user's formula in z as a plain tree, read by Python's own parser and never evaluated.

Both `theory` (as a symbolic expression) and `sim` (as array code) interpret the tree, each in its own way.
"""

import ast
import math
import warnings
from collections.abc import Callable

from verify.errors import UsageError, known_names, quoted

__all__ = ["FUNCTIONS", "ExpressionError", "Tree", "parse_expression"]

Tree = tuple  # ("call", "tanh", ("z",)) and the like: see `parse_expression`

MAX_LENGTH = 300
MAX_DEPTH = 24
MAX_NODES = 120
MAX_WRITTEN = 1000  # nodes once silu(u) is written out as u sigmoid(u): a nest of k doubles k times
MAX_EXPONENT = 24.0  # of a power, and of the product of nested ones
MAX_CONSTANT = 1e12

FUNCTIONS = (
    "abs", "asinh", "atan", "cos", "cosh", "erf", "erfc", "exp", "gelu", "log", "max", "min", "relu",
    "sigmoid", "sign", "silu", "sin", "sinh", "softplus", "sqrt", "tan", "tanh",
)  # fmt: skip
TWO_ARGUMENTS = ("max", "min")
CONSTANTS = {"pi": math.pi, "e": math.e}
OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}


class ExpressionError(UsageError):
    """A formula that is not in the small language of `parse_expression`."""


def parse_expression(text: str) -> Tree:
    """The tree of a formula in `z`.

    Parameters
    ----------
    text : str
        Numbers, `z`, `pi`, `e`, ``+ - * / **`` and the functions of `FUNCTIONS`. At most 300 characters, 24 levels,
        120 nodes, 1000 with silu written out; exponents are constants of at most 24 in absolute value, also as the
        product of nested ones.

    Returns
    -------
    tree : nested tuples
        ``("z",)``, ``("number", "1.5")``, ``("constant", "pi")``, ``("neg", t)``, ``("add" | "sub" | "mul" | "div" |
        "pow", t, u)``, ``("call", name, t)`` and, for max and min, ``("call", name, t, u)``.

    Raises
    ------
    ExpressionError
        One line that says what is wrong and what is allowed.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"expression: must have at most {MAX_LENGTH} characters; got {len(text)}")
    try:
        with warnings.catch_warnings():  # the tokenizer warns of things like `1if`
            warnings.simplefilter("ignore")
            node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(
            f"expression: must be a formula in z such as 'tanh(z) + z/2'; cannot parse {quoted(text)}"
        ) from None
    size = sum(1 for _ in ast.walk(node))
    if size > 4 * MAX_NODES:
        raise ExpressionError(
            f"expression: must have at most {MAX_NODES} operations and operands; {text[:40]!r}... has more"
        )
    tree = _tree(node, 0)
    if _count(tree) > MAX_NODES:
        raise ExpressionError(
            f"expression: must have at most {MAX_NODES} operations and operands; got {_count(tree)}"
        )
    if _written_out(tree) > MAX_WRITTEN:
        raise ExpressionError(
            f"expression: must have at most {MAX_WRITTEN} operations with silu(u) written out as u*sigmoid(u); "
            f"got {_written_out(tree)}; nest silu less deeply"
        )
    _constant(tree)
    _nested_exponent(tree)
    if not _mentions_z(tree):
        raise ExpressionError(f"expression: must depend on z; got the constant {quoted(text)}")
    return tree


def _tree(node: ast.AST, depth: int) -> Tree:
    if depth > MAX_DEPTH:
        raise ExpressionError(f"expression: must be at most {MAX_DEPTH} levels deep")
    match node:
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id="z"):
            return ("z",)
        case ast.Name(id=name) if name in CONSTANTS:
            return ("constant", name)
        case ast.Name(id=name):
            raise ExpressionError(
                f"expression: unknown name {quoted(name)}; known: {known_names(name, ('z', *CONSTANTS, *FUNCTIONS))}"
            )
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ("neg", _tree(operand, depth + 1))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _tree(operand, depth + 1)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return (OPERATORS[type(op)], _tree(left, depth + 1), _tree(right, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, depth)
    raise ExpressionError(
        f"expression: only numbers, z, pi, e, + - * / ** and calls of the known functions are allowed; got {_text(node)!r}"
    )


def _call(name: str, args: list[ast.expr], depth: int) -> Tree:
    if name not in FUNCTIONS:
        raise ExpressionError(
            f"expression: unknown function {quoted(name)}; known: {known_names(name, FUNCTIONS)}"
        )
    wanted = 2 if name in TWO_ARGUMENTS else 1
    if len(args) != wanted:
        raise ExpressionError(
            f"expression: {name} takes {wanted} argument{'s' * (wanted > 1)}; got {len(args)}"
        )
    return ("call", name, *(_tree(arg, depth + 1) for arg in args))


def _number(value: object) -> Tree:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"expression: only real numbers are allowed; got {value!r}"[:200])
    if (
        (isinstance(value, int) and value.bit_length() > 60)
        or not math.isfinite(value)
        or abs(value) > MAX_CONSTANT
    ):
        raise ExpressionError(f"expression: numbers must be at most {MAX_CONSTANT:g} in absolute value")
    return ("number", repr(value))


def _text(node: ast.AST) -> str:
    try:
        return ast.unparse(node)[:60]
    except (ValueError, RecursionError):  # pragma: no cover - unparse of odd trees
        return type(node).__name__


def _count(tree: Tree) -> int:
    return 1 + sum(_count(child) for child in tree if isinstance(child, tuple))


def _written_out(tree: Tree) -> int:
    inner = sum(_written_out(child) for child in tree if isinstance(child, tuple))
    return 2 * inner + 4 if tree[:2] in (("call", "silu"), ("call", "gelu")) else inner + 1


def _mentions_z(tree: Tree) -> bool:
    return tree == ("z",) or any(_mentions_z(child) for child in tree if isinstance(child, tuple))


def _constant(tree: Tree) -> float | None:
    """The value of a subtree without z (None for one with z), every power's exponent and every constant checked."""
    match tree:
        case ("z",):
            return None
        case ("number", text):
            return float(text)
        case ("constant", name):
            return CONSTANTS[name]
        case (head, *children):
            values = [_constant(child) for child in children if isinstance(child, tuple)]
    if head == "pow":
        exponent = values[1]
        if exponent is None or not abs(exponent) <= MAX_EXPONENT:
            raise ExpressionError(
                f"expression: an exponent must be a constant of at most {MAX_EXPONENT:g} in absolute value"
            )
    if any(value is None for value in values):
        return None
    value = _apply(head, tree, [value for value in values if value is not None])
    if not math.isfinite(value) or abs(value) > MAX_CONSTANT:
        raise ExpressionError(
            f"expression: constants must be finite and at most {MAX_CONSTANT:g} in absolute value"
        )
    return value


def _apply(head: str, tree: Tree, values: list[float]) -> float:
    """A constant's value, or nan where it has none that is a finite real number."""
    simple: dict[str, Callable[..., float]] = {
        "neg": lambda t: -t,
        "add": lambda t, u: t + u,
        "sub": lambda t, u: t - u,
        "mul": lambda t, u: t * u,
        "div": lambda t, u: t / u,
        "pow": lambda t, u: math.pow(t, u),
        "relu": lambda t: max(t, 0.0),
        "gelu": lambda t: 0.5 * t * math.erfc(-t / math.sqrt(2.0)),
        "sign": lambda t: math.copysign(1.0, t) if t else 0.0,
        "sigmoid": lambda t: 1 / (1 + math.exp(-t)),
        "silu": lambda t: t / (1 + math.exp(-t)),
        "softplus": lambda t: math.log1p(math.exp(t)),
        "abs": abs,
        "max": max,
        "min": min,
    }
    name = tree[1] if head == "call" else head
    function = simple.get(name) or getattr(math, name)
    try:
        return float(function(*values))
    except (ValueError, ZeroDivisionError, OverflowError):
        return math.nan


def _nested_exponent(tree: Tree) -> float:
    """The largest product of nested exponents over powers of z, refused above the limit."""
    children = [child for child in tree if isinstance(child, tuple)]
    inner = max((_nested_exponent(child) for child in children), default=1.0)
    if tree[0] == "pow" and _mentions_z(tree[1]):
        inner *= max(1.0, abs(_constant(tree[2]) or 0.0))
    if inner > MAX_EXPONENT:
        raise ExpressionError(f"expression: nested exponents must multiply to at most {MAX_EXPONENT:g}")
    return inner
