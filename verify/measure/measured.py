"""What was measured of one's own matrices: one object per matrix, as data, as a table, as JSON."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verify.measure.comparison import Moved
from verify.spectra.alphas import AlphaReport
from verify.spectra.spectrum_report import SpectrumReport

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MeasuredMatrix", "Measurements", "TopValues"]


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
            "before": None if self.moved is None else _plain(self.moved.as_json()),
            "notes": list(self.notes),
        }
        plain: dict[str, Any] = _plain({**head, **_of_report(self.report, self.top), **tail})
        return plain


def _of_report(report: SpectrumReport | None, top: TopValues | None) -> dict[str, Any]:
    r = report
    hill, ks = (None, None) if r is None else (r.hill, r.ks)
    alphas = _of_alpha("alpha_hill", hill) | _of_alpha("alpha_ks", ks)
    tops = [math.sqrt(l) for l in r.eigenvalues[::-1][:5]] if r else list(top.values) if top else []
    return {
        "top_values": tops,
        "rank": round(r.evidence.rank_share * min(r.shape)) if r else None,
        "outliers": [{"value": each.value, "p_value": each.p_value} for each in r.outliers.values]
        if r
        else [],
        "bulk_edge": r and r.outliers.edge,
        "beyond_white": r.beyond_white if r else top and top.beyond_white,
        "white_edge": r.white_edge if r else top and top.white_edge,
        "bulk_variance": r and r.bulk.variance,
        "bulk_deviation": r and r.bulk.deviation,
        "bulk_deviation_p_value": r and r.deviation_p_value,
        **alphas,
        "alpha_truncated": r and r.truncated and r.truncated.alpha,
        "likelihood_ratios": [
            {"rival": each.rival, "ratio": each.ratio, "p_value": each.p_value}
            for each in (r.ratios if r else ())
        ],
        "phase": r and r.phase,
        "phase_reason": r and r.phase_reason,
    }


def _of_alpha(name: str, alpha: AlphaReport | None) -> dict[str, Any]:
    """The keys of one exponent; `_p_value` is the bootstrap's, iid assumed, `_matrix_p_value` counts matrices."""
    a = alpha
    return {
        name: a and a.alpha,
        f"{name}_null": a and a.null,
        f"{name}_null_sd": a and a.null_sd,
        f"{name}_null_limit": a and a.null_limit,
        f"{name}_z": a and a.z,
        f"{name}_matrix_p_value": a and a.matrix_p_value,
        f"{name}_p_value": a and a.goodness and a.goodness.p_value,
        f"{name}_without_outliers": a and a.without_outliers,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


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

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html())
