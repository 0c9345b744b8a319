"""How far the parabola of GD's training loss is said to hold: up to where a step moves preactivations by a tenth."""

import math
from functools import lru_cache

from verify.claims.rivals import constant_lie, rival
from verify.judging.claim import Claim, Kind
from verify.judging.judges.value import judge_value
from verify.judging.sample import Prediction
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, finite_size
from verify.problem.problem import Problem
from verify.running.design import Design, Readings

__all__ = ["gd_reach", "reach_claim"]

TENTH = 0.1


@lru_cache(maxsize=16)
def gd_reach(problem: Problem, cell: Cell) -> float:
    """The learning rate up to which theory says that GD's parabola holds."""
    from theory.losses.parabola import gd_loss

    sn = problem.signal_noise(cell)
    return gd_loss(
        n=cell.n, N=cell.N, d=cell.d, mu_1=sn.student.mu_1, var_prime=sn.student.var_prime,
        residual_2=sn.residual_2, b_squared=sn.b_squared, parametrisation=problem.parametrisation,
    ).valid_to  # fmt: skip


def reach_claim(cell: Cell, *, seeds: int) -> Claim:
    """At that learning rate eta ||G_0||_2/sqrt(N d), in units of a preactivation's spread, is a tenth."""
    problem = default_problem()

    def measure(readings: Readings) -> float:
        at = readings.cell
        return gd_reach(problem, at) * readings.value("gradient_operator_norm") / math.sqrt(at.N * at.d)

    return Claim(
        id="X.loss.gd-reach",
        statement="at the learning rate up to which GD's parabola is said to hold, one step moves a preactivation by a "
        "tenth of its spread",
        source="docs/derivations/losses.md, after eq. (14)",
        reading=f"eta ||G_0||_2/sqrt(N d) at eta = {gd_reach(problem, cell):.4g}; {cell.label}",
        kind=Kind.VALUE,
        observable="gradient_operator_norm",
        predict=lambda case: Prediction(value=TENTH),
        judge=judge_value,
        margin=0.1 * TENTH * finite_size(cell) ** 0.5,
        margin_reason="a tenth of it at the paper's size, growing like d^-1/4 below it: a range need not end sharper",
        lies=(
            rival("factor 2 of the loss dropped", lambda case, pred: 2.0 * pred.value),
            constant_lie("a quarter less", 0.75 * TENTH),
            constant_lie("a quarter more", 1.25 * TENTH),
        ),
        seeds=seeds,
        design=Design(problem=problem, cells=(cell,), groups=("gradient",)),
        measure=measure,
    )
