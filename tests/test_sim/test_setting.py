"""Settings: what is refused, and with which words."""

import pickle

import numpy as np
import pytest

from sim.functions.activations import Activation, named
from sim.setting import Setting

SIZES = {"n": 20, "N": 15, "d": 10}


def test_defaults_are_the_papers():
    setting = Setting(**SIZES)
    assert (setting.noise, setting.parametrisation, setting.teacher_direction) == (0.3, "ntk", "sphere")
    assert (setting.sigma.name, setting.sigma_star.name) == ("tanh", "softplus")


def test_names_become_functions_and_equal_settings_are_equal():
    setting = Setting(**SIZES, student="erf", teacher="hermite:0,1,0.5")
    assert isinstance(setting.student, Activation)
    assert setting == Setting(**SIZES, student=named("erf"), teacher=named("hermite:0,1,0.5"))
    assert setting != Setting(**SIZES, student="sin", teacher="hermite:0,1,0.5")
    assert pickle.loads(pickle.dumps(setting)) == setting


def test_numpy_integers_are_integers():
    setting = Setting(n=np.int64(3), N=np.int32(2), d=np.uint8(1))
    assert (setting.n, setting.N, setting.d) == (3, 2, 1)
    assert type(setting.n) is int


@pytest.mark.parametrize("name", ["n", "N", "d"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError),
        (-5, ValueError),
        (True, TypeError),
        (2.0, TypeError),
        ("3", TypeError),
        (None, TypeError),
        (np.True_, TypeError),
    ],
)
def test_sizes_are_positive_integers(name, value, error):
    with pytest.raises(error, match=name):
        Setting(**{**SIZES, name: value})


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
def test_noise_is_finite_and_not_negative(noise):
    with pytest.raises(ValueError, match="noise"):
        Setting(**SIZES, noise=noise)


@pytest.mark.parametrize("noise", ["0.3", None, True])
def test_noise_is_a_number(noise):
    with pytest.raises(TypeError, match="noise"):
        Setting(**SIZES, noise=noise)


@pytest.mark.parametrize(
    ("field", "value", "nearest"),
    [
        ("parametrisation", "meanfield", "mean-field"),
        ("teacher_direction", "axes", "axis"),
        ("student", "tahn", "tanh"),
        ("teacher", "soft-plus", "softplus"),
        ("student", "centered-silu", "centred-silu"),
    ],
)
def test_unknown_names_list_the_known_ones_nearest_first(field, value, nearest):
    with pytest.raises(ValueError, match=field) as caught:
        Setting(**SIZES, **{field: value})
    message = str(caught.value)
    listed = message.split("one of " if "one of" in message else "nearest first: ")[1]
    assert listed.split(",")[0] == nearest
    assert repr(value) in message


@pytest.mark.parametrize("student", [3, np.tanh, None])
def test_a_student_is_a_name_or_an_activation(student):
    with pytest.raises(TypeError, match="student"):
        Setting(**SIZES, student=student)


def test_a_given_direction_is_a_unit_vector_of_length_d():
    direction = np.full(10, 10**-0.5)
    assert Setting(**SIZES, teacher_direction=direction).teacher_direction == tuple(direction)
    with pytest.raises(ValueError, match="norm 1"):
        Setting(**SIZES, teacher_direction=2.0 * direction)
    with pytest.raises(ValueError, match="norm"):
        Setting(**SIZES, teacher_direction=np.full(10, np.nan))
    with pytest.raises(ValueError, match="d = 10"):
        Setting(**SIZES, teacher_direction=direction[:9])
    with pytest.raises(TypeError, match="teacher_direction"):
        Setting(**SIZES, teacher_direction=1.0)


def test_scales_of_the_two_parametrisations():
    ntk, mean_field = Setting(n=1, N=4, d=25), Setting(n=1, N=4, d=25, parametrisation="mean-field")
    assert (ntk.input_scale, ntk.weight_deviation, ntk.readout_deviation) == (0.2, 1.0, 1.0)
    assert (mean_field.input_scale, mean_field.weight_deviation, mean_field.readout_deviation) == (
        1.0,
        0.2,
        0.5,
    )


def test_a_setting_cannot_be_changed():
    with pytest.raises(AttributeError):
        Setting(**SIZES).n = 5
