"""Formulas made of exponentials give their function, and its slope, wherever both are in the dtype."""

import pickle

import numpy as np
import pytest
from support.formulas import HARD, NESTED, WAYS, exact, tree_of

from sim.backend import get_backend
from sim.functions.activations import from_tree
from sim.functions.dual import dual
from sim.functions.exponentials import without_exponentials
from sim.functions.scaled import needs_scale, scaled_dual

NUMPY, STRICT = get_backend("numpy"), get_backend("array-api-strict")
FAR = np.concatenate(
    [np.linspace(-9.0, 9.0, 145) + 0.0137, np.geomspace(9.5, 1e4, 40), -np.geomspace(9.5, 1e4, 40)]
)
Z = ("z",)


def pair_of(text, z, backend=NUMPY, u="z"):
    """Value and slope as NumPy arrays; an overflow on the way to a finite number is no warning to a user either."""
    with np.errstate(over="ignore", under="ignore"):
        pair = from_tree(tree_of(text, u), name="expr").value_and_derivative(backend, backend.asarray(z))
    return [backend.to_numpy(part) for part in pair]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("u", ["z", "20*z", "3*z-1", "-z/4+0.3"])
@pytest.mark.parametrize("name", sorted(WAYS))
def test_a_function_written_in_several_ways_is_one_function(name, u, dtype):
    z = FAR.astype(dtype)
    eps = np.finfo(dtype).eps
    plain, *others = (pair_of(text, z, u=u) for text in WAYS[name])
    argument, factor = pair_of("{u}", z, u=u)
    cancels = name in ("sin", "softplus")  # log(2 cosh(u/2)) + u/2 loses what u is larger than it
    for value, slope in others:
        assert value.dtype == slope.dtype == np.dtype(dtype)
        noise = 8.0 * eps * (1.0 + np.abs(argument) * (np.abs(plain[1] / factor) + cancels))
        assert (np.abs(value - plain[0]) <= noise + 4.0 * eps * np.abs(plain[0])).all()
        away = np.abs(argument) > 1e-3  # from the kink of relu
        assert (np.abs(slope - plain[1])[away] <= (np.abs(factor) * (noise + 8.0 * eps))[away]).all()
        lie = np.abs(1.001 * plain[0] + 0.001 - plain[0])
        assert (lie > noise + 4.0 * eps * np.abs(plain[0])).any()


def test_the_slope_that_was_not_a_number():
    value, slope = pair_of("1/(1+exp(-20*z))", np.array([-4.4], np.float32))
    assert float(slope[0]) == pytest.approx(1.211e-37, rel=1e-3)
    expected = pair_of("sigmoid(20*z)", np.array([-4.4], np.float32))
    assert (float(value[0]), float(slope[0])) == (float(expected[0][0]), float(expected[1][0]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", [*HARD, *NESTED])
def test_hard_formulas_against_multiprecision(text, dtype):
    tree, eps, largest = tree_of(text), float(np.finfo(dtype).eps), float(np.finfo(dtype).max)
    far = 5.0 if text in NESTED else 1200.0
    z = np.concatenate(
        [np.linspace(-7.0, 7.0, 15) + 0.0137, *(s * np.geomspace(9.0, far, 9) for s in (1.0, -1.0))]
    )
    z = z.astype(dtype)
    for point, *found in zip(z, *pair_of(text, z), strict=True):
        value, slope = exact(tree, point)
        for number, right in zip(found, (value, slope), strict=True):
            if abs(right) < largest:
                wide = 60.0 * eps * float(abs(right) + 1.0 + abs(point * slope))
                assert abs(float(number) - float(right)) <= wide, (float(point), float(number), float(right))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("text", HARD)
def test_another_array_library_gives_the_same(text, dtype):
    z = np.concatenate([FAR[::7], [0.0, -0.0]]).astype(dtype)
    z.flags.writeable = False
    for here, there in zip(pair_of(text, z), pair_of(text, z, STRICT), strict=True):
        assert here.dtype == there.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(here, there)


def call(name, *arguments):
    return ("call", name, *arguments)


def scaled(factor):
    return ("mul", ("number", repr(factor)), Z)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("1/(1+exp(-20*z))", call("sigmoid", scaled(20.0))),
        ("(exp(z)-exp(-z))/(exp(z)+exp(-z))", call("tanh", Z)),
        ("1/(1+exp(-2*z))-1/2", ("mul", ("number", "0.5"), call("tanh", Z))),
        ("log(1+exp(z))", call("softplus", Z)),
        ("log(sigmoid(z))", ("neg", call("softplus", ("neg", Z)))),
        ("exp(3*z)*exp(-z)", call("exp", scaled(2.0))),
        ("cosh(z)-sinh(z)", call("exp", ("neg", Z))),
        ("z*exp(z)/(1+exp(z))", ("mul", call("sigmoid", Z), Z)),
        ("z+2/(1+exp(-2*z))-1", ("add", call("tanh", Z), Z)),
        ("sin(1/(1+exp(-z)))", call("sin", call("sigmoid", Z))),
        ("1/(1+exp(-(1/(1+exp(-z)))))", call("sigmoid", call("sigmoid", Z))),
        ("1/(1+exp(-sin(z)))", call("sigmoid", call("sin", Z))),
    ],
)
def test_formulas_become_the_function_that_they_are(text, tree):
    assert without_exponentials(tree_of(text)) == tree


