"""What the simulator draws: shares below quantiles, and what pairs of draws have in common."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from verify.problem.cells import Cell
from verify.running.measurement import Measurement, measurement

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.network.two_layer import Gradient

__all__ = ["drawn_at", "drawn_numbers"]

PAIRS = {
    "rows": "rows of W_0",
    "blocks": "draw blocks of W_0",
    "columns": "columns of W_0",
    "arrays": "W_0 and the training samples",
    "samples": "training and hold-out samples",
    "seeds": "two seeds' W_0",
}
WIDE = Cell(n=512, N=12000, d=20, design="wide")  # many entries of a, many draw blocks of W_0


def drawn_numbers(draw: "Draw", gradient: "Gradient", backend: "Backend", *, grid: int) -> dict[str, float]:
    """Shares of W_0 and a below the claimed quantiles at 1/grid, 2/grid .., their numbers, what pairs have in common."""
    from scipy import special

    from sim.draw import DRAW_BLOCK

    setting = draw.setting
    quantiles = special.ndtri(np.arange(1, grid) / grid)
    W, a = draw.weights().astype(np.float64), draw.readout().astype(np.float64)
    # As Assumption B.1 and App. D have them: the simulator's own deviations would cancel whatever they are.
    of_W, of_a = (setting.d**-0.5, setting.N**-0.5) if setting.parametrisation == "mean-field" else (1.0, 1.0)
    found: dict[str, float] = {}
    for name, array, deviation in (("W", W, of_W), ("a", a, of_a)):
        ordered = np.sort(array.ravel()) / deviation
        below = np.searchsorted(ordered, quantiles, side="right") / ordered.size
        found |= {f"drawn_{name}[{k}]": float(share) for k, share in enumerate(below, start=1)}
        found[f"drawn_{name}"] = float(ordered.size)
    w = W / of_W
    X = draw.sample_block("train", 0, setting.n)[0].astype(np.float64)
    H = draw.sample_block("holdout", 0, setting.n)[0].astype(np.float64)
    other = replace(draw, seed=draw.seed + 10**6).weights().astype(np.float64) / of_W
    rows = min(setting.n, setting.N)
    pairs = {
        "rows": (w[1:], w[:-1]),
        "blocks": (w[DRAW_BLOCK:], w[:-DRAW_BLOCK]),
        "columns": (w[:, 1:], w[:, :-1]),
        "arrays": (w[:rows], X[:rows]),
        "samples": (X, H),
        "seeds": (w, other),
    }
    found |= {f"drawn_in_common[{kind}]": float(np.mean(one * two)) for kind, (one, two) in pairs.items()}
    return found


def drawn_at(grid: int) -> Measurement:
    """`drawn_numbers` on that grid of quantiles."""
    return measurement(drawn_numbers, grid=grid)
