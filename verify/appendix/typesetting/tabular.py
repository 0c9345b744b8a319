"""A table's frame as CSV, Markdown and plain text: value(uncertainty) wherever there is one."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from verify.appendix.item import Content, TablePanel
from verify.appendix.typesetting.symbols import markdown
from verify.presentation.numbers import aligned, number, with_error
from verify.presentation.sheet import parts_of
from verify.presentation.table import Measured
from verify.presentation.terminal import UNBROKEN, wrapped
from verify.presentation.writers import markdown_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "caption_text",
    "columns_of", "csv_text", "heading_of", "is_numeric", "markdown_text", "panels_of", "plain_text", "plain_rows", "shown",
    "shown_rows",
]  # fmt: skip

EXACT = 1e-7  # a relative scatter over seeds below this may be rounding: seven digits are shown


def shown(entry: object, form: str = "") -> str:
    """One entry as people read it; `-` where there is none."""
    if isinstance(entry, Measured):
        exact = 0.0 <= entry.error <= EXACT * max(abs(entry.mean), EXACT)
        return f"{entry.mean:.7g}" if exact else with_error(entry.mean, entry.error)
    if entry is None or (isinstance(entry, float) and not math.isfinite(entry)):
        return "-"
    if isinstance(entry, bool) or not isinstance(entry, float):
        return str(entry)
    if form:
        return format(entry, form)
    return f"{entry:g}" if 1e-4 <= abs(entry) < 1e6 and float(f"{entry:.4g}") == entry else number(entry)


def _decimals(text: str) -> int | None:
    """Decimals of a number that is shown; None where it has no plain form."""
    value, _, _ = text.partition("(")
    return None if "e" in value or text == "-" else len(value.partition(".")[2])


def csv_text(frame: "pd.DataFrame") -> str:
    """All columns; a measured one as two, the mean under its name and `_standard_error` after it."""
    import pandas as pd

    return pd.DataFrame(_split(frame)).to_csv(index=False, lineterminator="\n")


def plain_rows(frame: "pd.DataFrame") -> list[dict[str, object]]:
    """The same as plain data, row by row; a number that is not finite becomes None."""
    data = {name: [_plain(entry) for entry in entries] for name, entries in _split(frame).items()}
    return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]


def _plain(entry: object) -> object:
    item = entry.item() if hasattr(entry, "item") else entry
    return None if isinstance(item, float) and not math.isfinite(item) else item


def _split(frame: "pd.DataFrame") -> dict[str, list[object]]:
    data: dict[str, list[object]] = {}
    for name in frame.columns:
        entries = list(frame[name])
        if any(isinstance(entry, Measured) for entry in entries):
            pairs = [
                entry if isinstance(entry, Measured) else Measured(mean=math.nan, error=math.nan)
                for entry in entries
            ]
            data[name] = [pair.mean for pair in pairs]
            data[f"{name}_standard_error"] = [pair.error for pair in pairs]
        else:
            data[name] = entries
    return data


def panels_of(content: Content) -> tuple[TablePanel, ...]:
    names = [str(name) for name in content.frame.columns if name not in content.keys]
    return content.panels or (TablePanel(title="", columns=tuple(names)),)


def heading_of(content: Content, name: str) -> str:
    return content.headings.get(name, name)


def is_numeric(frame: "pd.DataFrame", name: str) -> bool:
    """Whether a column holds numbers (and gaps): it is set on the decimal point."""
    return len(frame) > 0 and all(
        entry is None or (isinstance(entry, Measured | int | float) and not isinstance(entry, bool))
        for entry in frame[name]
    )


def columns_of(content: Content, panel: TablePanel) -> list[str]:
    return [*content.keys, *panel.columns]


def shown_rows(content: Content, names: Sequence[str]) -> list[list[str]]:
    columns = [_shown_column(content, name) for name in names]
    return [list(row) for row in zip(*columns, strict=True)]


def _shown_column(content: Content, name: str) -> list[str]:
    form, entries = content.formats.get(name, ""), list(content.frame[name])
    if not form.startswith("="):
        return [shown(entry, form) for entry in entries]
    like = [_decimals(text) for text in _shown_column(content, form[1:])]
    return [
        shown(entry, "" if decimals is None else f".{decimals}f")
        for entry, decimals in zip(entries, like, strict=True)
    ]


def plain_text(content: Content, width: int = UNBROKEN, *, title: str = "") -> str:
    """For a terminal: a panel too wide for it in parts below each other, each with the key columns.

    Parameters
    ----------
    title : str
        What stands before the caption.
    """
    blocks = [wrapped(f"{title}{content.caption}", width)]
    for panel in panels_of(content):
        names = columns_of(content, panel)
        rows = [[heading_of(content, name) for name in names], *shown_rows(content, names)]
        keys = len(content.keys) or 1
        parts = parts_of(rows, keys, (1,) * (len(names) - keys), width)
        table = "\n\n".join(map(aligned, parts))
        blocks.append(f"{panel.title}:\n{table}" if panel.title else table)
    notes = "\n".join(wrapped(note, width) for note in content.notes)
    return "\n\n".join([*blocks, *([notes] if notes else [])]) + "\n"


def caption_text(content: Content, width: int = UNBROKEN, *, title: str = "") -> str:
    """A figure's caption for a terminal."""
    return wrapped(f"{title}{content.caption}", width)


def markdown_text(content: Content) -> str:
    """A pipe table per panel, with the caption above and the notes below."""
    blocks = [f"**{markdown(content.caption)}**"]
    for panel in panels_of(content):
        names = columns_of(content, panel)
        align = "".join("r" if is_numeric(content.frame, name) else "l" for name in names)
        heading = [markdown(heading_of(content, name)) for name in names]
        rows = [list(map(markdown, row)) for row in shown_rows(content, names)]
        blocks += [f"{markdown(panel.title)}:"] if panel.title else []
        blocks.append(markdown_table(heading, rows, align))
    return "\n\n".join([*blocks, *map(markdown, content.notes)]) + "\n"
