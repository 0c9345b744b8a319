"""The ridge stage: kernels, spectrum sums, fixed point and losses by two routes each, and limits."""

import math

import numpy as np
import pytest
from numpy.polynomial import hermite_e
from scipy import special
from support.ridge_stages import NAMES, setting, stage

from theory.functions.activations import named
from theory.moments.moments import teacher_moments
from theory.ridge.kernels import feature_kernels, normal_nodes, teacher_kernels
from theory.ridge.kta import kernel_target_alignment
from theory.ridge.losses import fixed_point, ridge_losses
from theory.ridge.resolvent_sums import eigenvalue_spectrum, identity_spectrum, sign_noise_spectrum
from theory.ridge.stage import seen_direction

ZETA, WEIGHTS = normal_nodes(81)
TANH, SOFTPLUS = named("tanh"), named("softplus")


# ---------------------------------------------------------------- an earlier table, with what is loose in it

TABLE = {  # (optimiser, eta, features): test, hold-out, KTA
    ("adam", 0.0, "paper"): (1.563, 0.2612, 0.0162),
    ("adam", 0.0, "released"): (0.9685, 0.8601, 0.0161),
    ("adam", 0.1, "paper"): (1.556, 0.2592, 0.0214),
    ("adam", 0.1, "released"): (0.9447, 0.8387, 0.0215),
    ("adam", 1.0, "paper"): (1.703, 0.2508, 0.0407),
    ("adam", 1.0, "released"): (0.9331, 0.8063, 0.0410),
    ("adam", 10.0, "released"): (1.019, 0.6015, 0.0393),
    ("adam", 100.0, "released"): (1.935, 0.3019, 0.0364),
    ("gd", 2000.0, "released"): (0.9418, 0.8364, 0.0212),
    ("gd", 3000.0, "released"): (0.9322, 0.8279, 0.0271),
    # Converged quadrature: the earlier table has (2.479, .2817, .0361) and (2.663, .2818, .0356) from 61 nodes for g.
    ("adam", 10.0, "paper"): (2.493, 0.2816, 0.0362),
    ("adam", 100.0, "paper"): (2.747, 0.2779, 0.0360),
    # Third order in GD's shift: the earlier table has (1.551, .2591, .0211) and (1.550, .2591, .0269) to first order.
    ("gd", 2000.0, "paper"): (1.551, 0.2590, 0.0211),
    ("gd", 3000.0, "paper"): (1.552, 0.2587, 0.0267),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_papers_size_with_generic_rows(case):
    """The rows along the readout are test_readout_rows.py's; the earlier table takes them as generic."""
    optimiser, eta, features = case
    got = stage(setting(2000, 1500, 1000), optimiser=optimiser, eta=eta, features=features, rows="generic")
    test, holdout, kta = TABLE[case]
    assert got.test == pytest.approx(test, abs=6e-4 if test > 1 else 6e-5)
    assert got.holdout == pytest.approx(holdout, abs=6e-5)
    assert got.kta == pytest.approx(kta, abs=6e-5)
    assert got.flag is None
    assert got.zero == pytest.approx(1.011246, abs=1e-6)


def test_the_tables_two_loose_rows_are_a_coarse_quadrature():
    """61 Gauss-Hermite nodes cannot see a step of width 1/tau = 1/57; with them the old figures come back."""
    sn, eta = setting(2000, 1500, 1000), 100.0
    good = stage(sn, eta=eta)
    g, w = hermite_e.hermegauss(61)
    w = w / w.sum()
    values = np.tanh(good.tau * g - good.gamma * ZETA[:, None])
    k0, k1 = values @ w, values @ (w * g)
    exact = feature_kernels(np.tanh, ZETA, om=1.0, tau=good.tau, gamma=good.gamma)
    coarse_ks2 = (values**2) @ w - k0**2 - k1**2
    centre = np.abs(ZETA) < 3
    assert np.abs(coarse_ks2 - exact.ks_squared)[centre].max() > 0.01
    # tanh is nearly a sign at this tau: closed form, to the order 1/tau
    shift = -good.gamma * ZETA / good.tau
    assert np.abs(exact.k0 - special.erf(shift / math.sqrt(2))).max() < 1e-3
    assert np.abs(exact.k1 - 2 * np.exp(-0.5 * shift**2) / math.sqrt(2 * math.pi)).max() < 1e-3


def residual_squares(count):
    return np.sort(special.ndtri((np.arange(count) + 0.5) / count) ** 2 + 0.2)


# ---------------------------------------------------------------- fixed point and losses


@pytest.mark.parametrize("features", ["paper", "released"])
@pytest.mark.parametrize(("N", "eta"), [(300, 0.0), (300, 1.0), (300, 10.0), (100, 1.0)])
@pytest.mark.parametrize("ridge", [1e-4, 0.01, 10.0])
def test_fixed_point_by_newton_and_by_damped_iteration(features, N, eta, ridge):
    d, n = 200, 400
    om = 1.0 if features == "paper" else d**-0.5
    spectrum = sign_noise_spectrum(n=n, N=N, d=d, eta=eta, kappa=2.658, residual_squares=residual_squares(n))
    kernels = feature_kernels(np.tanh, ZETA, om=om, tau=math.sqrt(spectrum.tau_squared), gamma=0.8 * eta)
    labels = teacher_kernels(SOFTPLUS.value, ZETA, overlap=0.4, noise=0.3)
    common = {"n": n, "ridge": ridge}
    a, b = (
        ridge_losses(kernels, labels, spectrum, ZETA, WEIGHTS, method=m, **common)
        for m in ("newton", "damped")
    )
    assert a.converged
    assert b.converged
    assert (a.test, a.holdout) == pytest.approx((b.test, b.holdout), rel=1e-8)
    lie = ridge_losses(kernels, labels, spectrum, ZETA, WEIGHTS, n=n, ridge=2 * ridge)
    assert lie.holdout > a.holdout * (1 + 1e-7)


def isotropic_ridge(*, n, d, penalty, signal, noise):
    """Test and training error of ridge on n rows of N(0, I_d), penalty in units of X^T X/n, by
    Marchenko-Pastur.
    """
    y = d / n
    half = penalty + 1 - y
    m = (math.sqrt(half**2 + 4 * y * penalty) - half) / (2 * y * penalty)  # (1/d) tr (X^T X/n + penalty)^-1
    step = 1e-5 * penalty

    def trace(p):
        half = p + 1 - y
        return (math.sqrt(half**2 + 4 * y * p) - half) / (2 * y * p)

    m2 = -(trace(penalty + step) - trace(penalty - step)) / (2 * step)
    bias = penalty**2 * signal * m2  # E|beta - E beta_hat|^2
    variance = noise * y * (m - penalty * m2)
    train = noise * (1 - 2 * y * (1 - penalty * m) + y * (1 - 2 * penalty * m + penalty**2 * m2))
    return signal * 0 + bias + variance + noise, train + penalty**2 * signal * (m - penalty * m2)


@pytest.mark.parametrize("penalty", [0.05, 0.5, 4.0])
@pytest.mark.parametrize("n", [100, 400])
def test_linear_student_is_ordinary_ridge(n, penalty):
    """N -> infinity: all L equal N/d, and w^T phi is an isotropic ridge on x with penalty lambda d/N."""
    d, N = 200, 10**9
    spectrum = eigenvalue_spectrum(np.full(d, N / d), N=N, d=d)
    kernels = feature_kernels(lambda z: z, ZETA, om=1.0, tau=1.0, gamma=0.0)
    labels = teacher_kernels(SOFTPLUS.value, ZETA, overlap=0.0, noise=0.3)
    got = ridge_losses(kernels, labels, spectrum, ZETA, WEIGHTS, n=n, ridge=penalty * N / d)
    moments = teacher_moments(SOFTPLUS)
    c_1 = moments.c_1
    test, train = isotropic_ridge(
        n=n, d=d, penalty=penalty, signal=c_1**2, noise=moments.q_star + 0.09 - c_1**2
    )
    assert got.test == pytest.approx(test, rel=2e-6)
    assert got.holdout == pytest.approx(train, rel=2e-6)
    # The lie: with the teacher's direction seen as one more random one, it is the same number ..
    seen = teacher_kernels(SOFTPLUS.value, ZETA, overlap=0.6, noise=0.3)
    again = ridge_losses(kernels, seen, spectrum, ZETA, WEIGHTS, n=n, ridge=penalty * N / d)
    assert again.test == pytest.approx(got.test, rel=1e-8)
    # .. and it is not with the penalty 5 % off.
    off, _ = isotropic_ridge(
        n=n, d=d, penalty=1.05 * penalty, signal=c_1**2, noise=moments.q_star + 0.09 - c_1**2
    )
    assert abs(off / got.test - 1) > 1e-5


def test_quadrature_in_zeta_has_converged():
    sn = setting(800, 600, 400)
    for features in ("paper", "released"):
        for eta in (0.1, 1.0, 10.0):
            a, b, coarse = (stage(sn, eta=eta, features=features, nodes=k) for k in (121, 201, 15))
            assert (a.test, a.holdout, a.kta) == pytest.approx((b.test, b.holdout, b.kta), rel=1e-8)
    assert abs(coarse.test / a.test - 1) > 1e-6


@pytest.mark.parametrize("features", ["paper", "released"])
@pytest.mark.parametrize("sizes", [(400, 300, 200), (1600, 60, 100), (90, 400, 200)])
def test_without_a_step_no_direction_of_the_weights_is_special(sizes, features, monkeypatch):
    """One number for both optimisers, scalings and every reading of the rows; a step's change does not move with it."""

    def all_of(eta=0.0, options=({}, {"optimiser": "gd"}, {"rows": "generic"}, {"beta_part": False})):
        stages = [
            stage(setting(*sizes, parametrisation=p), eta=eta, features=features, **more)
            for p in ("ntk", "mean-field")
            for more in options
        ]
        return np.array([[getattr(one, name) for name in NAMES] for one in stages])

    still = all_of()
    moved = all_of(0.1) - still
    np.testing.assert_allclose(still, np.broadcast_to(still[0], (8, 3)), rtol=1e-10)
    monkeypatch.setattr("theory.ridge.stage._set_apart", lambda *_: (0.0, 0.0, 0.0))  # the lie
    apart = all_of()
    assert np.all(np.abs(apart[:2] / apart[4:6] - 1.0).max(axis=1) > 1e-5)
    np.testing.assert_allclose(all_of(0.1) - apart, moved, atol=1e-12)


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("features", ["paper", "released"])
def test_limits(features, parametrisation):
    sn = setting(400, 300, 200, parametrisation=parametrisation)
    still = {k: stage(sn, eta=0.0, features=features, optimiser=k) for k in ("adam", "gd")}
    assert still["adam"].overlap == still["gd"].overlap == 0.0
    near = stage(sn, eta=1e-7, features=features)
    assert (near.test, near.kta) == pytest.approx((still["adam"].test, still["adam"].kta), rel=1e-5)
    heavy = stage(sn, eta=0.1, features=features, ridge=1e7)
    assert (heavy.test, heavy.holdout) == pytest.approx((heavy.zero, heavy.zero), rel=1e-5)
    assert stage(sn, eta=0.1, features=features, ridge=1.0).test < heavy.zero


def test_kta_of_its_limits():
    """One feature direction alone: y = sign-like k0 gives KTA = (E Y0 k0)^2/(E Y2 E k0^2), and no more than
    1.
    """
    N = d = 10**6
    spectrum = identity_spectrum(N=N, d=d)
    kernels = feature_kernels(lambda z: z, ZETA, om=1.0, tau=1e-9, gamma=1.0)
    seen = teacher_kernels(lambda z: z, ZETA, overlap=-1.0, noise=0.0)
    assert kernel_target_alignment(kernels, seen, spectrum, ZETA, WEIGHTS, n=10**6) == pytest.approx(
        1, rel=1e-5
    )
    half = teacher_kernels(lambda z: z, ZETA, overlap=0.5, noise=0.0)
    got = kernel_target_alignment(kernels, half, spectrum, ZETA, WEIGHTS, n=10**6)
    assert got == pytest.approx(0.25, rel=1e-5)


def test_seen_direction_restores_the_signal_along_beta():
    for shift, correlation, overlap in [(0.08, 0.01, 0.5), (1.0, 0.02, 0.3), (0.005, 0.01, 0.5)]:
        seen = seen_direction(shift=shift, correlation=correlation, overlap=overlap)
        assert seen.gamma * seen.overlap == pytest.approx(shift * overlap, rel=1e-12)
        rival = seen_direction(shift=shift, correlation=correlation, overlap=overlap, beta_part=False)
        assert rival.gamma * rival.overlap == pytest.approx((shift - correlation) * overlap, rel=1e-9)
        assert abs(seen.overlap) <= 1
    nothing = seen_direction(shift=0.0, correlation=0.0, overlap=0.5)
    assert (nothing.gamma, nothing.overlap) == (0.0, 0.0)


def test_flags():
    assert "not odd" in (stage(setting(200, 150, 100, student="relu"), student="relu", eta=0.1).flag or "")
    assert "preactivations" in (stage(setting(200, 150, 100), eta=1e4, optimiser="gd").flag or "")
    rough = stage(setting(200, 150, 100, student="sin"), student="sin", eta=3e4)
    assert "too rough" in (rough.flag or "")
    assert stage(setting(200, 150, 100), eta=0.1).flag is None
    without_slope = stage(
        setting(200, 150, 100, student="hermite:0,0,0,1"), student="hermite:0,0,0,1", eta=0.0
    )
    assert without_slope.flag is not None
    assert math.isfinite(without_slope.test)


def test_input_outside_the_domain_is_named():
    sn = setting(20, 15, 10)
    with pytest.raises(ValueError, match=r"eta .*-1"):
        stage(sn, eta=-1.0)
    with pytest.raises(ValueError, match=r"ridge .*0"):
        stage(sn, eta=0.1, ridge=0.0)
    with pytest.raises(ValueError, match=r"features .*'raw'"):
        stage(sn, eta=0.1, features="raw")
    with pytest.raises(ValueError, match=r"eigenvalues .*\(3,\)"):
        eigenvalue_spectrum([1.0, 2.0, 3.0], N=15, d=10)
    with pytest.raises(ValueError, match=r"overlap .*1\.5"):
        seen_direction(shift=0.1, correlation=0.0, overlap=1.5)
    with pytest.raises(ValueError, match=r"tau .*-1"):
        feature_kernels(np.tanh, ZETA, om=1.0, tau=-1.0, gamma=0.0)
    with pytest.raises(ValueError, match=r"kappa .*-1"):
        sign_noise_spectrum(n=4, N=4, d=4, eta=1.0, kappa=-1.0, residual_squares=[1.0])
    with pytest.raises(ValueError, match="method"):
        fixed_point(
            np.ones(81), np.ones(81), WEIGHTS, identity_spectrum(N=4, d=4), n=4, ridge=1.0, method="x"
        )
