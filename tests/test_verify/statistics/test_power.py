"""Power computed beforehand: against statsmodels, against simulation, against the stated figures."""

import math

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.power import TTestPower

from verify.statistics import estimate_power, mean_interval, power_value, repeats_needed, value_verdict
from verify.statistics.power import scale_nodes
from verify.statistics.verdict import Verdict

# Margins in single-run standard deviations for 0.99 power at 1e-4, by repeats.
STUDENT = {20: 1.825, 40: 1.136, 80: 0.760}
KNOWN = {20: 1.446, 40: 1.022, 80: 0.723}


@pytest.mark.parametrize(("known", "table"), [(False, STUDENT), (True, KNOWN)])
def test_margins_stated_in_the_docs(known, table):
    for repeats, stated in table.items():
        margin = optimize.brentq(
            lambda m, k=repeats: (
                power_value(margin=m, spread=1.0, repeats=k, error_rate=1e-4, known_spread=known) - 0.99
            ),
            0.1,
            10.0,
        )
        assert margin == pytest.approx(stated, abs=6e-4)
        assert margin != pytest.approx(1.02 * stated, abs=6e-4)


@pytest.mark.parametrize("repeats", [2, 5, 20])
@pytest.mark.parametrize("error_rate", [0.05, 1e-4])
def test_refuting_a_lie_is_two_one_sided_t_tests(repeats, error_rate):
    margin, lie = 0.5, 2.0
    found = power_value(margin=margin, spread=1.0, repeats=repeats, error_rate=error_rate, lie=lie)
    oracle = TTestPower().power(lie - margin, repeats, error_rate / 2, alternative="larger")
    other_side = TTestPower().power(lie + margin, repeats, error_rate / 2, alternative="smaller")
    oracle += np.nan_to_num(other_side)  # nan where it is too small for scipy's noncentral t
    assert found == pytest.approx(float(oracle), rel=1e-8, abs=1e-12)
    two_sided = TTestPower().power(lie - margin, repeats, error_rate, alternative="larger")
    assert found != pytest.approx(float(two_sided), rel=1e-8, abs=1e-12)


def test_supporting_with_a_known_spread_is_a_closed_form():
    z = stats.norm.isf(0.5e-4)
    found = power_value(margin=1.2, spread=1.0, repeats=25, error_rate=1e-4, known_spread=True)
    assert found == pytest.approx(2 * stats.norm.cdf(1.2 * 5 - z) - 1, rel=1e-10)


@pytest.mark.parametrize("dof", [1, 4, 19, 200])
def test_supporting_is_the_double_integral(dof):
    """Second route: adaptive quadrature over the chi density of scipy.stats."""
    from scipy.integrate import quad

    margin, error, rate, offset = 3.0, 0.4, 0.05, 0.3
    t = stats.t.isf(rate / 2, dof)

    def integrand(s):
        inside = stats.norm.cdf((margin - offset) / error - t * s) - stats.norm.cdf(
            (-margin - offset) / error + t * s
        )
        return inside * stats.chi.pdf(s * math.sqrt(dof), dof) * math.sqrt(dof)

    expected, _ = quad(integrand, 0.0, margin / error / t, limit=200)
    found, _ = estimate_power(margin=margin, standard_error=error, dof=dof, error_rate=rate, offset=offset)
    assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("lie", "known"), [(None, False), (None, True), (1.9, False), (1.5, True)])
def test_power_is_what_simulated_verdicts_show(lie, known):
    rng = np.random.default_rng(5)
    trials, repeats, margin, rate = 3000, 8, 1.0, 0.05
    stated = power_value(
        margin=margin, spread=1.0, repeats=repeats, error_rate=rate, lie=lie, known_spread=known
    )
    assert 0.2 < stated < 0.97  # where a wrong power would show
    wanted = Verdict.SUPPORTED if lie is None else Verdict.REFUTED
    records = rng.normal(lie or 0.0, 1.0, (trials, repeats))
    spread = 1.0 if known else None
    seen = sum(
        value_verdict(mean_interval(row, error_rate=rate, spread=spread), predicted=0.0, margin=margin)
        is wanted
        for row in records
    )
    deviation = math.sqrt(trials * stated * (1 - stated))
    assert abs(seen - stated * trials) < 4.5 * deviation
    other = power_value(margin=margin, spread=1.0, repeats=repeats + 1, error_rate=rate, lie=lie)
    assert abs(seen - other * trials) > 4.5 * deviation or known


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("lie", [None, 0.5])
def test_repeats_needed_is_the_least_that_does(known, lie):
    design = {"margin": 0.2, "spread": 0.3, "error_rate": 1e-4, "known_spread": known}
    count = repeats_needed(**design, lie=lie)
    both = [None] if lie is None else [None, lie]
    assert all(power_value(**design, repeats=count, lie=case) >= 0.99 for case in both)
    assert any(power_value(**design, repeats=count - 1, lie=case) < 0.99 for case in both)


def test_repeats_needed_for_the_stated_margins():
    assert repeats_needed(margin=1.83, spread=1.0, error_rate=1e-4) == 20
    assert repeats_needed(margin=1.45, spread=1.0, error_rate=1e-4, known_spread=True) == 20


def test_lies_that_nothing_could_refute_are_refused():
    with pytest.raises(ValueError, match="lie must lie outside the margin"):
        repeats_needed(margin=0.2, spread=0.1, error_rate=1e-4, lie=0.2)
    with pytest.raises(ValueError, match="lie must be finite and differ"):
        power_value(margin=0.2, spread=0.1, repeats=5, error_rate=1e-4, lie=0.0)
    with pytest.raises(ValueError, match="would be needed"):
        repeats_needed(margin=1e-6, spread=1.0, error_rate=1e-4)
    with pytest.raises(ValueError, match="repeats must be at least 2"):
        power_value(margin=0.2, spread=0.1, repeats=1, error_rate=1e-4)
    with pytest.raises(TypeError, match="repeats must be an integer"):
        power_value(margin=0.2, spread=0.1, repeats=5.0, error_rate=1e-4)
    with pytest.raises(ValueError, match="spread must be finite and positive"):
        power_value(margin=0.2, spread=0.0, repeats=5, error_rate=1e-4)


def test_power_without_a_lie_vanishes_at_the_rate():
    """A true value at the edge is supported with half the error rate, and refuted as often."""
    supported, refuted = estimate_power(margin=1.0, standard_error=0.05, dof=30, error_rate=0.01, offset=1.0)
    assert supported == pytest.approx(0.005, rel=1e-6)
    assert refuted == pytest.approx(0.005, rel=1e-6)


@pytest.mark.parametrize(
    ("dof", "highest"), [(4.0, math.inf), (4.0, 1.2), (4.0, 1e-30), (math.inf, math.inf)]
)
def test_nodes_that_are_remembered_cannot_be_written_to(dof, highest):
    for numbers in scale_nodes(dof, highest=highest):
        with pytest.raises(ValueError, match="read-only"):
            numbers[0] = 2.0


def test_one_half_of_the_power_is_that_of_both():
    for lie in (None, 0.4, -2.0):
        both = estimate_power(
            margin=0.3, standard_error=0.5 / math.sqrt(9), dof=8, error_rate=0.01, offset=lie or 0.0
        )
        one = power_value(margin=0.3, spread=0.5, repeats=9, error_rate=0.01, lie=lie)
        assert one == both[lie is not None]
        assert both[0] != both[1]