@pytest.mark.parametrize(
    "text", ["exp(z)", "2*exp(z-50)", "tanh(z)*exp(z)", "1/(1-exp(z))", "exp(z)+exp(z*z)", "z**3"]
)
def test_what_is_no_other_function_stays(text):
    assert without_exponentials(tree_of(text)) == tree_of(text)


def test_coefficients_beyond_float64_are_left_in_their_exponents():
    for text in ("exp(z-800)/(1+exp(z-800))", "(exp(z+140)/(1+exp(z-140)))**2", "log(exp(z-400)+exp(z+400))"):
        for point, value, slope in zip(
            [-3.0, 3.0, 790.0], *pair_of(text, np.array([-3.0, 3.0, 790.0])), strict=True
        ):
            right = [float(number) for number in exact(tree_of(text), point)]
            assert [value, slope] == pytest.approx(right, rel=1e-10)


def test_a_pole_is_not_rewritten_away():
    value, slope = pair_of("1/(1-exp(z))", np.array([-2.0, -1e-9, 1e-9, 2.0, 300.0]))
    np.testing.assert_allclose(value, -1.0 / np.expm1([-2.0, -1e-9, 1e-9, 2.0, 300.0]), rtol=1e-6)
    assert slope[-1] == pytest.approx(np.exp(-300.0), rel=1e-12)


@pytest.mark.parametrize(
    "text", ["tanh(z)+z/2", "z**3-2*z", "softplus(z)", "exp(-z)", "exp(-z*z/2)", "z*exp(-z)", "sqrt(1+z*z)"]
)
def test_where_nothing_overflows_no_exponent_is_kept_apart(text):
    assert not needs_scale(without_exponentials(tree_of(text)))


@pytest.mark.parametrize("text", HARD)
def test_both_arithmetics_agree_where_nothing_overflows(text):
    z = np.append(np.linspace(-4.0, 4.0, 33) + 0.0137, 0.0)
    with np.errstate(all="ignore"):
        plain, apart = dual(NUMPY, tree_of(text), z), scaled_dual(tree_of(text), NUMPY, z)
    for one, other in zip(plain, apart, strict=True):
        usual = np.isfinite(one)
        assert usual.mean() > 0.4
        np.testing.assert_allclose(other[usual], one[usual], rtol=1e-9, atol=1e-12)


def test_stable_formulas_can_be_sent_to_another_process():
    activation = from_tree(tree_of(HARD[0]), name="expr")
    assert pickle.loads(pickle.dumps(activation)).fingerprint() == activation.fingerprint()
