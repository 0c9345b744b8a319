"""What the Frobenius ratio scatters with eps > 0: against plain networks, and in its limits."""

import numpy as np
import pytest
from scipy import integrate, stats
from support.plain_network import first_step

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.gradient.norms import gradient_norm_spreads
from theory.moments.moments import student_moments, teacher_moments
from theory.update.adam_eps_spread import adam_frobenius_spread, column_share, row_share


def problem(**sizes):
    student, teacher = student_moments(named("tanh")), teacher_moments(named("softplus"))
    return signal_noise(student=student, teacher=teacher, noise=0.3, **sizes)


@pytest.mark.parametrize("eps", [1e-6, 1e-4])
def test_plain_networks_scatter_as_predicted(eps):
    n, N, d, runs = 120, 90, 60, 150
    values = []
    for seed in range(runs):
        G = np.abs(first_step(n=n, N=N, d=d, seed=seed).G)
        values.append(np.sqrt(np.mean((G / (G + eps)) ** 2)))
    predicted = adam_frobenius_spread(problem(n=n, N=N, d=d), eps)
    low, high = np.sqrt((runs - 1) / stats.chi2.ppf([1 - 5e-5, 5e-5], runs - 1)) * np.std(values, ddof=1)
    assert 0.8 * predicted < high
    assert low < 1.2 * predicted
    assert high < 2.0 * predicted  # the lie: twice the scatter, within the sample's power
    assert low > 0.5 * predicted  # and half of it


@pytest.mark.parametrize("al", [1e-3, 0.1, 1.0, 3.0])
def test_a_rows_share_is_the_integral_it_says(al):
    e = 1e-2
    value, _ = integrate.quad(
        lambda x: 2 * stats.norm.pdf(x) * (al * x / (al * x + e)) ** 2,
        0,
        12,
        points=[e / al] if e < al else None,
    )
    assert row_share(np.array([al]), e)[0] == pytest.approx(value, rel=1e-8)
    assert row_share(np.array([al]), 1.05 * e)[0] != pytest.approx(value, rel=1e-8)


def test_rows_and_columns_have_the_same_mean():
    e, p = 3e-2, 0.7
    from theory.update.adam_eps import half_normal_rule

    al, w = half_normal_rule(e / 36)
    assert w @ row_share(al, e) == pytest.approx(w @ column_share(al, p, e), rel=2e-3)
    assert w @ row_share(al, e) != pytest.approx(w @ column_share(al, p, 1.2 * e), rel=2e-3)


def test_no_scatter_without_eps_and_the_gradients_own_at_a_large_one():
    sn = problem(n=2000, N=1500, d=1000)
    assert adam_frobenius_spread(sn, 0.0) == 0.0
    assert 0.0 < adam_frobenius_spread(sn, 1e-12) < adam_frobenius_spread(sn, 1e-8) < 1e-3
    from theory.update.adam_eps import adam_norm_ratios

    large = 1e3
    relative = adam_frobenius_spread(sn, large) / adam_norm_ratios(sn, large)[0]
    assert gradient_norm_spreads(sn)[1] <= relative < 1.6 * gradient_norm_spreads(sn)[1]
