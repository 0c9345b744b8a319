"""Whether a tail is better described by a power law or by one of its rivals: Vuong's likelihood ratios.

All laws live on l >= x_min. With y = ln(l/x_min) the power law is the exponential density exp(-a y); the lognormal adds
-b y^2 and the truncated power law -b (exp(y) - 1) in the exponent, b >= 0: two exponential families, whose
log-likelihoods are concave. So there is one maximum, found from anywhere, and it never lies below the power law's own,
which is b = 0. (`powerlaw` fits the same laws in other parameters by a general search, the last with mpmath's
incomplete gamma function: benchmarks/measure.py measures what both cost; it is the oracle in the tests.)

Eigenvalues of one matrix are no independent sample: these p-values are printed as the field prints them, marked
"iid assumed", and nothing rests on them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

__all__ = ["RIVALS", "LikelihoodRatio", "likelihood_ratios"]

RIVALS = ("lognormal", "exponential", "truncated_power_law")
_NODES, _WEIGHTS = special.roots_legendre(400)
_MOST_STEPS = 200
_ENOUGH = 1e-13  # of a Newton step's gain in the mean log-likelihood
_DROP = 45.0  # of the exponent, where the integral ends: exp(-45) of its largest term


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatio:
    """The power law against a rival.

    Attributes
    ----------
    ratio : float
        Log-likelihood of the power law less the rival's, over sqrt(n) times the standard deviation of its terms:
        above 0 the power law is the likelier. For the nested rival (`truncated_power_law`) too, where it is <= 0.
    p_value : float
        Of a ratio of that size where both are equally far from the truth (nested: where the power law is true).
    """

    rival: str
    ratio: float
    p_value: float


def likelihood_ratios(eigenvalues: NDArray[np.float64], x_min: float) -> tuple[LikelihoodRatio, ...]:
    """The ratios against every rival, of the values from `x_min` > 0 on; empty where these are fewer than three.

    Raises
    ------
    ValueError
        If the values from `x_min` on are all equal.
    """
    x = np.sort(eigenvalues[eigenvalues >= x_min]) / x_min
    if x.size < 3:
        return ()
    y = np.log(x)
    mean = float(y.mean())
    if not mean > 0.0:
        raise ValueError("a tail needs two distinct values at least; all from x_min on are equal")
    power = math.log(1.0 / mean) - y / mean - y
    rate = 1.0 / float((x - 1.0).mean())
    rivals = {
        "lognormal": _family(y, np.square) - y,
        "exponential": math.log(rate) - rate * (x - 1.0),
        "truncated_power_law": _family(y, np.expm1) - y,
    }
    return tuple(_vuong(name, power, rivals[name], nested=name == RIVALS[-1]) for name in RIVALS)


def _vuong(
    rival: str, one: NDArray[np.float64], other: NDArray[np.float64], *, nested: bool
) -> LikelihoodRatio:
    terms = one - other
    total, spread = float(terms.sum()), float(terms.std())
    if spread <= 1e-12:  # the rival's best is the power law itself
        return LikelihoodRatio(rival=rival, ratio=0.0, p_value=1.0)
    ratio = total / (math.sqrt(terms.size) * spread)
    p = float(stats.chi2.sf(2.0 * abs(total), 1)) if nested else math.erfc(abs(ratio) / math.sqrt(2.0))
    return LikelihoodRatio(rival=rival, ratio=ratio, p_value=p)


def _family(y: NDArray[np.float64], second: Callable[[NDArray], NDArray]) -> NDArray[np.float64]:
    """Largest log-density in y of exp(-a y - b second(y)), b >= 0, value by value: Newton's method, halved steps.

    The log-likelihood is concave; where its slope in b at b = 0 is not above 0 the power law itself is the best.
    """
    size = float(second(y).mean())
    a = 1.0 / float(y.mean())
    expected = 2.0 / a**2 if second is np.square else (1.0 / (a - 1.0) if a > 1.0 else math.inf)
    if size >= expected:
        return math.log(a) - a * y

    def scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return second(values) / size

    means, point = np.array([1.0 / a, 1.0]), np.array([a, 1e-3])
    log_z, mean, covariance = _normaliser(float(point[0]), float(point[1]), scaled)
    value = log_z + float(point @ means)
    for _ in range(_MOST_STEPS):
        unit = 1.0 / np.sqrt(np.diag(covariance))  # both may be small, and nearly the same
        step = unit * np.linalg.lstsq(unit[:, None] * covariance * unit, unit * (mean - means))[0]
        if float(step @ (mean - means)) < _ENOUGH:
            break
        share = 1.0
        while share > 1e-12:
            tried = point + share * step
            if tried[1] > 0.0:
                log_z, mean, covariance = _normaliser(float(tried[0]), float(tried[1]), scaled)
                if log_z + float(tried @ means) <= value:
                    break
            share *= 0.5
        point, value = tried, log_z + float(tried @ means)
    return -log_z - float(point[0]) * y - float(point[1]) * scaled(y)


def _normaliser(
    a: float, b: float, second: Callable[[NDArray], NDArray]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """ln of the integral of exp(-a y - b second(y)) over y >= 0, b > 0; means and covariance of y, second(y) under it."""
    end = 1.0
    while True:  # until the exponent has dropped, and not long before
        grid = np.linspace(0.0, end, 64)
        height = a * grid + b * second(grid)
        least = int(np.argmin(height))
        dropped = np.flatnonzero((height - height[least] > _DROP) & (np.arange(64) > least))
        if dropped.size == 0:
            end *= 1.5
        elif dropped[0] < 16:
            end = float(grid[dropped[0]])
        else:
            break
    end = float(grid[dropped[0]])
    y = 0.5 * end * (_NODES + 1.0)
    s = second(y)
    exponent = -(a * y + b * s)
    top = float(exponent.max())
    share = np.exp(exponent - top) * _WEIGHTS * 0.5 * end
    total = float(share.sum())
    both = np.vstack([y, s])
    mean = both @ share / total
    off = both - mean[:, None]
    return top + math.log(total), mean, (off * share) @ off.T / total
