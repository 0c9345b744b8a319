"""Adam's first step with eps: every integral by two routes, both limits, and plain networks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.first_gradient_runs import extrapolated, extrapolated_spread, power, top, verdict
from support.plain_network import first_step

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.gradient.norms import gradient_norm_spreads, gradient_norms
from theory.moments.moments import student_moments, teacher_moments
from theory.update.adam_eps import (
    adam_frobenius_ratio,
    adam_norm_ratios,
    eps_frobenius_ratio,
    eps_operator_ratio,
)
from theory.update.adam_eps_spread import adam_frobenius_spread
from theory.update.sign import sign_norm_ratio, sign_norm_ratio_refined, sign_norm_spread, uncorrected_factor

EPS = [1e-9, 1e-5, 1e-3, 0.05, 0.7, 5.0, 1e3, 1e6]


def problem(n=2000, N=1500, d=1000, student="tanh", **options):
    return signal_noise(
        n=n, N=N, d=d, student=student_moments(named(student)), teacher=teacher_moments(named("softplus")),
        noise=0.3, **options,
    )  # fmt: skip


def test_numbers_along_the_default_ratios():
    expected = {
        1000: (0.9945, 0.8225),
        2000: (0.9881, 0.8198),
        4000: (0.9749, 0.8135),
        10**6: (0.0953, 0.0891),
    }
    for d, values in expected.items():
        assert adam_norm_ratios(problem(2 * d, 3 * d // 2, d), 1e-8) == pytest.approx(values, abs=1.5e-4)
    assert adam_norm_ratios(problem(parametrisation="mean-field"), 1e-8)[0] == pytest.approx(0.992, abs=5e-4)
    uncorrected = adam_norm_ratios(problem(), 1e-8, adam="uncorrected")[0] / uncorrected_factor()
    assert uncorrected == pytest.approx(0.9369, abs=5e-5)


@pytest.mark.parametrize("eps", EPS)
def test_frobenius_by_bessel_and_by_the_product(eps):
    bessel, product = (eps_frobenius_ratio(eps, method=m) for m in ("bessel", "product"))
    assert bessel == pytest.approx(product, rel=1e-10)


@pytest.mark.parametrize("eps", EPS)
@pytest.mark.parametrize("kappa", [0.05, 0.7, 2.65784, 4.0])
def test_operator_by_quadrature_and_by_mehler(kappa, eps):
    kernel, series = (eps_operator_ratio(kappa, eps, method=m) for m in ("kernel", "hermite"))
    assert kernel == pytest.approx(series, rel=1e-8)


@pytest.mark.parametrize("eps", [1e-3, 0.05, 0.7])
def test_operator_by_plain_mid_quantiles(eps):
    assert eps_operator_ratio(2.65784, eps) == pytest.approx(
        eps_operator_ratio(2.65784, eps, method="plain"), rel=3e-4
    )


@pytest.mark.parametrize("kappa", [0.0, 0.3, 2.65784, 30.0, 1e4, 1e9, math.inf])
def test_limits_of_the_kernel(kappa):
    assert eps_operator_ratio(kappa, 0.0) == pytest.approx(float(sign_norm_ratio(kappa)), rel=1e-9)
    assert eps_operator_ratio(kappa, 1e-10) == pytest.approx(float(sign_norm_ratio(kappa)), rel=1e-6)
    p = 1.0 if math.isinf(kappa) else kappa**2 / (1 + kappa**2)
    assert 1e9 * eps_operator_ratio(kappa, 1e9) == pytest.approx(math.sqrt(p), rel=1e-6)  # GD
    assert 1e9 * eps_frobenius_ratio(1e9) == pytest.approx(1.0, rel=1e-6)


def test_both_limits_for_a_problem():
    for sn in (
        problem(), problem(4000, 250, 250), problem(500, 2000, 1000, parametrisation="mean-field"),
        problem(student="softplus", offset=0.4),
    ):  # fmt: skip
        assert adam_norm_ratios(sn, 0.0) == (1.0, sign_norm_ratio_refined(sn))
        near = adam_norm_ratios(sn, 1e-18)
        assert near == pytest.approx((1.0, sign_norm_ratio_refined(sn)), rel=1e-6)
        operator, frobenius = gradient_norms(sn)
        root = math.sqrt(sn.N * sn.d)
        whole, top = adam_norm_ratios(sn, 1e4)
        assert whole * 1e4 * root == pytest.approx(frobenius, rel=1e-5)
        # Up to what the noise of the signs adds at finite size, by the noise's power: under 3/(kappa^2 d).
        assert top * 1e4 * root == pytest.approx(operator, rel=3.0 / (sn.kappa**2 * min(sn.N, sn.d)) + 1e-5)


def test_uncorrected_is_a_factor_and_another_eps():
    sn, factor = problem(), uncorrected_factor()
    expected = [factor * x for x in adam_norm_ratios(sn, 1e-8 * math.sqrt(1000.0))]
    assert adam_norm_ratios(sn, 1e-8, adam="uncorrected") == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("eps", [0.0, 1e-18, 1e-8, 1e-3, 10.0])
@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
def test_frobenius_alone_is_the_first_of_both_and_needs_no_operator(eps, adam, monkeypatch):
    both = adam_norm_ratios(problem(), eps, adam=adam)[0]
    monkeypatch.setattr(
        "theory.update.adam_eps._smoothed", None
    )  # the kernel of the operator norm: not to be called
    assert adam_frobenius_ratio(problem(), eps, adam=adam) == both
    assert adam_frobenius_spread(problem(), eps, adam=adam) < 0.05 * both


@given(kappa=st.floats(1e-3, 1e5), eps=st.floats(1e-9, 1e6), more=st.floats(1.01, 10))
def test_order_and_bounds(kappa, eps, more):
    operator, frobenius = eps_operator_ratio(kappa, eps), eps_frobenius_ratio(eps)
    assert 0.0 < operator <= frobenius * (1 + 1e-10) <= 1.0 + 1e-9
    assert eps_operator_ratio(kappa, more * eps) < operator
    assert eps_operator_ratio(more * kappa, eps) >= operator * (1 - 1e-9)


@pytest.mark.parametrize("student", ["linear", "hermite:0,0,1"])
def test_students_without_noise_or_without_signal(student):
    whole, top = adam_norm_ratios(problem(student=student), 1e-8)
    assert 0.9 < whole < 1.0
    assert top == pytest.approx(whole, rel=0.02) if student == "linear" else top == 0.0


@pytest.mark.parametrize("bad", [-1e-9, math.nan, math.inf, True])
def test_bad_eps_is_refused(bad):
    for function in (adam_norm_ratios, adam_frobenius_ratio):
        with pytest.raises(TypeError if bad is True else ValueError, match="eps must be"):
            function(problem(), bad)
    with pytest.raises(ValueError, match="adam"):
        adam_norm_ratios(problem(), 1e-8, adam="torch")
    with pytest.raises(ValueError, match="method"):
        eps_frobenius_ratio(1.0, method="guess")


@pytest.mark.parametrize("relative", [0.03, 0.5])
def test_plain_networks(relative):
    """eps at a fixed share of the root mean square entry; margin 1.5/d for the order that is left out."""
    n, N, d = 100, 75, 50
    sn = problem(n, N, d)
    eps = relative * gradient_norms(sn)[1] / math.sqrt(N * d)
    whole, top = [], []
    for seed in range(500):
        G = first_step(n=n, N=N, d=d, seed=seed).G
        D = G / (np.abs(G) + eps)
        whole.append(np.linalg.norm(D) / math.sqrt(N * d))
        top.append(math.sqrt(np.linalg.eigvalsh(D.T @ D)[-1] / (N * d)))
    predicted = adam_norm_ratios(sn, eps)
    assert verdict(whole, predicted[0], 1.5 / d) == "supported"
    assert verdict(top, predicted[1], 1.5 / d) == "supported"
    exact = adam_norm_ratios(sn, 0.0)  # lie: eps does not matter
    assert verdict(whole, exact[0], 1.5 / d) == "refuted"
    assert verdict(top, 1.1 * predicted[1], 1.5 / d) == "refuted"


def test_both_norms_extrapolated_in_one_over_d():
    """eps at a share of the run's own root mean square entry. The lies: eps does not matter; it shrinks both norms alike."""
    sizes, repeats, margin, shares = ((100, 75, 50), (200, 150, 100)), 500, 0.015, (0.03, 0.5)
    seen = [norms_at_shares(*cell, repeats, shares) for cell in sizes]
    sns = [problem(*cell) for cell in sizes]
    for place, share in enumerate(shares):
        eps = [share * gradient_norms(sn)[1] / math.sqrt(sn.N * sn.d) for sn in sns]
        predicted = np.array([adam_norm_ratios(sn, e) for sn, e in zip(sns, eps, strict=True)])
        unmoved = np.array([adam_norm_ratios(sn, 0.0) for sn in sns])
        alike = np.stack([unmoved[:, 0], predicted[:, 0] * unmoved[:, 1]], axis=1)
        for norm, lies in ((0, (unmoved,)), (1, (unmoved, alike))):
            spreads = [
                sign_norm_spread(sn) if norm else frobenius_spread_at_a_share(sn, e)
                for sn, e in zip(sns, eps, strict=True)
            ]
            spread = extrapolated_spread(*spreads)
            limit = extrapolated(*(x[:, place, norm] for x in seen))
            right = float(extrapolated(*predicted[:, norm]))
            assert limit.std(ddof=1) < spread
            assert power(spread, repeats, margin) >= 0.99
            assert verdict(limit, right, margin) == "supported"
            for lie in lies:
                wrong = float(extrapolated(*lie[:, norm]))
                assert power(spread, repeats, margin, distance=abs(wrong - right)) >= 0.99
                assert verdict(limit, wrong, margin) == "refuted"


def frobenius_spread_at_a_share(sn, eps):
    """(eps-9) without its last term: the scale of G_0 no longer scatters against eps. The top value's is under c's."""
    up, down = (adam_frobenius_ratio(sn, eps * factor) for factor in (1.001, 1.0 / 1.001))
    slope = (up - down) / (2.0 * math.log(1.001))
    return math.sqrt(adam_frobenius_spread(sn, eps) ** 2 - (slope * gradient_norm_spreads(sn)[1]) ** 2)


def norms_at_shares(n, N, d, repeats, shares):
    """||D_0||_F and ||D_0||_2 over sqrt(N d) of plain networks, eps = share * ||G_0||_F/sqrt(N d); (repeats, shares, 2)."""
    found = []
    for seed in range(repeats):
        G = first_step(n=n, N=N, d=d, seed=seed).G
        unit = np.linalg.norm(G) / math.sqrt(N * d)
        updates = [G / (np.abs(G) + share * unit) for share in shares]
        found.append([[np.linalg.norm(D), top(D)] for D in updates])
    return np.array(found) / math.sqrt(N * d)
