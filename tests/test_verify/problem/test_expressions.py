"""A user's formula: what is read, what is refused, and that nothing is ever evaluated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as hs

from verify.errors import UsageError
from verify.problem.expressions import FUNCTIONS, ExpressionError, parse_expression
from verify.problem.functions import resolve_function


def test_a_formula_becomes_a_plain_tree():
    assert parse_expression("tanh(z) + z/2") == (
        "add",
        ("call", "tanh", ("z",)),
        ("div", ("z",), ("number", "2")),
    )
    assert parse_expression("-max(z, 0)**2") == (
        "neg",
        ("pow", ("call", "max", ("z",), ("number", "0")), ("number", "2")),
    )
    assert parse_expression(" pi*z ") == ("mul", ("constant", "pi"), ("z",))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("9**9**9", "exponent"),
        ("z**9**9", "exponent"),
        ("z**z", "exponent"),
        ("(z**10)**10", "nested exponents"),
        ("z + 1e300", "at most 1e+12"),
        ("z * (1e9)**3", "constants must be finite"),
        ("z + 1/0", "constants must be finite"),
        ("log(-1) * z", "constants must be finite"),
        ("tanh(x)", "unknown name 'x'"),
        ("tahn(z)", "unknown function 'tahn'; known: tan, tanh"),
        ("z.real", "only numbers"),
        ("z[0]", "only numbers"),
        ("(lambda: z)()", "only numbers"),
        ("__import__('os').system('true')", "only numbers"),
        ("z if z else 1", "only numbers"),
        ("z and 1", "only numbers"),
        ("z = 1", "cannot parse"),
        ("z +", "cannot parse"),
        ("", "cannot parse"),
        ("tanh(z", "cannot parse"),
        ("tanh(z, z)", "takes 1 argument"),
        ("max(z)", "takes 2 arguments"),
        ("tanh(z=1)", "only numbers"),
        ("tanh(*z)", "only numbers"),
        ("'z'", "only real numbers"),
        ("True*z", "only real numbers"),
        ("1j*z", "only real numbers"),
        ("3", "must depend on z"),
        ("z" + "+z" * 200, "at most 300 characters"),
        ("-" * 40 + "z", "levels deep"),
        ("+".join(["z"] * 90), "levels deep"),
        ("(" * 250 + "z" + ")" * 40, "cannot parse"),
        ("z\0", "cannot parse"),
    ],
)
def test_what_is_not_in_the_language_is_refused_in_one_line(text, says):
    with pytest.raises(ExpressionError, match=".*") as caught:
        parse_expression(text)
    message = str(caught.value)
    assert says in message
    assert "\n" not in message
    assert issubclass(ExpressionError, UsageError)


@given(hs.text(alphabet="z0123456789.+-*/()e tanhsimx,", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        tree = parse_expression(text)
    except ExpressionError:
        return
    assert isinstance(tree, tuple)
    assert "z" in str(tree)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("max", "min")])
def test_both_interpreters_know_every_function_and_agree(name):
    from sim.backend import get_backend
    from sim.functions.activations import from_tree as array_form
    from theory.functions.activations import from_tree as symbol_form

    text = f"{name}(z/7 + 2)"  # inside every function's domain
    tree = parse_expression(text)
    z = np.linspace(-4.0, 4.0, 41)
    symbols, arrays = symbol_form(tree, name=text), array_form(tree, name=text)
    value, slope = arrays.value_and_derivative(get_backend("numpy"), z)
    np.testing.assert_allclose(value, symbols.value(z), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(slope, symbols.derivative(z), rtol=1e-10, atol=1e-12)
    wrong = symbol_form(parse_expression(f"{name}(z/7 + 2.01)"), name="a lie")
    shifted = not np.allclose(value, wrong.value(z), rtol=1e-12, atol=1e-12)
    assert shifted or name == "sign"


def test_a_nest_that_doubles_too_often_is_refused():
    nest = "z"
    for _ in range(7):
        nest = f"silu({nest})"
    parse_expression(nest)
    with pytest.raises(ExpressionError, match="nest silu less deeply"):
        parse_expression(f"silu({nest})")


@pytest.mark.parametrize(
    "text",
    [
        "z/0", "z/0*z", "z/(1-1)", "1/(z-z) + z", "log(0*z)+z", "sqrt(-1-0*z)*z", "(z-z)**-1", "max(z, 1/(z-z))",
        "log(z-z-1)*z",
    ],
)  # fmt: skip
def test_a_formula_that_is_no_finite_real_number_for_any_z_is_one_line(text):
    with pytest.raises(UsageError, match=r"^--student: expression: must be a finite real number"):
        resolve_function(f"expr:{text}", "--student")
    assert resolve_function("expr:z + 0/(1+z**2)", "--student").theory.value(np.ones(1)) == 1.0
