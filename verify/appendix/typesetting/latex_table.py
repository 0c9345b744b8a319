"""A table in LaTeX (booktabs, siunitx): numbers on the decimal point, every character escaped, parts that fit a page."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verify.appendix.item import Content, TablePanel
from verify.appendix.typesetting.symbols import latex
from verify.appendix.typesetting.tabular import columns_of, heading_of, is_numeric, panels_of, shown_rows
from verify.presentation.writers import latex_tabular

__all__ = ["latex_text"]

PAGE_LINES, PANEL_LINES = 56, 4  # lines that a page holds, and those of a panel's title and rules
WRAPPED = 32  # a text column with a longer entry is set as paragraphs
PARAGRAPH, LETTERS = 0.3, 42  # its share of the line, and the letters of one of its lines in small type


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One table environment: panels below each other, or some rows of one panel."""

    panels: tuple[TablePanel, ...]
    rows: slice
    caption: str


def latex_text(content: Content, *, label: str, comment: Sequence[str] = ()) -> str:
    """One table environment, or several where one would not fit a page; `comment` lines come first."""
    lines = [
        "% needs \\usepackage{booktabs,siunitx,graphicx}",
        *("% " + " ".join(line.split()) for line in comment),
    ]
    parts = list(_parts(content))
    for index, part in enumerate(parts):
        name = label if len(parts) == 1 else f"{label}-{index + 1}"
        lines += _environment(content, part, name, notes=content.notes if index == len(parts) - 1 else ())
    return "\n".join([*lines, ""])


def _parts(content: Content) -> Iterator[_Part]:
    panels, rows = panels_of(content), len(content.frame)
    heights = {panel: _heights(content, panel) for panel in panels}
    if sum(PANEL_LINES + sum(height) for height in heights.values()) <= PAGE_LINES:
        yield _Part(panels=panels, rows=slice(0, rows), caption=content.caption)
        return
    for panel in panels:
        title = f"{content.caption}: {panel.title}" if panel.title else content.caption
        start, used = 0, 0
        for row, height in enumerate(heights[panel]):
            if used + height > PAGE_LINES - PANEL_LINES and row > start:
                yield _Part(panels=(panel,), rows=slice(start, row), caption=_again(title, start))
                start, used = row, 0
            used += height
        yield _Part(panels=(panel,), rows=slice(start, rows), caption=_again(title, start))


def _again(title: str, start: int) -> str:
    return f"{title} (continued)" if start else title


def _heights(content: Content, panel: TablePanel) -> list[int]:
    """Lines that each row takes: more than one where a text is wrapped."""
    return [
        max((math.ceil(len(text) / LETTERS) for text in row), default=1)
        for row in shown_rows(content, columns_of(content, panel))
    ]


def _environment(content: Content, part: _Part, label: str, *, notes: Sequence[str]) -> list[str]:
    size = "scriptsize" if len(content.frame) > PAGE_LINES // 2 else "footnotesize"
    lines = [
        "\\begin{table}[htbp]",
        f"\\centering\\{size}\\setlength{{\\tabcolsep}}{{3pt}}",
        f"\\caption{{{latex(part.caption)}}}",
        f"\\label{{tab:{label}}}",
    ]
    for index, panel in enumerate(part.panels):
        if panel.title and len(part.panels) > 1:
            lines.append(("\\\\[1ex] " if index else "") + f"\\textit{{{latex(panel.title)}}}\\\\[0.5ex]")
        lines += [
            "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%",
            _tabular(content, columns_of(content, panel), part.rows) + "}",
        ]
    if notes:
        text = " ".join(map(latex, notes))
        lines.append(
            f"\\par\\smallskip\\begin{{minipage}}{{\\linewidth}}\\scriptsize {text}\\end{{minipage}}"
        )
    return [*lines, "\\end{table}"]


def _tabular(content: Content, names: Sequence[str], rows: slice) -> str:
    numeric = [is_numeric(content.frame, name) for name in names]
    shown = [
        [_cell(text, is_number) for text, is_number in zip(row, numeric, strict=True)]
        for row in shown_rows(content, names)[rows]
    ]
    entries = [[row[index] for row in shown] for index in range(len(names))]
    specification = "".join(
        _siunitx(column) if is_number else _words(column)
        for column, is_number in zip(entries, numeric, strict=True)
    )
    heading = [f"{{{latex(heading_of(content, name))}}}" for name in names]
    return latex_tabular(heading, shown, specification)


def _cell(text: str, is_number: bool) -> str:
    if text == "-":
        return "{--}"
    return text if is_number else latex(text)


def _words(entries: Sequence[str]) -> str:
    return f"p{{{PARAGRAPH}\\linewidth}}" if max(map(len, entries), default=0) > WRAPPED else "l"


def _siunitx(entries: Sequence[str]) -> str:
    """An S column just as wide as its numbers: digits before and after the point, and in the uncertainty."""
    before, after, error, exponent, negative = 1, 0, 0, 0, False
    for entry in entries:
        if entry.startswith("{"):
            continue
        mantissa, _, power = entry.partition("e")
        value, _, uncertainty = mantissa.partition("(")
        whole, _, decimals = value.lstrip("+-").partition(".")
        before, after = max(before, len(whole)), max(after, len(decimals))
        error, exponent = max(error, len(uncertainty.rstrip(")"))), max(exponent, len(power.lstrip("+-")))
        negative = negative or value.startswith("-")
    form = f"{'-' if negative else ''}{before}.{after}" + (f"({error})" if error else "")
    return f"S[table-format={form}{f'e-{exponent}' if exponent else ''}]"
