"""`theory.predict` says where it does not hold, and refuses what is no problem."""

import math

import pytest
from support.paper_record import PAPER, paper

from theory.prediction.prediction import predict


def test_a_student_that_is_not_odd():
    record = predict(**PAPER, student="relu", eta=[0.1])
    for name in (
        "sign_norm_ratio",
        "operator_norm",
        "critical_eta",
        "optimal_eta",
        "update_second_singular_value",
    ):
        assert math.isfinite(record[name].value)
        assert not record[name].valid
    for name in ("top_singular_value", "relative_training_loss"):
        assert "not odd" in record[name, 0.1].flag
    assert "test_loss_floor" not in record
    assert "conditional" in record["sign_norm_ratio"].flag
    assert record["frobenius_norm_ratio"].valid  # exact whatever the student
    conditional = predict(**PAPER, student="relu", offset=1.0)["sign_norm_ratio"].value
    assert conditional != pytest.approx(record["sign_norm_ratio"].value, rel=1e-3)
    assert paper()["sign_norm_ratio"].valid


def test_eps_above_zero_flags_what_is_derived_for_zero():
    record = paper(0.1, eps=1e-8)
    for quantity in record:
        about_step = quantity.eta is not None or quantity.section == "spike" or quantity.name == "optimal_eta"
        assert ("eps > 0" in (quantity.flag or "")) or not about_step, quantity
    assert record["operator_norm"].valid
    assert paper(0.1)["top_singular_value", 0.1].valid
    assert paper(2000.0, optimiser="gd", eps=1e-8)["top_singular_value", 2000.0].valid  # GD has no eps


def test_sizes_without_evidence_are_flagged():
    assert "below 50" in predict(n=40, N=200, d=200)["sign_norm_ratio"].flag
    assert predict(n=200, N=200, d=200)["sign_norm_ratio"].valid
    many = predict(n=10**6, N=150, d=100)
    assert "n/d is not small" in many["sign_norm_ratio"].flag
    assert many["sign_norm_ratio_refined"].valid
    assert many["sign_norm_ratio_refined"].value < many["sign_norm_ratio"].value - 0.01
    large = predict(n=10**9, N=1500, d=1000, eta=[0.1])
    assert "left out" in large["update_second_singular_value"].flag
    assert "left out" in large["test_loss", 0.1, "paper"].flag
    assert math.isfinite(large["sign_norm_ratio_refined"].value)


def test_beyond_the_linearised_step():
    assert "linearised" in paper(3000.0, optimiser="gd")["training_loss", 3000.0].flag
    assert paper(2000.0, optimiser="gd")["training_loss", 2000.0].valid
    assert "up to eta = 1" in paper(10.0)["training_loss", 10.0].flag


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        ({"n": 0}, ValueError, r"^n must be a positive integer, got 0"),
        ({"N": 2.5}, ValueError, r"^N must be a positive integer, got 2.5"),
        ({"d": True}, TypeError, r"^d must be"),
        ({"noise": -1.0}, ValueError, r"^noise must be .*>= 0.* got -1"),
        ({"noise": math.nan}, ValueError, r"^noise must be finite"),
        ({"eps": -1e-8}, ValueError, r"^eps must be .* got -1e-08"),
        ({"eta": -0.1}, ValueError, r"^eta must be .* got -0.1"),
        ({"eta": [0.1, math.inf]}, ValueError, r"^eta must be finite"),
        ({"eta": "0.1"}, TypeError, r"^eta must be a number"),
        ({"eta": 1e300}, ValueError, r"^eta must be .* got 1e\+300"),
        ({"ridge": 0.0}, ValueError, r"^ridge must be .*> 0 and <= 1e\+12, got 0"),
        ({"optimiser": "sgd"}, ValueError, r"^optimiser must be one of adam, gd, got 'sgd'"),
        ({"adam": "right"}, ValueError, r"^adam must be one of"),
        ({"parametrisation": "mf"}, ValueError, r"^parametrisation must be"),
        ({"teacher_direction": "x"}, ValueError, r"^teacher_direction must be"),
        ({"student": "tahn"}, ValueError, r"^student: name must be one of tanh"),
        ({"teacher": 3}, TypeError, r"^teacher must be a name or a theory.Function, got int"),
        ({"offset": math.nan}, ValueError, r"^offset must be finite"),
        ({"student": "hermite:0", "teacher": "hermite:0", "noise": 0.0}, ValueError, r"residual is 0"),
    ],
)
def test_what_is_refused(wrong, kind, says):
    with pytest.raises(kind, match=says):
        predict(**(PAPER | wrong))
