"""What `theory` says of one row of the sweeps: losses, alignment, sim, spike; nan where it says nothing."""

import math
from dataclasses import replace
from functools import lru_cache

from verify.predictions.optimisers import known
from verify.predictions.ridge import ridge_level
from verify.predictions.spike import even_bulk, inputs_of, spike_of
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update

__all__ = [
    "RIDGE",
    "gap_of",
    "hill_null",
    "largest_gd_eta",
    "loss_ratio_of",
    "outliers_of",
    "ridge_of",
    "similarity_of",
]

RIDGE = {"holdout": "holdout_loss", "test": "test_loss", "kta": "kta"}  # theory's name -> sim's
LARGEST_SHIFT = (
    1.0  # eta (mean-field: eta sqrt d) up to which the quadrature of the first-step loss is tested
)

SMALL_SHIFT = (
    0.5  # of a preactivation's spread, up to which GD's losses hold; theory.ridge.stage flags beyond
)


def largest_gd_eta(problem: Problem, cell: Cell) -> float:
    """The eta of GD at which a preactivation moves by half its spread; losses are predicted up to there."""
    inputs = inputs_of(problem, cell, Update(optimiser="gd"))
    return SMALL_SHIFT * math.sqrt(cell.N * cell.d * inputs.initial_variance) / inputs.update_norm


def _too_far(problem: Problem, cell: Cell, update: Update) -> bool:
    return known(update) == "gd" and (update.eta or 0.0) > largest_gd_eta(problem, cell)


def ridge_of(problem: Problem, cell: Cell, update: Update, name: str, features: str) -> float:
    """Hold-out loss, test loss or KTA, nan beyond `largest_gd_eta`; Adam's eps, which moves them by less than their
    error, is left out."""
    if _too_far(problem, cell, update):
        return math.nan
    return ridge_level(problem, cell, replace(update, eps=0.0), name, features)


def similarity_of(problem: Problem, cell: Cell, update: Update) -> float:
    """sim(W_1, beta); where no spike is predicted, the mean of a random direction."""
    spike = spike_of(problem, cell, update)
    return max(spike.similarity or 0.0, math.sqrt(2.0 / (math.pi * cell.d)))


def gap_of(problem: Problem, cell: Cell, update: Update) -> float:
    """s_1 over the edge of the bulk where a spike is predicted and the bulk is still W_0's."""
    spike = spike_of(problem, cell, update)
    return spike.top / spike.edge if spike.outlier and even_bulk(problem, cell, update) else math.nan


def outliers_of(problem: Problem, cell: Cell, update: Update) -> float:
    """k_out, 0 or 1; nan where the update has made the bulk uneven: a Tracy-Widom p-value means nothing there."""
    return float(spike_of(problem, cell, update).outlier) if even_bulk(problem, cell, update) else math.nan


@lru_cache(maxsize=512)
def loss_ratio_of(problem: Problem, cell: Cell, update: Update) -> float:
    """L(eta)/L(0): FB-Adam by the integral up to where theory flags it for finite N, GD by its parabola (break-even and
    `largest_gd_eta`)."""
    from theory.losses.parabola import break_even_eta, first_step_loss, loss_ratio

    if _too_far(problem, cell, update):
        return math.nan
    eta, sn = update.eta or 0.0, problem.signal_noise(cell)
    if known(update) == "gd":
        parabola = first_step_loss(sn, optimiser="gd")
        return float(loss_ratio(parabola, eta)) if eta <= break_even_eta(parabola) else math.nan
    if eta * (1.0 if problem.parametrisation == "ntk" else math.sqrt(cell.d)) > LARGEST_SHIFT:
        return math.nan
    return _adam_loss(problem, cell, eta)


def _adam_loss(problem: Problem, cell: Cell, eta: float) -> float:
    from theory.prediction.losses import FINITE_WIDTH, training_quantities
    from theory.prediction.problem import Problem as Predicted

    found = training_quantities(
        Predicted(
            sn=problem.signal_noise(cell), student=problem.student.theory, teacher=problem.teacher.theory,
            optimiser="adam", adam="corrected", eps=0.0, ridge=0.01, length=1.0, residual_squares=None,
        ),
        eta,
    )[0]  # fmt: skip
    return math.nan if FINITE_WIDTH.partition(":")[0] in (found.flag or "") else found.value


@lru_cache(maxsize=64)
def hill_null(cell: Cell) -> float:
    """PL_Alpha_Hill of a pure bulk of this shape."""
    from theory.random_matrices.bulk import hill_alpha_null

    return float(hill_alpha_null(N=cell.N, d=cell.d, method="finite"))
