"""E sigma'(z) of activations however steep: against closed forms and Stein's identity."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from sim.functions.activations import from_callables, from_tree, named
from sim.measures.mean_derivative import mean_derivative

Z = ("z",)
MEAN_OF_ABS = math.sqrt(2.0 / math.pi)


def number(x):
    return ("number", repr(x))


def call(name, *arguments):
    return ("call", name, *arguments)


def steep(name, factor, shift=0.0):
    return from_tree(call(name, ("mul", number(factor), ("sub", Z, number(shift)))), name="steep")


def clip(factor):
    inner = call("max", number(-1.0), ("mul", number(factor), Z))
    return from_tree(call("min", number(1.0), inner), name="clip")


def stein(value, points):
    """E z f(z) between kinks and steep places."""
    density = lambda z: z * float(value(z)) * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)  # noqa: E731
    ends = sorted({-12.0, *points, 12.0})
    return sum(integrate.quad(density, a, b, epsabs=1e-13, limit=400)[0] for a, b in itertools.pairwise(ends))


@pytest.mark.parametrize("factor", [1.0, 7.0, 200.0, 2000.0, 8000.0, 1e5, 1e9])
def test_steep_error_functions_have_their_closed_form(factor):
    exact = 2.0 * factor / math.sqrt(math.pi * (1.0 + 2.0 * factor**2))
    assert mean_derivative(steep("erf", factor)) == pytest.approx(exact, rel=1e-11)
    assert mean_derivative(steep("erf", factor)) != pytest.approx(1.0001 * exact, rel=1e-11)


@pytest.mark.parametrize("factor", [0.3, 3.0, 200.0, 5000.0])
def test_clipped_lines_have_their_closed_form(factor):
    exact = factor * math.erf(1.0 / factor / math.sqrt(2.0))
    assert mean_derivative(clip(factor)) == pytest.approx(exact, rel=1e-11)


def test_the_values_that_a_fixed_grid_missed():
    assert mean_derivative(steep("tanh", 1000.0)) == pytest.approx(0.797884, abs=5e-7)
    assert mean_derivative(clip(200.0)) == pytest.approx(0.797881, abs=5e-7)


@pytest.mark.parametrize("shift", [0.0, 0.3, 1.0, -2.71828])
@pytest.mark.parametrize("name", ["tanh", "erf", "sigmoid", "softplus", "relu", "atan", "silu", "abs"])
@pytest.mark.parametrize("factor", [30.0, 4000.0])
def test_steins_identity_wherever_the_steep_place_is(name, factor, shift):
    f = steep(name, factor, shift)
    from sim.backend import get_backend

    value = lambda z: f.value(get_backend("numpy"), np.array([float(z)]))[0]  # noqa: E731
    points = [shift + t * k / factor for k in (1.0, 4.0, 16.0, 40.0) for t in (-1.0, 1.0)]
    assert mean_derivative(f) == pytest.approx(stein(value, [shift, *points]), rel=1e-9, abs=1e-10)


def test_what_jumps_has_the_slope_that_a_gradient_sees():
    assert mean_derivative(steep("sign", 1.0, 0.3)) == 0.0
    both = from_tree(("add", call("sign", ("sub", Z, number(0.3))), Z), name="both")
    assert mean_derivative(both) == pytest.approx(1.0, abs=1e-12)


@given(st.floats(-2.0, 2.0), st.floats(1.0, 1e6), st.floats(-4.0, 4.0))
def test_a_steep_step_on_a_line(height, factor, shift):
    tree = (
        "add",
        ("mul", number(height), call("tanh", ("mul", number(factor), ("sub", Z, number(shift))))),
        Z,
    )
    limit = 2.0 * height * math.exp(-0.5 * shift**2) / math.sqrt(2.0 * math.pi)
    found = mean_derivative(from_tree(tree, name="step"))
    assert found - 1.0 == pytest.approx(limit, abs=1e-9 + 1.5 * abs(height) / factor)


def test_a_users_steep_function_is_seen_too():
    value, slope = (
        (lambda z: np.tanh(1000.0 * z)),
        (lambda z: 1000.0 / np.cosh(np.clip(1000.0 * z, -300, 300)) ** 2),
    )
    assert mean_derivative(from_callables(value, slope, name="steep")) == pytest.approx(MEAN_OF_ABS, rel=1e-5)


def test_what_no_cell_resolves_is_nan():
    assert math.isnan(mean_derivative(steep("sin", 1e6)))
    assert mean_derivative(named("hermite:0,1,0,2")) == pytest.approx(1.0, rel=1e-12)
