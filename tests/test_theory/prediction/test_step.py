"""W_1 after one step, away from the default: at the threshold, below it, and after a huge step."""

import math
import time
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from support.plain_network import first_step

from theory.numerics.normal_panels import zeta_nodes
from theory.prediction.prediction import predict
from theory.ridge.kernels import line_moments
from theory.spike.below import overlaps_below
from theory.spike.inputs import critical_eta, spike_at, spike_inputs

SIZES = {"n": 240, "N": 180, "d": 120}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """Values of W_1 and the squared overlaps of its top pair with the update's, and sim; a row per seed."""

    second: NDArray
    least: NDArray
    overlaps: NDArray


def drawn(optimiser: str, etas: list[float], seeds: int) -> Spectrum:
    second, least, overlaps = [], [], []
    for seed in range(seeds):
        step = first_step(**SIZES, seed=seed)
        D = np.sign(step.G) if optimiser == "adam" else step.G
        U, _, V = np.linalg.svd(D, full_matrices=False)
        rows = []
        for eta in etas:
            u, s, v = np.linalg.svd(step.W - eta * D, full_matrices=False)
            rows.append((s[1], s[-1], (u[:, 0] @ U[:, 0]) ** 2, (v[0] @ V[0]) ** 2, abs(v[0] @ step.beta)))
        table = np.array(rows)
        second.append(table[:, 0])
        least.append(table[:, 1])
        overlaps.append(table[:, 2:])
    return Spectrum(second=np.array(second), least=np.array(least), overlaps=np.array(overlaps))


# -- the threshold itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "problem",
    [
        {"n": 1077, "N": 483, "d": 2379, "parametrisation": "mean-field", "optimiser": "gd"},
        {"n": 987, "N": 1559, "d": 440, "student": "sin", "teacher": "tanh", "optimiser": "gd"},
    ],
)
def test_a_problem_whose_threshold_rounds_to_just_below_one_is_predicted(problem):
    record = predict(**problem)
    assert 0.0 < record["sim_maximum"].value <= 1.0
    inputs = spike_inputs(record.signal_noise, optimiser="gd", finite_width=True)
    at = spike_at(inputs, critical_eta(inputs))
    assert at.left_overlap_squared == pytest.approx(0.0, abs=1e-9)


# -- below it ---------------------------------------------------------------------------------------------------------


def test_overlaps_below_the_threshold_are_those_of_drawn_networks_and_not_nothing():
    threshold = predict(**SIZES)["critical_eta"].value
    etas = [0.0, 0.5 * threshold, 0.65 * threshold]
    record = predict(**SIZES, eta=etas)
    found = drawn("adam", etas, 80)
    mean, error = found.overlaps.mean(axis=0), found.overlaps.std(axis=0, ddof=1) / math.sqrt(80)
    far = float(stats.norm.isf(1e-4))
    for i, eta in enumerate(etas):
        for k, name in enumerate(("left_overlap", "right_overlap", "sim")):
            q = record[name, eta]
            assert q.valid
            assert 0.5 * q.sd < found.overlaps[:, i, k].std(ddof=1) < 1.6 * q.sd
            assert abs(mean[i, k] - q.value) < 0.33 * q.value + far * error[i, k]
            assert mean[i, k] > far * error[i, k]  # the lie: 0, which it was before
    swollen = [record["right_overlap", eta].value for eta in etas]
    assert swollen[2] > 1.5 * swollen[0]  # the lie: the random level at every eta


def test_the_overlaps_below_stay_finite_up_to_the_threshold_and_say_where_they_stop():
    threshold = predict(**SIZES)["critical_eta"].value
    shares = np.array([0.7, 0.85, 0.9, 0.99, 1.0 - 1e-9])
    record = predict(**SIZES, eta=(shares * threshold).tolist())
    values = [record["left_overlap", eta] for eta in (shares * threshold).tolist()]
    assert values[0].valid
    assert all("transition" in q.flag for q in values[1:])
    assert len({q.value for q in values[1:]}) == 1
    assert values[0].value < values[1].value < 0.2


def test_the_teacher_below_is_the_updates_own_vector_where_they_are_one():
    """(spike-38) with v = beta and no row of W_0 in v is (spike-35)'s right overlap, written apart."""
    for theta in (0.0, 5.0, 12.0):
        found = overlaps_below(theta=theta, N=300, d=200, teacher_overlap_squared=1.0)
        assert found.teacher == pytest.approx(found.right, rel=1e-12)
        apart = overlaps_below(theta=theta, N=300, d=200, m=5.4, m2=4.1, teacher_overlap_squared=0.0)
        assert apart.teacher == pytest.approx(1 / 200)  # the lie: beta goes with the row of W_0 in v
        assert overlaps_below(theta=theta, N=300, d=200).teacher is None
    with pytest.raises(ValueError, match="teacher_overlap_squared must be"):
        overlaps_below(theta=1.0, N=300, d=200, teacher_overlap_squared=1.5)


