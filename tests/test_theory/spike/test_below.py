"""Overlaps below the threshold: limits, errors, and drawn matrices that a rival's numbers do not fit."""

import math

import numpy as np
import pytest

from theory.spike.below import overlaps_below
from theory.spike.formulas import critical_theta

DRAWS = 200


def drawn(N, d, theta, m, m2, seed):
    """Squared overlaps of W - theta u v^T, v with parts along two rows of W; shape (DRAWS, 2)."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(DRAWS):
        W = rng.standard_normal((N, d))
        rows, _ = np.linalg.qr(W[:2].T)
        free = rng.standard_normal(d)
        free -= rows @ (rows.T @ free)
        along = m * W[0] / (W[0] @ W[0]) + m2 * W[1] / (W[1] @ W[1])
        v = along + math.sqrt(max(1.0 - along @ along, 0.0)) * free / np.linalg.norm(free)
        W[0] -= theta * v
        U, _, V = np.linalg.svd(W, full_matrices=False)
        found.append((U[0, 0] ** 2, (V[0] @ v) ** 2))
    return np.array(found)


@pytest.mark.parametrize(("m", "m2", "part"), [(4.4, 3.3, 0.3), (4.4, 3.3, 0.6), (7.0, 0.0, 0.2)])
def test_drawn_matrices_have_the_predicted_means(m, m2, part):
    N, d = 210, 140
    theta = part * critical_theta(N=N, d=d, m=m, m2=m2)
    found = overlaps_below(theta=theta, N=N, d=d, m=m, m2=m2)
    values = drawn(N, d, theta, m, m2, seed=7)
    means, errors = values.mean(axis=0), values.std(axis=0) / math.sqrt(DRAWS)
    for mean, error, value in zip(means, errors, (found.left, found.right), strict=True):
        assert abs(mean - value) < 4.0 * error + 0.1 * value
        assert abs(mean - 3.0 * value) > 4.0 * error  # three times as large is seen
    assert values.std(axis=0) == pytest.approx(math.sqrt(2.0) * means, rel=0.25)


def test_without_a_step_they_are_random_and_without_m_the_closed_form():
    found = overlaps_below(theta=0.0, N=300, d=200)
    assert (found.left, found.right) == pytest.approx((1 / 300, 1 / 200))
    theta = 0.5 * (300 * 200) ** 0.25
    x = theta**2 / math.sqrt(300 * 200)
    found = overlaps_below(theta=theta, N=300, d=200)
    assert found.left == pytest.approx((1 + x * math.sqrt(1.5)) / (300 * (1 - x) ** 2))
    assert found.right == pytest.approx((1 + x / math.sqrt(1.5)) / (200 * (1 - x) ** 2))


def test_they_have_no_unit_and_end_at_the_critical_strength():
    options = dict(N=300, d=200, m=5.4, m2=4.0)
    one = overlaps_below(theta=6.0, **options)
    other = overlaps_below(theta=0.6, N=300, d=200, m=0.54, m2=0.4, tau=0.1)
    assert (one.left, one.right) == pytest.approx((other.left, other.right))
    critical = critical_theta(**options)
    assert overlaps_below(theta=0.999 * critical, **options).left > 1.0
    with pytest.raises(ValueError, match="below its critical value"):
        overlaps_below(theta=1.001 * critical, **options)


def test_a_small_step_lowers_the_left_overlap_as_it_shortens_the_row():
    assert overlaps_below(theta=2.0, N=300, d=200, m=8.0).left < 0.9 / 300
