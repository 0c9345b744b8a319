"""How a number and a table look."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "numbers": ["aligned", "number", "with_error"],
        "style": ["COLOURS", "COLUMN", "PAGE", "figure_style", "save_figure"],
        "table": ["Measured", "Column", "measured", "table_markdown", "table_frame", "table_latex"],
    },
)
