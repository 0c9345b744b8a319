"""A table's frame as CSV, Markdown, LaTeX (booktabs, siunitx) and plain text: value(uncertainty) wherever there is one."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.appendix.item import Content, Panel
from verify.appendix.symbols import latex, markdown
from verify.eta_sweep_report import Measured
from verify.text import aligned, number, with_error

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_text", "latex_text", "markdown_text", "plain_text", "rows_of", "shown"]

PAGE_LINES, PANEL_LINES, LONG = (
    60,
    4,
    45,
)  # of a page, of a panel's title and rules, and from where on type is smaller
EXACT = 1e-7  # a relative scatter over seeds below this is rounding


def shown(entry: Any, form: str = "") -> str:
    """One entry as people read it; `-` where there is none."""
    if isinstance(entry, Measured):
        exact = 0.0 <= entry.error <= EXACT * max(abs(entry.mean), EXACT)
        return f"{entry.mean:.6g}" if exact else with_error(entry.mean, entry.error)
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


def rows_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The same as plain data, row by row; a number that is not finite becomes None."""
    data = {name: [_plain(entry) for entry in entries] for name, entries in _split(frame).items()}
    return [dict(zip(data, row, strict=True)) for row in zip(*data.values(), strict=True)]


def _plain(entry: Any) -> Any:
    item = entry.item() if hasattr(entry, "item") else entry
    return None if isinstance(item, float) and not math.isfinite(item) else item


def _split(frame: "pd.DataFrame") -> dict[str, list[Any]]:
    data: dict[str, list[Any]] = {}
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


def _panels(content: Content) -> tuple[Panel, ...]:
    names = [str(name) for name in content.frame.columns if name not in content.keys]
    return content.panels or (Panel(title="", columns=tuple(names)),)


def _heading(content: Content, name: str) -> str:
    return content.headings.get(name, name)


def _numeric(frame: "pd.DataFrame", name: str) -> bool:
    """Whether a column holds numbers (and gaps): it is set on the decimal point."""
    return all(
        entry is None or (isinstance(entry, Measured | int | float) and not isinstance(entry, bool))
        for entry in frame[name]
    )


def _columns(content: Content, panel: Panel) -> list[str]:
    return [*content.keys, *panel.columns]


def _rows(content: Content, names: Sequence[str]) -> list[list[str]]:
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


def plain_text(content: Content) -> str:
    """For a terminal."""
    blocks = [content.caption]
    for panel in _panels(content):
        names = _columns(content, panel)
        table = aligned([[_heading(content, name) for name in names], *_rows(content, names)])
        blocks.append(f"{panel.title}:\n{table}" if panel.title else table)
    return "\n\n".join([*blocks, *(["\n".join(content.notes)] if content.notes else [])]) + "\n"


def markdown_text(content: Content) -> str:
    """A pipe table per panel, with the caption above and the notes below."""
    blocks = [f"**{markdown(content.caption)}**"]
    for panel in _panels(content):
        names = _columns(content, panel)
        rule = [" ---: |" if _numeric(content.frame, name) else " --- |" for name in names]
        lines = [
            "| " + " | ".join(markdown(_heading(content, name)) for name in names) + " |",
            "|" + "".join(rule),
            *("| " + " | ".join(map(markdown, row)) + " |" for row in _rows(content, names)),
        ]
        blocks += [f"{markdown(panel.title)}:"] if panel.title else []
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, *map(markdown, content.notes)]) + "\n"


def latex_text(content: Content, *, label: str, comment: Sequence[str] = ()) -> str:
    """One table environment, or one per panel where together they would not fit a page; `comment` lines come first."""
    lines = [
        "% needs \\usepackage{booktabs,siunitx}",
        *("% " + " ".join(line.split()) for line in comment),
    ]
    panels = _panels(content)
    apart = len(panels) > 1 and len(panels) * (len(content.frame) + PANEL_LINES) > PAGE_LINES
    groups = [[panel] for panel in panels] if apart else [list(panels)]
    for index, group in enumerate(groups):
        titles = [f"{content.caption}: {panel.title}" for panel in group] if apart else [content.caption]
        last = index == len(groups) - 1
        lines += _environment(
            content, group, titles[0], f"{label}-{index + 1}" if apart else label, apart, last
        )
    return "\n".join([*lines, ""])


def _environment(
    content: Content, panels: Sequence[Panel], caption: str, label: str, apart: bool, last: bool
) -> list[str]:
    """A table environment with these panels; the notes below the last one."""
    lines = [
        "\\begin{table}[htbp]",
        f"\\centering\\{'scriptsize' if len(content.frame) > LONG else 'footnotesize'}\\setlength{{\\tabcolsep}}{{3pt}}",
        f"\\caption{{{latex(caption)}}}",
        f"\\label{{tab:{label}}}",
    ]
    for index, panel in enumerate(panels):
        if panel.title and not apart:
            lines.append(("\\\\[1ex] " if index else "") + f"\\textit{{{latex(panel.title)}}}\\\\[0.5ex]")
        lines.append(_tabular(content, _columns(content, panel)))
    if last and content.notes:
        notes = " ".join(map(latex, content.notes))
        lines.append(
            f"\\par\\smallskip\\begin{{minipage}}{{\\linewidth}}\\scriptsize {notes}\\end{{minipage}}"
        )
    return [*lines, "\\end{table}"]


def _tabular(content: Content, names: Sequence[str]) -> str:
    numeric = [_numeric(content.frame, name) for name in names]
    rows = [
        [_latex_cell(text, is_number) for text, is_number in zip(row, numeric, strict=True)]
        for row in _rows(content, names)
    ]
    specification = "".join(
        _siunitx([row[i] for row in rows]) if is_number else "l" for i, is_number in enumerate(numeric)
    )
    heading = [f"{{{latex(_heading(content, name))}}}" for name in names]
    return "\n".join([
        f"\\begin{{tabular}}{{{specification}}}", "\\toprule", " & ".join(heading) + " \\\\", "\\midrule",
        *(" & ".join(row) + " \\\\" for row in rows), "\\bottomrule", "\\end{tabular}",
    ])  # fmt: skip


def _latex_cell(text: str, is_number: bool) -> str:
    if text == "-":
        return "{--}"
    return text if is_number else latex(text)


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
