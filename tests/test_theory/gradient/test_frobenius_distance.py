"""||G_0 - A||_F/||G_0||_F: limit, averages by a second route, drawn networks."""

import math

import numpy as np
import pytest
from support.plain_network import FUNCTIONS, first_step

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.gradient.norms import gradient_norms
from theory.gradient.rank_one import _averages, frobenius_distance
from theory.moments.moments import student_moments, teacher_moments
from theory.prediction.prediction import predict
from verify.statistics import mean_interval, spread_interval, value_verdict
from verify.statistics.verdict import Verdict


def problem(n, N, d, student="tanh", teacher="softplus", **options):
    return signal_noise(
        n=n, N=N, d=d, student=student_moments(named(student)), teacher=teacher_moments(named(teacher)),
        noise=0.3, **options,
    )  # fmt: skip


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("student", ["tanh", "sin", "hermite:0,1,0,0.1"])
def test_limit(student, parametrisation):
    found = []
    for size in (10**6, 10**4):
        sn = problem(2 * size, size, size, student, parametrisation=parametrisation)
        distance = frobenius_distance(sn, named(student), named("softplus"))
        operator, frobenius = gradient_norms(sn)
        limit = 1.0 / math.sqrt(1.0 + sn.kappa**2)
        assert distance.limit == pytest.approx(limit, rel=1e-12)
        assert math.sqrt(frobenius**2 - operator**2) / frobenius == pytest.approx(limit, rel=1e-2)
        found.append(distance.mean / limit - 1.0)
    assert found[1] / found[0] == pytest.approx(100.0, rel=0.02)  # of order 1/d
    assert 0.0 < found[1] < 5e-3


def test_no_noise_and_no_parity():
    assert frobenius_distance(problem(90, 60, 50, "linear"), named("linear"), named("tanh")).mean == 0.0
    sn = problem(90, 60, 50, "softplus")
    bare = frobenius_distance(sn, named("softplus"), named("softplus"))
    assert bare.mean == bare.limit == pytest.approx(1.0 / math.sqrt(1.0 + sn.kappa**2), rel=1e-12)
    assert math.isnan(bare.sd)


def weighted_averages(student, n, N, d, repeats):
    """E_ij^2, E_ij t_j with rows weighted by a_i^2, t_j^2, and the distance, of drawn networks."""
    sn, rows = problem(n, N, d, student), []
    for seed in range(repeats):
        step = first_step(n=n, N=N, d=d, seed=seed, student=student)
        H = FUNCTIONS[student][1](step.Z).T @ (step.r[:, None] * step.X) / n
        t, w = step.X.T @ step.r / n, step.a**2 / np.sum(step.a**2)
        E = H - sn.student.mu_1 * t
        distance = np.linalg.norm(step.a[:, None] * E) / np.linalg.norm(step.a[:, None] * H)
        rows.append([w @ np.mean(E**2, axis=1), w @ np.mean(E * t, axis=1), np.mean(t**2), distance])
    return np.array(rows)


@pytest.mark.parametrize("student", ["tanh", "sin"])
def test_drawn_networks(student):
    """Each average within 4 % (that of E t: a third), the distance within 1.6 %, its scatter within 30 %.

    Lies: the limit, for each that moves; for the cross term, none.
    """
    n, N, d = 160, 120, 80
    sn, values = problem(n, N, d, student), weighted_averages(student, n, N, d, 1200)
    noise, cross, t_2 = _averages(sn, named(student), named("softplus"))
    found = frobenius_distance(sn, named(student), named("softplus"))
    for column, value, share, lie in (
        (0, noise, 0.04, sn.nu**2), (1, cross, 1 / 3, 0.0), (2, t_2, 0.04, 1.1 * t_2), (3, found.mean, 0.016, found.limit),
    ):  # fmt: skip
        interval = mean_interval(values[:, column], error_rate=1e-4)
        margin = share * abs(value)
        assert value_verdict(interval, predicted=value, margin=margin) is Verdict.SUPPORTED, (
            column,
            interval,
            value,
        )
        assert not interval.contains(lie), (column, interval, lie)
    if not math.isnan(found.sd):
        spread = spread_interval(values[:, 3], error_rate=1e-4)
        assert 0.75 * found.sd < spread.low < spread.high < 1.35 * found.sd


def test_predict_returns_it_with_its_scatter():
    record = predict(n=240, N=180, d=120)["rank_one_frobenius_distance_residual"]
    assert record.value == pytest.approx(0.3625, abs=5e-4)  # measured 0.362 to 0.366; the limit is 0.3525
    assert record.sd == pytest.approx(0.0174, abs=2e-4)
    assert record.valid
    cubic = predict(n=120, N=90, d=60, student="hermite:0,1,0,0.1")["rank_one_frobenius_distance_residual"]
    assert "terms of order 1/d" in cubic.flag
    assert math.isnan(cubic.sd)
