"""Gaussian smoothing: closed forms, kinks named and not, steep functions, what is out of reach."""

import math

import numpy as np
import pytest
from scipy import integrate, special

from theory.functions.activations import Function, from_callables, named
from theory.functions.gaussian_smoothing import smoothed

TAUS = (1e-4, 0.03, 0.5, 3.0)
POINTS = np.linspace(-9.0, 9.0, 2001)


def known_by_values(value, *, kinks=()):
    return from_callables(value, np.ones_like, name="f", kinks=kinks)


def density(x):
    return np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (named("erf"), lambda m, tau: special.erf(m / math.sqrt(1.0 + 2.0 * tau**2))),
        (named("sin"), lambda m, tau: np.sin(m) * math.exp(-0.5 * tau**2)),
        (named("relu"), lambda m, tau: m * special.ndtr(m / tau) + tau * density(m / tau)),
        (named("hermite:0,1,0,1"), lambda m, tau: m**3 - 2.0 * m + 3.0 * m * tau**2),
        (known_by_values(np.sign, kinks=(0.0,)), lambda m, tau: 2.0 * special.ndtr(m / tau) - 1.0),
        (
            known_by_values(lambda z: np.sin(20.0 * z)),
            lambda m, tau: np.sin(20.0 * m) * math.exp(-200.0 * tau**2),
        ),
    ],
    ids=["erf", "sin", "relu", "cubic", "sign", "sin(20z)"],
)
def test_closed_forms(function, exact, tau):
    found = smoothed(function, tau, 9.5)
    size = np.maximum(np.abs(exact(POINTS, tau)), 1.0)
    assert np.abs((found.curve(POINTS) - exact(POINTS, tau)) / size).max() < 1e-12
    assert found.error < 1e-12
    lie = exact(POINTS, tau * (1.0 + 1e-3))
    assert np.abs((found.curve(POINTS) - lie) / size).max() > 1e-12 or tau == 1e-4 or tau**2 * 200.0 > 40.0


@pytest.mark.parametrize("factor", [1.0, 30.0, 1000.0])
def test_steep_tanh_agrees_with_adaptive_quadrature(factor):
    function = known_by_values(lambda z: np.tanh(factor * z))
    found = smoothed(function, 0.2, 4.0)
    for m in (-0.3, -0.01, 0.002, 0.4, 2.0):
        exact, _ = integrate.quad(
            lambda u, m=m: np.tanh(factor * (m + 0.2 * u)) * density(u),
            -9.0, 9.0, points=[-m / 0.2], limit=500, epsabs=1e-13, epsrel=0.0,
        )  # fmt: skip
        assert float(found.curve(np.array(m))) == pytest.approx(exact, abs=2e-12)
    assert found.error < 1e-12


def test_kinks_that_are_not_named_cost_little():
    def hinge(z):
        return np.maximum(z - 1.0, 0.0) + np.maximum(-0.37 - z, 0.0)

    named_kinks, hidden = (smoothed(known_by_values(hinge, kinks=k), 0.1, 9.5) for k in ((-0.37, 1.0), ()))
    assert np.abs(named_kinks.curve(POINTS) - hidden.curve(POINTS)).max() < 1e-9
    assert hidden.error < 1e-9


def test_what_it_cannot_resolve_it_says():
    rough = known_by_values(lambda z: np.round(40.0 * z))  # more jumps than it looks for
    found = smoothed(rough, 0.5, 4.0)
    assert found.error > 1e-6


def test_no_spread_leaves_the_function_and_beyond_reach_is_nan():
    function = named("tanh")
    assert smoothed(function, 0.0, 5.0).curve is function.value
    curve = smoothed(function, 0.1, 5.0).curve
    assert np.isfinite(curve(np.array([-5.0, 5.0]))).all()
    assert np.isnan(curve(np.array([-5.1, 5.1]))).all()
    nowhere = smoothed(function, 0.1, math.inf)
    assert np.isnan(nowhere.curve(np.zeros(3))).all()
    assert math.isnan(nowhere.error)


def test_values_beyond_float64_give_nan_and_no_hang():
    function = Function(
        name="exp(z**2)", value=lambda z: np.exp(z**2), derivative=lambda z: z, build_expression=None
    )
    with np.errstate(over="ignore", invalid="ignore"):
        found = smoothed(function, 1.0, 30.0)
        assert not np.isfinite(found.curve(np.array([29.0]))).all()
