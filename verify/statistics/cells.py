"""Cells of a design one by one: the scale pooled within cells, and an interval for each cell's mean."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verify.statistics.decisions import value_verdict
from verify.statistics.inputs import as_cells, check_rate, check_spread, usable_cells
from verify.statistics.intervals import Interval, around, no_interval
from verify.statistics.verdict import Verdict

__all__ = ["cell_intervals", "cells_verdict", "within_scale"]


def within_scale(z: NDArray[np.float64], spread: NDArray[np.float64]) -> tuple[float, float, bool]:
    """Observed over predicted sd within cells, its degrees of freedom, and whether z is usable."""
    cells, seeds = z.shape
    dof = float(cells * (seeds - 1))
    if not np.isfinite(z).all():
        return math.nan, dof, False
    residuals = (z - z.mean(axis=1, keepdims=True)) / spread[:, None]
    return float(np.sqrt(np.sum(residuals**2) / dof)), dof, usable_cells(z)


def intervals_within(
    estimates: NDArray[np.float64],
    unit_errors: NDArray[np.float64],
    *,
    scale: tuple[float, float, bool],
    error_rate: float,
    repeats: int,
) -> tuple[Interval, ...]:
    """Simultaneous intervals estimate +- t * scale * unit error, the rate split equally."""
    size, dof, usable = scale
    share = error_rate / len(estimates)
    return tuple(
        around(float(estimate), float(unit) * size, error_rate=share, repeats=repeats, dof=dof)
        if usable
        else no_interval(repeats=repeats, dof=dof, estimate=float(estimate), error=float(unit) * size)
        for estimate, unit in zip(estimates, unit_errors, strict=True)
    )


def cell_intervals(z: ArrayLike, *, spread: ArrayLike, error_rate: float) -> tuple[Interval, ...]:
    """Interval of every cell's mean with the scale pooled within cells, simultaneous over the cells.

    Parameters
    ----------
    z : array_like, shape (cells, seeds)
        log(measured/predicted), every cell and seed drawn independently.
    spread : float or array_like, shape (cells,)
        Predicted standard deviation of z in one run; only its ratios matter.
    error_rate : float
        Of the family of cells.

    Notes
    -----
    docs/statistics.md, eq. (16).
    """
    check_rate(error_rate)
    array = as_cells(z, "z")
    cells, seeds = array.shape
    sigma = check_spread(spread, cells)
    scale = within_scale(array, sigma)
    means = array.mean(axis=1) if np.isfinite(array).all() else np.full(cells, np.nan)
    return intervals_within(
        means, sigma / math.sqrt(seeds), scale=scale, error_rate=error_rate, repeats=seeds
    )


def cells_verdict(intervals: tuple[Interval, ...], *, margin: float) -> Verdict:
    """REFUTED when a cell is disjoint from 0 +- margin, otherwise INCONCLUSIVE, never SUPPORTED.

    A cell inside its band supports nothing: along a ray a rival with a constant of its own fits too.
    """
    found = [value_verdict(interval, predicted=0.0, margin=margin) for interval in intervals]
    return Verdict.REFUTED if Verdict.REFUTED in found else Verdict.INCONCLUSIVE
