"""Formulas, numbers and tables as CSV, Markdown and LaTeX have them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "latex_table": ["latex_text"],
        "symbols": ["latex", "markdown"],
        "tabular": [
            "columns_of",
            "csv_text",
            "heading_of",
            "is_numeric",
            "markdown_text",
            "panels_of",
            "plain_text",
            "plain_rows",
            "shown",
            "shown_rows",
        ],
        "typeset": ["TEX_MISSING", "document"],
    },
)
