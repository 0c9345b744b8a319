"""How far a distribution lies from the claimed one: interval of the Kolmogorov distance."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verify.statistics.inputs import as_repeats, check_count, check_rate, is_constant
from verify.statistics.intervals import Interval, no_interval

__all__ = ["draws_needed", "kolmogorov_band", "kolmogorov_distance", "kolmogorov_radius", "GRID"]

GRID = 64  # distributions are compared at the quantiles 1/64 .. 63/64 of the claimed law


@lru_cache(maxsize=1024)  # a dozen milliseconds a call
def kolmogorov_radius(draws: int, *, error_rate: float) -> float:
    """Exact quantile r of the one-sample Kolmogorov statistic: P(sup |F_n - F| > r) = error_rate.

    Notes
    -----
    docs/statistics.md, eq. (19): below the Dvoretzky-Kiefer-Wolfowitz radius sqrt(log(2/error_rate)/(2 n));
    exact for a continuous F, an upper bound for any other.
    """
    from scipy import stats  # heavy, and needed for this one quantile only

    return float(stats.kstwo.isf(check_rate(error_rate), check_count(draws, "draws", 2)))


def kolmogorov_distance(values: ArrayLike, cdf: Callable[[NDArray[np.float64]], ArrayLike]) -> float:
    """sup_x |F_n(x) - F_0(x)| of the sample's distribution function and a continuous one."""
    ordered = np.sort(as_repeats(values, "values"))
    claimed = np.asarray(cdf(ordered), dtype=np.float64)
    if claimed.shape != ordered.shape or not np.isfinite(claimed).all():
        raise ValueError("cdf must return one finite number per value")
    if (claimed < 0).any() or (claimed > 1).any() or (np.diff(claimed) < -1e-12).any():
        raise ValueError("cdf must be non-decreasing with values in [0, 1]")
    steps = np.arange(ordered.size + 1) / ordered.size
    return float(max(np.max(steps[1:] - claimed), np.max(claimed - steps[:-1])))


def _sample_distance(values: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """sup_x |F_n(x) - G_m(x)| of two samples."""
    both = np.concatenate([values, reference])
    one = np.searchsorted(np.sort(values), both, side="right") / values.size
    other = np.searchsorted(np.sort(reference), both, side="right") / reference.size
    return float(np.max(np.abs(one - other)))


def kolmogorov_band(
    values: ArrayLike,
    claimed: Callable[[NDArray[np.float64]], ArrayLike] | ArrayLike,
    *,
    error_rate: float,
) -> Interval:
    """Interval of sup |F - F_0| for the law F of the values: distance of the sample +- kolmogorov_radius.

    Parameters
    ----------
    values : array_like, shape (n,)
        Independent draws (never the eigenvalues of one matrix, which repel each other).
    claimed : callable or array_like, shape (m,)
        Continuous distribution function of F_0; or independent draws from F_0, and then each sample's radius
        is taken at half the error rate.
    error_rate : float
        P(the interval misses the distance) is at most that.

    Returns
    -------
    interval : Interval
        Judge it by `bound_verdict(interval, upper=margin)`. Without ends when a value is not finite or a
        sample is constant. standard_error and dof are nan: the interval is not built from them.

    Notes
    -----
    docs/statistics.md, eq. (20).
    """
    check_rate(error_rate)
    array = as_repeats(values, "values")
    reference = None if callable(claimed) else as_repeats(claimed, "claimed")
    samples = [array] if reference is None else [array, reference]
    if not all(np.isfinite(sample).all() for sample in samples):
        return no_interval(repeats=array.size, dof=math.nan)
    if any(is_constant(sample) for sample in samples):
        return no_interval(repeats=array.size, dof=math.nan)
    if callable(claimed):
        distance = kolmogorov_distance(array, claimed)
    else:
        distance = _sample_distance(*samples)
    radius = sum(kolmogorov_radius(s.size, error_rate=error_rate / len(samples)) for s in samples)
    return Interval(
        estimate=distance,
        standard_error=math.nan,
        low=max(0.0, distance - radius),
        high=min(1.0, distance + radius),
        repeats=array.size,
        dof=math.nan,
    )


def draws_needed(*, margin: float, lie: float, error_rate: float, power: float = 0.99) -> int:
    """Draws that surely do: a true F_0 is SUPPORTED, and an F at distance `lie` REFUTED, with `power`.

    Notes
    -----
    docs/statistics.md, eq. (21), with the Dvoretzky-Kiefer-Wolfowitz radius for both rates: an upper bound.
    """
    check_rate(power, "power")
    if not 0 < margin < lie <= 1:
        raise ValueError(f"0 < margin < lie <= 1 must hold, got margin={margin!r}, lie={lie!r}")
    reach = math.sqrt(math.log(2 / check_rate(error_rate)) / 2) + math.sqrt(math.log(2 / (1 - power)) / 2)
    return math.ceil((reach / min(margin, lie - margin)) ** 2)
