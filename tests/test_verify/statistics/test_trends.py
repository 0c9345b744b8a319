"""Rank trends and means of bounded numbers, each with its lies."""

import math

import numpy as np
import pytest
from scipy import stats

from verify.statistics import (
    bound_verdict,
    bounded_mean_interval,
    bounded_repeats_needed,
    clopper_pearson,
    mean_interval,
    spearman_coefficients,
    trend_interval,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
RATE = 1e-4


@pytest.fixture
def rng():
    return np.random.default_rng(4711)


def test_spearman_is_that_of_scipy(rng):
    levels = np.array([0.01, 0.1, 0.1, 1.0, 5.0])
    values = np.round(rng.normal(size=(30, 5)), 1)  # with ties
    oracle = [stats.spearmanr(row, levels).statistic for row in values]
    assert spearman_coefficients(values, levels) == pytest.approx(np.array(oracle), rel=1e-12)
    linear = [np.corrcoef(row, levels)[0, 1] for row in values]
    assert spearman_coefficients(values, levels) != pytest.approx(np.array(linear), rel=1e-3)
    assert np.isnan(spearman_coefficients([[1.0, 1.0, 1.0], [1.0, np.nan, 2.0]], [1, 2, 3])).all()
    assert spearman_coefficients([[1.0, 2.0, np.inf]], [1, 2, 3]) == pytest.approx([1.0])


def test_trend_supported_and_lie_refuted(rng):
    levels = np.array([0.01, 0.03, 0.1, 0.3, 1.0])
    falling = -np.log(levels) + 0.1 * rng.normal(size=(20, 5))
    found = trend_interval(falling, levels, error_rate=RATE)
    assert bound_verdict(found, upper=-0.2) is SUPPORTED
    assert bound_verdict(found, lower=0.2) is REFUTED
    flat = trend_interval(rng.normal(size=(20, 5)), levels, error_rate=RATE)
    assert bound_verdict(flat, upper=-0.2) is INCONCLUSIVE
    assert bound_verdict(trend_interval(falling[:3], levels, error_rate=RATE), upper=-0.2) is INCONCLUSIVE


def test_trend_records_that_say_nothing(rng):
    levels = [1.0, 2.0, 3.0]
    same = np.tile(rng.normal(size=3), (30, 1))
    spoiled = rng.normal(size=(30, 3))
    spoiled[4, 1] = np.nan
    for values in (same, np.zeros((30, 3)), spoiled):
        assert bound_verdict(trend_interval(values, levels, error_rate=RATE), upper=0.999) is INCONCLUSIVE
    with pytest.raises(ValueError, match="at least 2 repeats"):
        trend_interval([[1.0, 2.0, 3.0]], levels, error_rate=RATE)
    with pytest.raises(ValueError, match="at least 3 different ones"):
        trend_interval(spoiled[:, :2], [1.0, 2.0], error_rate=RATE)


def test_bounded_interval_meets_clopper_pearson_at_the_ends_and_covers_it():
    for successes in range(11):
        exact = clopper_pearson(successes, 10, 0.01)
        found = bounded_mean_interval([1.0] * successes + [0.0] * (10 - successes), error_rate=0.01)
        assert found.low <= exact.low + 1e-9
        assert found.high >= exact.high - 1e-9
    ones = bounded_mean_interval([1.0] * 10, error_rate=0.01)
    assert ones.low == pytest.approx(clopper_pearson(10, 10, 0.01).low, rel=1e-9)


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_trend_false_alarms_where_students_t_errs(rate):
    """Coefficients that are nearly always 1: the bounded interval keeps its rate, Student's t does not."""
    rng = np.random.default_rng(6)
    trials = 1500
    records = np.where(rng.random((trials, 20)) < 0.05, -1.0, 1.0) + rng.uniform(-1e-6, 0, (trials, 20)) * (
        rng.random((trials, 20)) < 0.5
    )
    records, truth = np.clip(records, -1, 1), 0.9
    missed = sum(
        not bounded_mean_interval(row, error_rate=rate, lower=-1.0, upper=1.0).contains(truth)
        for row in records
    )
    students = sum(not mean_interval(row, error_rate=rate).contains(truth) for row in records)
    assert missed <= rate * trials + 4.5 * math.sqrt(rate * trials)
    assert students > 5 * rate * trials


def test_bounded_repeats_needed_do(rng):
    count = bounded_repeats_needed(mean=-0.9, bound=-0.2, error_rate=RATE, lower=-1.0, upper=1.0)
    records = np.where(rng.random((500, count)) < 0.05, 1.0, -1.0)  # the widest law with that mean
    found = [bounded_mean_interval(row, error_rate=RATE, lower=-1.0, upper=1.0) for row in records]
    assert np.mean([bound_verdict(i, upper=-0.2) is SUPPORTED for i in found]) > 0.97
    third = [
        bounded_mean_interval(row[: count // 3], error_rate=RATE, lower=-1.0, upper=1.0) for row in records
    ]
    assert np.mean([bound_verdict(i, upper=-0.2) is SUPPORTED for i in third]) < 0.9
    mirrored = bounded_repeats_needed(mean=0.9, bound=0.2, error_rate=RATE, lower=-1.0, upper=1.0)
    assert mirrored == count
    assert bounded_repeats_needed(mean=1.0, bound=0.609, error_rate=RATE) == 20
    with pytest.raises(ValueError, match="mean and bound must differ"):
        bounded_repeats_needed(mean=0.5, bound=0.5, error_rate=RATE)
