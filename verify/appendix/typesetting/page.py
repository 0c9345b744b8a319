"""A table or a figure of the appendix as a notebook shows it."""

import base64
import io
from collections.abc import Sequence
from html import escape

from verify.appendix.files import laid_out
from verify.appendix.item import Content
from verify.appendix.typesetting.tabular import columns_of, heading_of, is_numeric, panels_of, shown_rows

__all__ = ["content_html"]

DOTS = 150  # per inch, shown at two thirds of them


def content_html(content: Content) -> str:
    """Caption, then the picture, or each panel of the table under the headings that its files have; notes below."""
    shown = _tables(content) if content.draw is None else _picture(content)
    notes = "".join(f"<p>{escape(note)}</p>" for note in content.notes)
    return f"<div><p>{escape(content.caption)}</p>\n{shown}\n{notes}</div>"


def _tables(content: Content) -> str:
    parts = []
    for panel in panels_of(content):
        names = columns_of(content, panel)
        sides = ["right" if is_numeric(content.frame, name) else "left" for name in names]
        heading = "".join(
            f'<th style="text-align: {side}">{escape(heading_of(content, name))}</th>'
            for name, side in zip(names, sides, strict=True)
        )
        rows = "\n".join(f"<tr>{_cells(row, sides)}</tr>" for row in shown_rows(content, names))
        title = f"<p>{escape(panel.title)}:</p>" if panel.title else ""
        parts.append(f"{title}<table><tr>{heading}</tr>\n{rows}\n</table>")
    return "\n".join(parts)


def _cells(row: Sequence[str], sides: Sequence[str]) -> str:
    return "".join(
        f'<td style="text-align: {side}; white-space: nowrap">{escape(text)}</td>'
        for text, side in zip(row, sides, strict=True)
    )


def _picture(content: Content) -> str:
    from verify.presentation.style import figure_style

    buffer = io.BytesIO()
    with figure_style():
        laid_out(content).savefig(buffer, format="png", dpi=DOTS)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    width = round(100.0 * content.size[0])
    style = f"width: {width}px; max-width: 100%; background-color: white"
    return f'<img alt="{escape(content.caption[:120], quote=True)}" src="data:image/png;base64,{data}" style="{style}">'
