"""The sources of the packages as trees, each parsed once a process whatever looks at it and wherever a copy of it lies."""

import ast
from functools import cache
from pathlib import Path


def tree_of(path: Path) -> ast.Module:
    """The parsed file; many look at one tree, nobody changes it."""
    return _parsed(path.read_text(encoding="utf-8"))


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)
