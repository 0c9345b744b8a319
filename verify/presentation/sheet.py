"""A table as a command prints and writes it: for a terminal, in Markdown, in LaTeX, as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from verify.files.atomic import write_text
from verify.presentation.numbers import aligned
from verify.presentation.terminal import UNBROKEN
from verify.presentation.writers import latex_tabular, markdown_table, siunitx_cell

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sheet", "parts_of"]


def parts_of(
    rows: Sequence[Sequence[str]], keys: int, groups: Sequence[int], width: int
) -> list[list[list[str]]]:
    """Rows split into tables that `aligned` sets in at most `width` letters, each with the first `keys` columns.

    Groups of columns, by their numbers, are put side by side while they fit; one that does not fit alone is wider.
    """
    first, parts = keys, [[*range(keys)]]
    for size in groups:
        group = [*range(first, first + size)]
        first += size
        wider = [*parts[-1], *group]
        if len(parts[-1]) > keys and _width(aligned(_chosen(rows, wider))) > width:
            parts.append([*range(keys), *group])
        else:
            parts[-1] = wider
    return [_chosen(rows, part) for part in parts]


def _chosen(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> list[list[str]]:
    return [[row[column] for column in columns] for row in rows]


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


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
        Below the table, in a terminal and in Markdown.
    comment : str
        First line of the LaTeX table, after what it needs.
    keys : int
        How many columns name a row: a table too wide for its terminal is split into parts that all have them.
    groups : tuple of int
        Numbers of columns, after these, that stay together in a part; empty: each may stand alone.
    narrow : tuple of (heading, column)
        What a narrow terminal is shown in place of parts: columns by their number, under headings of their own.
    """

    heading: tuple[str, ...]
    markdown_heading: tuple[str, ...]
    latex_heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    frame: "pd.DataFrame"
    note: str
    comment: str
    keys: int = 1
    groups: tuple[int, ...] = ()
    narrow: tuple[tuple[str, int], ...] = ()

    def text(self, width: int = UNBROKEN) -> str:
        """For a terminal of that width: whole where it fits, else its narrow form, else in parts below each other."""
        whole = aligned([self.heading, *self.rows])
        if _width(whole) <= width:
            return whole
        if self.narrow:
            names, chosen = zip(*self.narrow, strict=True)
            narrow = aligned([names, *([row[column] for column in chosen] for row in self.rows)])
            if _width(narrow) <= width:
                return narrow
        groups = self.groups or (1,) * (len(self.heading) - self.keys)
        return "\n\n".join(
            aligned(part) for part in parts_of([self.heading, *self.rows], self.keys, groups, width)
        )

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
