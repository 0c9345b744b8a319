"""Intervals of a mean and a spread, and the verdicts on them: oracles, false alarms, empty records."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from verify.statistics import (
    Interval,
    bound_verdict,
    combine,
    identity_verdict,
    joint_verdict,
    mean_interval,
    reduction_tolerance,
    spread_interval,
    student_quantile,
    value_verdict,
)
from verify.statistics.verdict import Verdict

SUPPORTED, REFUTED, INCONCLUSIVE = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.INCONCLUSIVE
NOTHING = [
    [2.0] * 6,
    [2.0, 2.0, 2.0, np.nextafter(2.0, 3.0)],
    [0.0, 0.0],
    [np.nan] * 5,
    [1.0, 2.0, np.nan],
    [1.0, 2.0, np.inf],
]


@pytest.fixture
def rng():
    return np.random.default_rng(20240611)


def within(count, expected, trials, sigmas=4.5):
    """Whether a binomial count is as expected; 4.5 standard deviations: one false alarm in 150 000."""
    return abs(count - expected * trials) <= sigmas * math.sqrt(trials * expected * (1 - expected))


@pytest.mark.parametrize("error_rate", [0.05, 1e-2, 1e-4])
@pytest.mark.parametrize("repeats", [2, 5, 40])
def test_mean_interval_is_that_of_statsmodels(rng, repeats, error_rate):
    values = rng.normal(3.0, 0.2, repeats)
    found = mean_interval(values, error_rate=error_rate)
    low, high = DescrStatsW(values).tconfint_mean(error_rate)
    assert found.low == pytest.approx(low, rel=1e-9)
    assert found.high == pytest.approx(high, rel=1e-9)
    assert found.standard_error == pytest.approx(DescrStatsW(values).std_mean, rel=1e-12)
    # The normal quantile is a lie at few repeats, and the comparison sees it.
    normal = found.estimate - student_quantile(error_rate=error_rate, dof=math.inf) * found.standard_error
    assert normal != pytest.approx(low, rel=1e-9)


def test_predicted_spread_gives_the_normal_interval(rng):
    values = rng.normal(0.0, 1.0, 10)
    found = mean_interval(values, error_rate=0.05, spread=2.0)
    low, high = DescrStatsW(values).zconfint_mean(0.05)
    factor = 2.0 / values.std(ddof=1)
    assert found.high - found.low == pytest.approx((high - low) * factor, rel=1e-9)
    assert math.isinf(found.dof)


def test_five_repeats_pay_for_their_number():
    assert student_quantile(error_rate=1e-4, dof=4) == pytest.approx(15.5, abs=0.05)


@pytest.mark.parametrize("error_rate", [0.05, 0.01])
@pytest.mark.parametrize("spread", [None, 1.0])
def test_interval_and_verdict_err_as_often_as_they_say(rng, error_rate, spread):
    """At the margin's edge either false verdict has half the rate: the worst case, and it is attained."""
    trials, margin = 4000, 4.0
    records = rng.normal(size=(trials, 6))
    found = [mean_interval(row, error_rate=error_rate, spread=spread) for row in records]
    missed = sum(not interval.contains(0.0) for interval in found)
    assert within(missed, error_rate, trials)
    verdicts = [value_verdict(interval, predicted=margin, margin=margin) for interval in found]
    assert within(verdicts.count(SUPPORTED), error_rate / 2, trials)
    assert within(verdicts.count(REFUTED), error_rate / 2, trials)
    # A standard error too small by a fifth, as from the biased variance of two repeats less, is seen.
    narrow = sum(abs(i.estimate) > 0.8 * (i.high - i.low) / 2 for i in found)
    assert not within(narrow, error_rate, trials)


@pytest.mark.parametrize("error_rate", [0.05, 0.01])
def test_spread_interval_covers(rng, error_rate):
    trials = 4000
    found = [spread_interval(row, error_rate=error_rate) for row in rng.normal(size=(trials, 40))]
    assert within(sum(not interval.contains(1.0) for interval in found), error_rate, trials)
    assert not within(sum(not interval.contains(1.25) for interval in found), error_rate, trials)


