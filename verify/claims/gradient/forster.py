"""Claims on Lemma B.9, Forster's bound on the norm of a sign matrix."""

import math
from dataclasses import replace

from verify.claims.gradient.common import CELL_SEEDS, paired_custom_design
from verify.claims.rivals import lie
from verify.judging.claim import Claim, Kind
from verify.judging.judges.every_run import judge_every_run
from verify.judging.sample import Prediction
from verify.measurements.gradient import FORSTER
from verify.problem.cells import Cell

__all__ = ["forster_claims"]

FORSTER_CELL = Cell(n=256, N=60, d=40, design="small")


def forster_claims() -> tuple[Claim, ...]:
    design = paired_custom_design(FORSTER_CELL, FORSTER)
    bound = Claim(
        id="L.B9",
        statement="||sign(X)||_2 rank(X)/sqrt(rows columns) >= 1 for every X without zero entries, G_0 included",
        source="Lemma B.9, eq. 30; Forster et al. 2001",
        reading="random X of rank 1 to 16, the worst known ones, and G_0",
        kind=Kind.BOUND,
        observable="forster_least",
        predict=lambda case: Prediction(value=1.0, spread=1e-12),
        judge=judge_every_run,
        margin=1e-12,
        margin_reason="a theorem: rounding of a singular value only",
        lies=(
            lie("5 % sharper: rank 1 attains the bound", lambda case, pred: 1.05),
            lie("1.0001 times sharper", lambda case, pred: 1.0001),
        ),
        bounds=(1.0, None),
        seeds=CELL_SEEDS,
        design=design,
    )
    two = replace(
        bound,
        id="L.B9.two",
        statement="the same for rank 2, where the bound is strict: directions around a circle come to 4/pi of it",
        observable="forster_rank_two",
        lies=(
            lie("sqrt(rank) for the rank", lambda case, pred: math.sqrt(2.0)),
            lie("||sign(X)||_2 = sqrt(rows columns) whatever the rank", lambda case, pred: 2.0),
        ),
    )
    more = replace(
        bound,
        id="L.B9.more",
        statement="the same for ranks 3 to 16, random and Walsh functions: nothing comes near the bound",
        observable="forster_rank_more",
        lies=(
            lie(
                "sqrt(3) for the bound: what orthogonal signs of rank 3 would have",
                lambda case, pred: math.sqrt(3.0),
            ),
            lie("||sign(X)||_2 = sqrt(rows columns) whatever the rank", lambda case, pred: 3.0),
        ),
    )
    own = replace(
        bound,
        id="L.B9.gradient",
        statement="the same for G_0 itself, whose rank is that of the smaller side",
        observable="forster_gradient",
        lies=(
            lie(
                "sign(G_0) has norm sqrt(N d): rank for ratio",
                lambda case, pred: float(min(case.cell.N, case.cell.d)),
            ),
        ),
    )
    return (bound, two, more, own)
