"""Orders and trends within a seed: paired contrasts and rank correlations, with intervals across seeds."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from verify.statistics.inputs import as_numbers, as_repeats, check_rate
from verify.statistics.intervals import Interval, mean_interval, no_interval
from verify.statistics.power import least_count

__all__ = [
    "bounded_mean_interval",
    "bounded_mean_low",
    "bounded_repeats_needed",
    "coefficient_mean_interval",
    "paired_contrast",
    "spearman_coefficients",
    "trend_interval",
]


def paired_contrast(
    a: ArrayLike, b: ArrayLike, *, error_rate: float, spread: float | None = None
) -> Interval:
    """Interval of the mean of a - b, paired within a seed.

    Parameters
    ----------
    a, b : array_like, shape (K,)
        Same seeds in the same order.
    error_rate : float
    spread : float, optional
        Predicted standard deviation of one difference.

    Returns
    -------
    interval : Interval
        "a exceeds b by at least m" is `bound_verdict(interval, lower=m)`.

    Notes
    -----
    docs/statistics.md, eq. (22).
    """
    one, other = as_repeats(a, "a"), as_repeats(b, "b")
    if one.shape != other.shape:
        raise ValueError(f"a and b must hold the same seeds, got {one.size} and {other.size} values")
    finite = np.isfinite(one) & np.isfinite(other)
    # Two diverged runs (inf - inf) are not equal: nan, without a warning.
    difference = np.subtract(one, other, out=np.full(one.shape, np.nan), where=finite)
    return mean_interval(difference, error_rate=error_rate, spread=spread)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average ranks along the last axis."""
    below = np.sum(values[..., None, :] < values[..., :, None], axis=-1)
    equal = np.sum(values[..., None, :] == values[..., :, None], axis=-1)
    return below + (equal + 1) / 2


def spearman_coefficients(values: ArrayLike, levels: ArrayLike) -> NDArray[np.float64]:
    """Spearman's rank correlation of values and levels within each seed.

    Parameters
    ----------
    values : array_like, shape (seeds, levels)
    levels : array_like, shape (levels,)
        The swept parameter, at least three different values.

    Returns
    -------
    coefficients : float64 ndarray, shape (seeds,)
        nan for a seed with a value that is nan, or whose values are all equal. A diverged value (inf) is
        the largest.
    """
    array, steps = as_numbers(values, "values"), as_numbers(levels, "levels")
    if array.ndim != 2 or steps.shape != array.shape[1:]:
        raise ValueError(
            f"values must have shape (seeds, levels) and levels match, got {array.shape} and {steps.shape}"
        )
    if not np.isfinite(steps).all() or np.unique(steps).size < 3:
        raise ValueError(f"levels must be finite with at least 3 different ones, got {steps.tolist()}")
    x = _ranks(steps) - (steps.size + 1) / 2
    y = _ranks(array) - (steps.size + 1) / 2
    length = np.sqrt(np.sum(y**2, axis=1))
    valid = (length > 0) & ~np.isnan(array).any(axis=1)
    coefficients = y @ x / np.where(valid, length, 1.0) / math.sqrt(float(x @ x))
    return np.where(valid, np.clip(coefficients, -1.0, 1.0), np.nan)


def bounded_mean_interval(
    values: ArrayLike, *, error_rate: float, lower: float = 0.0, upper: float = 1.0
) -> Interval:
    """Interval of the mean of a variable that is known to lie in [lower, upper], whatever its law.

    Valid also for a record of equal values, where Student's t has none: at the ends it is the interval of
    `clopper_pearson`, and elsewhere wider.

    Notes
    -----
    docs/statistics.md, eq. (23): Hoeffding's bound exp(-K * KL(mean || mu)), inverted on either side.
    """
    check_rate(error_rate)
    array = as_repeats(values, "values")
    if not (math.isfinite(lower) and math.isfinite(upper) and lower < upper):
        raise ValueError(f"lower < upper must be finite, got {lower!r}, {upper!r}")
    if not np.isfinite(array).all():
        return no_interval(repeats=array.size, dof=math.nan)
    if (array < lower).any() or (array > upper).any():
        raise ValueError(f"values must lie in [{lower}, {upper}], got {array.min()} to {array.max()}")
    # Rounding of the mean may step outside by an ulp.
    share = float(np.clip((np.mean(array) - lower) / (upper - lower), 0.0, 1.0))
    room = math.log(2 / error_rate) / array.size
    low, high = _reach(share, room), 1 - _reach(1 - share, room)
    return Interval(
        estimate=float(np.mean(array)),
        standard_error=float(np.std(array, ddof=1) / math.sqrt(array.size)),
        low=lower + (upper - lower) * low,
        high=lower + (upper - lower) * high,
        repeats=array.size,
        dof=math.nan,
    )


