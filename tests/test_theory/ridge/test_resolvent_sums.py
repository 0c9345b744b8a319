"""Sums over the features' spectrum: closed form, damped iteration, a root finder, differences, drawn
matrices.
"""

import math

import numpy as np
import pytest
from scipy import optimize, special

from theory.ridge.resolvent_sums import (
    SignNoise,
    eigenvalue_spectrum,
    identity_spectrum,
    sign_noise_spectrum,
    solve_real_system,
)


def residual_squares(count):
    return np.sort(special.ndtri((np.arange(count) + 0.5) / count) ** 2 + 0.2)


@pytest.mark.parametrize(("N", "d"), [(300, 200), (200, 200), (120, 200)])
def test_identity_spectrum_is_the_sign_noise_spectrum_without_a_step(N, d):
    closed = identity_spectrum(N=N, d=d)
    still = sign_noise_spectrum(n=400, N=N, d=d, eta=0.0, kappa=2.0, residual_squares=residual_squares(400))
    loud = sign_noise_spectrum(n=400, N=N, d=d, eta=2.0, kappa=2.0, residual_squares=residual_squares(400))
    for x in (1e-5, 0.01, 1.0, 50.0, 1e6):
        a, b, c = closed.sums(x), still.sums(x), loud.sums(x)
        for name in ("inverse", "ratio", "inverse_square", "ratio_inverse"):
            assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-8)
            # identities of the four sums: sum 1 = sum L/(L+x) + x sum 1/(L+x), and their derivative
        for s in (a, c):
            assert s.ratio + x * s.inverse == pytest.approx(min(N, d), rel=1e-8)
            assert s.ratio_inverse + x * s.inverse_square == pytest.approx(s.inverse, rel=1e-8)
        # sum L = N, whatever the step
    assert 1e9 * loud.sums(1e9).ratio == pytest.approx(N, rel=1e-6)
    assert abs(loud.sums(0.01).inverse / closed.sums(0.01).inverse - 1) > 0.005


@pytest.mark.parametrize(("N", "d", "eta"), [(300, 200, 0.3), (300, 200, 5.0), (120, 200, 1.0)])
def test_real_system_by_damped_iteration_by_a_root_finder_and_by_differences(N, d, eta):
    n, kappa, w = 400, 2.5, residual_squares(400)
    w = w / w.mean()
    g = special.ndtri((np.arange(d) + 0.5) / d)
    D2 = (2 / math.pi) * np.exp(-((kappa * g) ** 2))
    diagonal = np.maximum(1 - special.erf(kappa * g / math.sqrt(2)) ** 2 - D2, 0)
    noise = SignNoise(N=N, n=n, eta=eta, t0=1.0, diagonal=diagonal, D_squared=D2, weights=w)
    shift = 30.0
    e, E, total, E_slope, slope = solve_real_system(noise, shift)

    def image(e, E):
        C = 1 + eta**2 * (diagonal + D2 * e)
        Q = 1 / (E * C + shift)
        h = E * eta**2 / n * (D2 @ Q)
        return float(np.mean(w / (1 + w * h))), N / (1 + float(C @ Q)), float(Q.sum())

    e2, E2 = 1.0, float(N)
    for _ in range(2000):
        new = image(e2, E2)
        e2, E2 = 0.5 * (e2 + new[0]), 0.5 * (E2 + new[1])
    assert (e, E, total) == pytest.approx((e2, E2, image(e2, E2)[2]), rel=1e-10)
    root = optimize.root(lambda u: np.exp(u) - np.array(image(*np.exp(u))[:2]), np.log([1.0, N]), tol=1e-12)
    assert np.exp(root.x) == pytest.approx((e, E), rel=1e-8)
    step = 1e-4 * shift
    above, below = solve_real_system(noise, shift + step), solve_real_system(noise, shift - step)
    assert E_slope == pytest.approx((above[1] - below[1]) / (2 * step), rel=1e-6)
    assert slope == pytest.approx((above[2] - below[2]) / (2 * step), rel=1e-6)
    fixed_e = -float(np.sum(1 / (E * (1 + eta**2 * (diagonal + D2 * e)) + shift) ** 2))
    assert abs(slope / fixed_e - 1) > 0.01  # the lie: e and E held fixed


@pytest.mark.parametrize("N", [600, 240])
def test_sign_noise_sums_of_drawn_matrices(N):
    """Columns with their own D_j, rows with a common sample covariance: what eq. (18) stands for, drawn four
    times.

    The deterministic equivalent is 1/d off, most so at the lower end: 0.8 % at x = 0.02, d = 400; 0.4 % at d
    = 800.
    """
    d, eta, kappa = 400, 2.0, 2.658
    n = 2 * d
    w = residual_squares(n)
    w = w / w.mean()
    g = special.ndtri((np.arange(d) + 0.5) / d)
    D2 = (2 / math.pi) * np.exp(-((kappa * g) ** 2))
    diagonal = np.maximum(1 - special.erf(kappa * g / math.sqrt(2)) ** 2 - D2, 0)
    theory = sign_noise_spectrum(n=n, N=N, d=d, eta=eta, kappa=kappa, residual_squares=w)
    plain = identity_spectrum(N=N, d=d)
    drawn = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((n, d))
        R = (X * w[:, None]).T @ X / n
        cov = np.eye(d) + eta**2 * (np.diag(diagonal) + np.sqrt(D2)[:, None] * R * np.sqrt(D2))
        rows = rng.standard_normal((N, d)) @ np.linalg.cholesky(cov).T
        values = np.linalg.eigvalsh(rows @ rows.T / (d * theory.tau_squared))[-min(N, d) :]
        drawn.append(eigenvalue_spectrum(np.clip(values, 0, None), N=N, d=d))
    assert np.mean([s.square_sum for s in drawn]) == pytest.approx(theory.square_sum, rel=0.02)
    assert abs(plain.square_sum / theory.square_sum - 1) > 0.05
    for x, tolerance in ((0.02, 0.025), (0.3, 0.01), (3.0, 0.005)):
        sums, predicted = [s.sums(x) for s in drawn], theory.sums(x)
        for name in ("inverse", "ratio", "ratio_inverse", "inverse_square"):
            mean = np.mean([getattr(s, name) for s in sums])
            power = 3 if name == "inverse_square" else 1  # it weighs the lower end more
            assert mean == pytest.approx(getattr(predicted, name), rel=power * tolerance), (x, name)
    assert abs(plain.sums(0.3).inverse / theory.sums(0.3).inverse - 1) > 0.02  # the lie: no structure
