"""What theory says of the two norms of the first update, and of its gradient, case by case."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.judging.sample import Case, Prediction
from verify.predictions.optimisers import known, missing_theory
from verify.predictions.regime import is_weak, missing_prediction
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update

if TYPE_CHECKING:
    from theory.gradient.decomposition import SignalNoise

__all__ = [
    "adam_ratios",
    "factor_of",
    "frobenius",
    "gradient_frobenius",
    "gradient_operator",
    "identity_value",
    "operator",
    "predictions_of",
    "rank_one_value",
    "root",
    "sign_constant",
]

MOST_ZEROS = 0.01  # share of exact zeros of G_0 beyond which its sign is no sign matrix
UNCORRECTED = (1 - 0.9) / math.sqrt(1 - 0.999)  # 3.1623: first step of Adam as eqs. 4-5 are written


def root(case: Case) -> float:
    return math.sqrt(case.cell.N * case.cell.d)


def factor_of(case: Case) -> float:
    return UNCORRECTED if case.update.adam == "uncorrected" else 1.0


def identity_value(case: Case) -> Prediction:
    """sqrt(N d - zeros), times 3.1623 without bias correction; `spread` is the tolerance of the identity.

    Entries are exact (+-1) or rounded once (3.1623 in the dtype, float32 at worst); their squares add in float64.
    """
    entries = case.cell.N * case.cell.d
    zeros = case.observed["zeros"]
    if zeros > MOST_ZEROS * entries:
        return Prediction(
            value=0.0, spread=0.0, flags=(f"G_0 is exactly zero in {zeros / entries:.0%} of its entries",)
        )
    value = factor_of(case) * math.sqrt(entries - zeros)
    exact = case.update.adam == "corrected" and case.update.eps == 0
    unit = 2.0**-50 if exact else 2.0**-22
    return Prediction(value=value, spread=unit * value)


@lru_cache(maxsize=4096)
def adam_ratios(
    problem: Problem, cell: Cell, update: Update, readout_sum: float
) -> tuple[float, float, float, float, tuple[str, ...]]:
    """Adam's (operator ratio, its sd, Frobenius ratio, its sd, flags), ratios to sqrt(N d); nan where not derived."""
    from theory.update.adam_eps import adam_norm_ratios
    from theory.update.adam_eps_spread import adam_frobenius_spread
    from theory.update.sign import sign_norm_spread

    if known(update) != "adam":
        raise ValueError(
            f"update must be Adam's, got {update!r}; ask gradient_operator and gradient_frobenius of GD's"
        )
    sn = problem.signal_noise(cell, {"readout_sum": readout_sum})
    factor = UNCORRECTED if update.adam == "uncorrected" else 1.0
    missing = bool(missing_prediction(problem, cell, update))
    if update.eps == 0:
        top, spread = (math.nan, math.nan) if missing else _sign_ratio(problem, cell, update, sn)
        return (factor * top, factor * spread, factor, 0.0, sn.flags)
    whole, top = adam_norm_ratios(sn, update.eps, adam=update.adam)
    whole_spread = adam_frobenius_spread(sn, update.eps, adam=update.adam)
    spread = factor * float(sign_norm_spread(sn))
    return (math.nan if missing else float(top), spread, float(whole), whole_spread, sn.flags)


def _sign_ratio(problem: Problem, cell: Cell, update: Update, sn: "SignalNoise") -> tuple[float, float]:
    """||sign(G_0)||_2/sqrt(N d) and its deviation in one run, which at the noise's edge nobody has derived."""
    from theory.spectrum.sign_top import sign_top
    from theory.update.sign import sign_norm_ratio_refined, sign_norm_spread

    if not is_weak(problem, cell, update):
        return float(sign_norm_ratio_refined(sn)), float(sign_norm_spread(sn))
    top = sign_top(sn, problem.teacher.theory)
    return top.value, float(sign_norm_spread(sn)) if top.is_outlier else math.nan


def operator(case: Case) -> Prediction:
    """||D_0||_2 of Adam's first update."""
    ratio, spread, _, _, flags = adam_ratios(
        case.problem, case.cell, case.update, case.observed["readout_sum"]
    )
    return Prediction(value=ratio * root(case), spread=spread * root(case), flags=flags)


def frobenius(case: Case) -> Prediction:
    """||D_0||_F of Adam's first update."""
    _, _, ratio, spread, flags = adam_ratios(
        case.problem, case.cell, case.update, case.observed["readout_sum"]
    )
    return Prediction(value=ratio * root(case), spread=spread * root(case), flags=flags)


@lru_cache(maxsize=4096)
def _gradient(problem: Problem, cell: Cell, readout_sum: float) -> tuple[Prediction, Prediction]:
    from theory.gradient.norms import gradient_norm_spreads, gradient_norms

    sn = problem.signal_noise(cell, {"readout_sum": readout_sum})
    norms, spreads = gradient_norms(sn), gradient_norm_spreads(sn)
    top, whole = (
        Prediction(value=float(norm), spread=float(norm) * float(spread), flags=sn.flags)
        for norm, spread in zip(norms, spreads, strict=True)
    )
    return top, whole


def gradient_operator(case: Case) -> Prediction:
    """||G_0||_2; nan where the noise shares in it."""
    found = _gradient(case.problem, case.cell, case.observed["readout_sum"])[0]
    missing = missing_prediction(case.problem, case.cell, case.update)
    return replace(found, value=math.nan, spread=math.nan) if missing else found


def gradient_frobenius(case: Case) -> Prediction:
    return _gradient(case.problem, case.cell, case.observed["readout_sum"])[1]


def rank_one_value(case: Case) -> Prediction:
    from verify.statistics import reduction_tolerance

    value = factor_of(case) * math.sqrt(case.cell.N * case.cell.d - case.observed["zeros"])
    return Prediction(value=value, spread=value * reduction_tolerance(dtype="float32", length=case.cell.n))


def predictions_of(case: Case) -> tuple[Prediction, Prediction]:
    """What theory says of the operator and the Frobenius norm of this case's update; nan of one that it does not know."""
    if missing_theory(case.update):
        return Prediction(value=math.nan), Prediction(value=math.nan)
    if known(case.update) == "gd":
        return gradient_operator(case), gradient_frobenius(case)
    return operator(case), frobenius(case)


@lru_cache(maxsize=256)
def sign_constant(problem: Problem, cell: Cell) -> tuple[float, float]:
    """Refined c and its deviation in one run."""
    from theory.update.sign import sign_norm_ratio_refined, sign_norm_spread

    sn = problem.signal_noise(cell)
    return float(sign_norm_ratio_refined(sn)), float(sign_norm_spread(sn))
