"""Measurements behind the claims on constants: norms beside W_0's, and the eta at which W_1 turns to its update."""

import math
from typing import TYPE_CHECKING

from verify.measurements.crossing import crossing
from verify.running.measurement import measurement

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["NORMS", "TURNING", "norms_beside_weights", "turning_eta"]


def norms_beside_weights(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """||sign(G_0)|| over ||W_0||, Frobenius and operator: eta times that is the size of one FB-Adam step."""
    from sim.measures.triplet import top_triplet

    step = top_triplet(backend.xp.sign(gradient.G), draw, "update", backend=backend)
    start = top_triplet(gradient.W, draw, "weights", backend=backend)
    return {
        "frobenius_step_ratio": step.frobenius / start.frobenius,
        "operator_step_ratio": float(step.values[0]) / float(start.values[0]),
    }


def turning_eta(draw: "Draw", gradient: "Gradient", backend: "Backend") -> dict[str, float]:
    """The eta at which <v_1(W_0 - eta S), v_1(S)>^2 = 1/2, S = sign(G_0), to 1e-3 in log eta; nan where there is none."""
    from sim.measures.alignment import top_overlaps
    from sim.measures.triplet import top_triplet

    S = backend.xp.sign(gradient.G)
    update = top_triplet(S, draw, "update", backend=backend)
    if math.isnan(float(update.values[0])):  # where the run diverged
        return {"turning_eta": math.nan}
    edge = math.sqrt(draw.setting.N) + math.sqrt(draw.setting.d)
    edge *= draw.setting.weight_deviation
    guess = math.log(edge / float(update.values[0]))

    def excess(log_eta: float) -> float:
        weights = top_triplet(gradient.W - math.exp(log_eta) * S, draw, "weights", backend=backend)
        return top_overlaps(weights, update)[1] - 0.5

    found = crossing(excess, guess - math.log(50.0), guess + math.log(20.0), guess=guess, tolerance=1e-3)
    return {"turning_eta": math.exp(found)}


NORMS = measurement(norms_beside_weights)
TURNING = measurement(turning_eta)
