"""What was measured of one's own matrices: one object per matrix, as data, as a table, as JSON."""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from verify.measure.comparison import Moved
from verify.presentation.numbers import aligned, number
from verify.presentation.writers import html_table
from verify.spectra.spectrum_data import plain, spectrum_data
from verify.spectra.spectrum_report import SpectrumReport

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["HEADING", "MeasuredMatrix", "Measurements", "TopValues", "row_shown"]

HEADING = ("layer", "shape", "out", "off", "Hill", "null", "z", "KS", "p (iid)", "phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopValues:
    """The largest singular values alone.

    Attributes
    ----------
    values, bounds : tuple of float
        Each lies within its bound of a singular value.
    white_edge : float
        As in SpectrumReport, at the variance that the median of the squared entries gives.
    beyond_white : int
        How many of these values lie beyond it.
    """

    values: tuple[float, ...]
    bounds: tuple[float, ...]
    white_edge: float
    beyond_white: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredMatrix:
    """A matrix and what is said of it.

    Attributes
    ----------
    file, layer : str
    rule : str
        How the array became a matrix: "matrix", "unfolded" or "slice".
    shape : (rows, columns)
    dtype : str
        As it is stored.
    report : SpectrumReport, optional
        None where only the top values were measured, or nothing could be.
    top : TopValues, optional
    moved : Moved, optional
        Against the matrix of the same name in the earlier file.
    notes : tuple of str
    """

    file: str
    layer: str
    rule: str
    shape: tuple[int, int]
    dtype: str
    report: SpectrumReport | None
    top: TopValues | None
    moved: Moved | None
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<MeasuredMatrix {', '.join(f'{h} {c}' for h, c in zip(HEADING, row_shown(self), strict=True) if c != '-')}>"

    def _repr_html_(self) -> str:
        return Measurements([self])._repr_html_()

    def as_json(self) -> dict[str, Any]:
        """As plain data; what is no finite number is None."""
        head = {
            "file": self.file,
            "layer": self.layer,
            "rule": self.rule,
            "shape": list(self.shape),
            "dtype": self.dtype,
        }
        tail = {
            "before": None if self.moved is None else plain(self.moved.as_json()),
            "notes": list(self.notes),
        }
        found: dict[str, Any] = plain(
            {**head, **spectrum_data(self.report) | _of_top(self.report, self.top), **tail}
        )
        return found


def _of_top(report: SpectrumReport | None, top: TopValues | None) -> dict[str, Any]:
    """What the largest values alone say, where there is no report."""
    if report is not None or top is None:
        return {}
    return {"top_values": list(top.values), "beyond_white": top.beyond_white, "white_edge": top.white_edge}


def row_shown(each: MeasuredMatrix) -> tuple[str, ...]:
    """A matrix in a row under HEADING, as people read it."""
    name = each.layer if each.rule != "unfolded" else f"{each.layer} unfolded"
    shape = "{}x{}".format(*each.shape)
    if each.report is None:
        return (name, shape, *("-" for _ in range(7)), "top values" if each.top else "none")
    r = each.report
    p = r.ks.goodness.p_value if r.ks.goodness else None
    numbers = (r.bulk.deviation, r.hill.alpha, r.hill.null, r.hill.z, r.ks.alpha, p)
    cells = [number(value, digits) for value, digits in zip(numbers, (2, 3, 3, 2, 3, 2), strict=True)]
    return (name, shape, str(len(r.outliers.values)), *cells, r.phase)


class Measurements(list[MeasuredMatrix]):
    """The matrices in the order of the files; `left_out` names the arrays that are none."""

    def __init__(self, matrices: list[MeasuredMatrix], left_out: tuple[str, ...] = ()) -> None:
        super().__init__(matrices)
        self.left_out = left_out

    def rows(self) -> list[dict[str, Any]]:
        """One row per matrix, by column: of the outliers their number, of the ratios two columns each."""
        found = []
        for matrix in self:
            row = matrix.as_json()
            ratios, outliers, before = (row.pop(key) for key in ("likelihood_ratios", "outliers", "before"))
            row["rows"], row["columns"] = row.pop("shape")
            row["top_value"] = next(iter(row.pop("top_values")), None)
            row["outliers"] = None if matrix.report is None else len(outliers)
            for each in ratios:
                row[f"ratio_{each['rival']}"] = each["ratio"]
                row[f"ratio_{each['rival']}_p_value"] = each["p_value"]
            moved = (before or {}).items()
            row |= {f"before_{key}": value for key, value in moved if not isinstance(value, list)}
            row["notes"] = "; ".join(row["notes"])
            found.append(row)
        return found

    def to_frame(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.rows())

    def __getitem__(self, index: Any) -> Any:
        """One matrix, or of a slice a list that shows itself as this one does."""
        found = super().__getitem__(index)
        return Measurements(found, self.left_out) if isinstance(index, slice) else found

    def __repr__(self) -> str:
        return f"<Measurements {', '.join(each.layer for each in self)}{self._left()}>"

    def __str__(self) -> str:
        return aligned([HEADING, *map(row_shown, self)]) + self._left("\n")

    def _repr_html_(self) -> str:
        return f"<div>{html_table(HEADING, [*map(row_shown, self)], 'l' + 'r' * 8 + 'l')}{escape(self._left())}</div>"

    def _left(self, before: str = "; ") -> str:
        return f"{before}left out, no matrices: {', '.join(self.left_out)}" if self.left_out else ""
