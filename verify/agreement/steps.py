"""Learning rates at which the predictions of `verify.agreement.rows` are measured."""

import math
from dataclasses import dataclass

from verify.problem.cells import Cell

__all__ = ["Steps", "scaled_steps"]

PAPER_D = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Learning rates, those of the paper's size by default."""

    top: float = 0.1  # s_1
    spike: tuple[float, ...] = (0.06, 0.1, 1.0)  # overlaps
    rival: float = 0.08  # where the spike's three theories are apart and their finite-size errors small
    second: tuple[float, ...] = (1.0,)  # s_2 of W_1: where the noise of the update shows in the bulk
    loss: tuple[float, ...] = (0.0465, 0.1)
    gd_spike: tuple[float, ...] = (1.5,)  # in units of GD's critical learning rate
    gd_loss: tuple[float, ...] = (1.0,)  # in units of its best one
    ridge: tuple[tuple[str, float], ...] = (
        ("adam", 0.1), ("adam", 1.0), ("adam", 10.0), ("gd", 2000.0), ("gd", 3000.0),
    )  # fmt: skip


def scaled_steps(cell: Cell) -> Steps:
    """The default steps where the orders of growth put them: small FB-Adam steps like 1/sqrt d, GD's like d."""

    def adam(eta: float) -> float:
        return eta if eta >= 1.0 else float(f"{eta * math.sqrt(PAPER_D / cell.d):.3g}")

    def gd(eta: float) -> float:
        return eta * cell.d / PAPER_D

    scaled = {"adam": adam, "gd": gd}
    steps = Steps()
    return Steps(
        top=adam(steps.top),
        spike=tuple(adam(eta) for eta in steps.spike),
        rival=adam(steps.rival),
        loss=tuple(adam(eta) for eta in steps.loss),
        ridge=tuple((optimiser, scaled[optimiser](eta)) for optimiser, eta in steps.ridge),
    )
