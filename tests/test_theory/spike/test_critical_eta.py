"""Where the outlier appears: three routes, near the marginal case and beyond it, and the flags that go with it."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.moments.moments import student_moments, teacher_moments
from theory.prediction.prediction import predict
from theory.prediction.problem import ROWS_DIFFER, SMALL, TOO_LARGE
from theory.spike.fluctuation import spike_spread
from theory.spike.formulas import critical_theta, spike
from theory.spike.inputs import SpikeInputs, critical_eta, spike_at, spike_inputs

SMALL_SIZES = {"n": 400, "N": 300, "d": 200}


def inputs(share, *, m=0.0, m2=0.0, variance=1.0):
    """Of an update whose noise grows at `share` of the speed of its threshold: 1 is the marginal case."""
    N, d, noise = 150.0, 100.0, 0.5
    norm = math.sqrt(noise / share) * (N * d) ** 0.25 if share else 10.0
    return SpikeInputs(
        N=N, d=d, update_norm=norm, noise_variance=noise if share else 0.0, initial_variance=variance, m=m, m2=m2,
        teacher_overlap_squared=0.1, flag=None,
    )  # fmt: skip


def by_fixed_point(at, theory):
    """theta_c(tau(eta)) = eta ||D||_2 from below: rises to the smallest solution."""
    eta = 0.0
    for _ in range(20_000):
        tau = math.sqrt(at.initial_variance + eta**2 * at.noise_variance)
        theta = critical_theta(N=at.N, d=at.d, m=at.m, m2=at.m2, tau=tau, theory=theory)
        before, eta = eta, theta / at.update_norm
        if abs(eta - before) <= 1e-15 * eta:
            return eta
    return math.nan


@pytest.mark.parametrize("theory", ["two-row", "one-row", "independent"])
@settings(max_examples=25)
@given(
    share=st.floats(1e-6, 0.8), m=st.floats(-5.0, 8.0), m2=st.floats(0.0, 6.0), variance=st.floats(1e-3, 10.0)
)
def test_quartic_search_and_fixed_point_agree(theory, share, m, m2, variance):
    scale = math.sqrt(variance)
    at = inputs(share, m=m * scale, m2=m2 * scale, variance=variance)
    eta = critical_eta(at, theory=theory)
    assert eta == pytest.approx(critical_eta(at, theory=theory, method="root"), rel=1e-8)
    assert eta == pytest.approx(by_fixed_point(at, theory), rel=1e-8)
    assert not spike_at(at, eta * (1 - 1e-7), theory=theory).outlier
    assert spike_at(at, eta * (1 + 1e-7), theory=theory).outlier


@pytest.mark.parametrize("share", [0.99, 0.999999, 1.0, 1.000001, 1.01, 3.0])
def test_the_marginal_case_is_exact(share):
    """m = m2 = 0: x^2 (1 - share) = 1, and no outlier at any eta from the marginal case on."""
    at = inputs(share)
    exact = math.sqrt(math.sqrt(at.N * at.d) / (1 - share)) / at.update_norm if share < 1 else math.inf
    assert critical_eta(at) == pytest.approx(exact, rel=1e-8)
    if 0.9999 < share < 1.0001:  # the lie: the last value of the fixed point's loop, as if it had converged
        eta = 0.0
        for _ in range(10_000):
            tau = math.sqrt(1.0 + eta**2 * at.noise_variance)
            eta = critical_theta(N=at.N, d=at.d, tau=tau) / at.update_norm
        assert not abs(eta / exact - 1) < 0.01


def test_an_outlier_that_comes_and_goes_is_found():
    """m2 calls an outlier up that the noise drowns again: the smallest root, and none once the window is shut."""
    strong, weak = inputs(1.05, m2=20.0), inputs(1.05, m2=1.0)
    eta = critical_eta(strong)
    assert spike_at(strong, eta * (1 + 1e-7)).outlier
    assert not spike_at(strong, eta * (1 - 1e-7)).outlier
    assert math.isinf(critical_eta(weak))
    assert not any(spike_at(weak, 10.0**k).outlier for k in range(-3, 9))


def test_a_huge_step_is_no_overflow():
    for theta in (1e3, 1e80, 1e125):
        found = spike(theta=theta, N=100, d=50, m=3.0, m2=2.0, teacher_overlap_squared=0.1)
        assert found.top == pytest.approx(theta, rel=0.02)
        assert found.similarity == pytest.approx(math.sqrt(0.1), rel=0.02)
        assert found.right_overlap_squared == pytest.approx(1.0, rel=0.02)
    with pytest.raises(ValueError, match=r"theta must be .*1e\+125.*got 1e\+200"):
        spike(theta=1e200, N=100, d=50)


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
def test_spread_and_threshold_share_the_m_of_finite_width(adam):
    """Under mean-field m is of order 1/sqrt N; between the two thresholds there is an outlier, and a spread."""
    record = predict(**SMALL_SIZES, parametrisation="mean-field", adam=adam, noise=0.3)
    sn = record.signal_noise
    with_m, without = (spike_inputs(sn, adam=adam, finite_width=kept) for kept in (True, False))
    low, high = sorted((critical_eta(with_m), critical_eta(without)))
    assert record["critical_eta"].value == pytest.approx(critical_eta(with_m), rel=1e-12)
    assert high / low > 1.001
    eta = math.sqrt(low * high)
    top = predict(**SMALL_SIZES, parametrisation="mean-field", adam=adam, noise=0.3, eta=eta)[
        "top_singular_value", eta
    ]
    outlier = spike_at(with_m, eta).outlier
    length = with_m.update_norm / spike_inputs(sn).update_norm
    assert ("no outlier" in (top.flag or "")) is False
    assert (
        spike_spread(sn, eta=eta * length, inputs=spike_inputs(sn, finite_width=True)).flag.startswith(
            "no outlier"
        )
        is not outlier
    )


def test_the_spectrum_carries_the_records_flags():
    few = predict(n=60, N=45, d=30)
    assert SMALL in few["nu"].flag
    assert SMALL in few.spectrum(0.1).flags
    wide = predict(n=20_000, N=60, d=60)
    assert ROWS_DIFFER in wide["nu"].flag
    assert ROWS_DIFFER in wide.spectrum(0.1).flags
    assert ROWS_DIFFER not in predict(**SMALL_SIZES).spectrum(0.1).flags
    broken = predict(n=400, N=300, d=200, student="softplus")
    assert broken.flags
    assert set(broken.flags) <= set(broken.spectrum(0.1).flags)
    for optimiser in ("adam", "gd"):
        with pytest.raises(ValueError, match=TOO_LARGE[:20].replace("+", r"\+")):
            predict(n=30_000_000, N=300, d=200, optimiser=optimiser).spectrum(0.1)


def test_a_ridge_without_bound_is_named_and_a_large_one_predicts_zero():
    record = predict(**SMALL_SIZES, eta=0.1, ridge=1e12)
    for features in ("paper", "released"):
        for name in ("test_loss", "holdout_loss"):
            quantity = record[name, 0.1, features]
            assert quantity.valid
            assert quantity.value == pytest.approx(record["zero_loss"].value, rel=1e-9)
    with pytest.raises(ValueError, match=r"ridge must be .*1e\+12, got 1e\+300"):
        predict(**SMALL_SIZES, eta=0.1, ridge=1e300)


def test_the_scatter_of_the_rivals_inputs_is_its_own():
    sn = signal_noise(
        **SMALL_SIZES,
        noise=0.3,
        student=student_moments(named("tanh")),
        teacher=teacher_moments(named("softplus")),
    )
    given_inputs = replace(spike_inputs(sn), flag="made up")
    assert spike_spread(sn, eta=0.2, inputs=given_inputs).flag == "made up"
    assert spike_spread(sn, eta=0.2).flag is None
