"""Steps taken one after the other, beside plain formulas."""

import numpy as np
import pytest
from support import plain_network
from support.plain_steps import SIZES, Plain, draw_of

from sim.backend import get_backend
from sim.optimisers.step import Position, moved_weights, start_position, take_step, update_matrix
from sim.optimisers.update import Update
from sim.setting import Setting


def plain_adam(plain, etas, *, corrected=True, eps=1e-6):
    """Adam as its paper writes it, in NumPy; returns W after every step."""
    W, M, V, path = plain.W.copy(), 0.0, 0.0, []
    for t, eta in enumerate(etas, start=1):
        G = plain.gradient(W)
        M, V = 0.9 * M + 0.1 * G, 0.999 * V + 0.001 * G * G
        m, v = (M / (1 - 0.9**t), V / (1 - 0.999**t)) if corrected else (M, V)
        W = W - eta * m / (np.sqrt(v) + eps)
        path.append(W)
    return path


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
def test_three_adam_steps(adam):
    draw, backend, etas = draw_of(), get_backend("numpy", threads=1), (0.1, 0.05, 0.02)
    position = start_position(draw, backend=backend)
    path = plain_adam(Plain(draw), etas, corrected=adam == "corrected")
    for eta, W in zip(etas, path, strict=True):
        before = position.W.copy()
        update = Update(optimiser="adam", eta=eta, adam=adam, eps=1e-6)
        following = take_step(draw, position, update, backend=backend)
        assert np.array_equal(position.W, before)
        position = following
        np.testing.assert_allclose(position.W, W, rtol=0, atol=1e-8)
    assert position.step == 3
    forgetful = take_step(draw, Position(W=path[0], a=draw.readout(), step=0), update, backend=backend)
    assert (
        np.abs(forgetful.W - path[1]).max() > 1e-3
    )  # the lie: a second step without the first one's moments


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_two_gd_steps_and_one_gradient_for_many(parametrisation):
    draw, backend = draw_of(parametrisation), get_backend("numpy", threads=1)
    plain = Plain(draw)
    start = start_position(draw, backend=backend)
    one = take_step(draw, start, Update(optimiser="gd", eta=5.0), backend=backend)
    two = take_step(draw, one, Update(optimiser="gd", eta=3.0), backend=backend)
    W = plain.W - 5.0 * plain.G
    np.testing.assert_allclose(one.W, W, atol=1e-12)
    np.testing.assert_allclose(two.W, W - 3.0 * plain.gradient(W), atol=1e-11)
    assert np.abs(two.W - (W - 3.0 * plain.G)).max() > 1e-3  # the lie: the old gradient once more
    same = take_step(
        draw, start, Update(optimiser="gd", eta=5.0), backend=backend, gradient_here=one.gradient
    )
    assert np.array_equal(same.W, one.W)
    assert same.gradient is one.gradient


def test_a_step_from_a_diverged_position_stays_a_value():
    draw, backend = draw_of(dtype="float32"), get_backend("numpy", threads=1)
    start = start_position(draw, backend=backend)
    D = update_matrix(Update(optimiser="adam", eta=0.3), None, np.ones((36, 24), np.float32))[1]
    W = moved_weights(start.W, D, 3.4e38 * 10)
    assert np.isinf(W).any()
    after = take_step(
        draw, Position(W=W, a=start.a, step=1), Update(optimiser="gd", eta=1.0), backend=backend
    )
    assert not np.isfinite(after.W).all()


def test_plain_network_is_the_same_formula():
    """The two plain routes of the tests agree, so that neither is wrong alone."""
    step = plain_network.first_step(**SIZES, seed=3)
    plain = Plain.__new__(Plain)
    plain.setting, plain.scale = Setting(**SIZES), SIZES["d"] ** -0.5
    plain.X, plain.y, plain.a = step.X, step.y, step.a
    np.testing.assert_allclose(plain.gradient(step.W), step.G, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(plain.training_loss(step.W), plain_network.training_loss(step, step.W))
