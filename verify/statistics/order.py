"""Ordered prediction: fix the constant on the first cells, then predict the others."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from verify.statistics.cells import intervals_within, within_scale
from verify.statistics.decisions import joint_verdict, value_verdict
from verify.statistics.inputs import (
    as_cells,
    as_numbers,
    check_count,
    check_positive,
    check_rate,
    check_spread,
)
from verify.statistics.intervals import Interval, student_quantile
from verify.statistics.power import estimate_power, least_count, scale_nodes
from verify.statistics.verdict import Verdict

__all__ = [
    "OrderedCheck",
    "ordered_verdict",
    "ordered_check",
    "ordered_power",
    "ordered_seeds_needed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedCheck:
    """The first cells' weighted mean and how far each later cell lies from it.

    Attributes
    ----------
    fitted : Interval
        Of the weighted mean of the first cells, at error_rate.
    deviations : tuple of Interval
        Of (mean of a later cell - fitted mean), simultaneous: each at error_rate / (number of later cells).
    scale : float
        Observed over predicted standard deviation within cells.
    """

    fitted: Interval
    deviations: tuple[Interval, ...]
    scale: float


def _errors(spread: NDArray[np.float64], seeds: int, first: int) -> tuple[float, NDArray[np.float64]]:
    """Unit-scale standard errors of the first cells' mean and of each later deviation."""
    fitted = 1 / math.sqrt(seeds * float(np.sum(spread[:first] ** -2)))
    return fitted, np.sqrt(spread[first:] ** 2 / seeds + fitted**2)


def _split(first: int, cells: int) -> int:
    """`first` as a number of cells that leaves at least one to predict."""
    count = check_count(first, "first", 1)
    if count >= cells:
        raise ValueError(f"first must leave a cell to predict, got {count} of {cells} cells")
    return count


def ordered_check(z: ArrayLike, *, first: int, spread: ArrayLike, error_rate: float) -> OrderedCheck:
    """Weighted mean of z on the first cells, and every later cell's deviation from it.

    Parameters
    ----------
    z : array_like, shape (cells, seeds)
        log(measured/predicted), cells in order (of scale), all drawn independently.
    first : int
        Cells the constant is fitted on; at least one must be left.
    spread : float or array_like, shape (cells,)
        Predicted standard deviation of z in one run; only its ratios matter.
    error_rate : float
        Of the family of later cells.

    Notes
    -----
    docs/statistics.md, eqs. (15) and (16). The scale is pooled within cells, cells * (seeds - 1) degrees of
    freedom, so that a law that drifts is not excused by a scale that its drift has widened.
    """
    check_rate(error_rate)
    array = as_cells(z, "z")
    cells, seeds = array.shape
    count = _split(first, cells)
    sigma = check_spread(spread, cells)
    scale = within_scale(array, sigma)
    error, later_errors = _errors(sigma, seeds, count)
    means = array.mean(axis=1) if np.isfinite(array).all() else np.full(cells, np.nan)
    weights = sigma[:count] ** -2
    mean = weights @ means[:count] / np.sum(weights)
    (fitted,) = intervals_within(
        np.array([mean]), np.array([error]), scale=scale, error_rate=error_rate, repeats=count * seeds
    )
    deviations = intervals_within(
        means[count:] - mean, later_errors, scale=scale, error_rate=error_rate, repeats=seeds
    )
    return OrderedCheck(fitted=fitted, deviations=deviations, scale=scale[0])


def ordered_verdict(found: OrderedCheck, *, margin: float) -> Verdict:
    """SUPPORTED when every later cell's deviation lies within +- margin, REFUTED when one is disjoint."""
    return joint_verdict(value_verdict(one, predicted=0.0, margin=margin) for one in found.deviations)


def ordered_power(
    *,
    first: int,
    spread: ArrayLike,
    seeds: int,
    error_rate: float,
    margin: float,
    drift: ArrayLike | None = None,
) -> float:
    """Lower bound on P(SUPPORTED | no drift), or on P(REFUTED | z drifts like `drift`), of the ordered check.

    Parameters
    ----------
    spread : array_like, shape (cells,)
        Predicted standard deviation of z in one run.
    drift : array_like, shape (cells,), optional
        Mean of z per cell under the lie.

    Notes
    -----
    docs/statistics.md, eqs. (14) and (16): Sidak's inequality given the scale for the true claim, the best
    single cell for the lie.
    """
    sigma = as_numbers(spread, "spread")
    sigma = check_spread(sigma, sigma.size)
    cells, count, repeats = sigma.size, _split(first, sigma.size), check_count(seeds, "seeds", 2)
    check_positive(margin, "margin")
    dof, share = float(cells * (repeats - 1)), check_rate(error_rate) / (cells - count)
    _, errors = _errors(sigma, repeats, count)
    if drift is None:
        t = student_quantile(error_rate=share, dof=dof)
        s, w = scale_nodes(dof, highest=margin / (t * float(np.max(errors))))
        room = (margin - t * np.outer(errors, s)) / errors[:, None]
        inside = np.clip(special.ndtr(room) - special.ndtr(-room), 0.0, 1.0)
        return min(float(np.sum(w * np.prod(inside, axis=0))), 1.0)
    means = as_numbers(drift, "drift")
    if means.shape != sigma.shape or not np.isfinite(means).all():
        raise ValueError(f"drift must be finite, one per cell ({cells}), got {means.tolist()}")
    weights = sigma[:count] ** -2
    offsets = means[count:] - weights @ means[:count] / np.sum(weights)
    return max(
        estimate_power(
            margin=margin, standard_error=float(e), dof=dof, error_rate=share, offset=float(offset)
        )[1]
        for e, offset in zip(errors, offsets, strict=True)
    )


def ordered_seeds_needed(
    *,
    first: int,
    spread: ArrayLike,
    error_rate: float,
    margin: float,
    drift: ArrayLike | None = None,
    power: float = 0.99,
) -> int:
    """Least seeds a cell at which `ordered_power` reaches `power`, without drift and with the lie's."""
    check_rate(power, "power")

    def enough(seeds: int) -> bool:
        cases = (None,) if drift is None else (None, drift)
        return all(
            ordered_power(
                first=first, spread=spread, seeds=seeds, error_rate=error_rate, margin=margin, drift=case
            )
            >= power
            for case in cases
        )

    return least_count(enough, name="seeds", most=10**6)
