"""Singular values that a run's records hold, against pure noise of the same shape."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.spectra.null_draws import draw_nulls
from verify.spectra.spectrum_data import plain, spectrum_data
from verify.spectra.spectrum_report import SpectrumReport, above_rounding, report_spectrum

if TYPE_CHECKING:
    from verify.spectra.outliers import KnownEdge

__all__ = ["NULL_DRAWS", "numbers_of", "report_of_values"]

NULL_DRAWS = 100
READ = (
    "alpha_hill_null", "alpha_hill_null_sd", "alpha_hill_z", "alpha_hill_matrix_p_value", "alpha_hill_without_outliers",
    "alpha_ks_null", "alpha_ks_null_sd", "alpha_ks_z", "alpha_ks_matrix_p_value", "alpha_ks_without_outliers",
    "alpha_truncated", "bulk_edge", "white_edge", "beyond_white", "bulk_deviation", "bulk_deviation_p_value",
    "bulk_variance",
)  # fmt: skip


def report_of_values(
    values: NDArray[np.float64], *, shape: tuple[int, int], dtype: str, null_draws: int, replicates: int,
    edge: "KnownEdge | None" = None,
) -> SpectrumReport | None:  # fmt: skip
    """The report on a matrix by its singular values; None where they are not finite or all 0.

    Parameters
    ----------
    values : ndarray, shape (min(shape),)
        In any order.
    dtype : str
        That of the matrix: what its rounding alone puts into every value counts as 0.
    edge : KnownEdge, optional
        The bulk's own, where it is known; None estimates it from the values.
    """
    if not np.isfinite(values).all() or not values.any():
        return None
    return report_spectrum(
        above_rounding(values, shape=shape, eps=float(np.finfo(dtype).eps)),
        shape=shape,
        nulls=draw_nulls(*shape, draws=null_draws),
        replicates=replicates,
        edge=edge,
    )


def numbers_of(report: SpectrumReport | None) -> dict[str, float]:
    """What a report says in numbers, by the names of records.csv; those that are open are left out."""
    if report is None:
        return {}
    data = plain(spectrum_data(report))
    found = {name: float(data[name]) for name in READ if data[name] is not None}
    return found | {"outliers": float(len(report.outliers.values))}
