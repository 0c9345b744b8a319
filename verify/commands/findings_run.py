"""What the `run` of every command that gives findings has in common: its options as a signature, and its docstring."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from verify.commands.spec import CommandSpec, takes_options

__all__ = ["gives_findings"]

SECTIONS = """

Parameters
----------
**options
    The command's options by their names in Python, all optional; `store` None keeps nothing.

Returns
-------
findings : Findings
    A list of Finding, with `to_frame()`; a notebook shows it as a table.

Raises
------
UsageError
    An unknown option or a value outside its domain; a ValueError whose message is one line.

"""

Function = TypeVar("Function", bound=Callable[..., Any])


def gives_findings(spec: CommandSpec) -> Callable[[Function], Function]:
    """Show the options in a signature, and say between summary and examples what all such functions take and give."""

    def described(function: Function) -> Function:
        if function.__doc__ is not None:  # python -OO
            summary, heading, examples = inspect.cleandoc(function.__doc__).partition("Examples\n")
            function.__doc__ = f"{summary.rstrip()}{SECTIONS}{heading}{examples}".rstrip() + "\n"
        return takes_options(spec)(function)

    return described
