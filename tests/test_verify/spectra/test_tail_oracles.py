"""The fits of verify.spectra beside those of `powerlaw` and scipy, and p-values that are what they say."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import optimize, special, stats

from sim.measures.tails import ks_alpha
from verify.spectra.bootstrap import hill_goodness, ks_goodness
from verify.spectra.null_draws import null_spectrum
from verify.spectra.rival_laws import RIVALS, likelihood_ratios
from verify.spectra.truncated_fit import truncated_alpha
from verify.statistics.distributions import kolmogorov_distance, kolmogorov_radius

powerlaw = pytest.importorskip("powerlaw", reason="the oracle is an extra of the tests")


def cut(x, rng):
    """A power law with an exponential cut-off, by rejection."""
    return x[rng.random(x.size) < np.exp(-x / 30.0)][:400]


def sample(name):
    rng = np.random.default_rng(5)
    return {
        "pareto": lambda: rng.pareto(1.4, 300) + 1.0,
        "lognormal": lambda: np.exp(rng.standard_normal(400)),
        "cut": lambda: cut(rng.pareto(0.9, 4000) + 1.0, rng),
        "noise": lambda: null_spectrum(300, 200, rng),
    }[name]()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["pareto", "lognormal", "cut"])
def test_likelihood_ratios_are_those_of_powerlaw(name):
    x = sample(name)
    x_min = ks_alpha(x).x_min
    assert ks_alpha(x).alpha < 3.0  # above, powerlaw 2.0's own alpha stays at 3
    found = likelihood_ratios(x, x_min)
    fit = powerlaw.Fit(x, xmin=x_min, verbose=0)
    assert [each.rival for each in found] == list(RIVALS)
    for each in found:
        ratio, p = fit.distribution_compare("power_law", each.rival, normalized_ratio=True)
        assert each.ratio == pytest.approx(ratio, abs=0.02)
        assert each.p_value == pytest.approx(p, abs=0.01)
    assert found[0].ratio != pytest.approx(found[1].ratio, abs=0.5)  # one rival taken for another is seen


def test_the_lognormals_likelihood_is_that_of_its_closed_form():
    """A search over its own parameters, the truncated normal law of ln l, finds no more."""
    x = sample("lognormal")
    x = x[x >= 0.5]
    y = np.log(x / 0.5)

    def minus(parameters):
        mu, log_sigma = parameters
        z = (y - mu) / np.exp(log_sigma)
        return -np.sum(
            stats.norm.logpdf(z) - log_sigma - special.log_ndtr(mu / np.exp(log_sigma)) - y - np.log(0.5)
        )

    best = min(
        (
            optimize.minimize(minus, start, method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-9})
            for start in ([0.5, 0.0], [0.0, 0.5])
        ),
        key=lambda found: found.fun,
    )
    alpha = 1.0 + 1.0 / y.mean()
    power = np.log(alpha - 1.0) - np.log(0.5) - alpha * y
    (lognormal, *_) = likelihood_ratios(x, 0.5)
    mu, log_sigma = best.x
    terms = power - (
        stats.norm.logpdf((y - mu) / np.exp(log_sigma))
        - log_sigma
        - special.log_ndtr(mu / np.exp(log_sigma))
        - y
        - np.log(0.5)
    )
    assert lognormal.ratio == pytest.approx(terms.sum() / (np.sqrt(y.size) * terms.std()), rel=1e-3)


def test_a_nested_rival_is_never_the_less_likely_and_a_power_law_prefers_none():
    rng = np.random.default_rng(8)
    for _ in range(20):
        x = rng.pareto(1.5, 200) + 1.0
        found = {each.rival: each for each in likelihood_ratios(x, float(x.min()))}
        assert found["truncated_power_law"].ratio <= 1e-9
        assert found["lognormal"].ratio <= 1e-9  # its limit b = 0 is the power law
        assert found["exponential"].ratio > 1.0  # the lie: an exponential tail
    tail = rng.exponential(1.0, 400) + 1.0
    (_, exponential, cut) = likelihood_ratios(tail, 1.0)
    assert exponential.ratio < -2.0
    assert cut.p_value < 1e-6


@pytest.mark.parametrize("name", ["pareto", "lognormal", "noise"])
def test_the_truncated_fit_is_the_maximum_of_scipys_likelihood(name):
    x = sample(name)
    fit = truncated_alpha(x)
    tail = np.sort(x[x >= fit.x_min]) / fit.x_min
    c = tail[-1]

    def minus(b):
        return -np.sum(stats.truncpareto.logpdf(tail, b, c))

    found = optimize.minimize_scalar(minus, bounds=(1e-3, 20.0), method="bounded", options={"xatol": 1e-9})
    assert fit.alpha - 1.0 == pytest.approx(found.x, rel=1e-4)
    law = stats.truncpareto.cdf(tail, fit.alpha - 1.0, c)
    assert fit.distance == pytest.approx(np.max(np.abs(law - np.arange(tail.size) / tail.size)), rel=1e-9)
    assert fit.tail == tail.size


@pytest.mark.filterwarnings("ignore")
def test_the_truncated_fit_is_powerlaws_where_that_maximises_the_truncated_likelihood():
    x = sample("pareto")
    fit = truncated_alpha(x)
    oracle = powerlaw.Power_Law(
        xmin=fit.x_min, xmax=float(x.max()), data=x, discrete=False, force_numerical_fit=True, verbose=0
    )
    assert fit.alpha == pytest.approx(oracle.alpha, rel=1e-3)
    plain = 1.0 + fit.tail / np.log(x[x >= fit.x_min] / fit.x_min).sum()
    assert abs(plain - oracle.alpha) > 0.02  # the plain formula, which powerlaw's search takes, is another


@pytest.mark.parametrize(
    "x",
    [
        1.0 + 1e-9 * np.random.default_rng(0).random(100),
        np.exp(20.0 * np.random.default_rng(1).random(50)),
        np.append(np.ones(20), 1e200),
        np.append(np.full(9, 1.0), [1.0001, 2.0]),
    ],
    ids=["narrow", "wide", "one far", "ties"],
)
def test_tails_of_any_width_have_ratios(x):
    found = likelihood_ratios(x, float(x.min()))
    assert all(np.isfinite(each.ratio) and 0.0 <= each.p_value <= 1.0 for each in found)
    scaled = likelihood_ratios(1e-30 * x, float(1e-30 * x.min()))
    for one, other in zip(found, scaled, strict=True):
        assert other.ratio == pytest.approx(one.ratio, abs=0.01)


def test_fits_that_cannot_be_are_none():
    assert truncated_alpha(np.arange(1.0, 8.0)) is None
    assert truncated_alpha(np.full(20, 3.0)) is None
    assert likelihood_ratios(np.array([1.0, 2.0]), 1.0) == ()
    with pytest.raises(ValueError, match="two distinct values"):
        likelihood_ratios(np.full(20, 3.0), 3.0)


@pytest.mark.parametrize(
    ("name", "unit", "alpha", "x_min", "tail", "p_value"),
    [("cities", 1e3, 2.37, 52.46, 580, 0.76), ("flares", 1.0, 1.79, 323.0, 1711, 1.00)],
)
def test_published_p_values(name, unit, alpha, x_min, tail, p_value):
    """Clauset, Shalizi & Newman 2009, Table 6.1, by 200 replicates: four standard errors of a share are 0.12."""
    path = Path(powerlaw.__file__).parent / "reference_data" / f"{name}.txt"
    if not path.exists():
        pytest.skip(f"this version of powerlaw ships no {path.name}")
    values = np.loadtxt(path) / unit
    fit = ks_alpha(values)
    assert (round(fit.alpha, 2), round(fit.x_min, 2), fit.tail) == (alpha, x_min, tail)
    assert ks_goodness(values, replicates=200).p_value == pytest.approx(p_value, abs=0.12)


def test_a_tail_that_is_none_has_a_small_p_value_and_a_pareto_sample_has_not():
    rng = np.random.default_rng(3)
    bent = np.concatenate([rng.pareto(1.5, 400) + 1.0, np.full(60, 40.0) + rng.random(60)])
    straight = rng.pareto(1.5, 460) + 1.0
    assert hill_goodness(bent, replicates=199).p_value <= 0.01
    assert hill_goodness(straight, replicates=199).p_value > 0.05
    exponential = 1.0 + 0.2 * rng.exponential(1.0, 2000)
    assert hill_goodness(exponential, replicates=199).p_value <= 0.01


def test_replicates_are_the_same_for_the_same_seed_and_leave_the_values_alone():
    x = sample("pareto")
    x.flags.writeable = False
    one, other = ks_goodness(x, replicates=50), ks_goodness(x, replicates=50)
    assert one == other
    assert ks_goodness(x, replicates=50, seed=1).p_value != one.p_value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ks_goodness(np.concatenate([x, [x.max()]]), replicates=5)


def uniform_shares(goodness, rng):
    """Of 1000 samples of a true power law, 99 replicates each; spread between the values that they can take."""
    p = [goodness(rng.pareto(1.5, 100) + 1.0, replicates=99, seed=i).p_value for i in range(1000)]
    return np.sort(np.array(p) - rng.random(1000) / 100.0)


@pytest.mark.slow
def test_p_values_of_hills_tail_are_uniform_where_the_power_law_is_true():
    rng = np.random.default_rng(11)
    spread = uniform_shares(hill_goodness, rng)
    radius = kolmogorov_radius(1000, error_rate=1e-4)
    assert kolmogorov_distance(spread, lambda x: np.clip(x, 0.0, 1.0)) < radius
    assert kolmogorov_distance(spread**1.5, lambda x: np.clip(x, 0.0, 1.0)) > radius  # the lie
    tails = [1.0 + 0.5 * rng.exponential(1.0, 800) for _ in range(50)]
    bent = [hill_goodness(tail, replicates=99, seed=i).p_value for i, tail in enumerate(tails)]
    assert np.mean(np.array(bent) <= 0.05) > 0.5  # the planted alternative is no power law


@pytest.mark.slow
def test_p_values_of_the_ks_tail_reject_a_true_power_law_no_more_often_than_they_say():
    """Clauset's method with x_min estimated anew is conservative, median 0.6: uniformity is one-sided."""
    spread = uniform_shares(ks_goodness, np.random.default_rng(12))
    radius = kolmogorov_radius(1000, error_rate=1e-4)
    shares = np.arange(1, 1001) / 1000
    assert np.max(shares - spread) < radius
    assert np.max(shares - spread**3) > radius  # the lie: p-values that are too small
