"""What the flags of a training loss say, against drawn networks."""

import re

import numpy as np
import pytest
from support.plain_network import first_step, training_loss

from theory.prediction.prediction import predict
from verify.statistics import mean_interval, value_verdict
from verify.statistics.verdict import Verdict


def stated(flag):
    return float(re.search(r"(\d+)%", flag)[1]) / 100.0


@pytest.mark.parametrize(
    ("sizes", "student"), [((120, 90, 60), "sin"), ((120, 40, 60), "tanh"), ((60, 60, 80), "erf")]
)
def test_finite_width_at_a_large_step(sizes, student):
    """The stated excess of the loss, within half of it; the lie: the integral as it stands."""
    n, N, d = sizes
    quantity, found = predict(n=n, N=N, d=d, student=student, eta=[1.0])["training_loss", 1.0], []
    assert "measured, not derived" in quantity.flag
    for seed in range(500):
        step = first_step(n=n, N=N, d=d, seed=seed, student=student)
        found.append(training_loss(step, step.W - np.sign(step.G), student=student))
    excess = mean_interval(np.array(found) / quantity.value - 1.0, error_rate=1e-4)
    value = stated(quantity.flag.partition("finite N")[2])
    assert value_verdict(excess, predicted=value, margin=0.6 * value) is Verdict.SUPPORTED, (excess, value)
    assert excess.low > 0.0


def test_gradient_descent_where_little_is_left():
    n, N, d, eta = 60, 120, 180, 40.0
    record, found = predict(n=n, N=N, d=d, optimiser="gd", eta=[eta]), []
    quantity = record["relative_training_loss", eta]
    for seed in range(250):
        step = first_step(n=n, N=N, d=d, seed=seed)
        found.append(training_loss(step, step.W - eta * step.G) / np.mean(step.r**2))
    excess = mean_interval(np.array(found) / quantity.value - 1.0, error_rate=1e-4)
    assert excess.low > 0.0  # the lie: the parabola as it stands
    value = stated(quantity.flag.partition("GD: drawn")[2].replace("2/d", ""))
    assert 0.3 * value < excess.estimate < 3.0 * value
    assert "2/d of the first loss" in record["optimal_relative_training_loss"].flag


def test_no_flag_where_the_loss_was_measured_right():
    paper = {"n": 2000, "N": 1500, "d": 1000}
    adam = predict(**paper, eta=[0.0465, 0.3, 1.0])
    assert all(adam["training_loss", eta].valid for eta in (0.0465, 0.3, 1.0))
    gd = predict(n=240, N=180, d=120, optimiser="gd", eta=[30.0, 60.0])
    assert all(gd["training_loss", eta].valid for eta in (30.0, 60.0))
    small = predict(n=240, N=180, d=120, student="sin", eta=[0.1, 1.0])
    assert small["training_loss", 0.1].valid
    assert not small["training_loss", 1.0].valid