def bounded_mean_low(
    mean: float, *, repeats: int, error_rate: float, lower: float = 0.0, upper: float = 1.0
) -> float:
    """Lower end of `bounded_mean_interval` for a record of that mean."""
    share = float(np.clip((mean - lower) / (upper - lower), 0.0, 1.0))
    return lower + (upper - lower) * _reach(share, math.log(2 / error_rate) / repeats)


def _reach(share: float, room: float) -> float:
    """Least mu <= share with KL(share || mu) <= room, by bisection; errs downwards."""
    low, high = 0.0, share
    for _ in range(80):
        middle = (low + high) / 2
        if _divergence(share, middle) > room:
            low = middle
        else:
            high = middle
    return low


def _divergence(share: float, other: float) -> float:
    """KL(share || other) of two coins."""
    return float(special.rel_entr(share, other) + special.rel_entr(1 - share, 1 - other))


def _typical(share: float, room: float) -> float:
    """Greatest sample mean x >= share with KL(x || share) <= room, by bisection; errs upwards."""
    low, high = share, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        if _divergence(middle, share) > room:
            high = middle
        else:
            low = middle
    return high


def bounded_repeats_needed(
    *,
    mean: float,
    bound: float,
    error_rate: float,
    power: float = 0.99,
    lower: float = 0.0,
    upper: float = 1.0,
) -> int:
    """Repeats for which the interval of `bounded_mean_interval` lies on `mean`'s side of `bound`.

    With probability of at least `power` whatever the law with that mean: an upper bound on what is needed.

    Notes
    -----
    docs/statistics.md, eq. (24).
    """
    check_rate(error_rate)
    check_rate(power, "power")
    if not lower <= mean <= upper or not lower < bound < upper or mean == bound:
        raise ValueError(f"mean and bound must differ within [{lower}, {upper}], got {mean!r} and {bound!r}")
    share, edge = (mean - lower) / (upper - lower), (bound - lower) / (upper - lower)
    if share > edge:
        share, edge = 1 - share, 1 - edge

    def enough(count: int) -> bool:
        worst = _typical(share, math.log(1 / (1 - power)) / count)
        return worst < edge and count * _divergence(worst, edge) >= math.log(2 / error_rate)

    return least_count(enough, name="repeats")


def trend_interval(values: ArrayLike, levels: ArrayLike, *, error_rate: float) -> Interval:
    """Interval of the mean over seeds of Spearman's coefficient within a seed.

    Judge "falls with the level" by `bound_verdict(interval, upper=-margin)`. The interval is that of a bounded
    variable: coefficients crowd at -1 and 1, where Student's t claims what it cannot know.

    Notes
    -----
    docs/statistics.md, eqs. (23) and (25). Without ends when a seed has no coefficient, or when all seeds
    hold the same values.
    """
    check_rate(error_rate)
    array = as_numbers(values, "values")
    coefficients = as_repeats(spearman_coefficients(array, levels), "seeds of values")
    if np.isnan(coefficients).any() or (array == array[0]).all():
        return no_interval(repeats=array.shape[0], dof=math.nan)
    return coefficient_mean_interval(coefficients, error_rate=error_rate)


def coefficient_mean_interval(coefficients: ArrayLike, *, error_rate: float) -> Interval:
    """Interval of the mean of rank coefficients, one per seed: `trend_interval` of seeds whose coefficients are known."""
    return bounded_mean_interval(coefficients, error_rate=error_rate, lower=-1.0, upper=1.0)
