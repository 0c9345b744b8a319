"""How much s_1 of W_1 scatters from run to run: the deviation from which the powers of the claims on it follow."""

import math

from verify.claims.rivals import constant_lie, constant_rival
from verify.judging.claim import Claim, Kind
from verify.judging.judges.spread import judge_spread
from verify.judging.sample import Prediction
from verify.measurements.spectra import label, leading_at
from verify.predictions.spike import spread_of, title
from verify.problem.cells import Cell
from verify.problem.paper import default_problem, step
from verify.running.design import Design

__all__ = ["claims"]

CELL = Cell(n=200, N=150, d=100, design="ladder")
SEEDS = 450  # a deviation is known to 25 % from so many, at 1e-4 and with power 0.99


def claims() -> tuple[Claim, ...]:
    """The predicted deviation of s_1 after one FB-Adam step, at a size where many runs cost little."""
    problem, update = default_problem(), step("adam", 0.1, CELL)
    design = Design(problem=problem, cells=(CELL,), measurement=leading_at((update,)))
    value = spread_of(problem, CELL, update)
    return (
        Claim(
            id="X.spike.spread",
            statement=f"s_1(W_1) after one step of {title(update)} scatters from run to run by {value:.3g}",
            source="docs/derivations/spike.md, eqs. (26) to (33)",
            reading=f"standard deviation over seeds; {CELL.label}",
            kind=Kind.VALUE,
            observable=f"s_1[{label(update)}]",
            predict=lambda case: Prediction(value=value),
            judge=judge_spread,
            margin=0.25,
            margin_reason="a quarter of a deviation changes the seeds needed by a half",
            lies=(
                constant_rival("1/d in place of 1/sqrt d", value / math.sqrt(CELL.d)),
                constant_lie("three quarters more", 1.75 * value),
                constant_lie("half", 0.5 * value),
            ),
            seeds=SEEDS,
            design=design,
        ),
    )
