"""The one Markdown, the one LaTeX and the one HTML table: headings and rows of texts in, a table out."""

import re
from collections.abc import Sequence
from html import escape

__all__ = ["html_table", "latex_tabular", "markdown_table", "siunitx_cell"]

RULES = {"l": " --- |", "r": " ---: |"}


def markdown_table(heading: Sequence[str], rows: Sequence[Sequence[str]], align: str = "r") -> str:
    """A pipe table without a line's end after it.

    Parameters
    ----------
    heading, rows : texts in Markdown
        A bar that nothing escapes is escaped, a line break becomes a blank.
    align : str of "l" and "r"
        One letter per column, or one for all of them.

    Examples
    --------
    >>> print(markdown_table(["claim", "c"], [["|a|", "0.82(1)"]], "lr"))
    | claim | c |
    | --- | ---: |
    | \\|a\\| | 0.82(1) |
    """
    letters = align * len(heading) if len(align) == 1 else align
    rule = "|" + "".join(RULES[letter] for letter, _ in zip(letters, heading, strict=True))
    return "\n".join([_line(heading), rule, *map(_line, rows)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell.replace("\n", " ")) for cell in cells) + " |"


def html_table(heading: Sequence[str], rows: Sequence[Sequence[str]], align: str = "r") -> str:
    """A table as a notebook shows it; texts are escaped here.

    Examples
    --------
    >>> print(html_table(["n"], [["1 < 2"]]))
    <table><tr><th style="text-align: right">n</th></tr>
    <tr><td style="text-align: right; white-space: nowrap">1 &lt; 2</td></tr>
    </table>
    """
    letters = align * len(heading) if len(align) == 1 else align
    sides = ["left" if letter == "l" else "right" for letter in letters]
    head = "".join(
        f'<th style="text-align: {side}">{escape(name)}</th>'
        for name, side in zip(heading, sides, strict=True)
    )
    body = "\n".join(
        "<tr>"
        + "".join(
            f'<td style="text-align: {side}; white-space: nowrap">{escape(cell)}</td>'
            for cell, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><tr>{head}</tr>\n{body}\n</table>"


def latex_tabular(
    heading: Sequence[str], rows: Sequence[Sequence[str]], columns: str, *, escape: bool = False
) -> str:
    """A tabular with the rules of booktabs, without a line's end after it.

    Parameters
    ----------
    heading, rows : texts in LaTeX
        With `escape`: plain texts, of which every character is escaped.
    columns : str
        What stands in the tabular's own braces, as "lSS" (siunitx).
    """
    import pandas as pd

    frame = pd.DataFrame([list(row) for row in rows], columns=range(len(heading)))
    names = dict(enumerate(heading))
    how = "latex" if escape else None
    body = frame.style.hide(axis="index").format(escape=how)
    body.format_index(names.__getitem__, axis="columns", escape=how)
    return str(body.to_latex(hrules=True, column_format=columns)).removesuffix("\n")


def siunitx_cell(text: str) -> str:
    """A cell of an S column: a number as it is, words in braces, a dash where there is none."""
    if text == "-":
        return "{--}"
    return text if re.match(r"[-+]?[0-9]", text) else f"{{{text}}}"
