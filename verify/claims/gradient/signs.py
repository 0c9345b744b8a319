"""Claims on Lemma B.5: equal signs of G_0 and its rank-one matrix, and its proof's step from operator norm to entries."""

import math
from functools import lru_cache

from verify.claims.gradient.common import CELL_SEEDS, gradient_design
from verify.claims.gradient.rank_one import residual_error
from verify.claims.rivals import lie, rival
from verify.judging.claim import Claim, Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.identity import judge_identity
from verify.judging.judges.value import judge_value
from verify.judging.sample import Case, Prediction
from verify.problem.cells import Cell
from verify.problem.paper import finite_size, main_cell
from verify.problem.problem import Problem
from verify.running.design import Design, Readings

__all__ = ["median_of_product", "sign_agreement_spread", "sign_claims"]


@lru_cache(maxsize=16)
def _agreement(problem: Problem, cell: Cell) -> tuple[float, float]:
    from theory.update.sign import sign_agreement_refined

    sn = problem.signal_noise(cell)
    return sign_agreement_refined(sn), sign_agreement_spread(sn.kappa, _spread_of_c(problem, cell))


@lru_cache(maxsize=16)
def _spread_of_c(problem: Problem, cell: Cell) -> float:
    from theory.update.sign import sign_norm_spread

    return sign_norm_spread(problem.signal_noise(cell))


def sign_agreement_spread(kappa: float, spread_of_c: float) -> float:
    """Deviation of the agreement in one run, as far as it moves with c: both are functions of kappa."""
    from theory.update.sign import sign_agreement, sign_norm_ratio

    step = 1e-4 * kappa
    agreement = float(sign_agreement(kappa + step) - sign_agreement(kappa - step))
    return spread_of_c * abs(agreement / float(sign_norm_ratio(kappa + step) - sign_norm_ratio(kappa - step)))


def sign_claims(quick: bool) -> tuple[Claim, ...]:
    cell = main_cell(quick)
    design = gradient_design((cell,), paired=True)
    literal = Claim(
        id="L.B5",
        statement="every entry of G_0 has the sign of its rank-one approximation: the share of equal signs is 1",
        source="Lemma B.5, eq. 22",
        reading="literally, A from the residuals",
        kind=Kind.IDENTITY,
        observable="sign_agreement_residual",
        predict=lambda case: Prediction(value=1.0, spread=0.0),
        judge=directed_judge(lambda: _agreement(design.problem, cell)[0], judge_identity),
        margin=0.0,
        margin_reason="every entry: no margin",
        lies=(lie("signs as good as independent: 1/2", lambda case, pred: 0.5),),
        seeds=CELL_SEEDS,
        design=design,
    )
    agreement = Claim(
        id="L.B5.agreement",
        statement="the share of equal signs is E[1/2 + atan(kappa_i)/pi]",
        source="docs/derivations/sign_update.md, sign-6",
        reading="A from the residuals",
        kind=Kind.PROPORTION,
        observable="sign_agreement_residual",
        predict=lambda case: Prediction(value=_agreement(case.problem, case.cell)[0],
                                        spread=_agreement(case.problem, case.cell)[1]),
        judge=judge_value,
        margin=0.01,
        margin_reason="one entry in a hundred; the refinement by rows is good to that down to d = 100",
        lies=(
            rival("every sign equal", lambda case, pred: 1.0),
            rival("the signal counted twice: kappa sqrt 2", lambda case, pred: _other_kappa(case, math.sqrt(2))),
            rival("a quarter of the samples", lambda case, pred: _agreement(case.problem, _fewer(case))[0]),
        ),
        seeds=2 * CELL_SEEDS if quick else CELL_SEEDS,
        design=design,
    )  # fmt: skip
    return (literal, agreement, *_entry_claims(cell, design))


def _fewer(case: Case) -> Cell:
    return Cell(n=case.cell.n // 4, N=case.cell.N, d=case.cell.d)


def _other_kappa(case: Case, factor: float) -> float:
    from theory.update.sign import sign_agreement

    return float(sign_agreement(factor * case.problem.signal_noise(case.cell).kappa))


def _entry_ratio(readings: Readings) -> float:
    """||G_0 - A||_2 over the median |A_ij|."""
    distance = readings.value("rank_one_distance_residual") * readings.value("gradient_operator_norm")
    return distance / readings.value("rank_one_median_residual")


@lru_cache(maxsize=1)
def median_of_product() -> float:
    """Median of |g h| for independent normals: P(|g h| <= m) = (2/pi) int_0^m K_0 = 1/2."""
    from scipy import optimize, special

    return float(optimize.brentq(lambda m: 2.0 / math.pi * special.iti0k0(m)[1] - 0.5, 0.01, 2.0))


def _predicted_entry_ratio(case: Case) -> Prediction:
    """error sqrt(N d)/median |g h|, since |A_ij| = (||A||_2/sqrt(N d)) |g h|."""
    error = residual_error(case)
    scale = math.sqrt(case.cell.N * case.cell.d) / median_of_product()
    return Prediction(value=error.value * scale, flags=error.flags)


def _entry_claims(cell: Cell, design: Design) -> tuple[Claim, ...]:
    step = Claim(
        id="L.B5.entries",
        statement="||G_0 - A||_2 is below |A_ij|, as the proof takes it: already below the median |A_ij|",
        source="Lemma B.5, eqs. 23-25",
        reading="A from the residuals; ratio to the median entry",
        kind=Kind.BOUND,
        observable="norm_over_median_entry",
        predict=_predicted_entry_ratio,
        judge=judge_bound,
        margin=0.5,
        margin_reason="a ratio of 1 is the claim; half of it either way is no other claim",
        lies=(lie("the norm is twice the entry", lambda case, pred: 2.0),),
        bounds=(None, 1.0),
        seeds=CELL_SEEDS,
        design=design,
        measure=_entry_ratio,
    )
    growth = Claim(
        id="L.B5.entries.ratio",
        statement="||G_0 - A||_2 over the median |A_ij| is the error times sqrt(N d)/0.365",
        source="docs/derivations/gradient.md; eqs. 23-25",
        reading="A from the residuals",
        kind=Kind.VALUE,
        observable="norm_over_median_entry",
        predict=_predicted_entry_ratio,
        judge=judge_value,
        margin=0.08 * finite_size(cell),
        margin_reason=(
            "at the paper's size 5 % of the error's prediction and 3 % for the median's; growing like d^-1/2 below it"
        ),
        relative=True,
        lies=(
            rival("1", lambda case, pred: 1.0),
            lie("three margins more", lambda case, pred: (1.0 + 0.24 * finite_size(cell)) * pred.value),
            rival("entries all of one size: sqrt(N d)", lambda case, pred: pred.value * median_of_product()),
            rival("median of a single normal", lambda case, pred: pred.value * median_of_product() / 0.6745),
        ),
        seeds=CELL_SEEDS,
        design=design,
        measure=_entry_ratio,
    )
    return (step, growth)
