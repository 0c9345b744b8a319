"""Goodness of fit of a power law, as Clauset, Shalizi & Newman 2009 (section 4.1) judge it: a parametric bootstrap.

A replicate keeps the law of the data below x_min and draws what lies above from the fitted power law; x_min is
estimated anew in it, as it was in the data. The p-value is the share of replicates, the data among them, that are at
least as far from their own fit.

It takes the values for an independent sample. Eigenvalues of one matrix are none: they repel each other, which makes
every distance smaller and every p-value larger than it should be. So it is printed "iid assumed", no verdict rests on
it, and what stands beside it is a p-value from matrices.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.measures.tails import TailFit, hill_alpha, ks_alpha

__all__ = ["Goodness", "hill_goodness", "ks_goodness"]

Estimate = Callable[[NDArray[np.float64]], TailFit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodness:
    """A fit's distance from its tail, and how usual that is.

    Attributes
    ----------
    distance : float
        Kolmogorov-Smirnov distance of the tail from the fit.
    p_value : float
        In [1/(replicates + 1), 1]; iid assumed.
    """

    distance: float
    p_value: float
    replicates: int


def ks_goodness(values: NDArray[np.float64], *, replicates: int, seed: int = 0) -> Goodness:
    """Of `ks_alpha`: x_min by the smallest distance, in the data as in every replicate.

    Parameters
    ----------
    values : ndarray, shape (m,)
        Positive, ten at least.
    replicates : int, >= 1
    seed : int

    Raises
    ------
    ValueError
        As `ks_alpha`.
    """
    return _goodness(np.sort(values), ks_alpha, lambda fit, _: fit.distance, replicates, seed)


def hill_goodness(values: NDArray[np.float64], *, replicates: int, seed: int = 0) -> Goodness:
    """Of `hill_alpha`: x_min is the upper half's least value, in the data as in every replicate."""
    return _goodness(np.sort(values), hill_alpha, _tail_distance, replicates, seed)


def _goodness(
    values: NDArray[np.float64],
    estimate: Estimate,
    distance: Callable[[TailFit, NDArray[np.float64]], float],
    replicates: int,
    seed: int,
) -> Goodness:
    fit = estimate(values)
    observed = distance(fit, values)
    below = values[: values.size - fit.tail]
    rng = np.random.default_rng([seed, values.size, replicates])
    passed = 0
    for _ in range(replicates):
        drawn = _replicate(below, fit, values.size, rng)
        passed += distance(estimate(drawn), drawn) >= observed
    return Goodness(distance=observed, p_value=(1 + passed) / (replicates + 1), replicates=replicates)


def _replicate(
    below: NDArray[np.float64], fit: TailFit, size: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    tail = int(rng.binomial(size, fit.tail / size)) if below.size else size
    high = fit.x_min * np.exp(rng.standard_exponential(tail) / (fit.alpha - 1.0))
    low = rng.choice(below, size - tail) if tail < size else below[:0]
    return np.sort(np.concatenate([low, high]))


def _tail_distance(fit: TailFit, values: NDArray[np.float64]) -> float:
    """`TailFit.distance` where the estimator has none."""
    tail = values[values.size - fit.tail :]
    law = -np.expm1((1.0 - fit.alpha) * np.log(tail / fit.x_min))
    return float(np.max(np.abs(law - np.arange(tail.size) / tail.size)))
