"""verify.scaling where E sigma' is 0 or nearly so: predicted by the noise's edge, or inconclusive with the reason."""

import math

import pytest

from verify.commands.options import options_of
from verify.judging.finding import exit_code
from verify.predictions.regime import is_weak, missing_prediction
from verify.problem.cells import Cell, off_ray
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.scaling.command import SPEC
from verify.scaling.experiment import experiment
from verify.scaling.table import rows_of, sheet_of
from verify.statistics.verdict import Verdict

SIZES = [(400, 300, 200), (1600, 200, 200), (200, 100, 200)]


def findings_of(student, **options):
    result = experiment(options_of(SPEC, {"student": student, "sizes": SIZES, "seeds": 10} | options))
    return {finding.claim: finding for finding in result.findings}, result


def test_a_signal_below_the_noise_is_predicted_by_its_edge():
    found, _ = findings_of("expr:sin(5*z)")
    constant = found["T4.1.2.constant"]
    lies = {control.lie: control.verdict for control in constant.controls}
    assert (
        lies["c sqrt(N d) with the noise to first order"] is Verdict.REFUTED
    )  # what came out refuted before
    assert constant.verdict is not Verdict.REFUTED
    assert abs(constant.estimate - 1) < 0.05
    assert found["T4.1.2"].verdict is not Verdict.REFUTED
    assert "weak signal" in found["T4.1.2"].reading
    assert found["T4.1.F"].verdict is Verdict.SUPPORTED


def test_an_outlier_near_the_edge_is_predicted():
    found, _ = findings_of("expr:sin(2.25*z)")
    constant = found["T4.1.2.constant"]
    assert abs(constant.estimate - 1) < 0.05
    assert constant.verdict is not Verdict.REFUTED


@pytest.mark.parametrize("student", ["expr:cos(z)", "expr:z*tanh(z)"])
def test_without_a_rank_one_part_the_operator_norm_is_inconclusive(student):
    found, result = findings_of(student)
    assert found["T4.1.F"].verdict is Verdict.SUPPORTED
    assert exit_code(tuple(found.values())) == 3
    for claim in ("T4.1.2", "T4.1.2.constant"):
        finding = found[claim]
        assert finding.verdict is Verdict.INCONCLUSIVE
        assert "no prediction: E sigma'(z) = 0" in finding.note
        assert "outside the paper's assumptions" in finding.note
    rows = rows_of(result)
    frame = sheet_of(rows).frame
    assert frame["operator_ratio_predicted"].isna().all()
    assert frame["operator_ratio_mean"].notna().all()
    for line in sheet_of(rows).text().splitlines()[1:]:
        assert line.split()[-2:] == ["-", "-"]
        assert "(" in line.split()[-3]  # measured, with its standard error


def test_no_look_is_spent_on_what_no_seed_can_decide():
    result = experiment(
        options_of(SPEC, {"student": "expr:cos(z)", "sizes": SIZES, "seeds": 2, "max_seeds": 16})
    )
    assert result.account.looks == 1
    assert len(result.account.seeds) == 2


def test_gd_without_a_rank_one_part():
    found, _ = findings_of("expr:cos(z)", optimiser="gd")
    assert found["X.G2"].verdict is Verdict.INCONCLUSIVE
    assert "no prediction" in found["X.G2.constant"].note
    assert found["X.GF.constant"].predicted is not None


@pytest.mark.parametrize(
    ("options", "eps", "reason"),
    [
        ({"student": "expr:cos(z)"}, 0.0, "not odd"),
        ({"student": "expr:sin(5*z)"}, 1e-8, "eps > 0"),
        ({"student": "expr:sin(5*z)", "teacher_direction": "axis"}, 0.0, "axis-aligned"),
        ({"student": "expr:z**3 - 2.999*z"}, 0.0, "unbounded derivative"),
    ],
)
def test_the_reason_is_named(options, eps, reason):
    cell = Cell(n=400, N=300, d=200)
    assert reason in missing_prediction(make_problem(**options), cell, Update(eps=eps))


@pytest.mark.parametrize(
    "student", ["tanh", "erf", "sin", "softplus", "silu", "centred-softplus", "relu", "linear"]
)
def test_named_students_are_predicted_as_before(student):
    problem = make_problem(student=student)
    for cell in off_ray():
        for optimiser in ("adam", "gd"):
            update = Update(optimiser=optimiser)
            assert not missing_prediction(problem, cell, update)
            assert not is_weak(problem, cell, update)


def test_a_figure_without_a_prediction(tmp_path):
    from verify.scaling.figure import draw_figure

    _, result = findings_of("expr:cos(z)")
    draw_figure(tmp_path, result, rows_of(result))
    assert (tmp_path / "figure.png").stat().st_size > 1000
    assert math.isfinite((tmp_path / "figure.svg").stat().st_size)


def test_predict_says_the_same_or_that_it_is_not_derived():
    from theory import predict
    from theory.update.sign import sign_norm_ratio_refined
    from verify.problem.functions import resolve_function

    def ratio(student, **options):
        found = predict(
            n=800, N=600, d=400, student=resolve_function(student, "--student").theory,
            teacher=resolve_function("softplus", "--teacher").theory, **options,
        )  # fmt: skip
        return found["operator_norm_ratio"]

    edge = ratio("expr:sin(5*z)")
    refined = sign_norm_ratio_refined(
        make_problem(student="expr:sin(5*z)").signal_noise(Cell(n=800, N=600, d=400))
    )
    assert edge.value > 1.3 * refined
    assert math.isnan(edge.sd)
    missing = ratio("expr:cos(z)")
    assert math.isnan(missing.value)
    assert "not odd" in missing.flag
