"""Singular values that a run's records hold, against pure noise of the same shape."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verify.spectra.null_draws import NullDraws, draw_nulls
from verify.spectra.spectrum_report import SpectrumReport, report_spectrum

__all__ = ["NULL_DRAWS", "null_of", "report_of_values"]

NULL_DRAWS = 100


@lru_cache(maxsize=16)
def null_of(N: int, d: int, draws: int) -> NullDraws | None:
    """Null matrices of a shape, drawn once."""
    return draw_nulls(N, d, draws=draws) if draws else None


def report_of_values(
    values: NDArray[np.float64], *, shape: tuple[int, int], dtype: str, null_draws: int, replicates: int
) -> SpectrumReport | None:
    """The report on a matrix by its singular values; None where they are not finite or all 0.

    Parameters
    ----------
    values : ndarray, shape (min(shape),)
        In any order.
    dtype : str
        That of the matrix: what its rounding alone puts into every value counts as 0.
    """
    if not np.isfinite(values).all() or not values.any():
        return None
    rows, columns = shape
    spread = float(np.sqrt(np.sum(values**2) / (rows * columns)))
    noise = float(np.finfo(dtype).eps) * spread * (rows**0.5 + columns**0.5)
    return report_spectrum(
        np.where(values > noise, values, 0.0) ** 2,
        shape=shape,
        nulls=null_of(*shape, null_draws),
        replicates=replicates,
    )
