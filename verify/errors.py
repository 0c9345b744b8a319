"""What a command's end means: exit codes, the user's mistakes, and names nearest to a mistyped one."""

import difflib
from collections.abc import Iterable
from enum import IntEnum

__all__ = ["ExitCode", "HelpShownError", "InconsistentError", "UsageError", "known_names"]


class ExitCode(IntEnum):
    """Exit codes of every command (docs/commands.md)."""

    SUPPORTED = 0
    REFUTED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    UNEXPECTED = 4
    INTERRUPTED = 130
    PIPE = 141


class HelpShownError(Exception):
    """--help or --version has been printed: the command ends with exit code 0."""


class UsageError(ValueError):
    """A user's mistake: one line that names the option, the requirement and the value."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(str(message).split()))


class InconsistentError(UsageError):
    """Packages on the path are not the ones that belong together."""


def known_names(name: str, known: Iterable[str]) -> str:
    """The known names in one string, those nearest to `name` first."""
    names = list(dict.fromkeys(known))
    lower = {other.lower(): other for other in names}
    nearest = [lower[each] for each in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)]
    return ", ".join(nearest + [other for other in names if other not in nearest])
