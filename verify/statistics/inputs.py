"""Checks of what the other files of this package are given: name, requirement, value, what to change."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "as_cells",
    "as_numbers",
    "as_repeats",
    "check_count",
    "check_positive",
    "check_rate",
    "is_constant",
    "usable_cells",
]

_ROUNDING = 8 * np.finfo(np.float64).eps


def as_numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """`values` as a float64 array; TypeError when they are no real numbers."""
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} must be real numbers, got dtype {array.dtype}; pass a float array")
    return array.astype(np.float64)


def as_repeats(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """`values` as one number per repeat; ValueError when they are not one-dimensional or fewer than two."""
    array = as_numbers(values, name)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, one number per repeat, got shape {array.shape}")
    if array.size < 2:
        raise ValueError(f"{name} must hold at least 2 repeats for an interval, got {array.size}; add seeds")
    return array


def as_cells(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """`values` as an array of shape (cells, seeds) with at least one cell and two seeds."""
    array = as_numbers(values, name)
    if array.ndim != 2:
        raise ValueError(f"{name} must have shape (cells, seeds), got shape {array.shape}")
    if array.shape[0] < 1:
        raise ValueError(f"{name} must hold at least one cell, got shape {array.shape}")
    if array.shape[1] < 2:
        raise ValueError(f"{name} must hold at least 2 seeds a cell, got {array.shape[1]}; add seeds")
    return array


def check_rate(rate: float, name: str = "error_rate") -> float:
    """A probability strictly between 0 and 1."""
    if not 0.0 < rate < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1, got {rate!r}; the default is 1e-4")
    return float(rate)


def check_positive(value: float, name: str) -> float:
    """A finite number above 0."""
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be finite and positive, got {value!r}")
    return float(value)


def check_count(value: int, name: str, least: int) -> int:
    """An integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value}")
    return int(value)


def check_spread(spread: ArrayLike, cells: int) -> NDArray[np.float64]:
    """Predicted standard deviations of one run, one per cell (a scalar is repeated)."""
    array = as_numbers(spread, "spread")
    if array.ndim > 1 or (array.ndim == 1 and array.size != cells):
        raise ValueError(f"spread must be one number or one per cell ({cells}), got shape {array.shape}")
    if not (np.isfinite(array).all() and (array > 0).all()):
        raise ValueError(f"spread must be finite and positive in every cell, got {array.tolist()}")
    return np.broadcast_to(array, (cells,))


def check_sizes(sizes: Mapping[str, ArrayLike], cells: int | None = None) -> dict[str, NDArray[np.float64]]:
    """Sizes per cell by name, all of one length, finite and positive."""
    arrays = {name: as_numbers(values, f"sizes[{name!r}]") for name, values in sizes.items()}
    for name, array in arrays.items():
        cells = array.size if cells is None else cells
        if array.shape != (cells,):
            raise ValueError(f"sizes[{name!r}] must have shape ({cells},), one per cell, got {array.shape}")
        if not (np.isfinite(array).all() and (array > 0).all()):
            raise ValueError(f"sizes[{name!r}] must be finite and positive, got {array.tolist()}")
    return arrays


def is_constant(values: NDArray[np.float64]) -> bool:
    """Whether all entries are equal up to rounding: no record of independent runs is."""
    return bool(np.ptp(values) <= _ROUNDING * np.max(np.abs(values)))


def usable_cells(z: NDArray[np.float64]) -> bool:
    """Whether z, shape (cells, seeds), can be a record of independent runs.

    It cannot when a value is not finite, when the seeds of a cell agree to the last digit, or when two cells,
    or two seeds over all cells, hold the same numbers: those are copies, not repeats.
    """
    if not np.isfinite(z).all():
        return False
    # z is a logarithm, so its rounding is absolute.
    peak = np.maximum(np.max(np.abs(z), axis=1), 1.0)
    if (np.ptp(z, axis=1) <= _ROUNDING * peak).any():
        return False
    return _all_different(z) and (len(z) == 1 or _all_different(z.T))


def _all_different(rows: NDArray[np.float64]) -> bool:
    """Whether no two rows are equal; rows that differ in their first entry need no second look."""
    if len(np.unique(rows[:, 0])) == len(rows):
        return True
    return len(np.unique(rows, axis=0)) == len(rows)
