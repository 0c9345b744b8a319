"""A table as a command prints and writes it: for a terminal, in Markdown, in LaTeX, as numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from verify.files.atomic import write_text
from verify.presentation.numbers import aligned
from verify.presentation.writers import latex_tabular, markdown_table, siunitx_cell

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of texts, and the numbers behind it.

    Attributes
    ----------
    heading, markdown_heading, latex_heading : tuple of str
        Of the same columns, for a terminal and in either language.
    rows : tuple of tuple of str
        `-` where there is no number.
    frame : DataFrame
        The numbers: the columns of table.csv.
    note : str
        Below the Markdown table.
    comment : str
        First line of the LaTeX table, after what it needs.
    """

    heading: tuple[str, ...]
    markdown_heading: tuple[str, ...]
    latex_heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    frame: "pd.DataFrame"
    note: str
    comment: str

    def text(self) -> str:
        """For a terminal."""
        return aligned([self.heading, *self.rows])

    def markdown(self) -> str:
        """With the note below."""
        return "\n".join([markdown_table(self.markdown_heading, self.rows), "", self.note, ""])

    def latex(self) -> str:
        """With booktabs and siunitx, value(standard error)."""
        rows = [[siunitx_cell(text) for text in row] for row in self.rows]
        heading = [f"{{{name}}}" for name in self.latex_heading]
        body = latex_tabular(heading, rows, "S" * len(heading))
        return f"% needs \\usepackage{{booktabs,siunitx}}; {self.comment}\n{body}\n"

    def files(self) -> Mapping[str, str]:
        """The texts of table.csv, table.md and table.tex by their names."""
        csv = self.frame.to_csv(index=False, lineterminator="\n")
        return {"table.csv": csv, "table.md": self.markdown(), "table.tex": self.latex()}

    def write(self, out: Path) -> None:
        """Write them into `out`."""
        for name, text in self.files().items():
            write_text(out / name, text)
