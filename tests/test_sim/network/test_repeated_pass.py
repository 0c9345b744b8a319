"""Gradients of many weights from one set of arrays: the pure function's bits, whatever was in the arrays before."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.repeated_pass import RepeatedGradient
from sim.network.two_layer import gradient
from sim.setting import Setting
from sim.threads import workers


@pytest.mark.parametrize("student", ["tanh", "erf", "silu"])
@pytest.mark.parametrize(("sizes", "threads"), [((300, 36, 24), 1), ((5000, 20, 6), 1), ((700, 400, 8), 2)])
def test_gradients_and_losses_are_the_pure_functions_bit_by_bit(student, sizes, threads):
    n, N, d = sizes
    draw = Draw(setting=Setting(n=n, N=N, d=d, student=student), seed=2, threads=threads)
    backend = get_backend("numpy", threads=threads)
    a = draw.readout()
    with workers(threads) as pool:
        repeated = RepeatedGradient(draw, backend=backend, pool=pool, keep=True)
        for W in (draw.weights(), draw.weights() * 0.5, draw.weights()):
            expected = gradient(draw, W, a, backend=backend)
            G, loss = repeated.at(W, a)
            assert G.tobytes() == expected.G.tobytes()
            assert loss == expected.loss
        assert np.any(repeated.at(0.5 * W, a)[0] != expected.G)  # the lie: other weights


def test_a_sum_over_samples_is_n_means():
    draw = Draw(setting=Setting(n=300, N=36, d=24), seed=2, threads=1, dtype="float64")
    backend = get_backend("numpy", threads=1)
    with workers(1) as pool:
        one, many = (
            RepeatedGradient(draw, backend=backend, pool=pool, keep=True, scale=scale).at(
                draw.weights(), draw.readout()
            )
            for scale in (1.0, 300.0)
        )
    assert many[1] == pytest.approx(300 * one[1], rel=1e-12)
    assert many[0] == pytest.approx(300 * one[0], rel=1e-9)
