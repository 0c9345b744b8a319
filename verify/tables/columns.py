"""What the tables' modules share: columns with headings, means over seeds, deviations from predictions."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from verify.appendix.item import Content, TablePanel
from verify.presentation.table import Measured
from verify.running.design import Readings

__all__ = ["ItemColumn", "content_of", "deviation", "measured_finite", "value_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemColumn:
    """One column: its name in the CSV, its heading in plain text, its entries, and the panel that it stands in."""

    name: str
    heading: str
    entries: tuple[object, ...]
    panel: str | None = None  # None: a key, repeated in every panel
    form: str = ""  # as in `Content.formats`


def content_of(columns: Sequence[ItemColumn], caption: str, *notes: str) -> Content:
    """A table of these columns, a panel per name in the order of their first columns."""
    import pandas as pd

    panels = dict.fromkeys(column.panel for column in columns if column.panel is not None)
    return Content(
        frame=pd.DataFrame(
            {column.name: pd.Series(list(column.entries), dtype=object) for column in columns}
        ),
        caption=caption,
        notes=notes,
        headings={column.name: column.heading for column in columns},
        formats={column.name: column.form for column in columns if column.form},
        keys=tuple(column.name for column in columns if column.panel is None),
        panels=tuple(
            TablePanel(title=title, columns=tuple(c.name for c in columns if c.panel == title))
            for title in panels
        ),
    )


def measured_finite(values: Sequence[float]) -> Measured:
    """Mean and standard error over seeds; nan where one run gave no number (divergence is a value)."""
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        return Measured(mean=math.nan, error=math.nan)
    error = float(array.std(ddof=1) / math.sqrt(array.size)) if array.size > 1 else math.nan
    return Measured(mean=float(array.mean()), error=error)


def value_of(readings: Sequence[Readings], read: Callable[[Readings], float]) -> Measured:
    """One number per seed -> mean and standard error."""
    return measured_finite([read(one) for one in readings])


def deviation(found: Measured, predicted: float, spread: float = math.nan, seeds: int = 0) -> float:
    """(measured - predicted) in standard errors: the predicted one where `spread` of one run is given, else the sample's."""
    unit = spread / math.sqrt(seeds) if seeds and math.isfinite(spread) and spread > 0 else found.error
    return (found.mean - predicted) / unit if math.isfinite(unit) and unit > 0 else math.nan
