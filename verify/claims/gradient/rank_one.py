"""Lemma B.4: the error of both rank-one matrices of the first gradient against d, literally and as predicted."""

import math
from collections.abc import Callable
from functools import lru_cache

from verify.claims.rivals import lie
from verify.judging.claim import Claim, Kind
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.identity import judge_identity
from verify.judging.judges.rates import judge_trend, predicted_slope, rate_judge
from verify.judging.sample import Case, Prediction
from verify.problem.cells import Cell
from verify.problem.paper import finite_size
from verify.problem.problem import Problem
from verify.running.design import Design

__all__ = ["LADDER_SEEDS", "label_error", "rank_one_claims", "residual_error"]

LADDER_SEEDS = 120
FALLING = 0.1  # of a slope on log d: a fifth less over a factor of eight
RATE_REASON = "0.1 of a slope is 23 % over a factor of eight: tells d^-1/2 from no decay and from 1/d"


@lru_cache(maxsize=64)
def _label(problem: Problem, cell: Cell) -> float:
    from theory.gradient.norms import label_matrix_error

    return label_matrix_error(problem.signal_noise(cell))


@lru_cache(maxsize=64)
def _residual(problem: Problem, cell: Cell) -> tuple[float, tuple[str, ...]]:
    from theory.spectrum.noise_spectra import rank_one_error

    found = rank_one_error(problem.signal_noise(cell), problem.teacher.theory)
    return found.value, found.flags


def label_error(case: Case) -> Prediction:
    """Limit of ||G_0 - A||_2/||G_0||_2 for the label matrix."""
    return Prediction(value=_label(case.problem, case.cell))


def residual_error(case: Case) -> Prediction:
    """The same for the residual matrix: the bare edge of its noise (docs/derivations/edges.md, section 6)."""
    value, flags = _residual(case.problem, case.cell)
    return Prediction(value=value, flags=flags)


def rank_one_claims(
    problem: Problem, cells: tuple[Cell, ...], *, seeds: int = LADDER_SEEDS
) -> tuple[Claim, ...]:
    """Lemma B.4 in both readings, and what is predicted where the derivation holds: mu_2 = E sigma = 0.

    A student with a constant derivative has no noise and an exact residual matrix; the label's limit is NTK's.
    """
    design = Design(problem=problem, cells=cells, groups=("gradient",))
    sn = problem.signal_noise(cells[-1])
    derived = sn.student.mu_2 == 0.0 and sn.student.s0 == 0.0 and sn.student.mu_1 != 0.0
    limit = derived and problem.parametrisation == "ntk"
    found = [_falls("label", design, seeds, label_error if limit else None)]
    if limit:
        found.append(_label_limit(design, seeds))
    if sn.nu == 0.0:
        return (*found, _exact_residual(design, seeds))
    found.append(_falls("residual", design, seeds, residual_error if derived else None))
    return (*found, _residual_rate(design, seeds)) if derived else tuple(found)


READINGS = {
    "label": "A from the labels, -(2 mu_1/(n sqrt(N d))) a (X^T y)^T",
    "residual": "A from the residuals, (2 mu_1/(n sqrt(N d))) a (X^T r)^T",
}


def _falls(
    reading: str, design: Design, seeds: int, law: Callable[[Case], Prediction] | None = None
) -> Claim:
    """The paper's words; `law` is what theory has of the error, where it has something."""
    return Claim(
        id=f"L.B4.{reading}",
        statement=f"||G_0 - A||_2/||G_0||_2 falls to 0: its slope on log d is below -{FALLING:g} at fixed ratios",
        source="Lemma B.4, eq. 21",
        reading=READINGS[reading],
        kind=Kind.TREND,
        observable=f"rank_one_distance_{reading}",
        predict=lambda case: Prediction(value=case.cell.d**-0.5),
        judge=directed_judge(lambda: math.nan if law is None else predicted_slope(design, law), judge_trend),
        margin=FALLING,
        margin_reason="an error that goes to 0 like any power that can be seen here",
        lies=(
            lie("does not fall: slope 0", lambda case, pred: 1.0),
            lie("falls like 1/d", lambda case, pred: 1.0 / case.cell.d),
        ),
        seeds=seeds,
        design=design,
    )


