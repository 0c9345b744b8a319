"""How a number and a table look."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "numbers": ["aligned", "number", "time_text", "with_error"],
        "style": ["COLOURS", "COLUMN", "PAGE", "figure_style", "load_matplotlib", "save_figure"],
        "sheet": ["Sheet"],
        "table": ["Column", "Measured", "measured", "sheet_of_columns"],
        "terminal": ["terminal_width", "wrapped"],
        "writers": ["latex_tabular", "markdown_table", "siunitx_cell"],
    },
)
