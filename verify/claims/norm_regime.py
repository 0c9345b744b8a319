"""Where the operator norm is the signal's, where the noise's edge sets it or shares in it, and where neither is derived."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.designs import Cell
from verify.problem import Problem, Update

if TYPE_CHECKING:
    from theory.gradient import SignalNoise

__all__ = ["is_weak", "missing_prediction"]

FIRST_ORDER = 10.0  # c**2 sqrt(N d) below which first order in 1/d is off by more than half the 2 % margin
GRADIENT_SHARE = 0.05  # of ||G_0||_2 that the noise adds; a third of the margin of 15 %


def is_weak(problem: Problem, cell: Cell, update: Update) -> bool:
    """Whether ||D_0||_2 is predicted by the weak-signal formula (theory.sign_top) in this cell."""
    from theory import sign_top

    sn = _signal_noise(problem, cell)
    return update.optimiser == "adam" and sn.student.odd and bool(sign_top.is_weak(sn))


@lru_cache(maxsize=4096)
def missing_prediction(problem: Problem, cell: Cell, update: Update) -> str:
    """Why the operator norm has no prediction in this cell; empty where it has one."""
    sn = _signal_noise(problem, cell)
    if update.optimiser == "gd":
        share = (1.0 / cell.N + 1.0 / cell.d) / (2.0 * sn.kappa**2) if sn.kappa > 0.0 else math.inf
        return (
            f"{_little_signal(sn)}; its operator norm is then not derived" if share > GRADIENT_SHARE else ""
        )
    reason = _underived(problem, sn, update) if _needs_edge(problem, cell, update, sn) else ""
    return (
        f"{_little_signal(sn)}; the operator norm of its sign is then not derived for {reason}"
        if reason
        else ""
    )


def _needs_edge(problem: Problem, cell: Cell, update: Update, sn: "SignalNoise") -> bool:
    from theory.sign_top import STRONG
    from theory.sign_update import paired_rows_ratio_squared

    if sn.student.odd:
        return is_weak(problem, cell, update)
    c_2 = paired_rows_ratio_squared(sn)
    return sn.nu > 0.0 and c_2 < STRONG and c_2 * math.sqrt(cell.N * cell.d) < FIRST_ORDER


def _underived(problem: Problem, sn: "SignalNoise", update: Update) -> str:
    """What keeps theory.sign_top from this case; empty where nothing does."""
    if not sn.student.odd:
        return "a student that is not odd (with E[z sigma'(z)] != 0 the noise follows W_0)"
    if update.eps > 0.0:
        return "eps > 0"
    if problem.teacher_direction == "axis":
        return "an axis-aligned teacher"
    if not _has_bounded_slope(problem):
        return "a student with an unbounded derivative"
    return ""


def _has_bounded_slope(problem: Problem) -> bool:
    from theory.regularity import lipschitz_constant

    return lipschitz_constant(problem.student.theory).bounded


def _little_signal(sn: "SignalNoise") -> str:
    mean, kappa = (0.0 if abs(value) < 1e-12 else value for value in (sn.student.mu_1, sn.kappa))
    if kappa == 0.0:
        return "E sigma'(z) = 0: the gradient has no rank-one part"
    return f"E sigma'(z) = {mean:.2g}: the gradient's rank-one part is small beside its noise (kappa = {kappa:.2g})"


def _signal_noise(problem: Problem, cell: Cell) -> "SignalNoise":
    return problem.signal_noise(cell, {"readout_sum": 0.0})