def _label_limit(design: Design, seeds: int) -> Claim:
    largest = max(design.cells, key=lambda cell: cell.d)
    return Claim(
        id="L.B4.label.limit",
        statement="||G_0 - A||_2/||G_0||_2 tends to a constant: slope 0, and the value that the network's output leaves",
        source="docs/derivations/gradient.md, gradient-13",
        reading="A from the labels",
        kind=Kind.EXPONENT,
        observable="rank_one_distance_label",
        predict=label_error,
        judge=rate_judge(0.03 * max(finite_size(largest), 1.0)),
        margin=FALLING,
        margin_reason=(
            "the slope that a decay must have; for the last value 3 % at the paper's size, growing like d^-1/2 below it"
        ),
        lies=(
            lie("falls like d^-1/2", lambda case, pred: pred.value * (case.cell.d / largest.d) ** -0.5),
            lie("output forgotten: sqrt(E f^2/n/v_t)", _without_own_signal),
            lie("15 % higher", lambda case, pred: 1.15 * pred.value),
        ),
        seeds=seeds,
        design=design,
    )


def _without_own_signal(case: Case, prediction: Prediction) -> float:
    sn = case.problem.signal_noise(case.cell)
    return math.sqrt(sn.output_2 / sn.n / sn.v_t)


def _residual_rate(design: Design, seeds: int) -> Claim:
    largest = max(cell.d for cell in design.cells)
    return Claim(
        id="L.B4.residual.rate",
        statement="||G_0 - A||_2/||G_0||_2 falls like sqrt(log N/d): slope and last value as predicted",
        source="docs/derivations/edges.md, section 5",
        reading="A from the residuals",
        kind=Kind.EXPONENT,
        observable="rank_one_distance_residual",
        predict=residual_error,
        judge=rate_judge(0.05),
        margin=FALLING,
        margin_reason=f"{RATE_REASON}; 5 % for the last value, as the edge is stated",
        lies=(
            lie("no decay", lambda case, pred: pred.value * (case.cell.d / largest) ** 0.5),
            lie("1/d", lambda case, pred: pred.value * (case.cell.d / largest) ** -0.5),
            lie("noise without row weights: edge of sqrt N + sqrt d", _unweighted),
            lie("leading order sqrt(2 ln N/N)/kappa", _leading),
        ),
        seeds=seeds,
        design=design,
    )


def _exact_residual(design: Design, seeds: int) -> Claim:
    from verify.statistics import reduction_tolerance

    longest = max(cell.n + cell.N + cell.d for cell in design.cells)
    room = reduction_tolerance(dtype="float32", length=longest, scale=4.0)
    return Claim(
        id="L.B4.residual",
        statement="sigma' is constant, so G_0 is the residual matrix: 1 + ||G_0 - A||_2/||G_0||_2 = 1 up to rounding",
        source="eq. 20; docs/derivations/gradient.md",
        reading=READINGS["residual"],
        kind=Kind.IDENTITY,
        observable="rank_one_distance_residual",
        predict=lambda case: Prediction(value=1.0, spread=room),
        judge=judge_identity,
        margin=0.0,
        margin_reason="an identity: rounding of float32 sums over samples, neurons and inputs",
        lies=(
            lie("the label matrix's error", lambda case, pred: 1.0 + label_error(case).value),
            lie("an error like tanh's, sqrt(2 ln N/N)/2.66",
                 lambda case, pred: 1.0 + math.sqrt(2 * math.log(case.cell.N) / case.cell.N) / 2.66),
        ),
        seeds=seeds,
        design=design,
        measure=lambda readings: 1.0 + readings.value("rank_one_distance_residual"),
    )  # fmt: skip


def _unweighted(case: Case, prediction: Prediction) -> float:
    sn = case.problem.signal_noise(case.cell)
    edge = sn.nu * (math.sqrt(sn.N) + math.sqrt(sn.d))
    return edge / (sn.student.mu_1 * math.sqrt(sn.v_t * sn.N * sn.d))


def _leading(case: Case, prediction: Prediction) -> float:
    from theory.gradient.norms import residual_matrix_error

    return residual_matrix_error(case.problem.signal_noise(case.cell))
