"""What a command's end means: exit codes, the user's mistakes, and names nearest to a mistyped one."""

import difflib
from collections.abc import Iterable
from enum import IntEnum

__all__ = ["ExitCode", "HelpShownError", "InconsistentError", "UsageError", "known_names", "quoted"]

LONGEST_ECHO = 100  # letters of a value that a message says back
LONGEST_WORD = 400  # of anything else in a message: a path is whole, a pasted file is not


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
        super().__init__(" ".join(_cut(word, LONGEST_WORD) for word in str(message).split()))


class InconsistentError(UsageError):
    """Packages on the path are not the ones that belong together."""


def known_names(name: str, known: Iterable[str]) -> str:
    """The known names in one string, those nearest to `name` first."""
    names = list(dict.fromkeys(known))
    lower = {other.lower(): other for other in names}
    nearest = [
        lower[each] for each in difflib.get_close_matches(name.lower()[:LONGEST_ECHO], lower, n=3, cutoff=0.5)
    ]
    return ", ".join(nearest + [other for other in names if other not in nearest])


def quoted(value: object, most: int = LONGEST_ECHO) -> str:
    """A value as a message says it back: its `repr`, cut where it is long."""
    try:
        text = repr(value)
    except ValueError:  # a whole number of more digits than Python writes, alone or in a list
        text = (
            f"a number of {value.bit_length()} bits"
            if isinstance(value, int)
            else f"a {type(value).__name__} of huge numbers"
        )
    return _cut(text, most)


def _cut(text: str, most: int) -> str:
    """The text, or its beginning and its end with its length."""
    if len(text) <= most:
        return text
    kept = most // 2
    return f"{text[:kept]}...{text[-kept // 4 :]} ({len(text)} characters)"