# -- large steps ------------------------------------------------------------------------------------------------------


def test_the_lower_edge_at_a_large_step_is_that_of_columns_without_noise():
    etas = [0.1, 3.0, 30.0, 100.0, 1e8]
    record = predict(**SIZES, eta=etas)
    least = drawn("adam", etas, 12).least.mean(axis=0)
    for eta, measured in zip(etas, least, strict=True):
        edge = record["bulk_lower_edge", eta].value
        assert edge == pytest.approx(
            measured, rel=0.09
        )  # the smallest of 120 values lies 3 to 8 % inside the edge
        assert edge < measured
    edge_of_density = 4.868  # at 100, where Del's continuous law was trusted
    assert not edge_of_density < least[3]
    assert record["bulk_lower_edge", 1e8].value == pytest.approx(record["lower_mode_low"].value, rel=1e-4)
    large = predict(n=2000, N=1500, d=1000, eta=[1e4, 1e8])
    for eta in (1e4, 1e8):
        low = large["lower_mode_low"].value
        assert large["bulk_lower_edge", eta].value == pytest.approx(low, rel=1e-4)


def test_the_bulk_after_a_large_gd_step_has_rows_of_unequal_noise():
    """Second values within 3 %, or flagged with what was measured; the noise's mean variance would be far off."""
    etas = [400.0, 600.0, 1000.0, 3000.0]
    record = predict(**SIZES, optimiser="gd", eta=etas)
    found = drawn("gd", etas, 12)
    of_equal = math.sqrt(SIZES["N"]) + math.sqrt(SIZES["d"])
    for eta, second, least in zip(etas, found.second.mean(axis=0), found.least.mean(axis=0), strict=True):
        q, low = record["second_singular_value", eta], record["least_singular_value", eta]
        assert q.valid == (eta < 700.0)
        # The means of 12 runs are good to 1 to 2 %; the flag grants 5 %.
        assert second == pytest.approx(q.value, rel=0.03 if q.valid else 0.07)
        assert low.valid
        assert least == pytest.approx(low.value, rel=0.05)
        assert least > 1.05 * record["bulk_lower_edge", eta].value
        if not q.valid:
            assert second > 1.05 * record["tau", eta].value * of_equal
            assert math.isnan(q.sd)
            assert "9 % at n/d = 8" in q.flag
    assert least < 0.95 * record["tau", eta].value * (math.sqrt(SIZES["N"]) - math.sqrt(SIZES["d"]))


def test_after_a_quiet_step_of_gd_sizes_beyond_arrays_have_a_bulk_too(monkeypatch):
    """The same edges without an array of their size; a loud step, and FB-Adam's, are left out with the reason."""
    usual = predict(**SIZES, optimiser="gd", eta=[5.0, 1e4])
    monkeypatch.setattr("theory.prediction.prediction.LARGEST", 100)
    large = predict(**SIZES, optimiser="gd", eta=[5.0, 1e4])
    names = ("bulk_lower_edge", "bulk_upper_edge", "least_singular_value")
    for name in names:
        assert large[name, 5.0].value == pytest.approx(usual[name, 5.0].value, rel=1e-4)
        assert large[name, 5.0].flag == usual[name, 5.0].flag
        assert "above a million" in large[name, 1e4].flag
        assert math.isnan(large[name, 1e4].value)
    assert large["bulk_lower_edge", 5.0].value != pytest.approx(
        large["least_singular_value", 5.0].value, rel=1e-2
    )


# -- the ridge stage's integrals at a large step ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("curve", "kinks"), [(np.tanh, ()), (lambda x: np.clip(x, -1.0, 1.0), (-1.0, 1.0)), (lambda x: x, ())]
)
@pytest.mark.parametrize("slope", [0.01, 0.05, 1.0, 7.0])
def test_integrals_over_far_shifts_agree_with_those_over_one_long_stretch(monkeypatch, curve, kinks, slope):
    zeta, _ = zeta_nodes()
    shifts = -8.0 * slope * zeta  # 70 standard deviations at most
    far, error = line_moments(curve, slope=slope, shifts=shifts, kinks=kinks)
    monkeypatch.setattr("theory.ridge.kernels._FAR", 1e9)
    long, _ = line_moments(curve, slope=slope, shifts=shifts, kinks=kinks)
    np.testing.assert_allclose(far, long, rtol=1e-9, atol=1e-9)
    assert error < 1e-11


def test_a_student_that_grows_costs_no_more_after_a_larger_step():
    started = time.process_time()
    record = predict(n=200, N=150, d=100, student="linear", eta=[30.0, 300.0, 1e6, 1e12])
    assert time.process_time() - started < 10.0  # 0.3 s each; it was minutes and gigabytes
    losses = {eta: record["test_loss", eta, "paper"] for eta in (30.0, 300.0, 1e12)}
    assert losses[300.0].value == pytest.approx(losses[30.0].value, rel=1e-3)
    assert losses[300.0].valid
    assert "grows too far" in losses[1e12].flag
