"""What a measurement is written as: its source without layout, with the helpers and the values that it uses."""

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from types import CodeType, FunctionType
from typing import Any

from verify.problem.problem import Problem

__all__ = ["wording"]

OWN = "verify."  # helpers of this package are followed; what other packages compute is not read
PLAIN = (bool, int, float, str)


def wording(value: Any) -> str:
    """A measurement by its source, the helpers that it calls and what it closes over; other values as they print.

    Comments and layout do not count. What `sim` and numpy compute is not seen, nor are classes.
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", _text(value, set()))


def _text(value: Any, seen: set[str]) -> str:
    if isinstance(value, partial):
        words = (_text(part, seen) for part in (value.func, value.args, sorted(value.keywords.items())))
        return f"partial({','.join(words)})"
    if isinstance(value, Problem):
        return repr(value.key())
    if isinstance(value, tuple | list):
        return f"[{','.join(_text(each, seen) for each in value)}]"
    if isinstance(value, Mapping):
        return _text(sorted(value.items()), seen)
    inner = inspect.unwrap(value) if callable(value) else value  # a cached function is the one that it caches
    return _function(inner, seen) if isinstance(inner, FunctionType) else repr(value)


def _function(function: FunctionType, seen: set[str]) -> str:
    """Source, defaults and closure, and once each the helpers and plain constants that it names."""
    name = f"{function.__module__}.{function.__qualname__}:{function.__code__.co_firstlineno}"
    held = [cell.cell_contents for cell in function.__closure__ or ()]
    own = [*held, *(function.__defaults__ or ()), *sorted((function.__kwdefaults__ or {}).items())]
    if name in seen:
        return f"{function.__name__}{_text(own, seen)}"
    seen.add(name)
    helpers = [_text(helper, seen) for helper in _helpers(function)]
    return f"{_source(function.__code__.co_filename, function.__code__)}{_text(own, seen)}{helpers}"


def _helpers(function: FunctionType) -> Iterator[Any]:
    for name in sorted(_names(function.__code__)):
        found = function.__globals__.get(name)
        if isinstance(found, PLAIN) or (
            isinstance(found, tuple) and all(isinstance(x, PLAIN) for x in found)
        ):
            yield (name, found)
        elif _is_helper(found):
            yield found


def _is_helper(value: Any) -> bool:
    inner = inspect.unwrap(value) if callable(value) else None
    return isinstance(inner, FunctionType) and inner.__module__.startswith(OWN)


def _names(code: CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*inner)


@cache  # a catalogue asks for the same helpers again and again; equal code in another file is another text
def _source(path: str, code: CodeType) -> str:
    """The function's or lambda's text as Python writes it out again; its name and names where there is no file."""
    nodes = [node for node in _written(path) if _starts(node) == code.co_firstlineno]
    fitting = [node for node in nodes if _holds(node, code)] or nodes
    if not fitting:
        return f"{code.co_name}{sorted(code.co_names)}"
    node = min(fitting, key=lambda each: (each.end_lineno or 0, each.end_col_offset or 0))
    if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
        node = ast.FunctionDef(**{**dict(ast.iter_fields(node)), "body": node.body[1:] or [ast.Pass()]})
    return ast.unparse(ast.fix_missing_locations(node))


@cache
def _written(path: str) -> tuple[Any, ...]:
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda))


def _starts(node: Any) -> int:
    """The first line of the code object: that of the first decorator, where there is one."""
    decorators = getattr(node, "decorator_list", [])
    return int(decorators[0].lineno if decorators else node.lineno)


def _holds(node: Any, code: CodeType) -> bool:
    """Whether the code's instructions stand inside this node, and it is of the code's name."""
    if getattr(node, "name", "<lambda>") != code.co_name:
        return False
    body = node.body if isinstance(node.body, list) else [node.body]
    first, last = body[0], body[-1]
    inside = [
        (line, column)
        for line, _, column, _ in code.co_positions()
        if line is not None
        and column is not None
        and line > code.co_firstlineno - 1
        and (line, column) != (line, 0)
    ]
    low, high = (first.lineno, first.col_offset), (last.end_lineno, last.end_col_offset)
    return bool(inside) and all(low <= spot <= high for spot in inside)
