"""Ordered prediction and paired contrasts, each with its lies."""

import math

import numpy as np
import pytest
from scipy import stats

from verify.statistics import (
    bound_verdict,
    cell_intervals,
    cells_verdict,
    ordered_check,
    ordered_power,
    ordered_seeds_needed,
    ordered_verdict,
    paired_contrast,
    power_value,
    value_verdict,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
RATE = 1e-4
K = np.arange(1.0, 9.0)
SPREAD = 0.25 / np.sqrt(500 * K)
DRIFT = 0.05 * np.log(K)


@pytest.fixture
def rng():
    return np.random.default_rng(4711)


def ray(rng, seeds=5, drift=0.0, spread=SPREAD):
    return np.broadcast_to(drift, spread.shape)[:, None] + spread[:, None] * rng.normal(
        size=(len(spread), seeds)
    )


def test_ordered_prediction_supports_no_drift_and_refutes_one(rng):
    found = ordered_check(ray(rng), first=5, spread=SPREAD, error_rate=RATE)
    assert len(found.deviations) == 3
    assert ordered_verdict(found, margin=0.02) is SUPPORTED
    drifting = ordered_check(ray(rng, drift=DRIFT), first=5, spread=SPREAD, error_rate=RATE)
    assert ordered_verdict(drifting, margin=0.02) is REFUTED
    # A perfect slope on a wrong constant is the constant's business, not the order's.
    moved = ordered_check(ray(rng) + 0.3, first=5, spread=SPREAD, error_rate=RATE)
    assert ordered_verdict(moved, margin=0.02) is SUPPORTED
    assert value_verdict(moved.fitted, predicted=0.0, margin=0.02) is REFUTED


def test_ordered_deviation_is_a_two_sample_t_statistic(rng):
    """One cell before, one after, equal spreads: the pooled two-sample t interval of scipy."""
    z = rng.normal(size=(2, 6))
    found = ordered_check(z, first=1, spread=1.0, error_rate=0.05).deviations[0]
    oracle = stats.ttest_ind(z[1], z[0]).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), rel=1e-9)
    assert (found.low, found.high) != pytest.approx(
        tuple(stats.ttest_1samp(z[1], 0).confidence_interval(0.95))
    )


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_ordered_false_alarms(rate):
    rng = np.random.default_rng(2)
    trials = 1500
    family = cells = narrow = 0
    for _ in range(trials):
        z = ray(rng, seeds=3)
        found = ordered_check(z, first=5, spread=SPREAD, error_rate=rate)
        family += any(not i.contains(0.0) for i in found.deviations)
        narrow += any(abs(i.estimate) > 0.7 * (i.high - i.low) / 2 for i in found.deviations)
        cells += any(not i.contains(0.0) for i in cell_intervals(z, spread=SPREAD, error_rate=rate))
    room = 4.5 * math.sqrt(trials * rate)
    assert abs(cells - rate * trials) < room
    assert 0.3 * rate * trials - room < family < rate * trials + room
    assert narrow > rate * trials + room


def test_ordered_power_is_what_simulated_verdicts_show():
    rng = np.random.default_rng(8)
    trials, spread, drift = 1500, 1.8 * SPREAD, 0.033 * (K == 8)
    design = {"first": 5, "spread": spread, "error_rate": 0.01, "margin": 0.02, "seeds": 5}
    true, lie = ordered_power(**design), ordered_power(**design, drift=drift)
    seen = np.zeros(2)
    for _ in range(trials):
        z = ray(rng, spread=spread)
        for index, (values, wanted) in enumerate(((z, SUPPORTED), (z + drift[:, None], REFUTED))):
            found = ordered_check(values, first=5, spread=spread, error_rate=0.01)
            seen[index] += ordered_verdict(found, margin=0.02) is wanted
    assert 0.1 < true < 0.95
    assert 0.1 < lie < 0.95
    shares, room = seen / trials, 4.5 * 0.5 / math.sqrt(trials)
    assert true - room < shares[0] < true + room + 0.08  # a lower bound: the deviations share a mean
    assert lie - room < shares[1] < lie + room + 0.02
    assert ordered_power(**design | {"seeds": 12}) > shares[0] + room