def test_true_claim_supported_and_lies_refuted(rng):
    interval = mean_interval(rng.normal(1.0, 0.01, 40), error_rate=1e-4)
    assert value_verdict(interval, predicted=1.0, margin=0.02) is SUPPORTED
    assert value_verdict(interval, predicted=1.05, margin=0.02) is REFUTED
    assert value_verdict(interval, predicted=0.95, margin=0.02) is REFUTED
    assert value_verdict(interval, predicted=1.0, margin=0.001) is INCONCLUSIVE
    assert bound_verdict(interval, lower=0.9) is SUPPORTED
    assert bound_verdict(interval, upper=0.9) is REFUTED
    assert bound_verdict(interval, upper=1.0) is INCONCLUSIVE
    assert bound_verdict(interval, lower=0.9, upper=1.1) is SUPPORTED


@pytest.mark.parametrize("values", NOTHING)
@pytest.mark.parametrize("spread", [None, 0.1])
def test_records_that_say_nothing_are_inconclusive(values, spread):
    interval = mean_interval(values, error_rate=1e-4, spread=spread)
    assert interval.low == -math.inf
    assert interval.high == math.inf
    for centre in (0.0, 2.0):
        assert value_verdict(interval, predicted=centre, margin=1e6) is INCONCLUSIVE
        assert bound_verdict(interval, lower=-1e6) is INCONCLUSIVE
        assert bound_verdict(interval, upper=1e6) is INCONCLUSIVE
    # The control: a record that scatters is judged.
    alive = mean_interval([1.9, 2.0, 2.1, 2.0], error_rate=1e-4, spread=spread)
    assert value_verdict(alive, predicted=2.0, margin=1e6) is SUPPORTED


def test_values_too_large_to_be_squared_are_inconclusive():
    interval = mean_interval([1e300, -1e300, 1e300], error_rate=1e-4)
    assert bound_verdict(interval, lower=-1e308) is INCONCLUSIVE
    assert mean_interval([1e100, -1e100, 1e100], error_rate=1e-4).usable


def test_a_hand_made_interval_without_width_is_not_judged():
    point = Interval(estimate=1.0, standard_error=0.0, low=1.0, high=1.0, repeats=5, dof=4.0)
    assert value_verdict(point, predicted=1.0, margin=0.1) is INCONCLUSIVE


@pytest.mark.parametrize("values", [[], [1.0], [[1.0, 2.0]]])
def test_too_few_repeats_are_refused(values):
    with pytest.raises(ValueError, match="values must"):
        mean_interval(values, error_rate=0.05)
    with pytest.raises(ValueError, match="values must"):
        spread_interval(values, error_rate=0.05)
    assert mean_interval([1.0, 2.0], error_rate=0.05).repeats == 2


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.1, math.nan])
def test_error_rate_is_a_probability(bad):
    with pytest.raises(ValueError, match="error_rate must lie strictly between 0 and 1"):
        mean_interval([1.0, 2.0, 3.0], error_rate=bad)


def test_text_is_no_number():
    with pytest.raises(TypeError, match="values must be real numbers"):
        mean_interval(["a", "b"], error_rate=0.05)


def test_claims_that_cannot_fail_are_refused(rng):
    interval = mean_interval(rng.normal(size=5), error_rate=0.05)
    for margin in (math.inf, math.nan, 0.0, -1.0):
        with pytest.raises(ValueError, match="margin must be finite and positive"):
            value_verdict(interval, predicted=0.0, margin=margin)
    with pytest.raises(ValueError, match="predicted must be finite"):
        value_verdict(interval, predicted=math.nan, margin=1.0)
    with pytest.raises(ValueError, match="lower or upper must be given"):
        bound_verdict(interval)
    with pytest.raises(ValueError, match="bounds must be finite"):
        bound_verdict(interval, upper=math.inf)
    with pytest.raises(ValueError, match="lower must not exceed upper"):
        bound_verdict(interval, lower=1.0, upper=0.0)


