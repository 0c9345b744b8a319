"""Text as wide as the terminal: lines broken between words, never inside of a formula's brackets or around its signs."""

import re
import shutil
import textwrap
from collections.abc import Iterable

__all__ = ["GLUE", "LEAST_WIDTH", "UNBROKEN", "glued", "terminal_width", "wrapped", "wrapped_items"]

UNBROKEN = 10**9  # a width at which no line is broken
USUAL, LEAST_WIDTH = 80, 40
KEPT = 26  # letters: what stands in brackets no longer than this is not broken
GLUE = "\N{NO-BREAK SPACE}"
BRACKETED = re.compile(rf"[(\[][^()\[\]]{{1,{KEPT}}}[)\]]|\|\|[^|]{{1,{KEPT}}}\|\|")
SIGNED = re.compile(r"(?<=\S) ((\+-|[-±+=<>/]) |% )(?=\S)|(?<=\d) %")
TIMES = re.compile(r"about \d\S* (s|min)\b")


def terminal_width() -> int:
    """Columns of the terminal, or what COLUMNS says; 80 where the output goes to a file or a pipe."""
    return max(shutil.get_terminal_size((USUAL, 24)).columns, LEAST_WIDTH)


def wrapped(text: str, width: int, *, indent: int = 0, hang: int = 0) -> str:
    """A text in lines of at most `width` letters, of which only a word that is longer is longer.

    Parameters
    ----------
    indent, hang : int
        Blanks before the first line, and how many more before the rest.

    Examples
    --------
    >>> print(wrapped("the norm grows like sqrt(N d) with c = 0.82 +- 0.01", 26, indent=2, hang=2))
      the norm grows like
        sqrt(N d) with
        c = 0.82 +- 0.01
    """
    lines = textwrap.wrap(
        glued(text), width, initial_indent=" " * indent, subsequent_indent=" " * (indent + hang),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join(lines).replace(GLUE, " ")


def wrapped_items(head: str, items: Iterable[str], width: int, *, indent: int = 0, hang: int = 2) -> str:
    """`head: item; item`, broken between the items where one fits into a line whole."""
    short = width - indent - hang
    joined = "; ".join(item.replace(" ", GLUE) if len(item) < short / 2 else item for item in items)
    return wrapped(f"{head}: {joined}", width, indent=indent, hang=hang)


def glued(text: str) -> str:
    """The text with blanks that no line is broken at: in short brackets, and around signs."""
    text = BRACKETED.sub(lambda found: found.group().replace(" ", GLUE), text)
    text = TIMES.sub(lambda found: found.group().replace(" ", GLUE), text)
    return SIGNED.sub(lambda found: found.group().replace(" ", GLUE), text)