def test_ordered_seeds_needed_is_the_least_that_does():
    design = {"first": 5, "spread": SPREAD, "error_rate": RATE, "margin": 0.02}
    seeds = ordered_seeds_needed(**design, drift=2 * DRIFT)
    for drift in (None, 2 * DRIFT):
        assert ordered_power(**design, seeds=seeds, drift=drift) >= 0.99
    least = min(ordered_power(**design, seeds=seeds - 1, drift=drift) for drift in (None, 2 * DRIFT))
    assert least < 0.99 or seeds == 2


def test_cells_refute_and_never_support(rng):
    fine = cell_intervals(ray(rng, seeds=50), spread=SPREAD, error_rate=RATE)
    assert cells_verdict(fine, margin=0.02) is INCONCLUSIVE
    assert all(value_verdict(i, predicted=0.0, margin=0.02) is SUPPORTED for i in fine)
    off = cell_intervals(ray(rng, seeds=50, drift=0.1 * (K == 3)), spread=SPREAD, error_rate=RATE)
    assert cells_verdict(off, margin=0.02) is REFUTED


@pytest.mark.parametrize("bad", [0.0, np.nan, "seeds equal"])
def test_ordered_records_that_say_nothing(rng, bad):
    z = ray(rng)
    spoiled = np.broadcast_to(z[:, :1], z.shape) if isinstance(bad, str) else np.full_like(z, bad)
    found = ordered_check(spoiled, first=5, spread=SPREAD, error_rate=RATE)
    assert ordered_verdict(found, margin=1.0) is INCONCLUSIVE
    assert cells_verdict(cell_intervals(spoiled, spread=SPREAD, error_rate=RATE), margin=1e-9) is INCONCLUSIVE


def test_ordered_needs_a_cell_to_predict(rng):
    with pytest.raises(ValueError, match="first must leave a cell to predict, got 8 of 8 cells"):
        ordered_check(ray(rng), first=8, spread=SPREAD, error_rate=RATE)
    with pytest.raises(ValueError, match="at least 2 seeds"):
        ordered_check(ray(rng, seeds=1), first=5, spread=SPREAD, error_rate=RATE)


def test_paired_contrast_is_the_paired_t_interval(rng):
    shared = rng.normal(0, 10, 12)
    a, b = shared + rng.normal(1.0, 0.1, 12), shared + rng.normal(0.0, 0.1, 12)
    found = paired_contrast(a, b, error_rate=0.01)
    oracle = stats.ttest_rel(a, b).confidence_interval(0.99)
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), rel=1e-9)
    assert bound_verdict(found, lower=0.5) is SUPPORTED
    assert bound_verdict(paired_contrast(b, a, error_rate=0.01), lower=0.5) is REFUTED
    # Unpaired, the seeds' own scatter hides the order.
    assert bound_verdict(paired_contrast(a, rng.permutation(b), error_rate=0.01), lower=0.5) is INCONCLUSIVE


def test_contrast_records_that_say_nothing(rng):
    a = rng.normal(size=8)
    for b in (a, a - 1.0, np.full(8, np.nan), np.where(a == a[0], np.inf, a)):
        assert bound_verdict(paired_contrast(a, b, error_rate=RATE), lower=-99.0) is INCONCLUSIVE
    infinite = np.where(a == a[0], np.inf, a)
    assert bound_verdict(paired_contrast(infinite, infinite, error_rate=RATE), lower=-9.0) is INCONCLUSIVE
    assert bound_verdict(paired_contrast(a, rng.normal(size=8), error_rate=RATE), lower=-99.0) is SUPPORTED
    with pytest.raises(ValueError, match="same seeds"):
        paired_contrast(a, a[:5], error_rate=RATE)


def test_power_of_a_paired_contrast_is_that_of_a_mean():
    """A contrast's design is power_value with the spread of a difference; a lie is the opposite order."""
    assert power_value(margin=0.5, spread=0.3, repeats=20, error_rate=RATE, lie=1.2) > 0.99
    assert power_value(margin=0.5, spread=3.0, repeats=20, error_rate=RATE, lie=1.2) < 0.1
