"""Docstrings are plain text that a reader can paste into Python; here they are made safe for reStructuredText.

``|x|``, ``a * b`` and ``s_`` mean themselves in a docstring and something else in reST: they are escaped before
numpydoc sees them, outside of literals and doctests. A page of docs/ that a docstring names becomes a link.
"""

import re
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

LITERAL = re.compile(r"(``.+?``|:\w+:`[^`]+`|`[^`]+`)")
MARKUP = re.compile(r"[|*]|(?<=\w)_(?!\w)")

PAGE = re.compile(r"\bdocs/([\w/-]+)\.md\b")
# Signatures show the aliases that the sources use, not what they stand for.
ARRAY = re.compile(r"~?numpy\.ndarray\[tuple\[~?typing\.Any, \.\.\.\], ~?numpy\.dtype\[~?numpy\.(\w+)\]\]")
OBJECT = re.compile(
    r"<[^<>]*>"
)  # <factory> and the like are no Python, and would leave the whole signature unparsed
MODES = ("fully-qualified", "fully-qualified-except-typing", "smart")
ARRAY_LIKE = sorted({stringify_annotation(ArrayLike, mode) for mode in MODES}, key=len, reverse=True)


def escape(line: str) -> str:
    """One line of a docstring with every character of inline markup escaped."""
    if line.lstrip().startswith((">>>", "...")):
        return line
    parts = LITERAL.split(line)
    return "".join(
        part if index % 2 else MARKUP.sub(lambda found: "\\" + found[0], part)
        for index, part in enumerate(parts)
    )


def link_pages(line: str, root: Path) -> str:
    """A page of the documentation that a line names, as a link where there is such a page."""

    def link(found: re.Match[str]) -> str:
        return f":doc:`/{found[1]}`" if (root / f"{found[1]}.md").exists() else found[0]

    return PAGE.sub(link, line)


def shorten(text: str | None) -> str | None:
    """A signature, or what it returns, with ArrayLike and NDArray by their names."""
    if text is None:
        return None
    for spelling in ARRAY_LIKE:
        text = text.replace(spelling, "ArrayLike")
    text = OBJECT.sub("...", text)
    return ARRAY.sub(r"NDArray[\1]", text)


def process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's hook on every docstring."""
    root = Path(app.srcdir)
    lines[:] = [link_pages(escape(line), root) for line in lines]


def process_signature(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Sphinx's hook on every signature."""
    return shorten(signature), shorten(returned)


def setup(app: Sphinx) -> dict[str, Any]:
    """Before numpydoc, which listens with the default priority 500."""
    app.connect("autodoc-process-docstring", process, priority=400)
    app.connect("autodoc-process-signature", process_signature, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
