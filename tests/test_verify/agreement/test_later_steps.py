"""Later steps of GD below its stability limit: loss, signal and top value of drawn networks beside the theory."""

import dataclasses

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting
from theory.prediction.prediction import predict
from theory.training.gradient_descent import gd_steps

N_SAMPLES, INPUTS = 400, 200
NARROW, WIDE = 300, 4800
ETA, STEPS = 0.5 * INPUTS, (1, 3, 10, 20)
SEEDS = {NARROW: range(8600, 8606), WIDE: range(8800, 8804)}
# The scatter of a run's loss is 10 % or less, some 4 % of the mean, and what is dropped is of order 1/N a step;
# the same for the signal's length. The top value scatters by half a unit.
MARGINS = {"training_loss": 0.1, "theta": 0.06, "top": 0.02}


def measured(width):
    backend = get_backend("numpy", threads=1)
    setting = Setting(n=N_SAMPLES, N=width, d=INPUTS)
    rule = Rule(update=Update(optimiser="gd", eta=ETA))
    runs = []
    for seed in SEEDS[width]:
        draw = Draw(setting=setting, seed=seed)
        start = start_state(draw, backend=backend)
        first, left = np.array(start.W), np.array(start.a)
        left /= np.linalg.norm(left)
        stands = trained(draw, rule, start, until=max(STEPS) + 1, stands=STEPS, backend=backend)
        rows, last = [], None
        for stand in stands:
            last = stand.state
            if last.step in STEPS:
                W = np.array(last.W)
                rows.append((np.linalg.norm(left @ (first - W)), np.linalg.svd(W, compute_uv=False)[0]))
        losses = [last.losses[t] for t in STEPS]
        runs.append([(loss, *row) for loss, row in zip(losses, rows, strict=True)])
    return np.mean(runs, axis=0)  # steps x (loss, theta, top)


def off(predicted, mean):
    """Largest relative difference of each quantity over the steps."""
    rows = np.array([(row.training_loss, row.theta, row.spike.top) for row in predicted])
    return dict(zip(MARGINS, np.abs(rows / mean - 1).max(axis=0), strict=True))


def noise_of(width):
    return predict(n=N_SAMPLES, N=width, d=INPUTS, optimiser="gd").signal_noise


def steps_of(noise):
    rows = gd_steps(noise, eta=ETA, steps=max(STEPS))
    return [rows[t] for t in STEPS]


@pytest.fixture(scope="module")
def wide():
    return measured(WIDE)


@pytest.fixture(scope="module")
def narrow():
    return measured(NARROW)


def test_loss_signal_and_top_value_of_wide_networks(wide):
    found = off(steps_of(noise_of(WIDE)), wide)
    for name, margin in MARGINS.items():
        assert found[name] < margin, found


def test_signal_and_top_value_of_narrow_networks(narrow):
    found = off(steps_of(noise_of(NARROW)), narrow)
    for name in ("theta", "top"):
        assert found[name] < MARGINS[name], found


@pytest.mark.xfail(
    reason="300 neurons: their kernel is not its mean; at t = 20 the loss is 18 % below", strict=True
)
def test_the_loss_of_narrow_networks(narrow):
    assert off(steps_of(noise_of(NARROW)), narrow)["training_loss"] < MARGINS["training_loss"]


def test_later_steps_like_the_first_are_refuted(wide):
    found = off([gd_steps(noise_of(WIDE), eta=ETA, steps=1)[1]] * len(STEPS), wide)
    assert found["training_loss"] > MARGINS["training_loss"]
    assert found["theta"] > MARGINS["theta"]


def test_samples_without_a_memory_of_themselves_are_refuted(wide):
    noise = noise_of(WIDE)
    free = dataclasses.replace(noise, student=dataclasses.replace(noise.student, var_prime=0.0))
    assert off(steps_of(free), wide)["training_loss"] > MARGINS["training_loss"]
