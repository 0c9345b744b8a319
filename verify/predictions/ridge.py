"""Theory asked about the second stage: levels and changes of its losses."""

import math
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.predictions.optimisers import known
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import STILL, Update

if TYPE_CHECKING:
    from theory.ridge.stage import RidgeStage

__all__ = ["RIDGE", "ridge_level", "ridge_change", "similarity", "level"]

RIDGE = {"test": "test_loss", "holdout": "holdout_loss", "kta": "kta"}  # theory's name -> sim's


@lru_cache(maxsize=512)
def ridge_level(
    problem: Problem, cell: Cell, update: Update, name: str, features: str, beta_part: bool = True
) -> float:
    """The ridge stage's test loss, hold-out loss or KTA after `update`, as `theory` has it."""
    return float(getattr(_stage(problem, cell, update, features, beta_part), name))


@lru_cache(maxsize=256)
def _stage(problem: Problem, cell: Cell, update: Update, features: str, beta_part: bool) -> "RidgeStage":
    from theory.ridge.stage import ridge_stage

    return ridge_stage(
        problem.signal_noise(cell), student=problem.student.theory, teacher=problem.teacher.theory,
        eta=update.eta or 0.0, optimiser=known(update),
        features="paper" if features == "paper" else "released", beta_part=beta_part,
    )  # fmt: skip


def ridge_change(
    problem: Problem, cell: Cell, update: Update, name: str, features: str, beta_part: bool = True
) -> float:
    """What `update` changes of that reading, predicted."""
    now = ridge_level(problem, cell, update, name, features, beta_part)
    return now - ridge_level(problem, cell, STILL, name, features)


@lru_cache(maxsize=64)
def similarity(problem: Problem, cell: Cell, update: Update) -> float:
    """sim(W_1, beta) as predicted; that of a random direction, sqrt(2/(pi d)), where there is no spike."""
    from theory.spike.inputs import spike_at, spike_inputs

    inputs = spike_inputs(problem.signal_noise(cell), optimiser=known(update))
    found = spike_at(inputs, update.eta or 0.0)
    random = math.sqrt(2.0 / (math.pi * cell.d))
    return max(found.similarity or 0.0, random) if found.outlier else random


def level(problem: Problem, cell: Cell, update: Update, name: str, features: str) -> float:
    """Any of the readings after `update`, predicted; "sim" has no features."""
    if name == "sim":
        return similarity(problem, cell, update)
    return ridge_level(problem, cell, update, name, features)
