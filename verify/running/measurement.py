"""A measurement beyond sim's own groups: a function of one draw's first gradient, with its options."""

import inspect
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from verify.running.sources import FOLLOWED, file_digest, imported_by, sources_digest

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["Measurement", "measurement"]

Function = Callable[..., Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a design asks for beside the groups; equal where function and options are.

    It holds no array and no state, so that it can be hashed, compared, pickled (where its function can be imported by
    name) and sent to another process.

    Attributes
    ----------
    function : callable (draw, gradient, backend, **options) -> mapping of str to float
        What is measured of one draw's first gradient (`sim.network.Gradient`: G, W, a ..). Several threads may call it
        at a time.
    options : tuple of (name, value)
        Further keyword arguments of every call, by name; hashable, and told apart by their `repr`.

    Raises
    ------
    TypeError
        A function that cannot be called, or an option that cannot be hashed.
    """

    function: Function
    options: tuple[tuple[str, Hashable], ...] = ()
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        _check_function(self.function)
        for name, value in self.options:
            try:
                hash(value)
            except TypeError:
                raise TypeError(
                    f"option {name} of a measurement must be hashable (a tuple for a list); got {type(value).__name__}"
                ) from None
        object.__setattr__(self, "_hash", hash((self.name, self.options)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def name(self) -> str:
        """Where the function is found: "module:name"."""
        code = self.function
        return f"{getattr(code, '__module__', '')}:{getattr(code, '__qualname__', type(code).__qualname__)}"

    @property
    def place(self) -> str:
        """File and line of the function, as messages begin with them; empty where it has none."""
        code = getattr(self.function, "__code__", None)
        return f"{code.co_filename}:{code.co_firstlineno}: " if code is not None else ""

    def __call__(self, draw: "Draw", gradient: "Gradient", backend: "Backend") -> Mapping[str, float]:
        return self.function(draw, gradient, backend, **dict(self.options))

    def option(self, name: str, default: Any = None) -> Any:
        """The value of one option."""
        return dict(self.options).get(name, default)

    def key(self) -> dict[str, Any]:
        """What its numbers depend on beside the draw: the function, the options in full, the code."""
        return {"function": self.name, "options": repr(self.options), "code": self.digest()}

    def digest(self) -> str:
        """Of the code: the function's module and what it imports of `sim` and `verify.measurements`.

        Which optimisers and groups the function asks for is not known: all that are listed count where it reaches a table.
        Of a function that is not ours the file that it stands in counts, and what that imports of ours; modules of a
        user's own that the file imports do not. One without a file (typed into an interpreter) counts by its own text.
        """
        module = str(getattr(self.function, "__module__", ""))
        if any(module == root or module.startswith(f"{root}.") for root in FOLLOWED):
            return sources_digest(module, GRADIENT, listed=True)
        path = Path(inspect.getsourcefile(self.function) or "")
        own = file_digest(path) if path.is_file() else inspect.getsource(self.function)
        return f"{own}+{sources_digest(GRADIENT, *imported_by(path), listed=True)}"


def _check_function(function: Any) -> None:
    """A function of a module, by whose name it can be found again: what it closes over would be in no key."""
    if not callable(function):
        raise TypeError(f"a measurement must be a function; got {type(function).__name__}")
    name = getattr(function, "__qualname__", "")
    if not isinstance(function, FunctionType) or "<" in name or function.__closure__:
        got = repr(name or function)[:80]
        raise TypeError(
            f"a measurement must be a function defined at the top of a module, its choices given as options; got {got}"
        )


GRADIENT = "sim.network.two_layer"  # every measurement is given a first gradient


def measurement(function: Function, **options: Hashable) -> Measurement:
    """A measurement of one's own for `Design(measurement=...)`, its options as keyword arguments."""
    return Measurement(function, tuple(sorted(options.items())))
