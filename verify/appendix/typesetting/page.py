"""A table or a figure of the appendix as a notebook shows it."""

import base64
import io
from html import escape

from verify.appendix.files import laid_out
from verify.appendix.item import Content
from verify.appendix.typesetting.tabular import columns_of, heading_of, is_numeric, panels_of, shown_rows
from verify.presentation.writers import html_table

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
        align = "".join("r" if is_numeric(content.frame, name) else "l" for name in names)
        heading = [heading_of(content, name) for name in names]
        title = f"<p>{escape(panel.title)}:</p>" if panel.title else ""
        parts.append(f"{title}{html_table(heading, shown_rows(content, names), align)}")
    return "\n".join(parts)


def _picture(content: Content) -> str:
    from verify.presentation.style import figure_style

    buffer = io.BytesIO()
    with figure_style():
        laid_out(content).savefig(buffer, format="png", dpi=DOTS)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    width = round(100.0 * content.size[0])
    style = f"width: {width}px; max-width: 100%; background-color: white"
    return f'<img alt="{escape(content.caption[:120], quote=True)}" src="data:image/png;base64,{data}" style="{style}">'
