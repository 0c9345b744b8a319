"""Training beside other people's: float64 beside float32, torch's gradients, optimisers and schedule."""

import math
import warnings

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting

BACKEND = get_backend("numpy", threads=1)
STEPS = 20


def draw_of(dtype, sizes=(200, 150, 100), seed=3, **more):
    n, N, d = sizes
    return Draw(setting=Setting(n=n, N=N, d=d, **more), seed=seed, dtype=dtype, threads=1)


def weights_of(draw, rule, steps):
    start = start_state(draw, backend=BACKEND)
    stands = trained(draw, rule, start, until=max(steps), stands=steps, backend=BACKEND)
    return {stand.state.step: stand.state.W.astype(np.float64) for stand in stands}


@pytest.mark.parametrize("eps", [0.0, 1e-8])
@pytest.mark.parametrize("eta", [0.01, 0.1, 1.0])
def test_twenty_adam_steps_in_float32_are_those_in_float64(eta, eps):
    rule = Rule(update=Update(optimiser="adam", eta=eta, eps=eps))
    single, double = (weights_of(draw_of(dtype), rule, (0, STEPS)) for dtype in ("float32", "float64"))
    moved = np.linalg.norm(double[STEPS] - double[0])
    assert np.linalg.norm(single[STEPS] - double[STEPS]) <= 1e-4 * moved
    other = Rule(
        update=Update(optimiser="adam", eta=1.001 * eta, eps=eps)
    )  # the lie: a learning rate near it
    assert (
        np.linalg.norm(weights_of(draw_of("float32"), other, (STEPS,))[STEPS] - double[STEPS]) > 1e-4 * moved
    )


TORCH = {
    "adam": Rule(update=Update(optimiser="adam", eta=0.3, eps=1e-8)),
    "adam, large eps": Rule(update=Update(optimiser="adam", eta=0.3, eps=1e-3)),
    "adam, decay": Rule(update=Update(optimiser="adam", eta=0.3, eps=1e-8), gamma=0.6, step_size=3),
    "gd": Rule(update=Update(optimiser="gd", eta=60.0)),
    "gd, decay": Rule(update=Update(optimiser="gd", eta=60.0), gamma=0.9),
    "sum": Rule(update=Update(optimiser="gd", eta=0.3), loss="sum"),
    "normalised": Rule(update=Update(optimiser="adam", eta=0.3, eps=1e-8), weight_normalisation="released"),
}


@pytest.fixture(scope="module")
def torch():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own import
        return pytest.importorskip("torch", reason="torch is not installed")


def of_torch(torch, draw, rule, steps):
    """W and losses by autograd, torch.optim and StepLR."""
    setting = draw.setting
    W = torch.nn.Parameter(torch.tensor(draw.weights()))
    a, (X, y) = torch.tensor(draw.readout()), map(torch.tensor, draw.sample_block("train", 0, setting.n))
    update = rule.update
    optimiser = (
        torch.optim.SGD([W], lr=update.eta)
        if update.optimiser == "gd"
        else torch.optim.Adam([W], lr=update.eta, betas=(0.9, 0.999), eps=update.eps)
    )
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=rule.step_size, gamma=rule.gamma)
    losses = []
    for _ in range(steps):
        if rule.weight_normalisation == "released":
            with torch.no_grad():
                W *= math.sqrt(setting.N * setting.d) / torch.linalg.norm(W)
        optimiser.zero_grad()
        f = torch.tanh(X @ W.T / math.sqrt(setting.d)) @ a / math.sqrt(setting.N)
        squares = (f - y) ** 2
        loss = squares.sum() if rule.loss == "sum" else squares.mean()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    return W.detach().numpy(), losses


@pytest.mark.parametrize("name", TORCH)
def test_training_is_torchs(torch, name):
    draw, rule = draw_of("float64", (60, 45, 30)), TORCH[name]
    *_, last = trained(draw, rule, start_state(draw, backend=BACKEND), until=STEPS, backend=BACKEND)
    W, losses = of_torch(torch, draw, rule, STEPS)
    assert pytest.approx(W, rel=1e-7, abs=1e-9) == last.state.W
    assert last.state.losses == pytest.approx(losses, rel=1e-8)
    assert np.abs(of_torch(torch, draw, rule, STEPS - 1)[0] - W).max() > 1e-6  # the lie: a step less
