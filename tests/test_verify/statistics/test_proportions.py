"""Proportions and counts, each with its lies."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from verify.statistics import (
    bound_verdict,
    clopper_pearson,
    count_interval,
    outlier_counts,
    proportion_interval,
    proportion_power,
    proportion_repeats_needed,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
RATE = 1e-4


@pytest.fixture
def rng():
    return np.random.default_rng(4711)


@pytest.mark.parametrize("trials", [2, 7, 20])
@pytest.mark.parametrize("rate", [0.05, 1e-4])
def test_clopper_pearson_is_that_of_statsmodels(trials, rate):
    for successes in range(trials + 1):
        found = clopper_pearson(successes, trials, rate)
        low, high = proportion_confint(successes, trials, alpha=rate, method="beta")
        # statsmodels leaves the closed ends nan in some versions.
        assert found.low == pytest.approx(np.nan_to_num(low, nan=0.0), rel=1e-9, abs=1e-15)
        assert found.high == pytest.approx(np.nan_to_num(high, nan=1.0), rel=1e-9)
    wilson = proportion_confint(1, trials, alpha=rate, method="wilson")
    assert clopper_pearson(1, trials, rate).high != pytest.approx(wilson[1], rel=1e-6)


def test_twenty_of_twenty_shows_sixty_one_per_cent():
    interval = clopper_pearson(20, 20, RATE)
    assert interval.low == pytest.approx(0.6095, abs=1e-4)
    assert bound_verdict(interval, lower=0.6) is SUPPORTED
    assert bound_verdict(interval, lower=0.62) is INCONCLUSIVE
    assert bound_verdict(interval, upper=0.5) is REFUTED


@pytest.mark.parametrize("rate", [0.05, 0.01])
@pytest.mark.parametrize("p", [0.02, 0.3, 0.9])
def test_proportion_false_alarms(rate, p):
    """Exactly by enumeration, and again by simulation: the miss rate never exceeds the error rate."""
    trials, repeats = 20, 2000
    mass = stats.binom.pmf(np.arange(trials + 1), trials, p)
    misses = np.array([not clopper_pearson(k, trials, rate).contains(p) for k in range(trials + 1)])
    assert mass @ misses <= rate
    outcomes = np.random.default_rng(1).random((repeats, trials)) < p
    seen = sum(not proportion_interval(row, error_rate=rate).contains(p) for row in outcomes)
    assert seen <= rate * repeats + 4.5 * math.sqrt(rate * repeats)
    # Wald's interval is the lie: it misses far too often near the ends.
    if p == 0.02:
        wald = [proportion_confint(k, trials, alpha=rate, method="normal") for k in range(trials + 1)]
        missed = np.array([not low <= p <= high for low, high in wald])
        assert mass @ missed > 2 * rate


def test_proportion_power_is_exact():
    supported, refuted = proportion_power(0.9, trials=40, error_rate=0.01, lower=0.6)
    verdicts = [bound_verdict(clopper_pearson(k, 40, 0.01), lower=0.6) for k in range(41)]
    mass = stats.binom.pmf(np.arange(41), 40, 0.9)
    assert supported == pytest.approx(mass[[v is SUPPORTED for v in verdicts]].sum(), rel=1e-9)
    assert refuted == pytest.approx(mass[[v is REFUTED for v in verdicts]].sum(), rel=1e-6, abs=1e-12)
    assert supported != pytest.approx(proportion_power(0.9, trials=39, error_rate=0.01, lower=0.6)[0])
    count = proportion_repeats_needed(probability=0.97, lie=0.3, error_rate=RATE, lower=0.6)
    assert proportion_power(0.97, trials=count, error_rate=RATE, lower=0.6)[0] >= 0.99
    assert proportion_power(0.3, trials=count, error_rate=RATE, lower=0.6)[1] >= 0.99
    assert proportion_power(1.0, trials=20, error_rate=RATE, lower=0.6) == pytest.approx((1.0, 0.0))
    with pytest.raises(ValueError, match="lie must lie outside"):
        proportion_repeats_needed(probability=0.97, lie=0.7, error_rate=RATE, lower=0.6)
    with pytest.raises(ValueError, match="probability must lie strictly within"):
        proportion_repeats_needed(probability=0.6, lie=0.1, error_rate=RATE, lower=0.6)


def test_counts_of_outliers(rng):
    p = np.tile([1e-8, 1e-6, 0.4, 0.7], (20, 1)) * rng.uniform(0.5, 1.0, (20, 4))
    counts = outlier_counts(p, level=1e-3)
    assert counts.tolist() == [2] * 20
    assert bound_verdict(count_interval(counts, expected=2, error_rate=RATE), lower=0.6) is SUPPORTED
    assert bound_verdict(count_interval(counts, expected=1, error_rate=RATE), lower=0.6) is REFUTED
    # Counting stops at the first eigenvalue that is no outlier: a small p-value after it is the bulk's own.
    assert outlier_counts([[1e-9, 0.5, 1e-9]], level=1e-3).tolist() == [1]
    p[3, 1] = np.nan
    spoiled = outlier_counts(p, level=1e-3)
    assert spoiled[3] == -1
    assert bound_verdict(count_interval(spoiled, expected=2, error_rate=RATE), lower=0.1) is INCONCLUSIVE


def test_outlier_level_is_the_chance_of_one_too_many(rng):
    counts = outlier_counts(rng.random((4000, 3)), level=0.05)
    assert abs(np.mean(counts > 0) - 0.05) < 4.5 * math.sqrt(0.05 * 0.95 / 4000)


def test_proportion_input():
    with pytest.raises(ValueError, match="successes must not exceed trials"):
        clopper_pearson(3, 2, RATE)
    with pytest.raises(ValueError, match="trials must be at least 2"):
        clopper_pearson(0, 0, RATE)
    with pytest.raises(ValueError, match="outcomes must be 0 or 1"):
        proportion_interval([0.2, 0.9], error_rate=RATE)
    with pytest.raises(ValueError, match="at least 2 repeats"):
        proportion_interval([], error_rate=RATE)
    with pytest.raises(ValueError, match=r"p_values must lie in \[0, 1\]"):
        outlier_counts([[1.5]], level=0.1)
    with pytest.raises(ValueError, match="whole numbers"):
        count_interval([1.5, 2.0], expected=1, error_rate=RATE)
    assert not proportion_interval([1.0, np.nan], error_rate=RATE).usable
