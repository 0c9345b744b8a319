"""The claims on ||D_0||_2 where the signal is weak."""

import math
from collections.abc import Sequence

from verify.claims.norms.grid import Grid, main_cells
from verify.claims.norms.laws import constant_of, growth_claim
from verify.claims.norms.rivals import ONE_CONSTANT, SIZE_LAWS
from verify.claims.norms.update import along_ray
from verify.claims.rivals import times
from verify.judging.claim import Claim, Lie
from verify.judging.sample import Case, Prediction
from verify.predictions.norms import UNCORRECTED, operator, root

__all__ = ["weak_operator_claims"]

SEEN = 0.2  # spread of log(lie/prediction) over the cells from which the exponents' claim states it
WEAK_REASON = "the noise's edge is derived to 3 % at d = 1000 and 5 % at d = 100 (docs/derivations/edges.md)"


def weak_operator_claims(grid: Grid) -> tuple[Claim, ...]:
    """T4.1.2 where some cell's signal is weak: the law with the noise's edge, and its constant."""
    judged = _cases(grid)
    sqrt_nd = Lie(name="sqrt(N d)", law=ONE_CONSTANT.law)
    law = growth_claim(
        "T4.1.2",
        statement="||D_0||_2 grows with n, N, d as predicted for a weak signal (exponents of measured over predicted are 0)",
        source="docs/derivations/sign_update.md, section 4",
        reading="weak signal: the edge of the signs' noise sets the norm or shares in it, c sqrt(N d) alone does not",
        observable="operator_norm",
        predict=operator,
        margin=0.03,
        margin_reason="the smallest difference of an exponent that would matter: 0.03 is 6 % over a factor of eight",
        lies=tuple(lie for lie in (*SIZE_LAWS, sqrt_nd) if _range(lie, judged) > SEEN or len(judged) == 1),
        grid=grid,
    )
    first_order = Lie(name="c sqrt(N d) with the noise to first order", law=_first_order, rival=True)
    seen = abs(_mean(first_order, judged)) > 0.1
    constant = constant_of(
        law,
        statement="measured over predicted ||D_0||_2 is 1 at the centre of the design",
        margin=0.05,
        margin_reason=WEAK_REASON,
        lies=(*((first_order,) if seen else ()), times("15 % higher", 1.15), times("13 % lower", 0.87)),
    )
    return (law, constant, *along_ray(constant, grid))


def _first_order(case: Case, prediction: Prediction) -> float:
    from theory.update.sign import sign_norm_ratio_refined

    factor = UNCORRECTED if case.update.adam == "uncorrected" else 1.0
    return factor * float(sign_norm_ratio_refined(case.problem.signal_noise(case.cell))) * root(case)


def _cases(grid: Grid) -> list[tuple[Case, Prediction]]:
    """The cells of the exponents and the constant with their predictions."""
    observed = {"readout_sum": 0.0, "zeros": 0.0}
    cases = [
        Case(problem=grid.problem, cell=cell, update=grid.update, observed=observed)
        for cell in main_cells(grid.cells)
    ]
    return [(case, operator(case)) for case in cases]


def _logs(lie: Lie, cases: Sequence[tuple[Case, Prediction]]) -> list[float]:
    return [math.log(lie.law(case, found) / found.value) for case, found in cases]


def _range(lie: Lie, cases: Sequence[tuple[Case, Prediction]]) -> float:
    logs = _logs(lie, cases)
    return max(logs) - min(logs)


def _mean(lie: Lie, cases: Sequence[tuple[Case, Prediction]]) -> float:
    logs = _logs(lie, cases)
    return sum(logs) / len(logs)
