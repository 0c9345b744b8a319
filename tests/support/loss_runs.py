"""Losses of drawn networks after one step, in plain NumPy, and the verdict on their means; for the tests of
`theory`.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from support.plain_network import FUNCTIONS, Step, first_step, training_loss

ERROR_RATE = 1e-4
Z = stats.norm.isf(0.01)


def half_width(spread: float, repeats: int) -> float:
    """Of Student's interval for a mean at the error rate."""
    return float(stats.t.isf(ERROR_RATE / 2, repeats - 1)) * spread / math.sqrt(repeats)


def assert_power(*, spread: float, repeats: int, margin: float, lie: float) -> None:
    """A true claim is supported and one off by `lie` refuted, each with probability 0.99 or more."""
    reach = half_width(spread, repeats) + Z * spread / math.sqrt(repeats)
    assert margin >= reach, (margin, reach)
    assert abs(lie) >= margin + reach, (lie, margin + reach)


def judge(values: NDArray, predicted: float, margin: float) -> str:
    width = half_width(float(values.std(ddof=1)), len(values))
    low, high = values.mean() - width, values.mean() + width
    if predicted - margin <= low and high <= predicted + margin:
        return "supported"
    if low > predicted + margin or high < predicted - margin:
        return "refuted"
    return "inconclusive"


def update(step: Step, optimiser: str) -> NDArray:
    return np.sign(step.G) if optimiser == "adam" else step.G


def training_ratios(*, d, etas, optimiser, seeds, parametrisation="ntk") -> NDArray:
    """L(eta)/L(0), shape (seeds, etas), at n = 2 d, N = 1.5 d."""
    rows = []
    for seed in seeds:
        s = first_step(n=2 * d, N=3 * d // 2, d=d, seed=seed, parametrisation=parametrisation)
        D, start = update(s, optimiser), float(np.mean(s.r**2))
        rows.append(
            [training_loss(s, s.W - eta * D, parametrisation=parametrisation) / start for eta in etas]
        )
    return np.array(rows)


def ridge_sets(step: Step, rng, *, tests=2000, noise=0.3) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """A fresh hold-out set and a test set, softplus teacher: X, y, T, y_test."""
    (n, d), teacher = step.X.shape, FUNCTIONS["softplus"][0]
    X, T = rng.standard_normal((n, d)), rng.standard_normal((tests, d))
    y = teacher(X @ step.beta) + noise * rng.standard_normal(n)
    return X, y, T, teacher(T @ step.beta) + noise * rng.standard_normal(tests)


def ridge_measurements(
    W: NDArray,
    sets: tuple[NDArray, NDArray, NDArray, NDArray],
    *,
    om: float,
    scale: float,
    ridge: float = 0.01,
) -> tuple[float, float, float]:
    """Test loss, hold-out loss and KTA of tanh features om scale W x."""
    X, y, T, y_test = sets
    n, N = len(X), len(W)
    F = np.tanh(om * scale * (X @ W.T)) / math.sqrt(N)
    gram = F.T @ F
    a = np.linalg.solve(gram + ridge * n / N * np.eye(N), F.T @ y)
    test = float(np.mean((np.tanh(om * scale * (T @ W.T)) @ a / math.sqrt(N) - y_test) ** 2))
    kta = float(np.sum((F.T @ y) ** 2) / (np.linalg.norm(gram) * (y @ y)))
    return test, float(np.mean((F @ a - y) ** 2)), kta


def ridge_runs(*, d, cases, seeds, parametrisation="ntk") -> NDArray:
    """(seeds, cases, 3) of test, hold-out, KTA; a case is (features, optimiser, eta), all on the seed's own
    sets.
    """
    scale = d**-0.5 if parametrisation == "ntk" else 1.0
    rows = []
    for seed in seeds:
        s = first_step(n=2 * d, N=3 * d // 2, d=d, seed=seed, parametrisation=parametrisation)
        sets = ridge_sets(s, np.random.default_rng([seed, d, 1]))
        rows.append(
            [
                ridge_measurements(
                    s.W - eta * update(s, optimiser), sets, om=1.0 if features == "paper" else d**-0.5, scale=scale,
                )
                for features, optimiser, eta in cases
            ]
        )  # fmt: skip
    return np.array(rows)
