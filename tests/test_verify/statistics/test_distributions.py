"""Distances of distributions, each with its lies."""

import math

import numpy as np
import pytest
from scipy import stats

from verify.statistics import (
    bound_verdict,
    draws_needed,
    kolmogorov_band,
    kolmogorov_distance,
    kolmogorov_radius,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
RATE = 1e-4


@pytest.fixture
def rng():
    return np.random.default_rng(4711)


def test_kolmogorov_distance_is_that_of_scipy(rng):
    values, other = rng.normal(size=300), rng.normal(0.2, 1, size=200)
    assert kolmogorov_distance(values, stats.norm.cdf) == pytest.approx(
        stats.kstest(values, stats.norm.cdf).statistic, rel=1e-12
    )
    assert kolmogorov_distance(values, stats.norm(0.1).cdf) != pytest.approx(
        stats.kstest(values, stats.norm.cdf).statistic, rel=1e-3
    )
    two = kolmogorov_band(values, other, error_rate=0.05)
    assert two.estimate == pytest.approx(stats.ks_2samp(values, other).statistic, rel=1e-12)


def test_kolmogorov_radius_is_below_the_inequality():
    for draws in (5, 100, 10_000):
        inequality = math.sqrt(math.log(2 / RATE) / (2 * draws))
        assert 0.85 * inequality < kolmogorov_radius(draws, error_rate=RATE) <= inequality


def test_distribution_supported_and_lie_refuted(rng):
    draws = draws_needed(margin=0.05, lie=0.12, error_rate=RATE)
    values = rng.normal(size=draws)
    band = kolmogorov_band(values, stats.norm.cdf, error_rate=RATE)
    assert bound_verdict(band, upper=0.05) is SUPPORTED
    scale = 1.75  # distance of N(0, 1) from N(0, 1.75^2)
    grid = np.linspace(0, 4, 4001)
    assert np.max(np.abs(stats.norm.cdf(grid) - stats.norm.cdf(grid / scale))) >= 0.12
    lie = kolmogorov_band(values, stats.norm(0, scale).cdf, error_rate=RATE)
    assert bound_verdict(lie, upper=0.05) is REFUTED
    few = kolmogorov_band(values[:50], stats.norm.cdf, error_rate=RATE)
    assert bound_verdict(few, upper=0.05) is INCONCLUSIVE
    samples = kolmogorov_band(rng.normal(size=20_000), rng.normal(size=20_000), error_rate=RATE)
    assert bound_verdict(samples, upper=0.05) is SUPPORTED


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_distribution_false_alarms(rate):
    rng = np.random.default_rng(9)
    trials, edge = 1500, 0.1
    grid = np.linspace(-6, 6, 6001)
    shift = 2 * stats.norm.ppf((1 + edge) / 2)
    assert np.max(np.abs(stats.norm.cdf(grid) - stats.norm.cdf(grid - shift))) == pytest.approx(
        edge, abs=1e-6
    )
    supported = refuted = missed = 0
    for row in rng.normal(size=(trials, 60)):
        band = kolmogorov_band(row, lambda x: stats.norm.cdf(x - shift), error_rate=rate)
        supported += bound_verdict(band, upper=edge) is SUPPORTED
        refuted += bound_verdict(band, upper=edge) is REFUTED
        missed += kolmogorov_distance(row, stats.norm.cdf) > kolmogorov_radius(60, error_rate=rate)
    room = 4.5 * math.sqrt(rate * trials)
    assert supported <= rate * trials + room
    assert refuted <= rate * trials + room
    assert abs(missed - rate * trials) < room  # the radius is exact for the true law


@pytest.mark.parametrize("values", [[0.5] * 50, [0.1, np.nan, 0.3], [0.1, np.inf]])
def test_distribution_records_that_say_nothing(values):
    band = kolmogorov_band(values, stats.uniform.cdf, error_rate=RATE)
    assert bound_verdict(band, upper=0.999) is INCONCLUSIVE
    against = kolmogorov_band(np.linspace(0, 1, 50), values, error_rate=RATE)
    assert bound_verdict(against, upper=0.999) is INCONCLUSIVE


def test_distribution_input(rng):
    values = rng.random(20)
    with pytest.raises(ValueError, match="cdf must be non-decreasing"):
        kolmogorov_band(values, lambda x: 1 - x, error_rate=RATE)
    with pytest.raises(ValueError, match="one finite number per value"):
        kolmogorov_band(values, lambda x: x[:3], error_rate=RATE)
    with pytest.raises(ValueError, match="at least 2 repeats"):
        kolmogorov_band([], stats.uniform.cdf, error_rate=RATE)
    with pytest.raises(ValueError, match="margin < lie"):
        draws_needed(margin=0.1, lie=0.05, error_rate=RATE)