def test_identity():
    assert identity_verdict([1.0, 1.0, 1.0], expected=1.0, tolerance=0.0) is SUPPORTED
    assert identity_verdict([1.0, 1.0 + 1e-6], expected=1.0, tolerance=1e-5) is SUPPORTED
    assert identity_verdict([1.0, 1.0 + 1e-4], expected=1.0, tolerance=1e-5) is REFUTED
    assert identity_verdict([3.0, 5.0], expected=[3.0, 5.0], tolerance=0.0) is SUPPORTED
    assert identity_verdict([3.0, 5.0], expected=[5.0, 3.0], tolerance=[0.5, 0.5]) is REFUTED
    assert identity_verdict([], expected=1.0, tolerance=0.1) is INCONCLUSIVE
    assert identity_verdict([1.0, math.nan], expected=1.0, tolerance=0.1) is INCONCLUSIVE
    assert identity_verdict([1.0, math.inf], expected=1.0, tolerance=0.1) is INCONCLUSIVE
    assert identity_verdict([2.0, math.nan], expected=1.0, tolerance=0.1) is REFUTED
    with pytest.raises(ValueError, match="tolerance must be finite"):
        identity_verdict([1.0], expected=1.0, tolerance=math.inf)
    with pytest.raises(ValueError, match="expected must be finite"):
        identity_verdict([1.0], expected=math.nan, tolerance=1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_reduction_tolerance_holds_a_sum_and_catches_a_missing_term(rng, dtype):
    length = 20_000
    terms = rng.uniform(0.5, 1.5, length).astype(dtype)
    exact = math.fsum(terms.astype(np.float64))
    tolerance = reduction_tolerance(dtype=dtype, length=length, scale=exact)
    sums = [float(np.cumsum(order, dtype=dtype)[-1]) for order in (terms, terms[::-1])]
    assert identity_verdict(sums, expected=exact, tolerance=tolerance) is SUPPORTED
    lies = [total - 3 * tolerance for total in sums]
    assert identity_verdict(lies, expected=exact, tolerance=tolerance) is REFUTED
    if dtype is np.float64:
        without = float(np.cumsum(terms[1:])[-1])
        assert identity_verdict([without], expected=exact, tolerance=tolerance) is REFUTED


def test_reduction_tolerance_refuses_integers():
    with pytest.raises(TypeError, match="dtype must be a real floating type"):
        reduction_tolerance(dtype=np.int64, length=3)
    with pytest.raises(ValueError, match="length must be at least 1"):
        reduction_tolerance(dtype=np.float32, length=0)


def test_combine_needs_every_lie_caught():
    class Control:
        def __init__(self, verdict):
            self.verdict = verdict

    assert combine(SUPPORTED, [REFUTED, Control(REFUTED)]) is SUPPORTED
    assert combine(SUPPORTED, [REFUTED, INCONCLUSIVE]) is INCONCLUSIVE
    assert combine(SUPPORTED, [Control(SUPPORTED)]) is INCONCLUSIVE
    assert combine(SUPPORTED, []) is INCONCLUSIVE
    assert combine(REFUTED, [SUPPORTED]) is REFUTED
    assert combine(INCONCLUSIVE, [REFUTED]) is INCONCLUSIVE


def test_a_conjunction():
    assert joint_verdict([SUPPORTED, SUPPORTED]) is SUPPORTED
    assert joint_verdict([SUPPORTED, INCONCLUSIVE]) is INCONCLUSIVE
    assert joint_verdict([SUPPORTED, INCONCLUSIVE, REFUTED]) is REFUTED
    assert joint_verdict([]) is INCONCLUSIVE


@given(
    centre=st.floats(-5, 5),
    width=st.floats(0.01, 3),
    predicted=st.floats(-5, 5),
    margin=st.floats(0.01, 3),
)
def test_verdict_is_the_geometry_of_two_intervals(centre, width, predicted, margin):
    found = Interval(
        estimate=centre, standard_error=1.0, low=centre - width, high=centre + width, repeats=5, dof=4.0
    )
    verdict = value_verdict(found, predicted=predicted, margin=margin)
    gap = abs(centre - predicted)
    if verdict is SUPPORTED:
        assert gap + width <= margin + 1e-9
    elif verdict is REFUTED:
        assert gap >= width + margin - 1e-9
    else:
        assert gap + width >= margin - 1e-9
        assert gap <= width + margin + 1e-9
