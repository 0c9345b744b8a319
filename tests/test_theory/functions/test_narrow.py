"""Kinks, steps and peaks are found however narrow they are; what is not resolved says so."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.formulas import tree_of

from theory.assumptions.report import assumption_flag, check_student
from theory.functions.activations import NAMES, from_callables, from_tree, named
from theory.functions.narrow import few_marks, line_rule, marks_of
from theory.functions.regularity import lipschitz_constant, supremum
from theory.functions.smooth_pieces import smooth_ends
from theory.gradient.decomposition import signal_noise
from theory.moments.hermite import hermite_coefficients
from theory.moments.moments import student_moments, teacher_moments
from theory.numerics.quadrature import MomentError
from theory.prediction.prediction import _assumption_flags


def formula(text):
    return from_tree(tree_of(text), name=f"expr:{text}")


def exact_erf(k):
    """mu_1 and var_prime of erf(k z)."""
    mean = 2.0 * k / math.sqrt(math.pi * (1.0 + 2.0 * k * k))
    return mean, 4.0 * k * k / (math.pi * math.sqrt(1.0 + 4.0 * k * k)) - mean**2


def test_the_values_that_a_fixed_grid_missed():
    found = student_moments(formula("erf(2000*z)"))
    assert found.var_prime == pytest.approx(1272.603, abs=5e-4)
    assert found.flag is None
    assert student_moments(formula("erf(8000*z)")).mu_1 == pytest.approx(exact_erf(8000.0)[0], rel=1e-12)
    assert student_moments(formula("tanh(5000*z)")).var_prime == pytest.approx(2659.0, abs=0.5)


@settings(max_examples=30)
@given(st.floats(0.0, 9.0), st.floats(-3.0, 3.0))
def test_steep_error_functions_have_their_closed_form(power, shift):
    """erf(k z + shift): E sigma' = 2k/sqrt(pi (1 + 2 k^2)) exp(-shift^2/(1 + 2 k^2)), and of its square alike."""
    k = 10.0**power
    found = student_moments(formula(f"erf({k!r}*z+{shift!r})"))
    mean = exact_erf(k)[0] * math.exp(-(shift**2) / (1.0 + 2.0 * k * k))
    square = (
        4.0
        * k
        * k
        / (math.pi * math.sqrt(1.0 + 4.0 * k * k))
        * math.exp(-2.0 * shift**2 / (1.0 + 4.0 * k * k))
    )
    assert found.mu_1 == pytest.approx(mean, rel=1e-10)
    assert found.var_prime == pytest.approx(square - mean**2, rel=1e-9)
    assert found.var_prime != pytest.approx(1.001 * (square - mean**2), rel=1e-9)
    assert found.flag is None


@settings(max_examples=20)
@given(st.floats(1.0, 6.0), st.floats(-2.5, 2.5))
def test_a_narrow_peak_is_seen_wherever_it_is(power, centre):
    k = 10.0**power
    f = formula(f"z+exp(-({k!r}*(z-{centre!r}))**2)")
    s = 1.0 / (2.0 * k * k)  # variance of the peak as a normal density
    found = teacher_moments(f)
    mean = (
        math.sqrt(math.pi) / k * math.exp(-0.5 * centre**2 / (1.0 + s)) / math.sqrt(2.0 * math.pi * (1.0 + s))
    )
    assert found.c_0 == pytest.approx(mean, rel=1e-9)
    # E f'^2 - 1 is that of the peak's slope, and twice its mean, E z f
    assert student_moments(f).var_prime > 0.3 * k * math.exp(-0.5 * centre**2)


PLACES = {
    "tanh(5000*z)": 0.0,
    "tanh(3000*(z-0.7321))": 0.7321,
    "softplus(1e5*(z+1.5))": -1.5,
    "relu(z-0.3137)": 0.3137,
    "max(-1, min(1, 200*z))": 0.005,
    "abs(z**2-2)": math.sqrt(2.0),
    "1/(1+(1e4*(z-0.25))**2)": 0.25,
    "z+1e-5*tanh(1e7*(z-1))": 1.0,
    "abs(z-0.4)**0.3": 0.4,
    "1/(1+exp(-3e4*(z-2)))": 2.0,
    "sqrt((z-0.1)**2+1e-10)": 0.1,
}


@pytest.mark.parametrize("text", sorted(PLACES))
def test_the_narrow_place_lies_between_marks(text):
    marks = marks_of(formula(text))
    assert marks.flag is None
    assert np.abs(np.array(marks.points) - PLACES[text]).min() < 1e-3
    assert len(few_marks(formula(text))) == len(marks.points)


def test_smooth_functions_need_no_marks_and_named_ones_have_their_kinks():
    for text in ("tanh(z)+z/2", "z**7", "exp(-z*z)*z", "log(cosh(z))", "exp(3*z)", "sin(z)*z"):
        assert marks_of(formula(text)).points == ()
    for name in NAMES:
        assert marks_of(named(name)).points == named(name).kinks
    assert len(line_rule(named("tanh"))[0]) == 4801


