"""Confidence intervals of a mean and of a standard deviation across repeats."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from verify.statistics.inputs import as_repeats, check_positive, check_rate, is_constant

__all__ = ["Interval", "mean_interval", "spread_interval", "student_quantile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Two-sided confidence interval of one number.

    `low` = -inf and `high` = inf say that the record allows no interval: it holds a value that is not
    finite (`estimate` is nan then), or it is constant, which no record of independent runs is. Such an
    interval is never judged but INCONCLUSIVE.

    Attributes
    ----------
    estimate, standard_error, low, high : float
        In the unit of the values.
    repeats : int
        Independent runs behind it.
    dof : float
        Degrees of freedom of `standard_error`; inf where the spread was predicted, nan where there are none
        (intervals that are exact or free of a distribution).
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    repeats: int
    dof: float

    @property
    def usable(self) -> bool:
        """Whether both ends are finite and apart."""
        return math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high

    def contains(self, value: float) -> bool:
        """Whether `value` lies in the closed interval."""
        return self.low <= value <= self.high


def no_interval(*, repeats: int, dof: float, estimate: float = math.nan, error: float = math.nan) -> Interval:
    """The interval of a record that allows none."""
    return Interval(
        estimate=estimate, standard_error=error, low=-math.inf, high=math.inf, repeats=repeats, dof=dof
    )


def student_quantile(*, error_rate: float, dof: float) -> float:
    """Two-sided quantile t with P(|T| > t) = error_rate; the normal one for infinite `dof`."""
    tail = check_rate(error_rate) / 2
    return float(-special.ndtri(tail) if math.isinf(dof) else -special.stdtrit(dof, tail))


def around(estimate: float, error: float, *, error_rate: float, repeats: int, dof: float) -> Interval:
    """estimate +- student_quantile * error."""
    reach = student_quantile(error_rate=error_rate, dof=dof) * error
    return Interval(
        estimate=float(estimate),
        standard_error=float(error),
        low=float(estimate - reach),
        high=float(estimate + reach),
        repeats=repeats,
        dof=float(dof),
    )


def mean_interval(values: ArrayLike, *, error_rate: float, spread: float | None = None) -> Interval:
    """Interval of the mean of one run: mean +- t * sd/sqrt(K).

    Parameters
    ----------
    values : array_like, shape (K,)
        One number per repeat, K >= 2.
    error_rate : float
        Two-sided, in (0, 1).
    spread : float, optional
        Predicted standard deviation of one run. With it the quantile is the normal one and the sample's own
        spread is not used: only for a prediction that a test has confirmed.

    Returns
    -------
    interval : Interval
        Without ends (-inf, inf) when a value is not finite or all are equal.

    Raises
    ------
    ValueError
        With fewer than two repeats, or a spread that is not finite and positive.

    Notes
    -----
    docs/statistics.md, eqs. (1) and (2). Exact for normal values.
    """
    check_rate(error_rate)
    array = as_repeats(values, "values")
    if spread is not None:
        check_positive(spread, "spread")
    dof = math.inf if spread is not None else float(array.size - 1)
    if not np.isfinite(array).all():
        return no_interval(repeats=array.size, dof=dof)
    # A millionth of the predicted spread is no scatter either.
    if is_constant(array) or (spread is not None and np.ptp(array) <= 1e-6 * spread):
        return no_interval(repeats=array.size, dof=dof, estimate=float(array[0]), error=0.0)
    with np.errstate(over="ignore"):  # a diverged run may be finite and too large to be squared
        deviation = float(np.std(array, ddof=1)) if spread is None else spread
        mean = float(np.mean(array))
    if not (math.isfinite(deviation) and math.isfinite(mean)):
        return no_interval(repeats=array.size, dof=dof)
    error = deviation / math.sqrt(array.size)
    return around(mean, error, error_rate=error_rate, repeats=array.size, dof=dof)


def spread_interval(values: ArrayLike, *, error_rate: float) -> Interval:
    """Interval of the standard deviation of one run, by the chi-square law of the sample variance.

    Notes
    -----
    docs/statistics.md, eq. (3). Exact for normal values, sensitive to heavy tails: the rate is off by the
    excess kurtosis. It confirms a predicted spread, and never a mean.
    """
    check_rate(error_rate)
    array = as_repeats(values, "values")
    dof = array.size - 1
    if not np.isfinite(array).all():
        return no_interval(repeats=array.size, dof=dof)
    if is_constant(array):
        return no_interval(repeats=array.size, dof=dof, estimate=0.0, error=0.0)
    deviation = float(np.std(array, ddof=1))
    upper, lower = special.chdtri(dof, error_rate / 2), special.chdtri(dof, 1 - error_rate / 2)
    return Interval(
        estimate=deviation,
        standard_error=deviation / math.sqrt(2 * dof),
        low=deviation * math.sqrt(dof / upper),
        high=deviation * math.sqrt(dof / lower),
        repeats=array.size,
        dof=float(dof),
    )
