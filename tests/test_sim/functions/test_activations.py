"""Students, teachers, users' functions: values, slopes, and what is refused."""

import pickle

import mpmath
import numpy as np
import pytest
from support.plain_network import FUNCTIONS

from sim.backend import get_backend
from sim.functions.activations import GAUSSIAN_MEANS, NAMES, Activation, from_callables, from_tree, named

NUMPY, STRICT = get_backend("numpy"), get_backend("array-api-strict")
GRID = np.concatenate([np.linspace(-9.0, 9.0, 721), [-700.0, -90.0, 90.0, 700.0]])
GRID.flags.writeable = False
ALL = (*NAMES, "centred-tanh", "hermite:0.5,1,0,-0.25", "centred-hermite:0.5,1,0.3")
Z = ("z",)


def number(text):
    return ("number", text)


def call(name, *arguments):
    return ("call", name, *arguments)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_values_and_slopes_are_those_of_the_plain_route(name):
    value, slope = named(name).value_and_derivative(NUMPY, GRID)
    plain_value, plain_slope = (f(GRID[:-4]) for f in FUNCTIONS[name])
    np.testing.assert_allclose(value[:-4], plain_value, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(slope[:-4], plain_slope, rtol=1e-11, atol=1e-14)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", ALL)
def test_slopes_are_the_limits_of_differences(name):
    activation, h = named(name), 1e-5
    z = GRID[:-4] + 3e-4  # off the kink of ReLU
    differences = (activation.value(NUMPY, z + h) - activation.value(NUMPY, z - h)) / (2 * h)
    slope = activation.derivative(NUMPY, z)
    np.testing.assert_allclose(slope, differences, rtol=1e-7, atol=1e-9)
    assert np.abs(1.001 * slope - differences).max() > 1e-4  # the lie: slopes 0.1 % too steep


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_backend_and_dtype_gives_the_same(name, dtype):
    z = GRID.astype(dtype)
    z.flags.writeable = False
    for kind in ("value", "derivative"):
        exact = getattr(named(name), kind)(NUMPY, GRID.astype(dtype).astype(np.float64))
        here = getattr(named(name), kind)(NUMPY, z)
        there = getattr(named(name), kind)(STRICT, STRICT.asarray(z))
        assert here.dtype == z.dtype
        np.testing.assert_array_equal(STRICT.to_numpy(there), here)
        scale = np.abs(exact).max() if name.startswith(("hermite", "centred-hermite")) else 1.0
        np.testing.assert_allclose(here, exact, rtol=3e-6 if dtype == "float32" else 1e-13, atol=1e-6 * scale)


@pytest.mark.parametrize("name", sorted(GAUSSIAN_MEANS))
def test_gaussian_means_are_right_to_float64(name):
    functions = {
        "tanh": mpmath.tanh,
        "erf": mpmath.erf,
        "sin": mpmath.sin,
        "linear": lambda z: z,
        "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
        "silu": lambda z: z / (1 + mpmath.exp(-z)),
        "relu": lambda z: max(z, mpmath.mpf(0)),
        "gelu": lambda z: z * mpmath.ncdf(z),
    }
    with mpmath.workdps(25):
        mean = mpmath.quad(lambda z: functions[name](z) * mpmath.npdf(z), [-20, -8, -4, -2, 0, 2, 4, 8, 20])
    assert GAUSSIAN_MEANS[name] == pytest.approx(float(mean), rel=1e-15, abs=1e-18)


@pytest.mark.parametrize("name", ["softplus", "silu", "relu", "gelu"])
def test_centred_is_shifted_by_its_mean_only(name):
    z = GRID[:-4]
    difference = named(name).value(NUMPY, z) - named(f"centred-{name}").value(NUMPY, z)
    np.testing.assert_allclose(difference, GAUSSIAN_MEANS[name], rtol=1e-14)
    np.testing.assert_array_equal(
        named(name).derivative(NUMPY, z), named(f"centred-{name}").derivative(NUMPY, z)
    )


def test_hermite_series_are_the_probabilists():
    coefficients = [0.5, -1.0, 0.25, 2.0, 0.0, 0.125]
    function = named("hermite:" + ",".join(map(str, coefficients)))
    z = GRID[:-4]
    series = np.polynomial.HermiteE(coefficients)
    np.testing.assert_allclose(function.value(NUMPY, z), series(z), rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(function.derivative(NUMPY, z), series.deriv()(z), rtol=1e-11, atol=1e-11)
    assert np.abs(series(z) - np.polynomial.Hermite(coefficients)(z)).max() > 1.0  # not the physicists'


@pytest.mark.parametrize(
    "name", ["tan h", "", "centred-", "centred-centred-tanh", "centred-nothing", "hermite", "Tanh", "exp"]
)
def test_unknown_names_are_refused(name):
    with pytest.raises(ValueError, match="nearest first"):
        named(name)


@pytest.mark.parametrize(
    "name", ["hermite:", "hermite:1,x", "hermite:nan", "hermite:1,inf", "hermite:" + "1," * 30 + "1"]
)
def test_bad_hermite_series_are_refused(name):
    with pytest.raises(ValueError, match="hermite"):
        named(name)


TREES = {
    "tanh(z)+z/2": (("add", call("tanh", Z), ("div", Z, number("2"))), lambda z: np.tanh(z) + z / 2),
    "z**3-2*z": (("sub", ("pow", Z, number("3")), ("mul", number("2"), Z)), lambda z: z**3 - 2 * z),
    "1/(1+z**2)": (
        ("div", number("1"), ("add", number("1"), ("pow", Z, number("2")))),
        lambda z: 1 / (1 + z**2),
    ),
    "exp(-z**2/2)*sin(pi*z)": (
        (
            "mul",
            call("exp", ("neg", ("div", ("pow", Z, number("2")), number("2")))),
            call("sin", ("mul", ("constant", "pi"), Z)),
        ),
        lambda z: np.exp(-(z**2) / 2) * np.sin(np.pi * z),
    ),
    "max(z, z/10)": (call("max", Z, ("div", Z, number("10"))), lambda z: np.maximum(z, z / 10)),
    "min(1, max(-1, z))": (
        call("min", number("1"), call("max", number("-1"), Z)),
        lambda z: np.clip(z, -1, 1),
    ),
    "sqrt(1+z**2)-e": (
        ("sub", call("sqrt", ("add", number("1"), ("pow", Z, number("2")))), ("constant", "e")),
        lambda z: np.sqrt(1 + z**2) - np.e,
    ),
    "(1+z**2)**(-0.75)": (
        ("pow", ("add", number("1"), ("pow", Z, number("2"))), ("neg", number("0.75"))),
        lambda z: (1 + z**2) ** -0.75,
    ),
    "z*sigmoid(z)-silu(z)+softplus(z)": (
        ("add", ("sub", ("mul", Z, call("sigmoid", Z)), call("silu", Z)), call("softplus", Z)),
        lambda z: np.logaddexp(0, z),
    ),
    "asinh(z)+atan(z)+erf(z)+erfc(z)": (
        ("add", ("add", call("asinh", Z), call("atan", Z)), ("add", call("erf", Z), call("erfc", Z))),
        lambda z: np.arcsinh(z) + np.arctan(z) + 1,
    ),
    "sinh(z)/cosh(z)": (("div", call("sinh", Z), call("cosh", Z)), np.tanh),
    "tan(z/10)+cos(z)": (
        ("add", call("tan", ("div", Z, number("10"))), call("cos", Z)),
        lambda z: np.tan(z / 10) + np.cos(z),
    ),
    "log(2+abs(z))*sign(z)": (
        ("mul", call("log", ("add", number("2"), call("abs", Z))), call("sign", Z)),
        lambda z: np.log(2 + np.abs(z)) * np.sign(z),
    ),
    "relu(z)-sqrt(2)": (
        ("sub", call("relu", Z), call("sqrt", number("2"))),
        lambda z: np.maximum(z, 0) - np.sqrt(2),
    ),
}


@pytest.mark.parametrize("text", sorted(TREES))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_trees_give_the_function_and_its_slope(text, dtype):
    tree, function = TREES[text]
    activation = from_tree(tree, name=f"expr:{text}")
    z = np.linspace(-6.0, 6.0, 241) + 3e-4
    h = 1e-5
    for backend in (NUMPY, STRICT):
        value, slope = (
            backend.to_numpy(part)
            for part in activation.value_and_derivative(backend, backend.asarray(z.astype(dtype)))
        )
        assert value.dtype == slope.dtype == np.dtype(dtype)
        tolerance = {"rtol": 1e-4, "atol": 1e-4} if dtype == "float32" else {"rtol": 1e-8, "atol": 1e-8}
        np.testing.assert_allclose(value, function(z), **tolerance)
        np.testing.assert_allclose(slope, (function(z + h) - function(z - h)) / (2 * h), **tolerance)


def test_a_constant_tree_has_slope_zero():
    value, slope = from_tree(("pow", number("2"), number("0.5")), name="expr:2**0.5").pair(NUMPY, GRID)
    np.testing.assert_array_equal(value, np.sqrt(2.0))
    np.testing.assert_array_equal(slope, 0.0)


@pytest.mark.parametrize(
    "tree",
    [
        (),
        "z",
        ("z", 1),
        ("x",),
        ("number", "nan"),
        ("number", "1e999"),
        ("number", "one"),
        ("constant", "tau"),
        ("add", Z),
        ("call", "eval", Z),
        ("call", "tanh", Z, Z),
        ("call", "max", Z),
        ("pow", number("2"), Z),
        ("div", number("1"), number("0")),
        ("pow", number("-1"), number("0.5")),
        ("pow", number("0"), number("-1")),
        ("pow", ("pow", number("9"), number("9")), number("999")),
        ("add", Z, call("log", number("-1"))),
    ],
)
def test_bad_trees_are_refused(tree):
    with pytest.raises(ValueError):
        from_tree(tree, name="bad")


def leaky(z):
    return np.where(z > 0, z, 0.1 * z)


CALLABLES = {
    "tanh": (np.tanh, lambda z: 1 / np.cosh(np.clip(z, -300, 300)) ** 2, ()),
    "cube": (lambda z: z**3, lambda z: 3 * z**2, ()),
    "exp": (np.exp, np.exp, ()),
    "fast": (lambda z: np.sin(300 * z) / 300, lambda z: np.cos(300 * z), ()),
    "steep": (lambda z: np.tanh(1000 * z), lambda z: 1000 / np.cosh(np.clip(1000 * z, -300, 300)) ** 2, ()),
    "leaky": (leaky, lambda z: np.where(z > 0, 1.0, 0.1), (0.0,)),
    "hat": (
        lambda z: np.maximum(0, 1 - np.abs(z)),
        lambda z: np.where(np.abs(z) < 1, -np.sign(z), 0.0),
        (-1.0, 0.0, 1.0),
    ),
}


@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_right_derivatives_are_believed_and_kinks_are_said(name):
    value, derivative, kinks = CALLABLES[name]
    activation = from_callables(value, derivative, name=name)
    assert activation.kinks == kinks
    z = np.linspace(-3, 3, 7, dtype=np.float32)
    z.flags.writeable = False
    for backend in (NUMPY, STRICT):
        result = backend.to_numpy(activation.value(backend, backend.asarray(z)))
        assert result.dtype == np.float32
        np.testing.assert_allclose(result, value(z), rtol=1e-6)


LIES = {
    "a slope 0.01 % too steep": (np.tanh, lambda z: 1.0001 / np.cosh(np.clip(z, -300, 300)) ** 2),
    "wrong beyond 11": (np.tanh, lambda z: np.where(z > 11, 0.001, 1 / np.cosh(np.clip(z, -300, 300)) ** 2)),
    "wrong at large |z| only": (lambda z: z, lambda z: np.where(z < -500, 1.01, 1.0)),
    "another function's": (np.sin, np.sin),
    "a jump": (np.floor, np.zeros_like),
    "a jump in the middle": (lambda z: np.sign(z) + z, np.ones_like),
    "beyond the kink's slopes": (leaky, lambda z: np.where(z > 0, 1.0, np.where(z == 0, 1.5, 0.1))),
    "rough everywhere": (lambda z: np.abs(np.sin(1e5 * z)), lambda z: 1e5 * np.cos(1e5 * z)),
    "not finite": (np.log, lambda z: 1 / z),
    "infinite slope": (lambda z: np.sqrt(np.abs(z)), lambda z: 0.5 * np.sign(z) / np.sqrt(np.abs(z))),
    "scalar": (lambda z: 1.0, lambda z: 0.0),
}


@pytest.mark.parametrize("lie", sorted(LIES))
def test_wrong_functions_are_refused(lie):
    value, derivative = LIES[lie]

    def quietly(z):
        with np.errstate(all="ignore"):
            return derivative(z)

    with pytest.raises(ValueError, match="user"):
        from_callables(value, quietly, name="user")


def test_the_worst_point_is_named():
    with pytest.raises(ValueError, match=r"z = 2\b.*given"):
        from_callables(lambda z: z, lambda z: np.where(z == 2.0, 3.0, 1.0), name="user")


@pytest.mark.parametrize(
    ("value", "derivative"),
    [
        (1.0, np.cos),
        (np.sin, None),
        (lambda z: z + 1j, np.ones_like),
        (lambda z: z.astype(str), np.ones_like),
    ],
)
def test_functions_must_be_real_callables(value, derivative):
    with pytest.raises(TypeError, match="user"):
        from_callables(value, derivative, name="user")


def test_a_users_function_cannot_write_into_our_arrays():
    def writes(z):
        z[...] = 0
        return z

    with pytest.raises(ValueError, match="read-only"):
        from_callables(writes, np.ones_like, name="user")


def test_fingerprints_tell_functions_apart_and_repeat():
    prints = {name: named(name).fingerprint() for name in ALL}
    assert len(set(prints.values())) == len(ALL) - 1  # centred-tanh is tanh
    assert prints["tanh"] == prints["centred-tanh"]
    assert prints["tanh"] == from_tree(call("tanh", Z), name="expr:tanh(z)").fingerprint()
    nearly = from_tree(("mul", number("1.0000001"), call("tanh", Z)), name="tanh")
    assert prints["tanh"] != nearly.fingerprint()
    assert len(prints["tanh"]) == 64


@pytest.mark.parametrize("activation", [named("centred-silu"), from_tree(call("tanh", Z), name="t")])
def test_activations_can_be_sent_to_another_process(activation):
    copy = pickle.loads(pickle.dumps(activation))
    assert isinstance(copy, Activation)
    assert copy.fingerprint() == activation.fingerprint()
