"""What the spike's formulas flag, refuse and leave open."""

import math

import pytest
from support.named_problems import problem

from theory.spike.fluctuation import spike_spread
from theory.spike.formulas import spike
from theory.spike.inputs import critical_eta, spike_at, spike_inputs
from theory.spike.secular import secular_determinant, spike_by_secular_equation


def test_students_that_are_not_odd_carry_a_flag():
    for name in ("softplus", "centred-softplus", "relu"):
        inputs = spike_inputs(problem(student=name))
        assert "not odd" in inputs.flag
        assert "not odd" in spike_at(inputs, 0.1).flag
        assert "not odd" in spike_spread(problem(student=name), eta=1.0).flag
    assert spike_inputs(problem()).flag is None
    assert spike_at(spike_inputs(problem()), 0.1).flag is None


def test_an_impossible_correlation_is_flagged():
    assert "no unit v" in spike(theta=50, N=100, d=100, m=12.0).flag
    assert spike(theta=50, N=100, d=100, m=9.9).flag is None


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ({"theta": -1.0}, ValueError, "theta must be"),
        ({"theta": math.nan}, ValueError, "theta must be"),
        ({"N": 0}, ValueError, "N must be"),
        ({"d": math.inf}, ValueError, "d must be"),
        ({"theta": 1e200}, ValueError, "theta must be .*1e\\+125"),
        ({"m2": -1.0}, ValueError, "m2 must be"),
        ({"tau": 0.0}, ValueError, "tau must be"),
        ({"theory": "three-row"}, ValueError, "theory must be"),
        ({"teacher_overlap_squared": 1.5}, ValueError, "teacher_overlap_squared must be"),
        ({"theta": "1"}, TypeError, "theta must be"),
        ({"N": True}, TypeError, "N must be"),
    ],
)
def test_bad_input_is_named(arguments, kind, words):
    for function in (spike, spike_by_secular_equation):
        with pytest.raises(kind, match=words):
            function(**{"theta": 1.0, "N": 10, "d": 10} | arguments)


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="optimiser must be"):
        spike_inputs(problem(), optimiser="sgd")
    with pytest.raises(ValueError, match="norm_ratio must be"):
        spike_inputs(problem(), norm_ratio=1.2)
    with pytest.raises(ValueError, match="norm_ratio must be None"):
        spike_inputs(problem(), optimiser="gd", norm_ratio=0.5)
    with pytest.raises(ValueError, match="eta must be"):
        spike_at(spike_inputs(problem()), -0.1)
    with pytest.raises(ValueError, match="method must be"):
        critical_eta(spike_inputs(problem()), method="guess")
    with pytest.raises(ValueError, match="mu_1 must not be 0"):
        spike_inputs(problem(student="hermite:0,0,1"))


def test_no_spread_without_an_outlier():
    found = spike_spread(problem(), eta=0.01)
    assert math.isnan(found.total)
    assert "no outlier" in found.flag


def test_secular_determinant_is_one_far_away():
    value = secular_determinant(1e6, theta=10.0, N=100, d=50, m=3.0, m2=2.0, tau=1.0)
    assert value.real == pytest.approx(1.0, abs=1e-9)
