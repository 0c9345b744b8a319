"""One halving of panels: what is new is measured once, and both integrators that use it find what is narrow."""

import math

import numpy as np
import pytest

from theory.numerics.halving import halved
from theory.numerics.normal_panels import fitted_rule, panel_edges
from theory.numerics.quadrature import MomentError, integrate_panels


def test_panels_around_a_point_are_halved_and_each_is_measured_once():
    seen = []

    def measure(left, right):
        seen.extend(zip(left.tolist(), right.tolist(), strict=True))
        return ((right - left)[None, :], np.arange(len(left)))

    def rough(panels):
        widths, _ = panels.values
        np.testing.assert_array_equal(widths[0], panels.right - panels.left)
        return (panels.left < 0.3) & (panels.right > 0.3) & (widths[0] > 1e-3)

    panels = halved(measure, np.linspace(0.0, 1.0, 5), rough)
    assert len(seen) == len(set(seen)) == 4 + 2 * 8  # 0.25 is halved 8 times to be below 1e-3
    assert math.fsum(panels.right - panels.left) == 1.0
    order = np.argsort(panels.left)
    np.testing.assert_array_equal(panels.right[order][:-1], panels.left[order][1:])
    around = (panels.left < 0.3) & (panels.right > 0.3)
    assert around.sum() == 1
    assert (panels.right - panels.left)[around][0] == pytest.approx(0.25 / 2**8)


def test_nothing_rough_leaves_the_panels_as_they_are():
    edges = np.array([0.0, 0.1, 2.0])
    panels = halved(lambda left, right: (right,), edges, lambda panels: np.zeros(2, dtype=bool))
    np.testing.assert_array_equal(panels.left, edges[:-1])
    np.testing.assert_array_equal(panels.right, edges[1:])


@pytest.mark.parametrize("steep", [1.0, 300.0])
def test_both_integrators_agree_on_what_is_steep(steep):
    def step(z):
        return np.tanh(steep * (z - 0.3))

    z, weights = fitted_rule(lambda z: step(z)[None, :], panel_edges(np.array([])), 16)
    density = lambda z: np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)  # noqa: E731
    value, error = integrate_panels(lambda z: (step(z) * density(z))[None, :], labels=("E f",))
    assert weights @ step(z) == pytest.approx(value[0], abs=1e-9)
    assert error[0] < 1e-12
    plain = panel_edges(np.array([]))
    few, mass = fitted_rule(lambda z: np.ones((1, z.size)), plain, 16)
    assert len(few) == 16 * 12
    if steep > 1.0:  # the lie: panels that nobody halved
        assert mass @ step(few) != pytest.approx(value[0], abs=1e-6)


def test_what_does_not_converge_is_refused_still():
    with pytest.raises(MomentError, match="does not exist"):
        integrate_panels(lambda z: (np.exp(-0.5 * z * z) / np.abs(z - 0.123))[None, :], labels=("1/z",))
