"""Assumptions B.2 and B.3: which part of which function holds, by which route; the paper's eqs. 12-19 again."""

import numpy as np
import pytest

from theory.assumptions import proofs as assumption_proofs
from theory.assumptions.report import assumption_flag, check_student, check_teacher
from theory.functions.activations import NAMES, from_callables, from_tree, named
from theory.numerics.quadrature import MomentError

Z = ("z",)
DERIVATIVES, MEAN, LINEAR = "bounded derivatives", "E sigma = 0", "E[z sigma] != 0"
# What fails, derived by hand: softplus, silu, relu have positive mean; relu' jumps; cubes are steep; squares are even.
STUDENT_FAILURES = {
    "tanh": [],
    "erf": [],
    "sin": [],
    "linear": [],
    "softplus": [MEAN],
    "silu": [MEAN],
    "relu": [DERIVATIVES, MEAN],
    "centred-softplus": [],
    "centred-silu": [],
    "centred-relu": [DERIVATIVES],
    "centred-centred-softplus": [],
    "hermite:0,1": [],
    "hermite:0,3,0,1": [DERIVATIVES],
    "hermite:0,0,1": [DERIVATIVES, LINEAR],
    "hermite:1": [MEAN, LINEAR],
    "hermite:0": [LINEAR],
}


def failures(report):
    return [part.part for part in report.failures]


@pytest.mark.parametrize("name", STUDENT_FAILURES)
def test_which_part_of_b2_fails_for_each_named_student(name):
    f = named(name)
    report = check_student(f)
    assert failures(report) == STUDENT_FAILURES[name]
    assert report.holds == (not STUDENT_FAILURES[name])
    assert [part.part for part in report.parts] == [DERIVATIVES, MEAN, LINEAR]
    for part in report.failures:
        assert part.reason
    blind = check_student(from_callables(f.value, f.derivative, name="module:object"))
    assert failures(blind) == STUDENT_FAILURES[name]  # by values alone, and said so
    assert {part.route for part in blind.parts} == {"numeric"}


def test_b3_of_the_named_teachers():
    for name in NAMES:
        assert check_teacher(named(name)).holds
    for name, failing in {
        "hermite:0,0,1": ["Lipschitz"],
        "hermite:0": ["L2 norm of order one"],
        "hermite:1,2": [],
    }.items():
        assert failures(check_teacher(named(name))) == failing


def test_rigorous_reports_leave_nothing_numeric_for_named_functions():
    pytest.importorskip("flint", reason="the extra `interval` is not installed")
    for name in (*NAMES, "centred-softplus"):
        for check in (check_student, check_teacher):
            rigorous, plain = check(named(name), rigorous=True), check(named(name))
            assert {part.route for part in rigorous.parts} <= {"symbolic", "ball"}
            assert failures(rigorous) == failures(plain)
    assert "ball" in {part.route for part in check_student(named("tanh"), rigorous=True).parts}
    assert "numeric" in {part.route for part in check_student(named("tanh")).parts}


USERS = {
    "odd and tame": (("add", ("call", "tanh", Z), ("div", Z, ("number", "2"))), [], []),
    "sine": (("call", "sin", ("mul", ("number", "2"), Z)), [], []),
    "cube": (("pow", Z, ("number", "3")), [DERIVATIVES], ["Lipschitz"]),
    "exponential": (("call", "exp", Z), [DERIVATIVES, MEAN], ["Lipschitz"]),
    "modulus": (("call", "abs", Z), [DERIVATIVES, MEAN, LINEAR], []),
    "step": (("call", "sign", Z), [DERIVATIVES], ["Lipschitz"]),
    "z|z|": (("mul", Z, ("call", "abs", Z)), [DERIVATIVES], ["Lipschitz"]),
    "z sin(z)": (("mul", Z, ("call", "sin", Z)), [DERIVATIVES, MEAN, LINEAR], ["Lipschitz"]),
    "gelu": (
        (
            "mul",
            Z,
            (
                "div",
                ("call", "erfc", ("neg", ("div", Z, ("call", "sqrt", ("number", "2"))))),
                ("number", "2"),
            ),
        ),
        [MEAN],
        [],
    ),
    "shifted tanh": (("sub", ("call", "tanh", Z), ("number", "0.000001")), [MEAN], []),
    "sin(z^2)": (("call", "sin", ("pow", Z, ("number", "2"))), [DERIVATIVES, MEAN, LINEAR], ["Lipschitz"]),
}