ROUGH = "(z-0.1234)*sin(1/(z-0.1234))"


@pytest.mark.parametrize("text", ["sin(1e5*z)", "sin(exp(2*z))", "z*sin(1/z)", ROUGH])
def test_what_is_not_resolved_says_so(text):
    assert "not all resolved" in marks_of(formula(text)).flag


def test_what_is_not_resolved_is_refused_or_flagged():
    with pytest.raises(MomentError, match="does not converge"):  # E f'^2 does not exist
        student_moments(formula(ROUGH))
    teacher = formula(f"z+0.5*{ROUGH}")
    found = teacher_moments(teacher)
    assert "not all resolved" in found.flag
    sizes = {"n": 200, "N": 150, "d": 100, "noise": 0.3, "student": student_moments(named("tanh"))}
    assert any("not all resolved" in flag for flag in signal_noise(teacher=found, **sizes).flags)
    assert signal_noise(teacher=teacher_moments(named("softplus")), **sizes).flags == ()
    assert any("not all resolved" in flag for flag in _assumption_flags(named("tanh"), teacher))


CALLABLES = {
    "tanh": (
        lambda z: np.tanh(5000.0 * z),
        lambda z: 5000.0 / np.cosh(np.clip(5000.0 * z, -300.0, 300.0)) ** 2,
        2658.9786,
    ),
    "shifted": (
        lambda z: np.tanh(5000.0 * (z - 0.3)),
        lambda z: 5000.0 / np.cosh(np.clip(5000.0 * (z - 0.3), -300.0, 300.0)) ** 2,
        None,
    ),
    "clip": (lambda z: np.clip(200.0 * z, -1.0, 1.0), lambda z: 200.0 * (np.abs(z) < 0.005), 158.93963),
}


@pytest.mark.parametrize("name", sorted(CALLABLES))
def test_steps_of_functions_known_by_values_are_found_by_their_increments(name):
    value, slope, exact = CALLABLES[name]
    found = student_moments(from_callables(value, slope, name=f"module:{name}"))
    if exact is None:
        exact = student_moments(formula("tanh(5000*(z-0.3))")).var_prime
    assert found.var_prime == pytest.approx(exact, rel=1e-6)


def test_smooth_functions_known_by_values_have_no_marks():
    for value, slope in (
        (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
        (lambda z: z**3, lambda z: 3.0 * z**2),
        (np.exp, np.exp),
    ):
        assert marks_of(from_callables(value, slope, name="module:smooth")).points == ()


@pytest.mark.parametrize(
    ("text", "steepest"), [("erf(2000*z)", 4000.0 / math.sqrt(math.pi)), ("tanh(5000*(z-0.37))", 5000.0)]
)
def test_suprema_see_the_steep_place(text, steepest):
    assert lipschitz_constant(formula(text)).value == pytest.approx(steepest, rel=1e-6)
    assert supremum(formula(text), 0).value == pytest.approx(1.0)
    assert check_student(formula("erf(2000*z)")).holds  # odd, E z sigma > 0, bounded derivatives
    assert assumption_flag(formula("erf(8000*z)"), named("softplus")) is None


def test_hermite_coefficients_and_pieces_see_it():
    f = formula("tanh(5000*z)")
    sign = [0.0, math.sqrt(2.0 / math.pi), 0.0, -math.sqrt(2.0 / math.pi)]
    assert hermite_coefficients(f, 3).values == pytest.approx(sign, abs=1e-6)
    ends = smooth_ends(formula("z+exp(-(3e4*(z-0.31))**2)"), 5.0)
    assert ends.rest < 1e-10
    assert np.abs(ends.edges - 0.31).min() < 1e-4


def test_line_rule_integrates_what_a_steep_student_is_made_of():
    k = 2000.0
    f = formula("erf(2000*z)")
    z, w = line_rule(f)
    density = w * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    for power in (2, 4):  # E sigma'^p is a Gaussian integral
        exact = (2.0 * k / math.sqrt(math.pi)) ** power / math.sqrt(1.0 + 2.0 * power * k * k)
        assert float(density @ f.derivative(z) ** power) == pytest.approx(exact, rel=1e-10)


def test_a_slope_that_few_samples_see_is_flagged():
    teacher = teacher_moments(named("softplus"))
    sizes = {"N": 300, "d": 200, "teacher": teacher, "noise": 0.3}
    steep, usual = student_moments(formula("erf(2000*z)")), student_moments(named("tanh"))
    assert steep.steep_share == pytest.approx(
        exact_erf(2000.0)[0] ** 2 / (exact_erf(2000.0)[1] + exact_erf(2000.0)[0] ** 2)
    )
    assert any("few samples" in flag for flag in signal_noise(n=400, student=steep, **sizes).flags)
    assert not any("few samples" in flag for flag in signal_noise(n=400_000, student=steep, **sizes).flags)
    assert not any("few samples" in flag for flag in signal_noise(n=10, student=usual, **sizes).flags)
    assert student_moments(formula("tanh(z)")).steep_share > 0.5
