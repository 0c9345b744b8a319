"""`theory.predict` at the ends of its range: no step, no signal, no noise, a huge ridge, the threshold, tiny sizes."""

import math

import numpy as np
import pytest
from support.paper_record import PAPER, paper

from theory.prediction.prediction import predict
from theory.random_matrices.edges import population_edge


def test_without_a_step_nothing_moves():
    tiny = 1e-9
    record = paper((0.0, tiny))
    for eta in (0.0, tiny):
        assert record["relative_training_loss", eta].value == pytest.approx(1.0, abs=1e-7)
        assert record["top_singular_value", eta].value < record["bulk_upper_edge", eta].value
        assert record["left_overlap", eta].value == pytest.approx(1 / 1500, rel=1e-6)  # two random directions
        m, edge = (
            record["spike_m"].value ** 2 + record["spike_m2"].value ** 2,
            math.sqrt(1500) + math.sqrt(1000),
        )
        with_own_row = (1 - m / 1000) / 1000 + m * (edge / 1000) ** 2 / 1500  # v contains a row of W_0
        assert record["right_overlap", eta].value == pytest.approx(with_own_row, rel=1e-6)
        assert record["sim", eta].value == pytest.approx(math.sqrt(2.0 / math.pi / 1000), rel=1e-6)
        assert record["bulk_upper_edge", eta].value == pytest.approx(
            record["initial_upper_edge"].value, rel=1e-9
        )
        assert record["bulk_lower_edge", eta].value == pytest.approx(
            record["initial_lower_edge"].value, rel=1e-9
        )
        assert "no outlier" in record["second_singular_value", eta].flag
    for features in ("paper", "released"):
        for name in ("test_loss", "holdout_loss", "kta"):
            before, after = record[name, 0.0, features].value, record[name, tiny, features].value
            assert after == pytest.approx(before, rel=1e-6)
            assert paper(0.1)[name, 0.1, features].value != pytest.approx(before, rel=1e-3)  # a step is seen


def test_eps_goes_from_the_sign_to_gradient_descent():
    sign, gd = paper(), paper(optimiser="gd")
    for name in ("operator_norm", "frobenius_norm"):
        assert paper(eps=1e-25)[name].value == pytest.approx(sign[name].value, rel=1e-9)
        eps = 1e6
        scaled = paper(eps=eps)[name].value * eps
        assert scaled == pytest.approx(gd[name].value, rel=1e-3)
        assert scaled != pytest.approx(1.05 * gd[name].value, rel=1e-3)


def test_kappa_is_bounded_by_the_labels_noise_and_grows_with_the_samples():
    noisy = paper(noise=1e6)["kappa"].value
    student = paper().signal_noise.student
    assert noisy == pytest.approx(abs(student.mu_1) / math.sqrt(student.var_prime), rel=1e-6)
    assert predict(n=10**12, N=1500, d=1000)["kappa"].value > 1e4
    assert predict(n=10**12, N=1500, d=1000)["sign_norm_ratio"].value == pytest.approx(1.0, abs=1e-4)


def test_hardly_any_signal():
    record = predict(**PAPER, student="hermite:0,1e-4,0,0.5")
    kappa = record["kappa"].value
    assert kappa < 1e-3
    assert record["sign_norm_ratio"].value == pytest.approx(math.sqrt(2 / math.pi) * kappa, rel=1e-6)
    assert record["spike_m"].value == pytest.approx(
        math.sqrt(2 / math.pi) * 1e-4 / math.sqrt(record["v_t"].value), rel=1e-6
    )
    assert "too small" in record["sign_norm_ratio"].flag
    assert record["critical_eta"].value == math.inf
    assert "outgrows" in record["critical_eta"].flag


def test_no_noise_at_all():
    record = predict(**PAPER, student="linear")
    assert record["kappa"].value == math.inf
    assert record["sign_norm_ratio"].value == record["unflipped_share"].value == 1.0
    assert record["spike_m"].value == pytest.approx((2 / math.pi) / math.sqrt(record["v_t"].value), rel=1e-12)
    assert record["update_rank"].value == 1.0


