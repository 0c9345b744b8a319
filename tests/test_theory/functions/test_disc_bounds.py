"""Bounds of slopes on discs and panels: nothing exceeds them, and they are not loose where it matters."""

import mpmath
import numpy as np
import pytest
import sympy
from support.formulas import HARD, tree_of

from theory.functions.activations import from_tree
from theory.functions.disc_bounds import derivative_bound
from theory.functions.expressions import sigmoid_class, tree_to_sympy
from theory.functions.overflow import settled
from theory.functions.symbolic import differentiate

SMOOTH = (
    "tanh(z)+z/2", "erf(20*z)", "tanh(50*z-3)", "sin(20*z)*z", "cos(z/3)**3", "exp(-(10*(z-0.3))**2)", "z**7-z",
    "1/(1+(10*(z-0.7))**2)", "softplus(50*z)", "silu(silu(3*z))", "tanh(sinh(z))", "sin(exp(z))", "atan(3*z)*asinh(7*z)",
    "tan(z/20)*z", "sqrt(1+z*z)", "(1+z*z)**(-0.75)", "sigmoid(4*z-2)*erf(3*z)", "log(2+sin(3*z))", "erfc(z)*exp(z)",
    "sinh(z)/(2+cosh(2*z))", *(text for text in HARD if not any(kink in text for kink in ("max", "relu", "abs"))),
)  # fmt: skip
KINKS = (
    "abs(z)",
    "sign(z)",
    "relu(z-0.1)",
    "max(z, z/3)",
    "min(z, z**2)",
    "1/z",
    "log(abs(z))",
    "sqrt(abs(z))",
)
DISC = 2.25
z = sympy.Symbol("z", real=True)
w = sympy.Symbol("w")


def expression_of(text):
    return settled(tree_to_sympy(tree_of(text)))


def samples(text):
    """|f'| in multiprecision."""
    slope = differentiate(expression_of(text)).rewrite([sigmoid_class()], sympy.exp)
    return sympy.lambdify(w, slope.subs(z, w), "mpmath")


@pytest.mark.parametrize("text", SMOOTH)
def test_no_slope_on_a_disc_or_panel_exceeds_its_bound(text):
    rng = np.random.default_rng(0)
    centre, half = rng.uniform(-6.0, 6.0, 32), 10.0 ** rng.uniform(-6.0, -0.2, 32)
    slope, sharp = samples(text), []
    for real in (True, False):
        bounds = derivative_bound(expression_of(text), centre, half, real=real)
        for c, h, bound in zip(centre, half, bounds, strict=True):
            turns = rng.uniform(-1.0, 1.0, 6) if real else DISC * np.exp(2j * np.pi * rng.uniform(size=6))
            largest = max(abs(slope(mpmath.mpmathify((c + h * t).item()))) for t in turns)
            assert largest <= mpmath.exp(bound) * (1 + 1e-9)
            if largest > 0 and h < 1e-2:
                sharp.append(float(bound - mpmath.log(largest)))
    assert len(sharp) > 8
    assert min(sharp) < 2.1  # and where no terms cancel it is no absurd bound


@pytest.mark.parametrize("text", KINKS)
def test_a_panel_with_a_kink_or_a_pole_inside_has_no_bound(text):
    place = 0.1 if text == "relu(z-0.1)" else 0.0
    centre, half = np.array([place - 0.02, place + 2.0]), np.array([0.1, 0.1])
    expression = from_tree(tree_of(text), name="kink").build_expression()
    inside, outside = derivative_bound(expression, centre, half)
    assert np.isposinf(inside)
    assert not np.isposinf(outside)
    if text in ("abs(z)", "relu(z-0.1)", "max(z, z/3)"):
        on_the_line = derivative_bound(expression, centre, half, real=True)[0]
        assert on_the_line == pytest.approx(0.0, abs=1e-12)  # the larger of the two slopes is 1


def test_a_panel_beside_a_kink_has_the_slope_of_its_side():
    expression = expression_of("max(z, z/10)")
    left, right = derivative_bound(expression, np.array([-0.5, 0.5]), np.array([0.5, 0.5]))
    assert np.exp([left, right]) == pytest.approx([0.1, 1.0])


def test_exponents_beyond_float64_have_bounds_too():
    expression = expression_of("1/cosh(3000*z)")
    far, near = derivative_bound(expression, np.array([20.0, 1e-5]), np.array([0.5, 1e-4]), real=True)
    assert far < -5e4
    assert 6.0 < near < 9.0
