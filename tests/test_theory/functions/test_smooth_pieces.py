"""Pieces on which a function is smooth: kinks named and not, steep places, what is too rough."""

import numpy as np
import pytest

from theory.functions.activations import from_callables, named
from theory.functions.smooth_pieces import smooth_ends

PLACES = np.random.default_rng(11).uniform(-8.0, 8.0, size=(40, 3))


def known_by_values(value, *, kinks=()):
    return from_callables(value, np.ones_like, name="f", kinks=kinks)


def within(ends, place):
    return float(np.abs(ends.edges - place).min())


@pytest.mark.parametrize("places", PLACES, ids=lambda places: str(places.round(2).tolist()))
def test_kinks_and_jumps_are_found_where_they_are(places):
    jump, kink, bend = places

    def value(z):
        return 1.0 * (z > jump) + np.abs(z - kink) + np.tanh(z) + np.maximum(z - bend, 0.0) ** 2

    ends = smooth_ends(known_by_values(value), 9.0)
    assert within(ends, jump) < 1e-9
    assert within(ends, kink) < 1e-8
    assert within(ends, bend) < 1e-3  # where the second derivative jumps
    assert ends.rest <= 1e-13
    assert len(ends.edges) < 300
    named_kinks = smooth_ends(known_by_values(value, kinks=(jump, kink, bend)), 9.0)
    assert set(places) <= set(named_kinks.kinks)
    assert len(named_kinks.edges) < len(ends.edges)
    lie = places + 0.01
    assert min(within(named_kinks, place) for place in lie) > 1e-6


def test_between_two_ends_a_polynomial_carries_the_function():
    function = known_by_values(lambda z: np.tanh(300.0 * (z - 0.36)) + np.sin(7.0 * z))
    ends = smooth_ends(function, 9.0)
    left, right = ends.edges[:-1], ends.edges[1:]
    for low, high in zip(left, right, strict=True):
        z = np.linspace(low, high, 40)
        fitted = np.polynomial.Chebyshev.fit(z, function.value(z), 11)
        assert np.abs(fitted(z) - function.value(z)).max() < 1e-11
    assert np.diff(ends.edges).min() < 0.01
    assert ends.shorter_than(0.05).size < ends.edges.size


@pytest.mark.parametrize("name", ["tanh", "erf", "softplus", "silu", "hermite:0,1,0,0.1"])
def test_smooth_functions_have_no_kinks(name):
    ends = smooth_ends(named(name), 20.0)
    assert ends.kinks.size == 0
    assert ends.rest <= 1e-13


def test_what_is_too_rough_says_so():
    assert smooth_ends(known_by_values(lambda z: np.round(3000.0 * z)), 9.0).rest > 1e-6


@pytest.mark.parametrize(
    "pair", [(0.15, 0.41), (0.17, 0.39), (0.2, 0.35), (0.296, 0.304), (-2.61, -2.6)], ids=str
)
def test_two_jumps_near_each_other_are_found(pair):
    """Between two points of the first pieces a pair leaves no trace; the second look sees it."""
    low, high = pair
    ends = smooth_ends(known_by_values(lambda z: z + 3.0 * ((z > low) & (z < high))), 9.0)
    assert max(within(ends, low), within(ends, high)) < 1e-9
    assert ends.rest <= 1e-13
