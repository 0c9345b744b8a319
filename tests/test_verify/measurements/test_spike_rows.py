"""Measurements that the prediction rows have of their own, against NumPy on the same draw."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from sim.setting import Setting
from verify.measurements.spike_rows import least_key, least_value, least_value_at


@pytest.mark.parametrize("sizes", [(80, 60, 40), (80, 30, 40)])
def test_the_least_value_is_that_of_w_1(sizes):
    n, N, d = sizes
    backend = get_backend("numpy", threads=1)
    draw = Draw(setting=Setting(n=n, N=N, d=d), seed=3, threads=1)
    gradient = first_gradient(draw, backend=backend)
    W, G = (np.asarray(each, dtype=np.float64) for each in (gradient.W, gradient.G))
    for eta in (0.0, 0.3):
        found = least_value(draw, gradient, backend, eta=eta)
        exact = np.linalg.svd(W - eta * np.sign(G), compute_uv=False)
        assert found == {least_key(eta): pytest.approx(exact[-1], rel=1e-4)}
        assert found[least_key(eta)] != pytest.approx(exact[-2], rel=1e-3)  # the lie: the one before it
    assert least_value_at(0.3) == least_value_at(0.3)
    assert least_value_at(0.3) != least_value_at(0.3000001)
