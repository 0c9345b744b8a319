"""What float32 does to losses after a sign step: the readout keeps its digits, a sign that rounding turns does not.

docs/derivations/sign_update.md, eq. (sign-19).
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.readout import feature_scales, second_stage
from sim.network.two_layer import first_gradient
from sim.setting import Setting

NUMPY = get_backend("numpy", threads=1)
SETTING = Setting(n=400, N=300, d=200)
ETA, SEEDS = 100.0, range(4)
READOUT = 2e-6  # relative, of losses: float32 products of float64 weights
FLIPPED = 50.0 * READOUT  # what one sign must move at least


def gradients(seed):
    """G_0 in float32 and in float64, of the same draws."""
    draw = Draw(setting=SETTING, seed=seed, threads=1)
    return tuple(
        np.asarray(first_gradient(each, backend=NUMPY).G, np.float64)
        for each in (draw, replace(draw, dtype="float64"))
    )


def losses(D, dtype):
    """Hold-out and test loss after the step ETA, features of eq. 6 and the released ones, all in `dtype`."""
    draw = Draw(setting=SETTING, seed=0, threads=1)
    W = (draw.weights().astype(np.float64) - ETA * D).astype(dtype)

    def blocks(kind, count):
        X, y = draw.sample_block(kind, 0, count)
        parts = [(X.astype(dtype) @ W.T, y.astype(dtype))]
        return lambda: parts

    fits = second_stage(
        blocks("holdout", SETTING.n), blocks("test", 1000), activation=SETTING.sigma,
        scales=feature_scales("ntk", SETTING.d), ridge=0.01, backend=NUMPY,
    )  # fmt: skip
    return np.array([value for fit in fits.values() for value in (fit.holdout_loss, fit.test_loss)])


def flips_expected(G, error):
    """N d error/pi for a rounding error of `error` times a row's root mean square."""
    return G.size * error / math.pi


@pytest.fixture(scope="module")
def exact():
    return [gradients(seed)[1] for seed in SEEDS]


def test_rounding_turns_as_many_signs_as_its_size_says(exact):
    """Entries are normal along a row, so their density at 0 is known: the count is Poisson's."""
    error, turned, expected = 3e-3, 0, 0.0
    for seed, G in enumerate(exact):
        noise = np.random.default_rng(seed).standard_normal(G.shape) * np.sqrt(np.mean(G**2, axis=1))[:, None]
        turned += int(np.sum(np.sign(G + error * noise) != np.sign(G)))
        expected += flips_expected(G, error)
    scatter = 5.0 * math.sqrt(expected)
    assert expected > 200.0
    assert abs(turned - expected) < scatter
    assert (
        abs(turned - expected * math.sqrt(1.0 + 2.66**2)) > scatter
    )  # the lie: the noise's width, not the whole


def test_float32_rounds_the_gradient_by_less_than_a_millionth(exact):
    for seed in SEEDS:
        G = gradients(seed)[0]
        error = np.linalg.norm(G - exact[seed]) / np.linalg.norm(exact[seed])
        assert 1e-8 < error < 1e-6
        assert flips_expected(G, error) < 0.02  # of 60000


def test_the_readout_keeps_its_digits_and_one_sign_moves_the_losses(exact):
    D = np.sign(exact[0])
    wanted = losses(D, np.float64)
    np.testing.assert_allclose(losses(D, np.float32), wanted, rtol=READOUT)
    other = D.copy()
    other.flat[np.argmin(np.abs(exact[0]))] *= -1.0
    moved = np.abs(losses(other, np.float64) / wanted - 1.0)
    assert FLIPPED < moved.max() < 0.02  # seeds scatter by more
