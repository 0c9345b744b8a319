"""Formulas made of exponentials as symbols: one function however it is written, in value and derivative, at any z."""

import time

import mpmath
import numpy as np
import pytest
import sympy
from support.formulas import HARD, NESTED, WAYS, exact, tree_of

from theory.functions.activations import from_tree, parity_route
from theory.functions.expressions import evaluate_tree, sigmoid_class, tree_to_sympy
from theory.functions.log_numbers import evaluate_in_logs
from theory.functions.overflow import fragile, settled
from theory.functions.symbolic import differentiate

EPS = float(np.finfo(np.float64).eps)
FAR = np.concatenate(
    [np.linspace(-9.0, 9.0, 145) + 0.0137, *(s * np.geomspace(9.5, 1e6, 60) for s in (1.0, -1.0))]
)
z = sympy.Symbol("z", real=True)


def function(text, u="z"):
    return from_tree(tree_of(text, u), name="expr")


@pytest.mark.parametrize("u", ["z", "20*z", "3*z-1", "-z/4+0.3"])
@pytest.mark.parametrize("name", sorted(WAYS))
def test_a_function_written_in_several_ways_is_one_function(name, u):
    plain, *others = (function(text, u) for text in WAYS[name])
    line = function("{u}", u)
    argument, factor = line.value(FAR), line.derivative(FAR)
    value, slope = plain.value(FAR), plain.derivative(FAR)
    assert np.isfinite(value).all()
    cancels = name in ("sin", "softplus")
    noise = 8.0 * EPS * (1.0 + np.abs(value) + np.abs(argument) * (np.abs(slope / factor) + cancels))
    away = np.abs(argument) > 1e-3  # from the kink of relu
    for other in others:
        assert (np.abs(other.value(FAR) - value) <= noise).all()
        assert (
            np.abs(other.derivative(FAR) - slope)[away] <= (np.abs(factor) * (noise + 8.0 * EPS))[away]
        ).all()
    assert (np.abs(0.001 * value + 0.001) > noise).any()  # the lie: a tenth of a per cent off


def test_the_values_that_were_not_numbers():
    steep = function("1/(1+exp(-20*z))")
    assert float(steep.derivative(np.array([-4.4]))[0]) == pytest.approx(1.211e-37, rel=1e-3, abs=1e-16)
    softplus = function("log(1+exp(z))")
    np.testing.assert_array_equal(softplus.value(np.array([-1e5, 800.0, 1e5])), [0.0, 800.0, 1e5])


@pytest.mark.parametrize("text", [*HARD, *NESTED])
def test_hard_formulas_against_multiprecision(text):
    f, tree = function(text), tree_of(text)
    far = 5.0 if text in NESTED else 1200.0
    points = np.concatenate(
        [np.linspace(-7.0, 7.0, 15) + 0.0137, *(s * np.geomspace(9.0, far, 9) for s in (1.0, -1.0))]
    )
    for point, *found in zip(points, f.value(points), f.derivative(points), strict=True):
        value, slope = exact(tree, point)
        for number, right in zip(found, (value, slope), strict=True):
            if abs(right) < 1e308:
                wide = 1000.0 * EPS * float(abs(right) + 1.0 + abs(point * slope))
                assert abs(float(number) - float(right)) <= wide, (float(point), float(number), float(right))


@pytest.mark.parametrize("text", HARD)
def test_logarithms_are_a_second_route_where_nothing_overflows(text):
    points = np.linspace(-4.0, 4.0, 33) + 0.0137
    for expression in (tree_to_sympy(tree_of(text)), differentiate(tree_to_sympy(tree_of(text)))):
        in_logs = evaluate_in_logs(expression, points)
        written = sympy.lambdify(z, expression.rewrite([sigmoid_class()], sympy.exp), "mpmath")
        plain = np.array([float(written(mpmath.mpf(x))) for x in points[::8]])
        np.testing.assert_allclose(in_logs[::8], plain, rtol=1e-10, atol=1e-13)


def test_logarithms_at_zeros_poles_and_where_there_is_no_value():
    points = np.array([-1.0, 0.0, 1.0, 2.0])
    found = evaluate_in_logs(sympy.log(z) + sympy.sqrt(z), points)
    np.testing.assert_allclose(found[2:], np.log(points[2:]) + np.sqrt(points[2:]))
    assert np.isnan(found[0])
    np.testing.assert_allclose(evaluate_in_logs(z**3 - z, points), points**3 - points, atol=1e-15)
    assert np.isinf(evaluate_in_logs(1 / z, points)[1])
    largest = sympy.Max(sympy.exp(1000 * z), sympy.exp(999 * z), 1) / sympy.exp(1000 * z)
    np.testing.assert_allclose(evaluate_in_logs(largest, points[2:]), 1.0)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("1/(1+exp(-20*z))-1/2", sympy.tanh(10 * z) / 2),
        ("(exp(z)-exp(-z))/(exp(z)+exp(-z))", sympy.tanh(z)),
        ("sinh(z)/cosh(z)", sympy.tanh(z)),
        ("z+2/(1+exp(-2*z))-1", z + sympy.tanh(z)),
        ("log(cosh(z))", sympy.log(1 + sympy.exp(2 * z)) - z - sympy.log(2)),
        ("log(1/(1+exp(-z)))", -sympy.log(1 + sympy.exp(-z))),
        ("cosh(z)-sinh(z)", sympy.exp(-z)),
        ("log(2+3*exp(z))", sympy.log(2) + sympy.log(1 + 3 * sympy.exp(z) / 2)),
        ("1/(1-exp(z))", 1 / (1 - sympy.exp(z))),
        ("1/cosh(z)", 1 / sympy.cosh(z)),
    ],
)
def test_expressions_are_settled(text, expression):
    assert settled(tree_to_sympy(tree_of(text))) == expression


def test_what_is_fragile():
    for text in ("1/cosh(z)", "log(1+exp(z)+exp(2*z))", "sqrt(1+exp(z))", "z/(z+exp(z))", "asinh(sinh(z))"):
        assert fragile(tree_to_sympy(tree_of(text)))
    for text in (
        "tanh(z)",
        "log(1+exp(z))",
        "exp(-z*z)*z",
        "1/(1+z*z)",
        "log(1+z*z)",
        "softplus(z)",
        "cosh(z)**2",
    ):
        assert not fragile(tree_to_sympy(tree_of(text)))


def test_parity_is_seen_however_it_is_written():
    for text in WAYS["tanh"]:
        assert parity_route(function(text)) == ("odd", "symbolic")


def test_formulas_without_exponentials_are_read_by_the_walk_of_their_tree():
    for text in ("tanh(z)+z/2", "erf(z)*z", "sigmoid(z)", "softplus(z)+sin(z)"):
        np.testing.assert_array_equal(function(text).value(FAR), evaluate_tree(tree_of(text), FAR))


def test_what_overflows_is_not_computed_point_by_point():
    """In multiprecision these took a minute; the limit is far from what they take now (0.1 s)."""
    points = np.linspace(-1e5, 1e5, 200_001)
    for text in (*WAYS["tanh"][1:], "exp(z)/(1+exp(z)+exp(2*z))"):
        f = function(text)
        started = time.process_time()
        f.value(points), f.derivative(points)
        assert time.process_time() - started < 5.0
