"""Each flag where it belongs, and not at the defaults; and the quantities that no other test asks for."""

import math
from functools import lru_cache

import pytest

from theory import predict
from theory.prediction.losses import LARGE_STEP
from theory.prediction.update import LABEL_MEAN_FIELD, LEADING_DISTANCE

SIZES = {"n": 400, "N": 300, "d": 200}
DEFAULT_ETA = 0.3

FLAGS = [
    ("rank_one_distance_label", {"parametrisation": "mean-field"}, None, LABEL_MEAN_FIELD),
    ("optimal_eta", {"n": 100_000, "N": 30}, None, LARGE_STEP),
    ("alpha_hill_null", {"N": 1}, None, "a vector has no bulk"),
    ("initial_top_singular_value", {"d": 1}, None, "a vector has no bulk"),
    ("lower_mode_count", {"n": 100, "N": 20_000, "d": 50, "noise": 9.0}, None, "fewer than three values stay"),
    ("second_singular_value", {"teacher_direction": "axis"}, DEFAULT_ETA, "its own column is treated like the others"),
    ("top_singular_value", {"teacher_direction": "axis"}, DEFAULT_ETA, "its own column's part of the scatter"),
    ("top_singular_value", {"optimiser": "gd", "n": 160, "N": 120, "d": 80}, 220.0, "within three standard deviations"),
    ("bulk_upper_edge", {"student": "relu"}, DEFAULT_ETA, "rows with a > 0 and a < 0 differ"),
    ("bulk_lower_edge", {"optimiser": "gd", "student": "hermite:0,1,0.5"}, 1e3, "least values far below"),
    ("second_singular_value", {"optimiser": "gd"}, 1e4, "9 % at n/d = 8"),
    ("least_singular_value", {"n": 200, "N": 160}, 100.0, "runs differ"),
    ("least_singular_value", {"n": 200, "N": 80, "d": 100}, 3.0, "measured up to 6 % above this one"),
    ("test_loss", {"n": 300, "ridge": 1e-30}, DEFAULT_ETA, "the ridge fixed point did not converge"),
    ("test_loss", {"student": "hermite:0,1,0,1"}, 1e30, "the ridge stage has no solution here"),
    ("relative_training_loss", {"student": "hermite:0,1,0,1,0,1,0,1,0,1"}, 1e49, "not finite in float64"),
]  # fmt: skip


@lru_cache(maxsize=4)
def usual(eta):
    return predict(**SIZES, eta=eta)


@pytest.mark.parametrize(
    ("name", "options", "eta", "words"), FLAGS, ids=[f"{n}-{w[:20]}" for n, _, _, w in FLAGS]
)
def test_a_flag_fires_where_it_belongs_and_not_at_the_defaults(name, options, eta, words):
    flag = predict(**(SIZES | options), eta=eta).select(name, eta=eta)[0].flag or ""
    assert words in flag
    assert all(reason.count("(") == reason.count(")") for reason in flag.split("; "))  # none is cut in two
    default = None if eta is None else DEFAULT_ETA
    quantity = usual(default).select(name, eta=default)[0]
    assert words not in (quantity.flag or "")
    assert math.isfinite(quantity.value)


def test_a_heavy_tailed_residual_is_one_reason():
    heavy = predict(n=60, N=300, d=200, teacher="hermite:0,1,0,0,0,1", optimiser="gd")
    reasons = [reason for each in heavy for reason in (each.flag or "").split("; ")]
    assert any(reason.startswith("heavy-tailed residual") for reason in reasons)
    assert not any(reason.startswith(("the scatter", "edges and")) for reason in reasons)


def test_the_leading_distance_is_always_flagged_and_the_sharp_one_not():
    record = usual(None)
    leading = record["rank_one_distance_residual_leading"]
    assert leading.flag == LEADING_DISTANCE
    sharp = record["rank_one_distance_residual"]
    assert sharp.valid
    assert 0.7 < leading.value / sharp.value < 0.85  # "25 % low"
    sn = record.signal_noise
    by_hand = math.sqrt(2.0 * math.log(300) / 300) * sn.nu / (sn.student.mu_1 * math.sqrt(sn.v_t))
    assert leading.value == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_what_the_first_loss_is_made_of(parametrisation):
    record = predict(**SIZES, parametrisation=parametrisation)
    value = {each.name: each.value for each in record}
    width = 1.0 if parametrisation == "ntk" else 300.0
    assert value["output_2"] == pytest.approx(value["q"] / width, rel=1e-12)
    assert value["initial_loss"] == pytest.approx(value["output_2"] + value["q_star"] + 0.3**2, rel=1e-12)
    linear = value["mu_1"] ** 2 / width + value["c_1"] ** 2
    assert value["b_squared"] == pytest.approx(linear, rel=1e-12)
    assert value["b_squared"] != pytest.approx(value["c_1"] ** 2, rel=1e-3)  # the lie: the teacher alone


def test_the_threshold_in_every_unit():
    record = usual(None)
    eta = record["critical_eta"].value
    assert record["critical_theta"].value == pytest.approx(eta * record["operator_norm"].value, rel=1e-2)
    above = [
        predict(**SIZES, eta=eta * (1.0 + gap))["sim", eta * (1.0 + gap)].value for gap in (1e-2, 1e-4, 1e-6)
    ]
    assert above == pytest.approx(
        [above[0], above[0] / 10.0, above[0] / 100.0], rel=0.03
    )  # like a root, to 0
    assert record["sim_at_threshold"].value == 0.0
