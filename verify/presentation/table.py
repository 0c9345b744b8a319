"""Columns of measured and predicted numbers, and the table that they make."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.presentation.numbers import number, with_error
from verify.presentation.sheet import Sheet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Measured", "measured", "sheet_of_columns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Mean and standard error over seeds."""

    mean: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the table: its heading, its name in table.csv, and one entry per row, measured ones all or none."""

    heading: str
    name: str
    entries: tuple[Measured | float | str, ...]


def measured(values: Sequence[float]) -> Measured:
    """Mean and standard error; nan where a run gave no number."""
    array = np.array(values, dtype=np.float64)
    error = float(np.std(array, ddof=1) / math.sqrt(len(array))) if len(array) > 1 else math.nan
    return Measured(mean=float(array.mean()), error=error)


def _text_of(entry: Measured | float | str) -> str:
    """A count that is the same in every run, or predicted, is a whole number; all else has its digits."""
    if isinstance(entry, Measured):
        whole = entry.error == 0 and float(entry.mean).is_integer()
        return f"{entry.mean:.0f}" if whole else with_error(entry.mean, entry.error)
    return str(entry) if isinstance(entry, int | str) else number(entry)


def sheet_of_columns(
    columns: Sequence[Column], *, note: str, title: str, keys: int = 1, groups: tuple[int, ...] = ()
) -> Sheet:
    """The columns side by side, ready to be printed and written (`keys`, `groups`: how a narrow terminal splits them)."""
    heading = tuple(column.heading for column in columns)
    rows = zip(*([_text_of(entry) for entry in column.entries] for column in columns), strict=True)
    return Sheet(
        heading=heading,
        markdown_heading=heading,
        latex_heading=tuple(name.replace("_", r"\_") for name in heading),
        rows=tuple(rows),
        frame=_frame(columns),
        note=note,
        comment=f"{title}, standard errors in brackets",
        keys=keys,
        groups=groups,
    )


def _frame(columns: Sequence[Column]) -> "pd.DataFrame":
    """The table as numbers: the columns of table.csv."""
    import pandas as pd

    data: dict[str, list[Any]] = {}
    for column in columns:
        found = [entry for entry in column.entries if isinstance(entry, Measured)]
        if found:
            data[f"{column.name}_mean"] = [entry.mean for entry in found]
            data[f"{column.name}_standard_error"] = [entry.error for entry in found]
        else:
            data[column.name] = [
                entry if isinstance(entry, str) else float(entry)
                for entry in column.entries
                if not isinstance(entry, Measured)
            ]
    return pd.DataFrame(data)
