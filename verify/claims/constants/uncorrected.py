"""Ours: Adam without bias correction, as the equations are written, has an eps that is sqrt(1000) times as large."""

import math
from dataclasses import replace

from verify.claims.constants.common import SEEDS, centred_frobenius, norms_design
from verify.claims.constants.values import eps_of_size
from verify.claims.rivals import rival, times
from verify.judging.claim import Claim, Kind
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case
from verify.predictions.norms import adam_ratios, factor_of, root
from verify.problem.paper import main_cell
from verify.problem.update import Update

__all__ = ["uncorrected_claims"]

EPS_FACTOR = 1.0 / math.sqrt(
    1.0 - 0.999
)  # what eps is beside sqrt(V) = sqrt(1 - b2) |G_0| against beside |G_0|


def uncorrected_claims(quick: bool) -> tuple[Claim, ...]:
    """||D_0||_F of the uncorrected first update at the eps that is to the cell's size what 1e-8 is to d = 1000."""
    cell = main_cell(quick)
    eps = eps_of_size(1000, cell)
    shown = "" if cell.d == 1000 else f"; the same eps d^3/2 at d = {cell.d} (X.eps.law)"
    claim = Claim(
        id="X.eps.uncorrected",
        statement="without bias correction eps acts as sqrt(1000) eps: at d = 1000 and eps = 1e-8 ||D_0||_F is "
        "0.937 of 3.1623 sqrt(N d)",
        source="docs/derivations/adam_eps.md", reading=f"eqs. 4 and 5 as written, eps = {eps:.3g}{shown}",
        kind=Kind.VALUE, observable="frobenius_norm", predict=centred_frobenius, judge=judge_value,
        margin=0.01, margin_reason="a sixth of the drift itself", relative=True,
        lies=(
            rival("no drift", lambda case, pred: factor_of(case) * root(case)),
            rival("eps as with bias correction", lambda case, pred: _with_eps_times(case, 1.0 / EPS_FACTOR)),
            rival("eps acts as 1000 eps", lambda case, pred: _with_eps_times(case, EPS_FACTOR)),
            times("2.5 % higher", 1.025),
        ),
        seeds=2 * SEEDS, design=norms_design((cell,), Update(adam="uncorrected", eps=eps)),
    )  # fmt: skip
    return (claim,)


def _with_eps_times(case: Case, factor: float) -> float:
    """The same norm at another eps."""
    update = replace(case.update, eps=factor * case.update.eps)
    return adam_ratios(case.problem, case.cell, update, 0.0)[2] * root(case)
