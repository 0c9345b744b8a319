"""Rows of measured and predicted numbers as Markdown, as a data frame and as LaTeX."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.presentation.numbers import number, with_error

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Measured", "Column", "measured", "table_markdown", "table_frame", "table_latex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Mean and standard error over seeds."""

    mean: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table: its heading, its name in table.csv, and one entry per eta."""

    heading: str
    name: str
    entries: tuple[Measured | float, ...]


def measured(values: Sequence[float]) -> Measured:
    """Mean and standard error; nan where a run gave no number."""
    array = np.array(values, dtype=np.float64)
    error = float(np.std(array, ddof=1) / math.sqrt(len(array))) if len(array) > 1 else math.nan
    return Measured(mean=float(array.mean()), error=error)


def _text_of(entry: Measured | float) -> str:
    """A count that is the same in every run, or predicted, is a whole number; all else has its digits."""
    if isinstance(entry, Measured):
        whole = entry.error == 0 and float(entry.mean).is_integer()
        return f"{entry.mean:.0f}" if whole else with_error(entry.mean, entry.error)
    return str(entry) if isinstance(entry, int) else number(entry)


def _rows(columns: Sequence[Column]) -> list[list[str]]:
    return [[_text_of(entry) for entry in row] for row in zip(*(c.entries for c in columns), strict=True)]


def table_markdown(columns: Sequence[Column], note: str) -> str:
    """The table in Markdown."""
    lines = ["| " + " | ".join(c.heading for c in columns) + " |", "|" + " ---: |" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in _rows(columns)), "", note, ""])


def table_frame(columns: Sequence[Column]) -> "pd.DataFrame":
    """The table as numbers: the columns of table.csv."""
    import pandas as pd

    data: dict[str, list[float]] = {}
    for column in columns:
        if any(isinstance(entry, Measured) for entry in column.entries):
            for part, attribute in (("mean", "mean"), ("standard_error", "error")):
                data[f"{column.name}_{part}"] = [getattr(entry, attribute) for entry in column.entries]
        else:
            data[column.name] = [float(entry) for entry in column.entries]  # type: ignore[arg-type]
    return pd.DataFrame(data)


def table_latex(columns: Sequence[Column], title: str) -> str:
    """The table in LaTeX: booktabs, siunitx, value(standard error)."""
    import pandas as pd

    headings = ["{" + c.heading.replace("_", r"\_") + "}" for c in columns]
    frame = pd.DataFrame([[text if text != "-" else "{--}" for text in row] for row in _rows(columns)])
    body = frame.style.hide(axis="index").format_index(
        lambda index: headings[int(str(index))], axis="columns"
    )
    text = body.to_latex(hrules=True, column_format="S" * len(columns))
    return f"% needs \\usepackage{{booktabs,siunitx}}; {title}, standard errors in brackets\n{text}"
