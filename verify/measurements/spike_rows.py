"""What tells the theories of the spike apart: s_1(W_1) and the numbers of the run that each theory starts from."""

import math
from typing import TYPE_CHECKING

import numpy as np

from verify.running.measurement import Measurement, measurement

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["spike_rows", "spike_rows_at"]


def spike_rows(draw: "Draw", gradient: "Gradient", backend: "Backend", *, eta: float) -> dict[str, float]:
    """s_1(W_0 - eta S), and this run's own theta, m, m2 and tau."""
    from sim.measures.triplet import top_triplet

    setting, W = draw.setting, gradient.W
    S = backend.xp.sign(gradient.G)
    top = top_triplet(S, draw, "update", backend=backend)
    norm, u, v = float(top.values[0]), top.left[:, 0], top.right[:, 0]
    a = np.asarray(backend.to_numpy(gradient.a), dtype=np.float64)
    a /= np.linalg.norm(a)
    Wv = np.asarray(backend.to_numpy(W), dtype=np.float64) @ v
    along = float(a @ Wv)  # of W_0's row along a, on v: the derivation's m and m2 are its two shares
    cosine = float(a @ u)
    tau2 = (1.0 if setting.parametrisation == "ntk" else 1.0 / setting.d) + eta**2 * (
        top.frobenius**2 - norm**2
    ) / (setting.N * setting.d)
    value = float(top_triplet(W - eta * S, draw, "weights", backend=backend).values[0])
    return {
        "top_singular_value": value,
        "theta": eta * norm,
        "m": float(u @ Wv),
        "m2": abs(along) * math.sqrt(max(1.0 - cosine**2, 0.0)),
        "tau": math.sqrt(tau2),
    }


def spike_rows_at(eta: float) -> Measurement:
    """`spike_rows` at that eta."""
    return measurement(spike_rows, eta=eta)
