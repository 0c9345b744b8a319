"""Kernels of the ridge stage against closed forms and other quadratures."""

import math

import numpy as np
import pytest
from scipy import special

from theory.functions.activations import named
from theory.moments.moments import teacher_moments
from theory.ridge.kernels import (
    feature_kernels,
    gaussian_shift_kernels,
    line_moments,
    normal_nodes,
    teacher_kernels,
)

ZETA, WEIGHTS = normal_nodes(81)
SOFTPLUS = named("softplus")


@pytest.mark.parametrize("om", [1.0, 0.05])
@pytest.mark.parametrize(("tau", "gamma"), [(1.0, 0.0), (1.15, 0.8), (5.7, 8.2), (57.0, 82.0)])
def test_kernels_in_closed_form(om, tau, gamma):
    A, B = om * tau, -om * gamma * ZETA
    S2 = 1 + 2 * A**2
    erf = feature_kernels(special.erf, ZETA, om=om, tau=tau, gamma=gamma)
    assert erf.k0 == pytest.approx(special.erf(B / math.sqrt(S2)), rel=1e-8, abs=1e-13)
    k1 = 2 * A / math.sqrt(math.pi * S2) * np.exp(-(B**2) / S2)  # Stein: A E erf'
    assert erf.k1 == pytest.approx(k1, rel=1e-8, abs=1e-13)
    # E erf(A g + B)^2 at B = 0: (2/pi) asin(2 A^2/(1 + 2 A^2))
    middle = len(ZETA) // 2
    total = erf.k0**2 + erf.k1**2 + erf.ks_squared
    assert total[middle] == pytest.approx(2 / math.pi * math.asin(2 * A**2 / S2), rel=1e-8)

    sin = feature_kernels(np.sin, ZETA, om=om, tau=tau, gamma=gamma)
    decay = math.exp(-0.5 * A**2)
    assert sin.k0 == pytest.approx(np.sin(B) * decay, rel=1e-8, abs=1e-12)
    assert sin.k1 == pytest.approx(A * np.cos(B) * decay, rel=1e-8, abs=1e-12)
    second = 0.5 * (1 - np.cos(2 * B) * math.exp(-2 * A**2))
    assert sin.k0**2 + sin.k1**2 + sin.ks_squared == pytest.approx(second, rel=1e-8, abs=1e-12)

    line = feature_kernels(lambda z: z, ZETA, om=om, tau=tau, gamma=gamma)
    assert line.k0 == pytest.approx(B, rel=1e-10, abs=1e-12)
    assert line.k1 == pytest.approx(A, rel=1e-10)
    assert np.abs(line.ks_squared).max() < 1e-9 * max(1.0, float(np.max(B**2)))
    assert erf.error < 1e-10
    assert sin.error < 1e-10


def test_kernels_by_two_quadratures_agree_and_a_coarse_one_does_not():
    values, error = line_moments(np.tanh, slope=5.0, shifts=np.array([0.0, 3.0, -10.0]))
    g = np.linspace(-12, 12, 40001)  # the trapezoidal rule, exponentially accurate for analytic integrands
    density = np.exp(-0.5 * g**2) / math.sqrt(2 * math.pi) * (g[1] - g[0])
    for column, shift in enumerate((0.0, 3.0, -10.0)):
        F = np.tanh(5.0 * g + shift)
        direct = [F @ density, (g * F) @ density, (F**2) @ density]
        assert values[:, column] == pytest.approx(direct, rel=1e-9, abs=1e-13)
    assert error < 1e-11
    nodes, weights = normal_nodes(21)
    assert abs(float(weights @ np.tanh(5 * nodes) ** 2) - values[2, 0]) > 1e-3


def test_gd_kernels_are_those_of_gaussian_row_shifts():
    gamma = 0.3
    kernels = gaussian_shift_kernels(np.tanh, ZETA, om=1.0, gamma=gamma)
    nodes, weights = normal_nodes(121)
    for i in (20, 40, 55):
        F = np.tanh(nodes[:, None] - gamma * ZETA[i] * nodes[None, :])  # rows g, columns a
        assert kernels.k0[i] == pytest.approx(weights @ F @ (weights * nodes), rel=1e-6, abs=1e-10)
        assert kernels.k1[i] == pytest.approx((weights * nodes) @ F @ weights, rel=1e-6)
        total = kernels.k0[i] ** 2 + kernels.k1[i] ** 2 + kernels.ks_squared[i]
        assert total == pytest.approx(weights @ F**2 @ weights, rel=1e-6)
    small = gaussian_shift_kernels(np.tanh, ZETA, om=1.0, gamma=1e-4)
    still = feature_kernels(np.tanh, ZETA, om=1.0, tau=1.0, gamma=0.0)
    assert small.k0 == pytest.approx(-1e-4 * ZETA * still.k1, rel=1e-5, abs=1e-16)
    assert small.ks_squared == pytest.approx(still.ks_squared, rel=1e-5)
    right = ZETA > 1
    first_order = -gamma * ZETA[right] * still.k1[right]
    assert np.abs(kernels.k0[right] / first_order - 1).min() > 0.01  # the rival: first order in gamma


@pytest.mark.parametrize("overlap", [0.0, 0.4, 0.9, 0.999])
def test_teacher_given_zeta(overlap):
    line = teacher_kernels(lambda z: z, ZETA, overlap=overlap, noise=0.2)
    rest = math.sqrt(1 - overlap**2)
    assert pytest.approx(overlap * ZETA, abs=1e-12) == line.Y0
    assert pytest.approx(np.full(81, rest), abs=1e-12) == line.Y1
    assert pytest.approx((overlap * ZETA) ** 2 + rest**2 + 0.04, abs=1e-11) == line.Y2
    # Averages over zeta do not depend on the overlap.
    soft = teacher_kernels(SOFTPLUS.value, ZETA, overlap=overlap, noise=0.3)
    moments = teacher_moments(SOFTPLUS)
    assert float(WEIGHTS @ soft.Y0) == pytest.approx(moments.c_0, rel=1e-8)
    assert float(WEIGHTS @ soft.Y2) == pytest.approx(moments.q_star + 0.09, rel=1e-8)
    assert float(WEIGHTS @ soft.Y1) == pytest.approx(rest * moments.c_1, rel=1e-8)
    assert float(WEIGHTS @ (soft.Y0 * ZETA)) == pytest.approx(overlap * moments.c_1, rel=1e-8, abs=1e-12)


def test_relu_teacher_with_its_kink():
    relu = named("relu")
    with_kink = teacher_kernels(relu.value, ZETA, overlap=0.4, noise=0.0, kinks=(0.0,))
    rest = math.sqrt(1 - 0.16)
    x = 0.4 * ZETA / rest
    exact = 0.4 * ZETA * special.ndtr(x) + rest * np.exp(-0.5 * x**2) / math.sqrt(2 * math.pi)
    assert pytest.approx(exact, rel=1e-9, abs=1e-13) == with_kink.Y0
    assert pytest.approx(rest * special.ndtr(x), rel=1e-8, abs=1e-13) == with_kink.Y1
