"""Theorem 4.1 as worded and as predicted: the top value's share, Theta as two bounds."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from verify.claims.constants.common import FINITE, SEEDS, measured_ratio, norms_design, ratio
from verify.claims.rivals import lie, power_of_d, rival, times
from verify.judging.claim import Claim, Kind
from verify.judging.judges.bound import judge_bound
from verify.judging.judges.contrasts import directed_judge
from verify.judging.judges.rates import judge_trend, predicted_slope, rate_judge
from verify.judging.sample import Case, Prediction
from verify.predictions.norms import sign_constant
from verify.problem.cells import Cell
from verify.problem.paper import ladder

if TYPE_CHECKING:
    pass


__all__ = ["share_claims", "theta_cells", "theta_claims"]


def share_claims(quick: bool) -> tuple[Claim, ...]:
    """A growth as worded, more than half at every size, and the constant that theory has."""
    literal = _growth(ladder(quick))
    return (literal, _most(literal), _limit(literal))


def _growth(cells: tuple[Cell, ...]) -> Claim:
    smallest, design = cells[0].d, norms_design(cells)

    def growing(case: Case) -> Prediction:
        """A share that tends to 1, its distance halved by every factor of four in d."""
        missing = 1.0 - sign_constant(case.problem, cells[0])[0] ** 2
        return Prediction(value=1.0 - missing * (case.cell.d / smallest) ** -0.5)

    return Claim(
        id="T4.1.S",
        statement="s_1^2/||D_0||_F^2 grows with n, N, d at fixed ratios: its slope on log d is above 0.05",
        source="Section 4.2, below Theorem 4.1",
        reading="a growth, as worded",
        kind=Kind.TREND,
        observable="top_share",
        predict=growing,
        judge=directed_judge(lambda: predicted_slope(design, _share), judge_trend),
        margin=0.05,
        margin_reason="a tenth more over the ladder's factor of eight: less would not be called a growth",
        lies=(
            lie("falls like d^-0.2", lambda case, pred: case.cell.d**-0.2),
            lie("grows like d^0.4 from a small share", lambda case, pred: 0.01 * case.cell.d**0.4),
        ),
        seeds=4 * SEEDS,
        design=design,
        measure=lambda readings: measured_ratio(readings) ** 2,
    )


def _limit(literal: Claim) -> Claim:
    assert literal.design is not None
    largest = literal.design.cells[-1].d
    return replace(
        literal,
        id="T4.1.S.limit",
        statement="s_1^2/||D_0||_F^2 is c^2 at every size of fixed ratios: slope 0, and c^2 at the largest",
        source=f"{FINITE}, sign-4 and sign-10",
        reading="a constant below 1",
        kind=Kind.EXPONENT,
        predict=_share,
        judge=rate_judge(0.03),
        margin_reason=f"{literal.margin_reason}; 3 % of the share for the last value",
        lies=(
            power_of_d("grows like d^0.127, as a distance to 1 of d^-1/2 would", 0.127, largest),
            lie("tends to 1", lambda case, pred: 1.0),
            times("c for c^2", 1.0 / math.sqrt(0.68)),
        ),
    )


def _most(literal: Claim) -> Claim:
    return Claim(
        id="T4.1.S.most",
        statement="the top singular value contributes most of ||D_0||_F: s_1^2/||D_0||_F^2 is above 1/2 at every size",
        source=literal.source,
        reading="most, as more than half of the square",
        kind=Kind.BOUND,
        observable="top_share",
        predict=_share,
        judge=judge_bound,
        margin=0.05,
        margin_reason="half of the least room that the prediction (0.68 at n/d = 2) leaves to the bound, rounded down",
        lies=(
            lie("two fifths", lambda case, pred: 0.4),
            lie("just half", lambda case, pred: 0.5),
            lie("four fifths", lambda case, pred: 0.8),
        ),
        bounds=(0.5, None),
        seeds=literal.seeds,
        design=literal.design,
        measure=literal.measure,
    )


def _share(case: Case) -> Prediction:
    value, spread = sign_constant(case.problem, case.cell)
    return Prediction(value=value**2, spread=2.0 * value * spread)


def theta_cells(quick: bool) -> tuple[Cell, ...]:
    """Ratios from 0.5 to 16 and 0.25 to 4, at two sizes."""
    sizes = (100, 200) if quick else (100, 400)
    ratios = [(0.5, 0.25), (0.5, 4.0), (4.0, 1.5), (16.0, 0.25), (16.0, 4.0)]
    return tuple(Cell(n=int(x * d), N=int(w * d), d=d, design="theta") for d in sizes for x, w in ratios)


def theta_claims(quick: bool) -> tuple[Claim, ...]:
    """Two bounds over a named range of ratios."""
    cells = theta_cells(quick)
    bounds = Claim(
        id="T4.1.theta",
        statement=(
            "0.65 sqrt(N d) <= ||D_0||_2 <= 0.99 sqrt(N d) for n/d from 0.5 to 16 and N/d from 0.25 to 4, at two sizes"
        ),
        source="Theorem 4.1, eq. 10",
        reading="Theta as two bounds; d from 100",
        kind=Kind.BOUND,
        observable="operator_norm_over_root",
        predict=ratio,
        judge=judge_bound,
        margin=0.05,
        margin_reason="half of the least room that the prediction (0.78 to 0.92) leaves to a bound, rounded down",
        lies=(
            rival("falls like d^-1/2: as independent signs, (sqrt N + sqrt d)/sqrt(N d)",
                 lambda case, pred: case.cell.N**-0.5 + case.cell.d**-0.5),
            rival("rank one: ||D_0||_2 = ||D_0||_F", lambda case, pred: 1.0),
        ),
        bounds=(0.65, 0.99),
        seeds=SEEDS,
        design=norms_design(cells),
        measure=measured_ratio,
    )  # fmt: skip
    return (bounds,)
