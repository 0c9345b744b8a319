"""What a command is: its options with their defaults, once for the shell and for Python; and a set of values of them."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from verify.commands.option_table import OPTIONS

__all__ = ["SHELL_ONLY", "CommandSpec", "Options", "takes_options"]

SHELL_ONLY = ("out", "list", "dry_run", "check", "pdf", "quiet", "json")  # of no use to Python's `run`


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """A command.

    Attributes
    ----------
    name : str
        As it is started: "verify.scaling".
    description : str
        What --help says of it.
    names : tuple of str
        Its options by their names in `OPTIONS`, in the order of --help.
    defaults : mapping
        Where they differ from those of `OPTIONS`.
    quick : mapping
        What --quick changes where nothing else is said; empty where the option means something of its own.
    meanings : mapping
        What options mean to this command where the words of `OPTIONS` do not fit.
    otherwise : mapping
        What this command takes in place of a default that is None.
    shell_only : tuple of str
        Options that Python's `run` does not take.
    words : str
        What plain words on the command line are (as "ID"); empty: there are none.

    Raises
    ------
    ValueError
        A name that no option has, or a default for an option that the command does not take.
    """

    name: str
    description: str
    names: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    quick: Mapping[str, Any] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[str, str] = field(default_factory=dict)
    shell_only: tuple[str, ...] = SHELL_ONLY
    words: str = ""

    def __post_init__(self) -> None:
        unknown = [name for name in self.names if name not in OPTIONS]
        about = (*self.defaults, *self.quick, *self.meanings, *self.otherwise)
        foreign = [name for name in about if name not in self.names]
        if unknown or foreign:
            raise ValueError(f"{self.name}: must be options of the command; got {unknown or foreign}")

    @property
    def short_name(self) -> str:
        """The last part of its name: that of its folder below bulkspike-out."""
        return self.name.rpartition(".")[2]

    @property
    def python_names(self) -> tuple[str, ...]:
        """What `run` takes."""
        return tuple(name for name in self.names if name not in self.shell_only)

    def default(self, name: str) -> Any:
        """An option's value where nothing is said."""
        option = OPTIONS[name]
        return self.defaults.get(name, option.default if option.parse else False)

    def options(
        self,
        chosen: Mapping[str, Any],
        *,
        given: frozenset[str] = frozenset(),
        words: tuple[str, ...] = (),
    ) -> "Options":
        """Values of all options: the chosen ones, else those of --quick where it is among them, else the defaults."""
        base = {name: self.default(name) for name in self.names}
        quick = self.quick if chosen.get("quick") else {}
        return Options(spec=self, held=base | dict(quick) | dict(chosen), given=given, words=words)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Options(Mapping[str, Any]):
    """Checked values of a command's options by name.

    Attributes
    ----------
    held : mapping
        The values, one for each of the command's names.
    given : frozenset of str
        The names that the user set.
    words : tuple of str
        Plain words of the command line.
    """

    spec: CommandSpec
    held: Mapping[str, Any]
    given: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.held)

    def __len__(self) -> int:
        return len(self.held)

    def but(self, changes: Mapping[str, Any]) -> "Options":
        """The same with other values for some of the names."""
        return replace(self, held={**self.held, **changes})


Function = TypeVar("Function", bound=Callable[..., Any])


def takes_options(spec: CommandSpec) -> Callable[[Function], Function]:
    """Show the command's options, with their defaults, in the signature of a function of `**options`."""

    def with_signature(function: Function) -> Function:
        known = inspect.signature(function)
        kept = [each for each in known.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        shown = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=spec.default(name))
            for name in spec.python_names
        ]
        vars(function)["__signature__"] = known.replace(parameters=[*kept, *shown])
        return function

    return with_signature
