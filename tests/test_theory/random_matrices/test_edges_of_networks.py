"""Second singular values of plain networks beside the edges of their noise."""

import math
from functools import lru_cache

import numpy as np
import pytest
from support.named_problems import problem
from support.plain_network import first_step

from theory.functions.activations import named
from theory.gradient.norms import noise_covariance
from theory.moments.moments import student_moments
from theory.random_matrices.edges import population_edge, weighted_edge
from theory.spectrum.noise_covariance import sign_noise_covariance
from theory.spectrum.noise_spectra import (
    second_singular_value,
)
from theory.update.sign import sign_norm_ratio
from verify.statistics import mean_interval, power_value, value_verdict
from verify.statistics.verdict import Verdict

TEACHER = named("softplus")


@lru_cache(maxsize=4)
def simulated(d, repeats):
    """Per seed: s_2(S) and the norm of the weighted noise, over their edges given the data; N = 1.5 d, n = 2
    d."""
    n, N = 2 * d, 3 * d // 2
    student = student_moments(named("tanh"))
    a_priori = second_singular_value(problem(n=n, N=N, d=d), TEACHER)
    rows = []
    for seed in range(repeats):
        step = first_step(n=n, N=N, d=d, seed=seed)
        residual_2, t = np.mean(step.r**2), step.X.T @ step.r / n
        Sigma_E = noise_covariance(
            (step.X.T * step.r**2) @ step.X / (n * residual_2), (step.X.T * step.r) @ step.X / n,
            n=n, residual_2=residual_2, student=student,
        )  # fmt: skip
        Sigma_S = sign_noise_covariance(Sigma_E, t, mu_1=student.mu_1)
        signs = np.linalg.eigvalsh(Sigma_S).clip(0.0)
        columns = population_edge(signs, N)
        rows_too = weighted_edge(np.linalg.eigvalsh(Sigma_E).clip(0.0), step.a**2)
        second = np.linalg.svd(np.sign(step.G), compute_uv=False)[1]
        noise = step.G * math.sqrt(N * d) / 2 - student.mu_1 * np.outer(step.a, t)
        independent = math.sqrt(signs.mean()) * (math.sqrt(N) + math.sqrt(d))
        rows.append(
            (
                second / columns.expected,
                second / columns.value,
                second / independent,
                np.linalg.norm(noise, 2) / rows_too.expected,
                second / a_priori.expected,
            )
        )
    return dict(
        zip(("shifted", "bare", "independent", "weighted", "a priori"), np.array(rows).T, strict=True)
    )


def judged(values, margin, error_rate=1e-4):
    return value_verdict(mean_interval(values, error_rate=error_rate), predicted=1.0, margin=margin)


def test_second_singular_value_of_plain_networks_given_the_data():
    """4 %: what the derivation grants at d of 100 to 400. One run scatters by 3 % (rows: 1.2 %, corrections
    the rest)."""
    runs = simulated(200, 60)
    for lie in (None, 0.5):
        assert power_value(margin=0.04, spread=0.035, repeats=60, error_rate=1e-4, lie=lie) >= 0.99
    assert judged(runs["shifted"], 0.04) is Verdict.SUPPORTED
    assert judged(runs["independent"], 0.04) is Verdict.REFUTED  # independent columns
    assert runs["independent"].mean() > 1.3
    # Rows weighted by a_i^2: one run scatters by 5 %.
    for lie in (None, 0.12):
        assert power_value(margin=0.05, spread=0.05, repeats=60, error_rate=1e-4, lie=lie) >= 0.99
    assert judged(runs["weighted"], 0.05) is Verdict.SUPPORTED
    assert judged(runs["weighted"] * 1.12, 0.05) is Verdict.REFUTED  # 12 % off


@pytest.mark.slow
def test_second_singular_value_needs_the_tracy_widom_shift():
    """2 % at d = 200, where the bare edge is 3.6 % too high; a priori within 4 % when extrapolated in 1/d."""
    large, small = simulated(200, 400), simulated(100, 400)
    assert power_value(margin=0.02, spread=0.03, repeats=400, error_rate=1e-4) >= 0.99
    assert judged(large["shifted"], 0.02) is Verdict.SUPPORTED
    assert judged(large["bare"], 0.02) is Verdict.REFUTED
    assert power_value(margin=0.04, spread=0.1, repeats=400, error_rate=1e-4) >= 0.99
    limit = 2.0 * large["a priori"] - small["a priori"]  # sizes are independent draws
    assert judged(limit, 0.04) is Verdict.SUPPORTED
    independent = math.sqrt(1 - float(sign_norm_ratio(problem().kappa)) ** 2) * (
        math.sqrt(300) + math.sqrt(200)
    )
    lie = independent / second_singular_value(problem(n=400, N=300, d=200), TEACHER).expected
    assert judged(limit / lie, 0.04) is Verdict.REFUTED