def test_a_huge_ridge_predicts_zero():
    record = predict(**PAPER, eta=[0.1], ridge=1e12)
    for name in ("test_loss", "holdout_loss"):
        for features in ("paper", "released"):
            assert record[name, 0.1, features].value == pytest.approx(record["zero_loss"].value, rel=1e-6)
            assert paper(0.1)[name, 0.1, features].value != pytest.approx(record["zero_loss"].value, rel=1e-2)


@pytest.mark.parametrize("optimiser", ["adam", "gd"])
@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_top_value_leaves_the_bulk_continuously(optimiser, parametrisation):
    more = {"optimiser": optimiser, "parametrisation": parametrisation}
    at = paper(**more)["critical_eta"].value
    above, far = at * (1 + 1e-6), at * 1.2
    record = predict(**PAPER, eta=[at * (1 - 1e-6), above, far], **more)
    rows = math.sqrt(1500) + math.sqrt(1000)
    assert record["top_singular_value", above].value == pytest.approx(
        record["tau", above].value * rows, rel=1e-9
    )
    assert record["top_singular_value", far].value > 1.01 * record["tau", far].value * rows
    below = record["left_overlap", at * (1 - 1e-6)]
    assert not below.valid
    assert 1 / 1500 < below.value < 0.2
    assert 0.0 < record["left_overlap", above].value < 1e-4 < record["left_overlap", far].value
    assert "threshold" in record["sim", above].flag


def test_no_signal_no_spike():
    record = predict(**PAPER, student="hermite:0,0,1", eta=[0.1])
    for name in ("critical_eta", "spike_m", "rank_one_distance_residual", "optimal_eta"):
        assert math.isnan(record[name].value)
        assert "mu_1" in record[name].flag
    assert math.isnan(record["sim", 0.1].value)
    assert math.isfinite(record["bulk_upper_edge", 0.1].value)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 2, 2), (3, 1, 7), (7, 3, 1)])
@pytest.mark.parametrize("optimiser", ["adam", "gd"])
def test_tiny_sizes_answer_with_flags(sizes, optimiser):
    n, N, d = sizes
    record = predict(n=n, N=N, d=d, eta=[0.0, 1.0], optimiser=optimiser)
    asymptotic = [q for q in record if q.section in ("spike", "after the step", "weights before the step")]
    assert asymptotic
    assert all(not quantity.valid for quantity in asymptotic)


def test_spectrum_off_the_spike():
    record = predict(n=400, N=300, d=200, eta=[1.0])
    law = record.spectrum(1.0)
    assert law.upper.value == pytest.approx(record["bulk_upper_edge", 1.0].value, rel=1e-9)
    still, moved = (predict(n=400, N=300, d=200, optimiser="gd", eta=eta) for eta in (0.0, 3000.0))
    edge = population_edge(np.ones(200), 300).value
    assert still.spectrum(0.0).upper.value == pytest.approx(edge, rel=1e-9)
    gd = moved.spectrum(3000.0)
    assert gd.upper.value == pytest.approx(moved["bulk_upper_edge", 3000.0].value, rel=1e-9)
    assert gd.lower.value == pytest.approx(moved["bulk_lower_edge", 3000.0].value, rel=1e-9)
    assert gd.upper.value > 1.2 * edge
    assert gd.flags == ()  # it was flagged for its mean variance
    assert any("eps" in flag for flag in predict(n=400, N=300, d=200, eps=1e-8).spectrum(1.0).flags)
    with pytest.raises(ValueError, match="eta must be"):
        record.spectrum(-1.0)


def test_signs_that_all_agree_leave_no_noise_and_say_so():
    """kappa near 100 and d = 2: the noise's variances round to 0, which ended in an error of the edge's own."""
    record = predict(n=1000, N=2, d=2, eta=1.0, student="hermite:0,1,0,0.05", teacher="tanh", noise=0.0)
    assert 90.0 < record["kappa"].value < 120.0
    found = record["update_second_singular_value"]
    assert found.value == 0.0
    assert "rank one" in found.flag
    assert predict(n=2000, N=20, d=20)["update_second_singular_value"].value > 0.0
