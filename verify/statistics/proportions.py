"""Proportions and counts across repeats: exact binomial intervals and their exact power."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from verify.statistics.decisions import bound_verdict
from verify.statistics.inputs import as_numbers, as_repeats, check_count, check_rate
from verify.statistics.intervals import Interval, no_interval
from verify.statistics.power import least_count
from verify.statistics.verdict import Verdict

__all__ = [
    "clopper_pearson",
    "count_interval",
    "outlier_counts",
    "proportion_interval",
    "proportion_power",
    "proportion_repeats_needed",
]


def clopper_pearson(successes: int, trials: int, error_rate: float) -> Interval:
    """Exact interval of a proportion; a trial is one seed.

    Parameters
    ----------
    successes, trials : int
        0 <= successes <= trials, trials >= 2.
    error_rate : float
        Two-sided, each side at half of it: 20 of 20 shows at least 0.61 at 1e-4.

    Notes
    -----
    docs/statistics.md, eq. (17). Valid whatever the proportion, so a record of equal outcomes is judged too.
    """
    check_rate(error_rate)
    total = check_count(trials, "trials", 2)
    found = check_count(successes, "successes", 0)
    if found > total:
        raise ValueError(f"successes must not exceed trials, got {found} of {total}")
    share = found / total
    low, high = _ends(np.array([found]), total, error_rate)
    return Interval(
        estimate=share,
        standard_error=math.sqrt(share * (1 - share) / total),
        low=float(low[0]),
        high=float(high[0]),
        repeats=total,
        dof=math.nan,
    )


def _ends(
    successes: NDArray[np.int_], trials: int, error_rate: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of the exact intervals of many counts of successes."""
    tail = error_rate / 2
    k = np.asarray(successes, dtype=np.float64)
    low = np.where(k == 0, 0.0, special.betaincinv(np.maximum(k, 1), trials - k + 1, tail))
    high = np.where(k == trials, 1.0, special.betainccinv(k + 1, np.maximum(trials - k, 1), tail))
    return low, high


def proportion_interval(outcomes: ArrayLike, *, error_rate: float) -> Interval:
    """Exact interval of the share of repeats with outcome 1 (True).

    Parameters
    ----------
    outcomes : array_like, shape (K,)
        0 or 1 (or bool) per repeat; a nan allows no interval.
    """
    array = as_repeats(outcomes, "outcomes")
    if not np.isfinite(array).all():
        check_rate(error_rate)
        return no_interval(repeats=array.size, dof=math.nan)
    if not np.isin(array, (0.0, 1.0)).all():
        raise ValueError(
            "outcomes must be 0 or 1 per repeat; a share within one run is a value, not an outcome"
        )
    return clopper_pearson(int(array.sum()), array.size, error_rate)


def outlier_counts(p_values: ArrayLike, *, level: float) -> NDArray[np.int_]:
    """Leading eigenvalues per seed whose p-value is below `level`, stopping at the first that is not.

    Parameters
    ----------
    p_values : array_like, shape (seeds, k)
        Of the largest, second largest ... eigenvalue under the law of a bulk without outliers
        (Tracy-Widom, say), each given that those before it are outliers.
    level : float
        Chance of one outlier too many per seed, in (0, 1).

    Returns
    -------
    counts : int ndarray, shape (seeds,)
        -1 for a seed with a p-value that is not a probability (nan: a run that diverged).
    """
    array = as_numbers(p_values, "p_values")
    check_rate(level, "level")
    if array.ndim != 2 or array.shape[1] < 1:
        raise ValueError(f"p_values must have shape (seeds, k) with k >= 1, got {array.shape}")
    if ((array < 0) | (array > 1)).any():
        raise ValueError("p_values must lie in [0, 1]")
    leading = np.cumprod(array < level, axis=1).sum(axis=1)
    return np.where(np.isnan(array).any(axis=1), -1, leading)


def count_interval(counts: ArrayLike, *, expected: int, error_rate: float) -> Interval:
    """Exact interval of the share of seeds whose count is the expected one.

    Judge it by `bound_verdict(interval, lower=share)`; a lie is another expected count. A negative count (no
    count in that run) allows no interval.
    """
    array = as_repeats(counts, "counts")
    wanted = check_count(expected, "expected", 0)
    valid = np.isfinite(array) & (array >= 0)
    if (array[valid] != np.round(array[valid])).any():
        raise ValueError("counts must be whole numbers, one per seed")
    outcomes = np.where(valid, array == wanted, np.nan)
    return proportion_interval(outcomes, error_rate=error_rate)


def proportion_power(
    probability: float,
    *,
    trials: int,
    error_rate: float,
    lower: float | None = None,
    upper: float | None = None,
) -> tuple[float, float]:
    """(P(SUPPORTED), P(REFUTED)) of bound_verdict on the exact interval, at a true `probability`.

    Notes
    -----
    docs/statistics.md, eq. (18): a finite sum, no approximation.
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"probability must lie in [0, 1], got {probability!r}")
    total = check_count(trials, "trials", 2)
    check_rate(error_rate)
    # One call of the judge says whether the bounds are valid, and keeps them in one place.
    bound_verdict(clopper_pearson(0, total, error_rate), lower=lower, upper=upper)
    k = np.arange(total + 1)
    low, high = _ends(k, total, error_rate)
    least, most = -np.inf if lower is None else lower, np.inf if upper is None else upper
    mass = np.exp(
        special.gammaln(total + 1)
        - special.gammaln(k + 1)
        - special.gammaln(total - k + 1)
        + special.xlogy(k, probability)
        + special.xlog1py(total - k, -probability)
    )
    supported = (low >= least) & (high <= most)
    refuted = (high < least) | (low > most)
    return float(mass[supported].sum()), float(mass[refuted].sum())


def proportion_repeats_needed(
    *,
    probability: float,
    lie: float,
    error_rate: float,
    lower: float | None = None,
    upper: float | None = None,
    power: float = 0.99,
) -> int:
    """Least repeats for which `probability` is SUPPORTED, and the probability `lie` REFUTED, with `power`.

    Exact power is not quite monotone in the repeats (the binomial is discrete): fewer may just do.
    """
    check_rate(power, "power")
    if _verdict_at(probability, lower, upper) is not Verdict.SUPPORTED:
        raise ValueError(f"probability must lie strictly within the bounds, got {probability!r}")
    if _verdict_at(lie, lower, upper) is not Verdict.REFUTED:
        raise ValueError(f"lie must lie outside the bounds, got {lie!r}")

    def enough(trials: int) -> bool:
        true, _ = proportion_power(
            probability, trials=trials, error_rate=error_rate, lower=lower, upper=upper
        )
        _, false = proportion_power(lie, trials=trials, error_rate=error_rate, lower=lower, upper=upper)
        return true >= power and false >= power

    return least_count(enough, name="repeats", most=10**6)


def _verdict_at(probability: float, lower: float | None, upper: float | None) -> Verdict:
    """What infinitely many repeats would say."""
    if probability in (lower, upper):
        return Verdict.INCONCLUSIVE
    inside = (lower is None or probability > lower) and (upper is None or probability < upper)
    return Verdict.SUPPORTED if inside else Verdict.REFUTED
