"""The mean of one group of cells, its scale pooled with the other cells' fit."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verify.statistics.inputs import as_cells, check_rate, check_sizes, check_spread
from verify.statistics.intervals import Interval
from verify.statistics.power import check_lie, estimate_power, least_count
from verify.statistics.regression import DesignMatrix, coefficient_interval, design_matrix, fit

__all__ = ["group_mean", "group_power", "group_seeds_needed"]


def _design(
    group: NDArray[np.bool_], sizes: Mapping[str, NDArray[np.float64]], spread: NDArray[np.float64]
) -> DesignMatrix:
    """Columns: the group's mean, then mean and exponents of the rest (empty ones are not identified)."""
    inside = group.astype(float)
    rest = 1.0 - inside
    columns = [inside, rest]
    weights = rest * spread**-2
    total = float(np.sum(weights))
    for values in sizes.values():
        logs = np.log(values)
        centre = float(weights @ logs / total) if total > 0 else 0.0
        columns.append(rest * (logs - centre))
    return design_matrix(np.stack(columns, axis=1), spread)


def _checked(group: ArrayLike, cells: int) -> NDArray[np.bool_]:
    mask = np.asarray(group, dtype=bool)
    if mask.shape != (cells,) or not mask.any():
        raise ValueError(f"group must mark at least one of {cells} cells, got {mask.tolist()}")
    return mask


def group_mean(
    z: ArrayLike, group: ArrayLike, sizes: Mapping[str, ArrayLike], *, spread: ArrayLike, error_rate: float
) -> Interval:
    """Interval of the weighted mean of z over the cells of `group`.

    Parameters
    ----------
    z : array_like, shape (cells, seeds)
        log(measured/predicted), every cell and seed drawn independently.
    group : array_like of bool, shape (cells,)
        The cells that are averaged, with weights 1/spread^2.
    sizes : mapping of str to array_like, shape (cells,)
        The other cells are fitted on a constant and these exponents of their own; they lend the scale only.
    spread : float or array_like, shape (cells,)
        Predicted standard deviation of z in one run; only its ratios between cells matter.

    Notes
    -----
    docs/statistics.md: eqs. (8) to (11) with one column for the group and separate ones for the rest. A few cells
    alone have few degrees of freedom, and a Student quantile at 1e-4 to match.
    """
    check_rate(error_rate)
    array = as_cells(z, "z")
    cells, seeds = array.shape
    sigma = check_spread(spread, cells)
    mask = _checked(group, cells)
    design = _design(mask, check_sizes(sizes, cells), sigma)
    return coefficient_interval(
        fit(array, sigma, design), 0, error_rate=error_rate, repeats=int(mask.sum()) * seeds
    )


def group_power(
    group: ArrayLike,
    sizes: Mapping[str, ArrayLike],
    *,
    spread: ArrayLike,
    seeds: int,
    error_rate: float,
    margin: float,
    lies: Mapping[str, float],
) -> float:
    """The least of P(SUPPORTED | true) and P(REFUTED | lie), lies given as distances of the group's mean."""
    mask = np.asarray(group, dtype=bool)
    cells = mask.size
    sigma = check_spread(spread, cells)
    design = _design(_checked(mask, cells), check_sizes(sizes, cells), sigma)
    error, dof = float(design.errors[0]) / np.sqrt(seeds), float(cells * seeds - design.rank)
    found = [estimate_power(margin=margin, standard_error=error, dof=dof, error_rate=error_rate)[0]]
    for lie in lies.values():
        found.append(
            estimate_power(
                margin=margin, standard_error=error, dof=dof, error_rate=error_rate, offset=check_lie(lie)
            )[1]
        )
    return min(found)


def group_seeds_needed(
    group: ArrayLike,
    sizes: Mapping[str, ArrayLike],
    *,
    spread: ArrayLike,
    error_rate: float,
    margin: float,
    lies: Mapping[str, float],
    power: float = 0.99,
) -> int | None:
    """Least seeds a cell at which `group_power` reaches `power`; None where a lie lies within the margin."""
    if any(abs(lie) <= margin for lie in lies.values()):
        return None

    def enough(seeds: int) -> bool:
        found = group_power(
            group, sizes, spread=spread, seeds=seeds, error_rate=error_rate, margin=margin, lies=lies
        )
        return found >= power

    return least_count(enough, name="seeds")
