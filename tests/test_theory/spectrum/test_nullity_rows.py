"""Unflipped columns with unequal rows and skewed noise: limit, second routes of its parts, drawn networks."""

import math

import numpy as np
import pytest
from support.plain_network import first_step

from theory.functions.activations import from_callables, named
from theory.gradient.decomposition import row_excess, signal_noise
from theory.moments.moments import student_moments, teacher_moments
from theory.prediction.prediction import predict
from theory.spectrum.nullity import nullity, unflipped_share
from theory.spectrum.nullity_rows import _cumulants, row_kappas, unflipped_share_refined
from verify.statistics import mean_interval, value_verdict
from verify.statistics.verdict import Verdict

HARD = from_callables(
    lambda z: np.clip(z, -1.0, 1.0), lambda z: (np.abs(z) < 1.0) * 1.0, name="hard-tanh", kinks=(-1.0, 1.0)
)


def problem(n, N, d, student="sin", teacher="softplus", **options):
    return signal_noise(
        n=n, N=N, d=d, student=student_moments(named(student)), teacher=teacher_moments(named(teacher)),
        noise=0.3, **options,
    )  # fmt: skip


@pytest.mark.parametrize("student", ["sin", "tanh", "hard-tanh"])
@pytest.mark.parametrize("N", [1, 150, 10**4])
def test_limit_of_many_samples_and_inputs(student, N):
    function = HARD if student == "hard-tanh" else named(student)
    found = []
    for size in (10**7, 10**3):
        sn = signal_noise(
            n=2 * size, N=N, d=size, student=student_moments(function),
            teacher=teacher_moments(named("softplus")), noise=0.3,
        )  # fmt: skip
        own = float(row_excess(sn, np.array(0.0))) / sn.nu**2  # of order 1/N at every d
        limit = float(unflipped_share(sn.kappa / math.sqrt(1.0 + own), N))
        found.append(unflipped_share_refined(sn, function) / limit - 1.0)
    assert abs(found[0]) < 3e-5
    assert 50.0 * abs(found[0]) < abs(found[1]) < 0.2


def test_without_noise_or_parity_it_is_the_limit():
    assert unflipped_share_refined(problem(200, 150, 100, student="linear"), named("linear")) == 1.0
    odd_not = problem(200, 150, 100, student="softplus")
    limit = float(unflipped_share(odd_not.kappa, 150))
    assert unflipped_share_refined(odd_not, named("softplus")) == limit


def test_rows_of_the_sine_in_closed_form():
    """kappa(s) = kappa e^{-s/2}/(1 - e^{-s}) (1 - 1/e)/e^{-1/2}, averaged over drawn rows; the lie: rows alike."""
    sn, rng = problem(200, 150, 100), np.random.default_rng(0)
    kappas, weights = row_kappas(sn, named("sin"))
    s, x = rng.chisquare(100, 400_000) / 100, rng.standard_normal(400_000)
    own = (math.exp(-2.0) - math.exp(-1.0)) ** 2 / (150 * 100)
    excess = (own + math.exp(-1.0) * sn.b_squared * x**2 / 100**2) / sn.nu**2
    drawn = sn.kappa * np.exp(-s / 2) / (1 - np.exp(-s)) * (1 - math.exp(-1.0)) * math.exp(0.5)
    drawn /= np.sqrt(1.0 + excess)
    assert weights.sum() == pytest.approx(1.0, rel=1e-12)
    for power in (1, 2, -2):
        error = np.std(drawn**power) / math.sqrt(len(drawn))
        assert abs(weights @ kappas**power - np.mean(drawn**power)) < 5.0 * error
        assert abs(sn.kappa**power - np.mean(drawn**power)) > 20.0 * error


def test_skewness_of_a_sum_that_shares_its_terms_with_the_signal():
    """E[E^3 t] over draws of n = 24 terms r x sigma'_perp: no b (mean-field, wide, even teacher). The lie: no skewness."""
    n = 24
    sn = problem(n, 10**6, 10**6, teacher="hermite:0,0,1", parametrisation="mean-field")
    assert sn.v_t == pytest.approx(sn.residual_2 / n, rel=1e-5)
    skewness, kurtosis = _cumulants(sn, named("sin"))
    assert kurtosis > 0.0
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        r = rng.standard_normal((20_000, n)) ** 2 - 1.0 + 0.3 * rng.standard_normal((20_000, n))
        terms = r * rng.standard_normal((20_000, n))
        noise = np.mean(terms * (np.cos(rng.standard_normal((20_000, n))) - math.exp(-0.5)), axis=1)
        found.append(np.mean(noise**3 * np.mean(terms, axis=1)) / (sn.nu**3 * math.sqrt(sn.v_t)))
    interval = mean_interval(np.array(found), error_rate=1e-4)
    assert value_verdict(interval, predicted=skewness, margin=0.35 * abs(skewness)) is Verdict.SUPPORTED
    assert value_verdict(interval, predicted=0.0, margin=0.35 * abs(skewness)) is Verdict.REFUTED


def test_drawn_networks_of_the_sine():
    """15 % of k at d = 100; the lies: the limit, and rows of normal noise in place of skewed ones off by as much."""
    n, N, d = 200, 150, 100
    sn, lost = problem(n, N, d), []
    for seed in range(600):
        step = first_step(n=n, N=N, d=d, seed=seed, student="sin")
        signs = np.sign(step.G) * np.sign(step.a)[:, None]
        lost.append(max(int(np.sum(np.abs(signs.sum(axis=0)) == N)) - 1, 0))
    predicted = nullity(sn.kappa, N=N, d=d, share=unflipped_share_refined(sn, named("sin"))).lost
    interval = mean_interval(np.array(lost, dtype=float), error_rate=1e-4)
    margin = 0.15 * predicted
    assert value_verdict(interval, predicted=predicted, margin=margin) is Verdict.SUPPORTED, (
        interval,
        predicted,
    )
    limit = nullity(sn.kappa, N=N, d=d).lost
    assert value_verdict(interval, predicted=limit, margin=margin) is Verdict.REFUTED


def test_predict_flags_the_limit_where_it_is_far():
    sine, plain = (predict(n=240, N=180, d=120, student=student) for student in ("sin", "tanh"))
    for name in ("unflipped_share", "update_nullity", "update_rank", "lower_mode_high"):
        assert "the limit for equal rows" in sine[name].flag
        assert "equal rows" not in str(plain[name].flag)
    assert "to first order" in sine["update_nullity_refined"].flag
    assert plain["update_nullity_refined"].valid
    assert plain["update_nullity_refined"].value < plain["update_nullity"].value
    assert sine["update_nullity_refined"].value == pytest.approx(12.8, abs=0.1)
    paper = predict(n=2000, N=1500, d=1000)
    assert paper["update_nullity_refined"].value == pytest.approx(208.4, abs=0.1)
