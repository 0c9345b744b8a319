"""A student or teacher that a user named, in the two forms that need it: symbols for `theory`, array code for `sim`."""

import importlib
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.errors import UsageError, known_names, quoted
from verify.problem.expressions import parse_expression

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.functions.activations import Activation
    from theory.functions.activations import Function

__all__ = ["FUNCTION_NAMES", "FunctionPair", "check_name", "resolve_function"]

BASE_NAMES = ("tanh", "erf", "sin", "linear", "softplus", "silu", "relu", "gelu")
FUNCTION_NAMES = (*BASE_NAMES, *(f"centred-{name}" for name in BASE_NAMES))
UserFunction = Callable[["NDArray"], "NDArray"]
FORMS = "'expr:FORMULA IN z', 'module:object' or 'hermite:c0,c1,...'"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPair:
    """One function twice: `theory` and `sim` never see each other's form."""

    name: str
    theory: "Function"
    sim: "Activation"


def check_name(text: str, option: str) -> str:
    """Refuse what can be refused without numpy: an unknown name (known ones listed, nearest first) or a bad formula."""
    head, colon, rest = text.partition(":")
    if head == "expr" and colon:
        try:
            parse_expression(rest)
        except UsageError as error:
            raise UsageError(f"{option}: {error}") from None
        return text
    if colon:
        return text
    if text not in FUNCTION_NAMES:
        raise UsageError(
            f"{option}: unknown name {quoted(text)}; known: {known_names(text, FUNCTION_NAMES)}; or {FORMS}"
        )
    return text


def resolve_function(text: "str | FunctionPair", option: str = "function") -> FunctionPair:
    """Both forms of the function that `text` names: `theory.predict`, `sim.Setting` and the commands take the pair as it is.

    Raises
    ------
    UsageError
        One line naming `option`: unknown name, formula that does not parse, object that cannot be imported or has no
        derivative, a derivative that finite differences contradict, moments that do not exist.
    """
    if isinstance(text, FunctionPair):
        return text
    check_name(text, option)
    try:
        return _resolve(text, option)
    except UsageError:
        raise
    except (ValueError, TypeError) as error:
        raise UsageError(f"{option}: {error}") from None


def _resolve(text: str, option: str) -> FunctionPair:
    from sim.functions import activations as arrays
    from theory.functions import activations as symbols

    head, colon, rest = text.partition(":")
    if head == "expr":
        tree = parse_expression(rest)
        return FunctionPair(
            name=text, theory=symbols.from_tree(tree, name=text), sim=arrays.from_tree(tree, name=text)
        )
    if not colon or head in ("hermite", "centred-hermite"):
        return FunctionPair(name=text, theory=symbols.named(text), sim=arrays.named(text))
    value, derivative = (_guarded(part, text, option) for part in _imported(head, rest, option))
    return FunctionPair(
        name=text,
        theory=symbols.from_callables(value, derivative, name=text),
        sim=arrays.from_callables(value, derivative, name=text),
    )


def _imported(module: str, name: str, option: str) -> tuple[UserFunction, UserFunction]:
    """The callable `module:name` and its derivative: its attribute `derivative`, or the second of a pair."""
    if not module or not name:
        raise UsageError(f"{option}: must be module:object; got {f'{module}:{name}'[:100]!r}")
    with suppress(OSError):  # a directory that has been removed holds no module
        if os.getcwd() not in sys.path:  # the console script's path lacks it, python -m's does not
            sys.path.insert(0, os.getcwd())
    try:
        with redirect_stdout(sys.stderr):
            found = getattr(importlib.import_module(module), name)
    except KeyboardInterrupt:
        raise
    except AttributeError:
        raise UsageError(f"{option}: module {module!r} has no object {name[:100]!r}") from None
    except (
        BaseException
    ) as error:  # a user's module may fail in any way while it is imported, SystemExit included
        raise UsageError(f"{option}: cannot import {module[:100]!r} ({_short(error)})") from None
    pair = found if isinstance(found, tuple | list) else (found, getattr(found, "derivative", None))
    if len(pair) != 2 or not all(callable(part) for part in pair):
        raise UsageError(
            f"{option}: {module}:{name} must be a callable with an attribute 'derivative', or a pair "
            f"(function, derivative); got {type(found).__name__}"
        )
    return pair[0], pair[1]


def _guarded(function: UserFunction, text: str, option: str) -> UserFunction:
    """The user's function with its mistakes named: an exception or a wrong shape is a UsageError."""

    def call(z: "NDArray") -> "NDArray":
        try:
            value = function(z)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise UsageError(f"{option}: {text} raised {_short(error)}") from None
        from numpy import shape

        if shape(value) != shape(z):
            raise UsageError(
                f"{option}: {text} must return an array of its argument's shape; got {shape(value)}"
            )
        return value

    return call


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:200]
