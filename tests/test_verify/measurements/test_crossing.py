"""Where a function turns positive: from any guess, with few evaluations, and nan where it does not."""

import math

import pytest

from verify.measurements.crossing import crossing


def counted(function):
    calls = []

    def wrapped(x):
        calls.append(x)
        return function(x)

    return wrapped, calls


@pytest.mark.parametrize("guess", [-5.0, -4.9, 0.0, 1.3, 2.0, 4.0, 5.0])
@pytest.mark.parametrize(
    "function",
    [lambda x: x - 1.3, lambda x: math.tanh(8.0 * (x - 1.3)), lambda x: math.exp(x) - math.exp(1.3)],
)
def test_found_from_any_guess_in_fewer_steps_than_bisection(function, guess):
    wrapped, calls = counted(function)
    assert crossing(wrapped, -5.0, 5.0, guess=guess, tolerance=1e-6) == pytest.approx(1.3, abs=2e-6)
    assert len(calls) == len(set(calls)) < math.log2(10.0 / 1e-6)


def test_a_step_and_a_crossing_that_is_hit():
    assert crossing(
        lambda x: -1.0 if x < 0.7 else 1.0, -5.0, 5.0, guess=0.0, tolerance=1e-6
    ) == pytest.approx(0.7, abs=2e-6)
    assert crossing(lambda x: x, -1.0, 1.0, guess=0.0, tolerance=1e-6) == 0.0
    assert crossing(lambda x: x - 0.4, -1.0, 1.0, guess=0.0, tolerance=1e-6) == pytest.approx(0.4, abs=1e-6)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: 1.0,
        lambda x: -1.0,
        lambda x: math.nan,
        lambda x: math.nan if 0.1 < x < 1.6 else x - 1.0,
    ],
)
def test_no_crossing_is_no_number(function):
    assert math.isnan(crossing(function, -5.0, 5.0, guess=0.0, tolerance=1e-6))


@pytest.mark.parametrize("guess", [-5.1, 5.1, math.nan])
def test_a_guess_outside_is_refused(guess):
    with pytest.raises(ValueError, match="guess must lie between"):
        crossing(lambda x: x, -5.0, 5.0, guess=guess, tolerance=1e-6)
