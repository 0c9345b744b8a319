"""A step of GD: spike, overlaps, second value, training loss and stability, predicted and measured at two sizes."""

import math

import numpy as np
import pytest
from support.prediction_runs import FIRST_SEED
from support.step_runs import ONE_SIZE, SIZES, Row, case_of, check_row, hold, measured, needs_of, predicted

from sim.backend import get_backend
from sim.draw import Draw
from sim.setting import Setting
from theory.prediction.prediction import predict
from theory.spike.inputs import spike_at, spike_inputs
from verify.problem.cells import Cell
from verify.running.design import Readings

SEEDS = dict(zip(SIZES, (230, 420), strict=True))
BEST, FAR = 0, 1  # learning rates: of least loss, and 2.5 times the critical one

ROWS = [
    Row(name="top_singular_value", eta=FAR, stated=0.005, order=1.0),
    Row(name="left_overlap", eta=FAR, stated=0.02, absolute=True, spread=(0.06, 0.03)),
    Row(name="right_overlap", eta=FAR, stated=0.02, absolute=True, spread=(0.045, 0.02)),
    Row(name="sim", eta=FAR, stated=0.02, absolute=True, spread=(0.09, 0.06)),
    Row(name="second_singular_value", eta=FAR, stated=0.015, order=0.0, spread=(0.028, 0.016)),
    Row(
        name="relative_training_loss",
        eta=BEST,
        stated=0.05,
        spread=(0.15, 0.095),
        flagged="drawn networks lie about 2/d of the first loss above it",
        flagged_at=(80,),
    ),
    Row(name="spike_m", stated=0.05, spread=(0.23, 0.16)),
    Row(name="update_teacher_overlap", stated=0.02, absolute=True, spread=(0.09, 0.06)),
]


def gd_case(d, **options):
    record = predict(n=2 * d, N=3 * d // 2, d=d, optimiser="gd", **options)
    best = record["optimal_eta"].value / record["critical_eta"].value
    return case_of(d, steps=(best, 2.5), optimiser="gd", **options)


def lies_of(row, case):
    """What a reader could have thought instead."""
    record = predicted(case)
    eta = record.etas[FAR]
    if row.name == "top_singular_value":
        sn = record.signal_noise
        free = spike_at(spike_inputs(sn, optimiser="gd"), eta, theory="independent").top
        return {"no outlier": record["bulk_upper_edge", eta].value, "independent theory": free}
    if row.name == "second_singular_value":
        tau, whole = record["tau", eta].value, eta * record["frobenius_norm_ratio"].value
        return {"all of G_0 is noise": record[row.name, eta].value * math.hypot(1.0, whole) / tau}
    if row.name == "relative_training_loss":
        return {"no change": 1.0}
    if row.name == "update_teacher_overlap":
        return {"its limit": record["update_teacher_overlap_limit"].value}
    return {"none": 0.0}


LOUD, LOUDER = (
    20.0,
    100.0,
)  # times the critical learning rate: tau^2 is about 2 and 20 to 40 times W_0's variance
AGAIN = 8000  # first seed of the runs that judge them
LOUD_ROWS = [
    Row(name="second_singular_value", eta=0, stated=0.02, spread=(0.11, 0.07), flagged="GD: where tau^2"),
    Row(name="second_singular_value", eta=1, stated=0.02, spread=(0.14, 0.1), flagged="GD: where tau^2"),
    Row(name="bulk_lower_edge", eta=1, stated=0.05, order=2 / 3, spread=(0.14, 0.1)),
    Row(name="least_singular_value", eta=1, stated=0.02, order=2 / 3, spread=(0.14, 0.1)),
]


@pytest.mark.parametrize("d", ONE_SIZE)
@pytest.mark.parametrize("row", LOUD_ROWS, ids=str)
def test_the_bulk_after_a_huge_step_of_gd(row, d):
    """Rows of unequal noise; the lie is their mean, tau.

    Networks lie 3 % above the second value at these sizes (docs/derivations/edges.md, section 4), so that many runs
    must decide what that leaves of 5 %. 240 from FIRST_SEED on were too few, and showed it: others are judged.
    """
    case = case_of(d, steps=(LOUD, LOUDER), optimiser="gd")
    record = predicted(case)
    quantity = record[row.name, record.etas[row.eta]]
    assert row.flagged in (quantity.flag or "") if row.flagged else quantity.valid
    sign = 1.0 if row.name == "second_singular_value" else -1.0
    even = record["tau", record.etas[row.eta]].value * (math.sqrt(1.5 * d) + sign * math.sqrt(d))
    hold(quantity.value, row, measured(case, 900, needs_of(LOUD_ROWS), AGAIN), {"rows of equal noise": even})


@pytest.mark.parametrize("d", SIZES)
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_step_of_gd(row, d):
    case = gd_case(d)
    check_row(row, case, SEEDS[d], needs_of(ROWS), lies_of(row, case))


def test_the_best_step_is_where_the_loss_is_that_low():
    record = predicted(gd_case(80))
    best = record["relative_training_loss", record["optimal_eta"].value].value
    assert best == pytest.approx(record["optimal_relative_training_loss"].value, rel=1e-12)


def stability_of(d, seed):
    """2 over the top curvature of the loss without its residual's part: of sim's own draw and derivative."""
    backend = get_backend("numpy", threads=1)
    setting = Setting(n=2 * d, N=3 * d // 2, d=d)
    draw = Draw(setting=setting, seed=seed, threads=1)
    X, _ = draw.sample_block("train", 0, setting.n)
    slopes = setting.sigma.derivative(backend, X @ draw.weights().T * setting.input_scale) * draw.readout()
    kernel = (slopes @ slopes.T) * (X @ X.T) / (setting.N * d * setting.n)
    return 1.0 / float(np.linalg.eigvalsh(kernel.astype(np.float64))[-1])


@pytest.mark.parametrize("d", SIZES)
def test_stability_limit(d):
    row = Row(name="gd_stability_limit", stated=0.02, order=2.0 / 3.0, spread=(0.12, 0.07))
    cell = Cell(n=2 * d, N=3 * d // 2, d=d)
    found = [
        Readings(cell=cell, seed=seed, values={(None, 1, row.name): stability_of(d, seed)})
        for seed in range(FIRST_SEED, FIRST_SEED + 100)
    ]
    value = predicted(gd_case(d))[row.name].value
    mu_1 = predicted(gd_case(d))["mu_1"].value
    hold(value, row, found, {"X^T X/n is the identity": d / mu_1**2})
