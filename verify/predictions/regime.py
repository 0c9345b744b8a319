"""Where the operator norm is the signal's, where the noise's edge sets it or shares in it, and where neither is derived."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.predictions.optimisers import known, missing_theory
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update

if TYPE_CHECKING:
    from theory.gradient.decomposition import SignalNoise

__all__ = ["is_weak", "missing_prediction"]

GRADIENT_SHARE = 0.05  # of ||G_0||_2 that the noise adds; a third of the margin of 15 %


def is_weak(problem: Problem, cell: Cell, update: Update) -> bool:
    """Whether ||D_0||_2 needs the weak-signal formula (theory.spectrum.sign_top) in this cell."""
    from theory.spectrum import sign_top

    return known(update) == "adam" and sign_top.is_weak(_signal_noise(problem, cell))


@lru_cache(maxsize=4096)
def missing_prediction(problem: Problem, cell: Cell, update: Update) -> str:
    """Why the operator norm has no prediction in this cell; empty where it has one."""
    from theory.spectrum.sign_top import underived

    if reason := missing_theory(update):
        return reason
    sn = _signal_noise(problem, cell)
    if known(update) == "gd":
        share = (1.0 / cell.N + 1.0 / cell.d) / (2.0 * sn.kappa**2) if sn.kappa > 0.0 else math.inf
        return (
            f"{_little_signal(sn)}; its operator norm is then not derived" if share > GRADIENT_SHARE else ""
        )
    reason = underived(sn, problem.student.theory, eps=update.eps) if is_weak(problem, cell, update) else ""
    return (
        f"{_little_signal(sn)}; the operator norm of its sign is then not derived for {reason}"
        if reason
        else ""
    )


def _little_signal(sn: "SignalNoise") -> str:
    mean, kappa = (0.0 if abs(value) < 1e-12 else value for value in (sn.student.mu_1, sn.kappa))
    if kappa == 0.0:
        return "E sigma'(z) = 0: the gradient has no rank-one part"
    return f"E sigma'(z) = {mean:.2g}: the gradient's rank-one part is small beside its noise (kappa = {kappa:.2g})"


def _signal_noise(problem: Problem, cell: Cell) -> "SignalNoise":
    return problem.signal_noise(cell, {"readout_sum": 0.0})
