"""A function of one's own is taken in the same forms by theory, by sim and by the commands."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.setting import Setting
from theory.prediction.prediction import predict
from verify import predict as predict_command
from verify import scaling
from verify.problem.functions import resolve_function

SIZES = {"n": 80, "N": 60, "d": 40}


@pytest.mark.parametrize(
    "text", ["tanh", "centred-relu", "hermite:0,1,0.5", "centred-hermite:1,1", "expr:tanh(2*z)"]
)
def test_what_the_commands_take_predict_and_setting_take(text):
    pair = resolve_function(text)
    setting, record = Setting(**SIZES, student=pair), predict(**SIZES, student=pair)
    z = np.linspace(-2.0, 2.0, 7)
    assert setting.sigma is pair.sim
    assert record.student is pair.theory
    simulated, derived = pair.sim.value(get_backend("numpy"), z), pair.theory.value(z)
    np.testing.assert_allclose(np.asarray(simulated), derived, atol=1e-12)
    if not text.startswith("expr:"):
        assert predict(**SIZES, student=text)["mu_1"].value == record["mu_1"].value
        assert Setting(**SIZES, student=text) == setting


@pytest.mark.parametrize("text", ["expr:tanh(2*z)", "my_module:swish"])
@pytest.mark.parametrize("role", ["student", "teacher"])
@pytest.mark.parametrize("call", [predict, Setting])
def test_a_form_that_only_verify_reads_names_the_call_that_does(call, role, text):
    with pytest.raises(ValueError, match=rf"{role}: .*verify\.problem\.resolve_function\('{text[:4]}"):
        call(**SIZES, **{role: text})


@pytest.mark.parametrize("call", [predict, Setting])
def test_a_bare_callable_is_refused_with_what_makes_a_function_of_it(call):
    with pytest.raises(TypeError, match="from_callables"):
        call(**SIZES, student=np.tanh)


def test_the_commands_take_the_pair_too():
    pair = resolve_function("expr:tanh(2*z)")
    by_pair, by_text = (
        scaling.run(sizes=[(80, 60, 40)], seeds=2, student=each, teacher=each, store=None)
        for each in (pair, "expr:tanh(2*z)")
    )
    assert by_pair == by_text
    (record,) = predict_command.run(sizes=[(80, 60, 40)], student=pair)
    assert record.student is pair.theory
