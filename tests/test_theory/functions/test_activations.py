"""Functions as mathematical objects: values, derivatives, expressions, parity, kinks, bad input."""

import subprocess
import sys

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from support.plain_network import FUNCTIONS

from theory.functions.activations import (
    NAMES,
    centred,
    from_callables,
    from_tree,
    named,
    parity,
    parity_route,
)
from theory.functions.expressions import CALLS, evaluate_tree, tree_kinks, tree_to_sympy
from theory.functions.symbolic import differentiate, evaluate_expression

Z = ("z",)
GRID = np.linspace(-6.0, 6.0, 97) + 0.0123
ALL = (
    *NAMES,
    "centred-softplus",
    "centred-silu",
    "centred-relu",
    "centred-gelu",
    "hermite:0,1,0.5",
    "hermite:0.1,0,0,-2",
)


@pytest.mark.parametrize("name", ALL)
def test_value_derivative_and_expression_are_one_function(name):
    f = named(name)
    expression = f.build_expression()
    assert expression.free_symbols == {sympy.Symbol("z", real=True)}
    np.testing.assert_allclose(evaluate_expression(expression, GRID), f.value(GRID), rtol=1e-13, atol=1e-14)
    by_sympy = evaluate_expression(differentiate(expression), GRID)
    np.testing.assert_allclose(by_sympy, f.derivative(GRID), rtol=1e-12, atol=1e-13)
    step = 1e-5
    difference = (f.value(GRID + step) - f.value(GRID - step)) / (2.0 * step)
    np.testing.assert_allclose(f.derivative(GRID), difference, rtol=1e-8, atol=1e-8)
    assert not np.allclose(1.0001 * f.derivative(GRID) + 1e-6, difference, rtol=1e-8, atol=1e-8)  # known lie


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_named_functions_are_the_plain_ones(name):
    value, derivative = FUNCTIONS[name]
    np.testing.assert_allclose(named(name).value(GRID), value(GRID), rtol=1e-14, atol=1e-300)
    np.testing.assert_allclose(named(name).derivative(GRID), derivative(GRID), rtol=1e-12, atol=1e-300)


def test_values_far_out_neither_overflow_nor_warn():
    far = np.array([-1e4, -800.0, 800.0, 1e4])
    for name in NAMES:
        assert np.all(np.isfinite(named(name).value(far)))
        assert np.all(np.isfinite(named(name).derivative(far)))


# One argument each where the function and its derivative are finite, away from its kink.
ARGUMENTS = dict.fromkeys(CALLS, ("add", ("mul", ("number", "0.7"), Z), ("number", "0.3")))
ARGUMENTS |= dict.fromkeys(("log", "sqrt"), ("add", ("number", "1.5"), ("call", "sin", Z)))
ARGUMENTS["tan"] = ("mul", ("number", "0.5"), ("call", "sin", Z))
OPERATIONS = {
    "neg": ("neg", ("call", "tanh", Z)),
    "sub": ("sub", Z, ("call", "sin", Z)),
    "mul": ("mul", Z, ("call", "exp", ("neg", ("mul", Z, Z)))),
    "div": ("div", Z, ("add", ("number", "1"), ("mul", Z, Z))),
    "pow": ("pow", ("add", Z, ("constant", "pi")), ("number", "3")),
    "root": (
        "pow",
        ("add", ("number", "1"), ("pow", Z, ("number", "2"))),
        ("div", ("number", "1"), ("number", "3")),
    ),
    "constants": ("add", ("mul", ("constant", "e"), Z), ("constant", "pi")),
}


def call_tree(name):
    if name in ("max", "min"):
        return ("call", name, ARGUMENTS[name], ("call", "tanh", Z))
    return ("call", name, ARGUMENTS[name])


@pytest.mark.parametrize("tree", [*map(call_tree, CALLS), *OPERATIONS.values()], ids=[*CALLS, *OPERATIONS])
def test_both_readings_of_a_tree_and_its_derivative_agree(tree):
    f = from_tree(tree, name="expr:tree")
    np.testing.assert_allclose(
        evaluate_expression(f.build_expression(), GRID), f.value(GRID), rtol=1e-12, atol=1e-13
    )
    step = 1e-5
    smooth = (
        np.all([np.abs(GRID - kink) > 2.0 * step for kink in f.kinks], axis=0) if f.kinks else slice(None)
    )
    z = GRID[smooth]
    difference = (f.value(z + step) - f.value(z - step)) / (2.0 * step)
    scale = 1.0 + np.abs(f.value(z))
    assert np.all(np.abs(f.derivative(z) - difference) <= 1e-8 * scale)
    assert not np.all(np.abs(1.001 * f.derivative(z) + 1e-5 - difference) <= 1e-8 * scale)


def test_sympy_gets_exact_numbers():
    assert tree_to_sympy(("number", "0.1")) == sympy.Rational(1, 10)
    assert tree_to_sympy(("div", ("constant", "pi"), ("number", "3"))) == sympy.pi / 3


def test_a_derivative_that_float64_loses_is_found_by_multiprecision():
    f = from_tree(("div", ("number", "1"), ("call", "cosh", ("mul", ("number", "30"), Z))), name="expr:sech")
    far = np.array([30.0])  # cosh(900) overflows: sinh/cosh^2 is inf/inf
    assert f.derivative(far)[0] == 0.0
    assert f.derivative(np.array([0.5]))[0] == pytest.approx(-30.0 * 2.0 * np.exp(-15.0), rel=1e-10)
    steep = from_tree(("call", "softplus", ("mul", ("number", "50"), Z)), name="expr:steep")
    np.testing.assert_allclose(steep.derivative(np.array([-30.0, 30.0])), [0.0, 50.0])


