"""Suprema of derivatives: the table against its grid, against sympy's critical points, against interval arithmetic."""

import math

import numpy as np
import pytest
import sympy

from theory.functions.activations import NAMES, from_callables, from_tree, named
from theory.functions.regularity import (
    _SUPREMA,
    _numeric_supremum,
    derivative_of_order,
    jump_of,
    lipschitz_constant,
    supremum,
)
from theory.functions.symbolic import differentiate

z = sympy.Symbol("z", real=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_the_table_agrees_with_the_grid(name, order):
    f = named(name)
    by_grid = _numeric_supremum(derivative_of_order(f, order)[0], f.kinks)
    assert supremum(f, order).value == pytest.approx(by_grid, rel=1e-9)
    assert supremum(f, order).route == "symbolic"
    if math.isfinite(by_grid) and by_grid:
        assert 1.001 * by_grid != pytest.approx(_SUPREMA[name][order], rel=1e-9)


@pytest.mark.parametrize("name", ["tanh", "erf", "sin", "softplus", "silu", "gelu"])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_no_point_of_the_line_exceeds_the_table(name, order):
    """Interval arithmetic: |f^(k)| <= bound (1 + 1e-6) on every ball of a cover of [0, 40]; symmetry does the rest."""
    flint = pytest.importorskip("flint", reason="the extra `interval` is not installed")
    bound = _SUPREMA[name][order]

    def at(ball):
        e, t = (-ball).exp(), ball.tanh()
        s = 1 / (1 + e)
        s1 = s * (1 - s)
        s2, s3 = s1 * (1 - 2 * s), s1 * (1 - 6 * s1)
        share = (1 + (ball / flint.arb(2).sqrt()).erf()) / 2
        normal = (-ball * ball / 2).exp() / (2 * flint.arb.pi()).sqrt()
        gauss = 2 / flint.arb.pi().sqrt() * (-ball * ball).exp()
        return {
            "tanh": (1 - t * t, -2 * t * (1 - t * t), (1 - t * t) * (6 * t * t - 2)),
            "erf": (gauss, -2 * ball * gauss, (4 * ball * ball - 2) * gauss),
            "sin": (ball.cos(), -ball.sin(), -ball.cos()),
            "softplus": (s, s1, s2),
            "gelu": (share + ball * normal, (2 - ball * ball) * normal, (ball * ball - 4) * ball * normal),
            "silu": (s + ball * s1, 2 * s1 + ball * s2, 3 * s2 + ball * s3),
        }[name][order - 1]

    def below(left, right, limit, depth=0):
        middle, radius = 0.5 * (left + right), 0.5 * (right - left)
        value = at(flint.arb(middle, radius))
        if abs(value) <= limit:
            return True
        if depth > 26:
            return False
        return below(left, middle, limit, depth + 1) and below(middle, right, limit, depth + 1)

    cover = [(0.25 * i, 0.25 * (i + 1)) for i in range(160)]
    assert all(below(a, b, bound * (1.0 + 1e-6)) for a, b in cover)
    assert not all(
        below(a, b, bound * (1.0 - 1e-4)) for a, b in cover
    )  # known lie: a bound that is too small


def test_higher_orders_and_expressions():
    f = named("tanh")
    fourth, route = derivative_of_order(f, 4)
    assert route == "symbolic"
    at = np.array([0.3, 1.1])
    exact = [float(sympy.diff(sympy.tanh(z), z, 4).subs(z, point)) for point in at]
    np.testing.assert_allclose(fourth(at), exact, rtol=1e-12)
    assert supremum(f, 4).value == pytest.approx(4.0858, abs=1e-3)
    assert supremum(f, 4).route == "numeric"
    assert supremum(named("hermite:0,0,0,2"), 3) == supremum(named("hermite:0,0,0,-2"), 3)
    assert supremum(named("hermite:0,0,0,2"), 3).value == 12.0
    assert supremum(named("hermite:0,0,0,2"), 4).value == 0.0
    assert not supremum(named("hermite:0,0,0,2"), 2).bounded
    cube = from_tree(("pow", ("z",), ("number", "3")), name="expr:z**3")
    assert [supremum(cube, k).value for k in range(5)] == [math.inf, math.inf, math.inf, 6.0, 0.0]
    assert differentiate(cube.build_expression(), 3) == 6


def test_values_alone_are_differentiated_numerically():
    f = from_callables(np.tanh, named("tanh").derivative, name="module:tanh")
    for order, tolerance in ((2, 1e-9), (3, 1e-7)):
        call, route = derivative_of_order(f, order)
        assert route == "numeric"
        exact, _ = derivative_of_order(named("tanh"), order)
        at = np.linspace(-3.0, 3.0, 13)
        np.testing.assert_allclose(call(at), exact(at), atol=tolerance)
    with pytest.raises(ValueError, match="order must be <= 3"):
        derivative_of_order(f, 4)
    with pytest.raises(ValueError, match="order must be >= 0"):
        derivative_of_order(f, -1)
    with pytest.raises(TypeError, match="order must be an int"):
        derivative_of_order(f, 1.0)


def test_unbounded_functions_are_seen_to_be_unbounded():
    for tree in (
        ("call", "asinh", ("z",)),
        ("mul", ("z",), ("call", "sin", ("z",))),
        ("call", "sqrt", ("call", "abs", ("z",))),
        ("call", "cosh", ("z",)),
    ):
        assert not supremum(from_tree(tree, name="expr:unbounded")).bounded
    for tree, value in (
        (("call", "atan", ("z",)), math.pi / 2.0),
        (("call", "exp", ("neg", ("pow", ("z",), ("number", "2")))), 1.0),
        (("call", "sin", ("add", ("z",), ("number", "0.3"))), 1.0),
    ):
        assert supremum(from_tree(tree, name="expr:bounded")).value == pytest.approx(value, rel=1e-5)


def test_jumps_and_lipschitz_constants():
    assert jump_of(named("relu"), 0) is None
    assert jump_of(named("relu"), 1) == (0.0, 1.0)
    assert jump_of(named("tanh"), 1) is None
    step = from_tree(("call", "sign", ("sub", ("z",), ("number", "0.5"))), name="expr:step")
    assert jump_of(step, 0) == pytest.approx((0.5, 2.0))
    assert lipschitz_constant(step).value == math.inf
    assert lipschitz_constant(named("relu")).value == 1.0
    assert lipschitz_constant(named("softplus")).value == 1.0
    modulus = from_tree(("call", "abs", ("z",)), name="expr:abs")
    assert lipschitz_constant(modulus).value == pytest.approx(1.0)


def expression(text_tree, name="expr:test"):
    return from_tree(text_tree, name=name)


Z = ("z",)
TANGENT = ("call", "atan", ("call", "tan", Z))
POLE = ("call", "tanh", ("div", ("number", "1"), ("sub", Z, ("number", "0.1"))))
ROOT_OF_SQUARE = ("call", "sqrt", ("pow", Z, ("number", "2")))


@pytest.mark.parametrize(("tree", "point", "height"), [(TANGENT, math.pi / 2, -math.pi), (POLE, 0.1, 2.0)])
def test_a_jump_that_no_branch_names_is_found(tree, point, height):
    f = expression(tree)
    assert not f.kinks
    found = jump_of(f, 0)
    assert found is not None
    assert abs(found[0]) == pytest.approx(point, abs=1e-8)
    assert found[1] == pytest.approx(height, rel=1e-4)
    assert not lipschitz_constant(f).bounded


def test_a_kink_that_no_branch_names_is_found_in_the_derivative():
    f = expression(ROOT_OF_SQUARE)
    assert jump_of(f, 0) is None
    found = jump_of(f, 1)
    assert found is not None
    assert found[0] == pytest.approx(0.0, abs=1e-8)


@pytest.mark.parametrize("factor", ["1", "40", "1000", "1e5"])
def test_steep_is_not_a_jump(factor):
    assert jump_of(expression(("call", "tanh", ("mul", ("number", factor), Z))), 0) is None


def test_a_cusp_is_not_a_jump():
    cusp = ("pow", ("call", "abs", Z), ("number", "0.2"))
    assert jump_of(expression(cusp), 0) is None
    assert (
        not lipschitz_constant(expression(cusp)).bounded or lipschitz_constant(expression(cusp)).value > 1e3
    )


def test_a_deep_nest_costs_what_its_distinct_parts_cost():
    """Seven silu inside one another repeat z 128 times; the walk visits each distinct part once."""
    tree = Z
    for _ in range(7):
        tree = ("call", "silu", tree)
    f = expression(tree)
    call, route = derivative_of_order(f, 2)
    assert route == "numeric"
    z = np.linspace(-2.0, 2.0, 9)
    step = 1e-4
    expected = (f.derivative(z + step) - f.derivative(z - step)) / (2 * step)
    np.testing.assert_allclose(call(z), expected, rtol=1e-5, atol=1e-9)
