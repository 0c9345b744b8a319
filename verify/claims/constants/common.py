"""What the claims on constants share: c as predicted, and designs that measure norms."""

import math
from dataclasses import replace

from verify.judging.sample import Case, Prediction
from verify.predictions import norms as norm_predictions
from verify.predictions.norms import sign_constant
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.update import Update
from verify.running.design import Design, Readings
from verify.running.measurement import Measurement

__all__ = [
    "FINITE",
    "SEEDS",
    "SIGN",
    "custom_design",
    "centred_frobenius",
    "measured_ratio",
    "norms_design",
    "centred_operator",
    "ratio",
]

SIGN = Update()  # FB-Adam's first update with eps = 0
SEEDS = 20
FINITE = "docs/derivations/sign_update.md"


def ratio(case: Case) -> Prediction:
    value, spread = sign_constant(case.problem, case.cell)
    return Prediction(value=value, spread=spread)


def centred_operator(case: Case) -> Prediction:
    """||D_0||_2; tanh's mean is 0, so the run's own sum of a says nothing and one prediction serves every seed."""
    return norm_predictions.operator(replace(case, observed={"readout_sum": 0.0}))


def centred_frobenius(case: Case) -> Prediction:
    """||D_0||_F, likewise."""
    return norm_predictions.frobenius(replace(case, observed={"readout_sum": 0.0}))


def measured_ratio(readings: Readings) -> float:
    return readings.value("operator_norm") / math.sqrt(readings.cell.N * readings.cell.d)


def norms_design(cells: tuple[Cell, ...], update: Update = SIGN) -> Design:
    return Design(problem=default_problem(), cells=cells, groups=("update-norms",), updates=(update,))


def custom_design(cells: tuple[Cell, ...], what: Measurement, *, paired: bool = False) -> Design:
    return Design(problem=default_problem(), cells=cells, measurement=what, paired=paired)