def test_centring_subtracts_the_mean_and_nothing_else():
    f, g = named("relu"), named("centred-relu")
    np.testing.assert_allclose(f.value(GRID) - g.value(GRID), 1.0 / np.sqrt(2.0 * np.pi), rtol=1e-14)
    np.testing.assert_array_equal(f.derivative(GRID), g.derivative(GRID))
    assert g.kinks == (0.0,)
    np.testing.assert_array_equal(named("centred-tanh").value(GRID), np.tanh(GRID))
    assert centred(from_tree(("add", Z, ("number", "2")), name="expr:z+2")).value(np.zeros(1))[
        0
    ] == pytest.approx(0, abs=1e-14)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, "odd") for name in ("tanh", "erf", "sin", "linear", "centred-sin", "hermite:0,1,0,3")),
        *(
            (name, "none")
            for name in ("softplus", "silu", "relu", "gelu", "centred-softplus", "hermite:0,1,1")
        ),
        *((name, "even") for name in ("hermite:0,0,1", "hermite:3", "centred-hermite:1,0,1")),
        ("centred-hermite:1,2", "odd"),
    ],
)
def test_parity_of_names_and_of_their_expressions(name, expected):
    f = named(name)
    assert parity(f) == expected
    blind = from_callables(f.value, f.derivative, name="module:object")
    assert parity_route(blind) == (expected, "numeric")
    if expected != "none" and not name.startswith("centred-hermite"):
        shown = from_tree(("z",), name="expr:x")  # the same expression under a name that says nothing
        shown = type(shown)(
            name="expr:x", value=f.value, derivative=f.derivative, build_expression=f.build_expression
        )
        assert parity_route(shown) == (expected, "symbolic")


def test_parity_that_sympy_does_not_see_is_found_and_called_numeric():
    root = ("call", "sqrt", ("add", ("number", "1"), ("pow", Z, ("number", "2"))))
    disguised = ("call", "log", ("add", Z, root))  # asinh(z)
    f = from_tree(disguised, name="expr:asinh in disguise")
    # at z = -12 the sum cancels to 12 digits, so "odd to 1e-12" is not seen there: the answer errs to "none"
    assert parity_route(f)[1] == "numeric"
    half = ("div", ("call", "tanh", Z), ("number", "2"))
    other = ("sub", ("call", "sigmoid", ("mul", ("number", "2"), Z)), ("number", "0.5"))
    seen = ("call", "log", ("div", ("add", ("number", "1"), half), ("sub", ("number", "1"), other)))
    assert parity_route(from_tree(seen, name="expr:2 atanh(tanh(z)/2)")) == ("odd", "numeric")
    nearly = ("add", seen, ("number", "0.00000001"))
    assert parity(from_tree(nearly, name="expr:nearly")) == "none"


@given(st.floats(-3.0, 3.0), st.floats(0.2, 2.0))
def test_kinks_are_where_the_argument_changes_sign(shift, slope):
    inner = ("sub", ("mul", ("number", repr(slope)), Z), ("number", repr(shift)))
    for name in ("abs", "relu", "sign"):
        (kink,) = tree_kinks(("call", name, inner))
        assert kink == pytest.approx(shift / slope, abs=1e-9)
    (kink,) = tree_kinks(("call", "max", inner, ("number", "0")))
    assert kink == pytest.approx(shift / slope, abs=1e-9)
    assert tree_kinks(("call", "tanh", inner)) == ()


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (("call", "gamma", Z), "function must be one of"),
        (("call", "max", Z), "max takes 2 argument"),
        (("call", "tanh", Z, Z), "tanh takes 1 argument"),
        (("lambda", Z), "node must be z"),
        (("pow", ("number", "2"), Z), "exponent must be a constant"),
        (("pow", ("number", "9"), ("pow", ("number", "9"), ("number", "9"))), "exponent must lie in"),
    ],
)
def test_a_tree_with_anything_else_in_it_is_refused(tree, message):
    with pytest.raises(ValueError, match=message):
        from_tree(tree, name="expr:bad")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("swish", "name must be one of tanh, erf"),
        ("hermite:", "hermite coefficients must be numbers"),
        ("hermite:1,nan", "finite"),
        ("hermite:1,__import__('os')", "hermite coefficients must be numbers"),
        ("centred-nothing", "name must be one of"),
    ],
)
def test_an_unknown_name_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        named(name)


def test_the_kind_of_an_argument_is_checked():
    with pytest.raises(TypeError, match="name must be a str"):
        named(3)
    with pytest.raises(TypeError, match="derivative must be callable"):
        from_callables(np.tanh, 1.0, name="module:object")
    with pytest.raises(ValueError, match="keep its argument's shape"):
        from_callables(lambda z: z[:-1], np.ones_like, name="module:object").value(GRID)


def test_the_arguments_of_a_callable_are_not_written_to():
    z = GRID.copy()
    z.setflags(write=False)
    for name in ALL:
        named(name).value(z)
        named(name).derivative(z)
    evaluate_tree(call_tree("relu"), z)


def test_importing_theory_and_asking_for_named_moments_loads_no_sympy():
    code = (
        "import sys, theory; assert 'numpy' not in sys.modules; "
        "theory.student_moments(theory.named('centred-softplus')); "
        "theory.assumption_flag(theory.named('tanh'), theory.named('softplus')); "
        "assert 'sympy' not in sys.modules and 'flint' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
