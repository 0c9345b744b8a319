"""Power of an estimate with an estimated standard error, before any data: P(supported), P(refuted)."""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from verify.statistics.inputs import check_count, check_positive, check_rate
from verify.statistics.intervals import student_quantile

__all__ = ["estimate_power", "least_count", "power_value", "repeats_needed", "scale_nodes", "side_power"]

_PANELS, _NODES = 40, 16


@lru_cache(maxsize=1)
def _legendre() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes and weights of one panel: the same in every call."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    return _kept(x, w)


@lru_cache(maxsize=256)
def scale_nodes(dof: float, *, highest: float = math.inf) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes s and weights w with sum w g(s) = E[g(S); S <= highest], S = sqrt(chi2_dof/dof).

    Gauss-Legendre in log S between the quantiles 1e-17 and 1 - 1e-17 of S, in panels, since with few degrees
    of freedom what counts happens near 0; cut at `highest`, where the integrand of an interval that must fit
    into a margin has its kink. One node at 1 for infinite `dof`.
    """
    if math.isinf(dof):
        return _kept(np.ones(1), np.ones(1) * (highest >= 1.0))
    least = math.sqrt(2 * special.gammaincinv(dof / 2, 1e-17) / dof)
    most = min(math.sqrt(2 * special.gammainccinv(dof / 2, 1e-17) / dof), highest)
    if most <= least:
        return _kept(np.ones(1), np.zeros(1))
    x, w = _legendre()
    ends = np.linspace(math.log(least), math.log(most), _PANELS + 1)
    width = (ends[1] - ends[0]) / 2
    log_s = ((ends[:-1] + ends[1:])[:, None] / 2 + width * x).ravel()
    s = np.exp(log_s)
    # Density of log S: 2 (dof/2)^(dof/2) / Gamma(dof/2) s^dof exp(-dof s^2/2).
    log_density = (
        math.log(2.0) + dof / 2 * math.log(dof / 2) - math.lgamma(dof / 2) + dof * log_s - dof * s * s / 2
    )
    return _kept(s, np.tile(width * w, _PANELS) * np.exp(log_density))


def _kept(s: NDArray[np.float64], w: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both read-only: every caller gets the same."""
    s.flags.writeable = w.flags.writeable = False
    return s, w


def estimate_power(
    *, margin: float, standard_error: float, dof: float, error_rate: float, offset: float = 0.0
) -> tuple[float, float]:
    """(P(SUPPORTED), P(REFUTED)) of value_verdict for an estimate N(predicted + offset, standard_error^2).

    Its standard error is estimated with `dof` degrees of freedom, independently of it (inf: known).

    Notes
    -----
    docs/statistics.md, eqs. (5) and (6): exact, one integral over the law of the estimated scale.
    """
    m = check_positive(margin, "margin") / check_positive(standard_error, "standard_error")
    t, shift = student_quantile(error_rate=error_rate, dof=dof), offset / standard_error
    return _supported(m, t, shift, dof), _refuted(m, t, shift, dof)


def _supported(m: float, t: float, shift: float, dof: float) -> float:
    """P(SUPPORTED) at margin and shift in standard errors, t the quantile."""
    s, w = scale_nodes(dof, highest=m / t)
    inside = special.ndtr(m - t * s - shift) - special.ndtr(-m + t * s - shift)
    return min(float(np.sum(w * np.clip(inside, 0.0, 1.0))), 1.0)


def _refuted(m: float, t: float, shift: float, dof: float) -> float:
    """P(REFUTED), the same."""
    s, w = scale_nodes(dof)
    return min(float(np.sum(w * (special.ndtr(shift - m - t * s) + special.ndtr(-shift - m - t * s)))), 1.0)


@lru_cache(maxsize=4096)  # a millisecond a call, and a catalogue asks for the same designs again and again
def power_value(
    *,
    margin: float,
    spread: float,
    repeats: int,
    error_rate: float,
    lie: float | None = None,
    known_spread: bool = False,
) -> float:
    """P(SUPPORTED | the claim is true), or P(REFUTED | the truth is `lie` away), of a mean.

    Parameters
    ----------
    margin, spread : float
        Margin of the claim and standard deviation of one run, in one unit.
    repeats : int
        Independent runs, >= 2.
    error_rate : float
        Of the two-sided interval.
    lie : float, optional
        Distance of the lie from the prediction, same unit. The same number is the probability that the lie's
        own prediction +- margin is refuted while the claim is true.
    known_spread : bool
        Whether the interval uses the predicted spread (normal quantile) instead of Student's t.
    """
    count = check_count(repeats, "repeats", 2)
    check_positive(spread, "spread")
    dof, error = math.inf if known_spread else count - 1, spread / math.sqrt(count)
    m, t = check_positive(margin, "margin") / error, student_quantile(error_rate=error_rate, dof=dof)
    return _supported(m, t, 0.0, dof) if lie is None else _refuted(m, t, check_lie(lie) / error, dof)


@lru_cache(maxsize=4096)
def side_power(*, distance: float, spread: float, repeats: int, error_rate: float) -> float:
    """P(the interval of a mean lies wholly beyond a bound that the true mean is beyond by `distance`).

    Parameters
    ----------
    distance : float
        True mean less a lower bound, or an upper bound less the true mean; negative on the wrong side of it.
    spread : float
        Standard deviation of one run, same unit.
    repeats : int
        Independent runs, >= 2.
    error_rate : float
        Of the two-sided interval.

    Notes
    -----
    docs/statistics.md, eq. (29): P(Z + distance/e >= t S), exact for normal values.
    """
    count = check_count(repeats, "repeats", 2)
    shift = distance / (check_positive(spread, "spread") / math.sqrt(count))
    t = student_quantile(error_rate=error_rate, dof=count - 1)
    s, w = scale_nodes(count - 1)
    return min(float(np.sum(w * special.ndtr(shift - t * s))), 1.0)


def check_lie(lie: float) -> float:
    """A lie differs from the claim by a finite amount."""
    if not (math.isfinite(lie) and lie != 0):
        raise ValueError(f"lie must be finite and differ from the prediction, got distance {lie!r}")
    return float(lie)


def repeats_needed(
    *,
    margin: float,
    spread: float,
    error_rate: float,
    power: float = 0.99,
    lie: float | None = None,
    known_spread: bool = False,
) -> int:
    """Least repeats for which a true claim is SUPPORTED and the lie REFUTED with probability `power`.

    Raises
    ------
    ValueError
        If the lie lies within the margin (no number of repeats refutes it) or more than 1e9 would be needed.
    """
    check_rate(power, "power")
    if lie is not None and abs(check_lie(lie)) <= margin:
        raise ValueError(
            f"lie must lie outside the margin {margin!r}, got distance {lie!r}; narrow the margin"
        )

    def enough(count: int) -> bool:
        cases = (None,) if lie is None else (None, lie)
        return all(
            power_value(
                margin=margin,
                spread=spread,
                repeats=count,
                error_rate=error_rate,
                lie=case,
                known_spread=known_spread,
            )
            >= power
            for case in cases
        )

    return least_count(enough, name="repeats")


def least_count(enough: Callable[[int], bool], *, name: str, first: int = 2, most: int = 10**9) -> int:
    """Least count >= `first` for which `enough(count)`, a monotone predicate, holds."""
    low, high = first - 1, first
    while not enough(high):
        low, high = high, 2 * high
        if high > most:
            raise ValueError(
                f"more than {most} {name} would be needed; widen the margin or quieten the estimate"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
