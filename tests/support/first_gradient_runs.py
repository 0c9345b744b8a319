"""Repeated plain simulations of the first gradient, and the three-valued verdict on their mean."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from support.plain_network import FUNCTIONS, first_step

ERROR_RATE = 1e-4


@lru_cache(maxsize=64)
def runs(
    n, N, d, *, repeats, student="tanh", parametrisation="ntk", direction="sphere", rank_one=False
) -> dict[str, NDArray]:
    """Observables of `repeats` independent networks (seeds 0, 1, ..); softplus teacher, rho = 0.3."""
    rows = []
    for seed in range(repeats):
        step = first_step(
            n=n, N=N, d=d, seed=seed, student=student, parametrisation=parametrisation, direction=direction
        )
        rows.append(_observables(step, student, rank_one))
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def _observables(step, student, rank_one):
    n, d = step.X.shape
    N = len(step.a)
    t = step.X.T @ step.r / n
    S, G = np.sign(step.G), step.G
    result = {
        "ratio": top(S) / np.sqrt(N * d),
        "agreement": np.mean(np.outer(np.sign(step.a), np.sign(t)) == S),
        "operator": top(G),
        "frobenius": np.linalg.norm(G),
        "offset": step.a.sum() / np.sqrt(N),
    }
    if rank_one:
        node, weight = np.polynomial.hermite_e.hermegauss(120)
        mu_1 = float(FUNCTIONS[student][1](node) @ weight / weight.sum())
        left = 2.0 / np.sqrt(N * d) * mu_1 * step.a  # NTK
        result["residual_error"] = top(G - np.outer(left, t)) / result["operator"]
        result["label_error"] = top(G + np.outer(left, step.X.T @ step.y / n)) / result["operator"]
    return result


def top(A: NDArray) -> float:
    """Largest singular value, by the smaller Gram matrix (good to 1e-8, far below the scatter of a run)."""
    gram = A.T @ A if A.shape[0] >= A.shape[1] else A @ A.T
    return float(np.sqrt(np.linalg.eigvalsh(gram)[-1]))


def verdict(values, predicted, margin) -> str:
    """Is the mean of `values` (predicted values may differ per run) within `margin` of the prediction?"""
    difference = np.asarray(values) - predicted
    quantile = stats.t.ppf(1 - ERROR_RATE / 2, len(difference) - 1)
    half = quantile * difference.std(ddof=1) / np.sqrt(len(difference))
    mean = difference.mean()
    if abs(mean) + half <= margin:
        return "supported"
    if abs(mean) - half > margin:
        return "refuted"
    return "inconclusive"


def power(spread, repeats, margin, *, distance=0.0) -> float:
    """Probability of "supported" at distance 0, of "refuted" at a `distance` beyond the margin."""
    half = stats.t.ppf(1 - ERROR_RATE / 2, repeats - 1) * spread / np.sqrt(repeats)
    room = (margin - half if distance == 0.0 else distance - margin - half) / (spread / np.sqrt(repeats))
    return float(2 * stats.norm.cdf(room) - 1 if distance == 0.0 else stats.norm.cdf(room))


def extrapolated(small, large) -> NDArray:
    """2 large - small, run by run: what values at d and 2 d, up to terms in 1/d^2, say of 1/d -> 0."""
    return 2.0 * np.asarray(large) - np.asarray(small)


def extrapolated_spread(small, large) -> float:
    """Standard deviation of `extrapolated` from those of one run at d and 2 d."""
    return float(np.hypot(2.0 * large, small))


def spread_verdict(values, predicted, margin) -> str:
    """Is the standard deviation of `values` within a relative `margin`? By the chi-squared interval."""
    free = len(values) - 1
    variance = np.var(values, ddof=1)
    low, high = (
        np.sqrt(variance * free / stats.chi2.ppf(q, free)) for q in (1 - ERROR_RATE / 2, ERROR_RATE / 2)
    )
    if predicted * (1 - margin) <= low and high <= predicted * (1 + margin):
        return "supported"
    if low > predicted * (1 + margin) or high < predicted * (1 - margin):
        return "refuted"
    return "inconclusive"