@pytest.mark.parametrize("name", USERS)
def test_a_users_expression_and_the_same_by_values(name):
    tree, student, teacher = USERS[name]
    f = from_tree(tree, name=f"expr:{name}")
    assert failures(check_student(f)) == student
    assert failures(check_teacher(f)) == teacher
    if name != "z|z|":  # a jump of sigma'' is not looked for in values: differences would invent or miss it
        assert failures(check_student(from_callables(f.value, f.derivative, name="module:object"))) == student
    assert failures(check_teacher(from_callables(f.value, f.derivative, name="module:object"))) == teacher


def test_the_flag_is_one_line_and_names_function_part_and_reason():
    assert assumption_flag(named("tanh"), named("softplus")) is None
    flag = assumption_flag(named("relu"), named("hermite:0,0,1"))
    assert flag.startswith("outside the paper's assumptions: student relu, B.2: sigma' jumps at z = 0")
    assert "E sigma = 0.398942, not 0" in flag
    assert "teacher hermite:0,0,1, B.3: sigma_*' is unbounded" in flag
    assert "\n" not in flag


def test_a_jump_is_found_in_a_callable_that_names_no_kink():
    ramp = from_callables(lambda z: np.maximum(z - 0.7, 0.0), lambda z: (z > 0.7) * 1.0, name="module:ramp")
    (part, *_) = check_student(ramp).parts
    assert not part.holds
    assert "sigma' jumps at z = 0.7" in part.reason
    steep = from_callables(
        lambda z: np.tanh(300.0 * z),
        lambda z: 300.0 / np.cosh(np.minimum(np.abs(300.0 * z), 700.0)) ** 2,
        name="steep",
    )
    assert check_student(steep).parts[0].holds  # steep is not broken


def test_missing_moments_are_an_error_for_a_student_and_a_failure_for_a_teacher():
    f = from_tree(("call", "exp", ("pow", Z, ("number", "2"))), name="expr:exp(z^2)")
    with pytest.raises(MomentError):
        check_student(f)
    assert failures(check_teacher(f)) == ["Lipschitz", "L2 norm of order one"]


def test_a_report_prints_part_by_part():
    lines = str(check_student(named("softplus"))).splitlines()
    assert lines[0] == "B.2 for softplus: fails"
    assert lines[2].startswith("  NO   E sigma = 0: E sigma = 0.806059, not 0 [")


def test_the_papers_equations_12_to_19():
    student, teacher = assumption_proofs.prove_tanh_student(), assumption_proofs.prove_softplus_teacher()
    assert all(step.holds for step in student + teacher), [s for s in student + teacher if not s.holds]
    assert {step.equation for step in student} == {"12", "13", "14", "15", "16", "B.2"}
    assert {step.equation for step in teacher} == {"17", "18", "19"}
    assert {step.route for step in student} == {"symbolic"}
    assert [step.statement for step in teacher if step.route == "numeric"] == [
        "0.5 <= E softplus(z)^2 = 0.921246 <= 1.533504"
    ]


def test_the_proof_steps_can_fail():
    """Known lies: each helper is given something false."""
    import sympy

    u, t, z = sympy.Symbol("u", real=True), sympy.Symbol("t", positive=True), sympy.Symbol("z", real=True)
    assert assumption_proofs._largest_on_unit_interval(u - u**3, u) != 1
    assert not assumption_proofs._is_complement(sympy.exp(z), z)
    assert not assumption_proofs._decreasing_gap(sympy.log(2 + sympy.exp(-t)), t)
    assert not assumption_proofs._decreasing_gap(sympy.log(1 + sympy.exp(t)), t)
