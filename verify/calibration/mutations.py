"""Every one-place mutation of a source file: a constant, a sign, an axis, min for max, an operand.

A mutation is a span of the text and what stands there instead, so that the rest of the file keeps every character.
"""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Mutation", "function_lines", "mutations_of", "reached_mutations"]

SWAPPED_NAMES = {
    "min": "max", "minimum": "maximum", "argmin": "argmax", "amin": "amax", "fmin": "fmax", "nanmin": "nanmax",
}  # fmt: skip
SWAPPED_NAMES |= {right: left for left, right in SWAPPED_NAMES.items()}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Mutation:
    """One change: characters start..stop of `file` become `after`.

    Attributes
    ----------
    file, function : str
        As `theory/gradient/norms.py` and `gradient_norms`; a method is `Class.name`.
    line : int
        First line of the change, from 1.
    sort : str
        "constant", "sign", "axis", "min-max" or "operand".
    before, after : str
        The text changed, and what it becomes.
    """

    file: str
    start: int
    stop: int
    sort: str
    function: str
    line: int
    before: str
    after: str


class _Text:
    """A source whose nodes' positions (line, UTF-8 column) are offsets into its text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.splitlines(keepends=True)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None  # as of every node that was parsed
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr) -> str:
        start, stop = self.span(node)
        return self.source[start:stop]


def mutations_of(file: str, source: str) -> list[Mutation]:
    """Every one-place mutation of the functions of a source, in the order of the text.

    Left out are annotations, decorators, docstrings, and what only refuses bad input: a raise, and the condition of an
    `if` whose body is a raise.
    """
    tree, text = ast.parse(source), _Text(source)
    found: set[Mutation] = set()
    for name, function in _functions(tree):
        for node, axis in _nodes(function):
            for sort, start, stop, after in _changes(node, text, axis):
                line = source.count("\n", 0, start) + 1
                found.add(
                    Mutation(
                        file=file, start=start, stop=stop, sort=sort, function=name, line=line,
                        before=source[start:stop], after=after,
                    )
                )  # fmt: skip
    return sorted(found)


def reached_mutations(file: str, source: str, lines: Collection[int]) -> list[Mutation]:
    """Those whose statement runs when `lines` do (a statement of several lines: any of its own lines)."""
    text = _Text(source)
    reached: list[tuple[int, int, bool]] = []
    for statement in ast.walk(ast.parse(source)):
        if isinstance(statement, ast.stmt):
            first, last = statement.lineno, int(statement.end_lineno or statement.lineno)
            body = getattr(statement, "body", None)
            if body:
                last = max(body[0].lineno - 1, first)
            start, stop = text.at(first, 0), text.starts[last]
            own = (
                any(first <= line <= last for line in lines)
                if not isinstance(statement, Function)
                else any(first <= line <= int(statement.end_lineno or first) for line in lines)
            )
            reached.append((start, stop, own))

    def runs(mutation: Mutation) -> bool:
        around = [entry for entry in reached if entry[0] <= mutation.start < entry[1]]
        return min(around, key=lambda entry: entry[1] - entry[0])[2]

    return [mutation for mutation in mutations_of(file, source) if runs(mutation)]


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions of a module and methods of its classes, each with its name; inner functions belong to the outer one."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    yield f"{node.name}.{inner.name}", inner


def _nodes(function: Function) -> Iterator[tuple[ast.AST, bool]]:
    """The nodes of a function that can be mutated, and whether each is the value of an axis."""
    defaults = [node for node in (*function.args.defaults, *function.args.kw_defaults) if node is not None]
    waiting: list[tuple[ast.AST, bool]] = [(node, False) for node in (*defaults, *function.body)]
    while waiting:
        node, axis = waiting.pop()
        if isinstance(node, ast.Raise | ast.JoinedStr):
            continue
        yield node, axis
        if isinstance(node, Function):
            waiting += [(child, False) for child in (*node.args.defaults, *node.body)]
        elif isinstance(node, ast.AnnAssign):
            waiting += [(node.value, False)] if node.value is not None else []
        elif isinstance(node, ast.If) and all(isinstance(each, ast.Raise) for each in node.body):
            waiting += [(child, False) for child in node.orelse]
        elif isinstance(node, ast.keyword):
            waiting.append((node.value, node.arg == "axis"))
        elif isinstance(node, ast.UnaryOp) and axis:
            waiting.append((node.operand, False))
        else:
            waiting += [(child, False) for child in ast.iter_child_nodes(node)]


def _changes(node: ast.AST, text: _Text, axis: bool) -> Iterator[tuple[str, int, int, str]]:
    """(sort, start, stop, after) of what can be changed at a node."""
    if axis and isinstance(node, ast.Constant | ast.UnaryOp):
        value = ast.literal_eval(text.of(node))
        if isinstance(value, int):
            yield "axis", *text.span(node), "1" if value == 0 else "0"
        return
    if isinstance(node, ast.Constant) and _is_number(node.value):
        yield "constant", *text.span(node), _other(node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        start, stop = text.span(node)
        yield "sign", start, stop, text.of(node.operand)
    elif isinstance(node, ast.BinOp):
        yield from _binary(node, text)
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield "axis", *text.span(node), text.of(node.value)
    elif isinstance(node, ast.Name) and node.id in SWAPPED_NAMES:
        yield "min-max", *text.span(node), SWAPPED_NAMES[node.id]
    elif isinstance(node, ast.Attribute) and node.attr in SWAPPED_NAMES:
        _, stop = text.span(node)
        yield "min-max", stop - len(node.attr), stop, SWAPPED_NAMES[node.attr]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _other(value: Any) -> str:
    """The next integer; twice a real number, 1.0 for 0.0."""
    if isinstance(value, int):
        return str(value + 1)
    return repr(2.0 * value) if value else "1.0"


OPERATORS = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@", ast.FloorDiv: "//",
    ast.Mod: "%",
}  # fmt: skip
CHANGED = {"+": ("sign", "-"), "-": ("sign", "+"), "*": ("operand", "/")}


def _binary(node: ast.BinOp, text: _Text) -> Iterator[tuple[str, int, int, str]]:
    """The sign of a sum; a sum's second operand left out, a product made a quotient, other operands exchanged."""
    if type(node.op) not in OPERATORS:
        return
    operator = OPERATORS[type(node.op)]
    start, stop = text.span(node)
    _, left_stop = text.span(node.left)
    left, right = f"({text.of(node.left)})", f"({text.of(node.right)})"
    if operator in CHANGED:
        sort, other = CHANGED[operator]
        at = text.source.index(operator, left_stop)
        yield sort, at, at + 1, other
    if operator == "+":
        yield "operand", start, stop, left
    elif operator != "*" and left != right:
        yield "operand", start, stop, f"{right} {operator} {left}"


def function_lines(source: str, function: str) -> tuple[int, int]:
    """First and last line of a function, or of a method as `Class.name`.

    Raises
    ------
    LookupError
        There is none of that name.
    """
    for name, node in _functions(ast.parse(source)):
        if name == function:
            return node.lineno, int(node.end_lineno or node.lineno)
    raise LookupError(f"there is no function {function!r}")
