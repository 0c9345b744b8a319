"""Ordered prediction, proportions, counts, distributions, orders, trends and looks, each with its lies."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from verify.statistics import (
    bound_verdict,
    bounded_mean_interval,
    bounded_repeats_needed,
    cell_intervals,
    cells_verdict,
    clopper_pearson,
    count_interval,
    draws_needed,
    kolmogorov_band,
    kolmogorov_distance,
    kolmogorov_radius,
    look_schedule,
    look_until_decided,
    mean_interval,
    ordered_check,
    ordered_power,
    ordered_seeds_needed,
    ordered_verdict,
    outlier_counts,
    paired_contrast,
    power_value,
    proportion_interval,
    proportion_power,
    proportion_repeats_needed,
    spearman_coefficients,
    trend_interval,
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


# Ordered prediction


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
        narrow += any(abs(i.estimate) > 0.7 * i.half_width for i in found.deviations)
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


# Proportions and counts


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


# Distributions


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


# Orders and trends


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


# Looks


def test_looks_double_and_split_the_rate():
    assert look_schedule(5, 39) == (5, 10, 20)
    asked = []

    def judge(repeats, rate):
        asked.append((repeats, rate))
        return SUPPORTED if repeats >= 10 else INCONCLUSIVE

    found = look_until_decided(judge, first=5, most=39, error_rate=3e-4)
    assert asked == [(5, pytest.approx(1e-4)), (10, pytest.approx(1e-4))]
    assert (found.verdict, found.repeats, found.looks) == (SUPPORTED, 10, 2)
    never = look_until_decided(lambda repeats, rate: INCONCLUSIVE, first=5, most=39, error_rate=3e-4)
    assert (never.verdict, never.repeats, never.looks) == (INCONCLUSIVE, 20, 3)
    with pytest.raises(ValueError, match="most must be at least the first look's 5"):
        look_schedule(5, 4)


@pytest.mark.parametrize("rate", [0.05, 0.01])
def test_looks_keep_their_rate_and_unsplit_ones_do_not(rate):
    rng = np.random.default_rng(12)
    trials, edge = 2000, 3.0
    false = unsplit = 0
    for row in rng.normal(size=(trials, 40)):

        def judge(repeats, share, row=row):
            return value_verdict(mean_interval(row[:repeats], error_rate=share), predicted=edge, margin=edge)

        false += look_until_decided(judge, first=5, most=40, error_rate=rate).verdict is not INCONCLUSIVE
        unsplit += any(judge(repeats, rate) is not INCONCLUSIVE for repeats in look_schedule(5, 40))
    room = 4.5 * math.sqrt(rate * trials)
    assert false <= rate * trials + room
    assert unsplit > 1.5 * rate * trials


def test_power_of_a_paired_contrast_is_that_of_a_mean():
    """A contrast's design is power_value with the spread of a difference; a lie is the opposite order."""
    assert power_value(margin=0.5, spread=0.3, repeats=20, error_rate=RATE, lie=1.2) > 0.99
    assert power_value(margin=0.5, spread=3.0, repeats=20, error_rate=RATE, lie=1.2) < 0.1
