"""B.2: both norms on the paper's ray, as straight lines in sqrt(N d)."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from verify.claims.constants.common import centred_operator, norms_design
from verify.claims.norms.update import ADAM_SEEDS
from verify.claims.rivals import lie, rival, times
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.identity import judge_identity
from verify.judging.judges.line import Part, line_judge
from verify.judging.sample import Case, Prediction
from verify.problem.cells import ray
from verify.running.design import Design

if TYPE_CHECKING:
    pass


__all__ = ["ray_claims"]


def ray_claims(quick: bool) -> tuple[Claim, ...]:
    """The identity, then slope, intercept and curvature of the operator norm's line."""
    cells = ray(range(1, 4) if quick else range(1, 9))
    design, seeds = norms_design(cells), 10 if quick else ADAM_SEEDS
    top = math.sqrt(cells[-1].N * cells[-1].d)
    return (_identity(design, seeds, top), *_line_parts(design, seeds, top))


def _identity(design: Design, seeds: int, top: float) -> Claim:
    return Claim(
        id="B.2.F",
        statement="||D_0||_F is sqrt(N d) on the points of Table 2: a straight line through 0 of slope 1",
        source="Table 2, Fig. 8",
        reading="eps = 0",
        kind=Kind.IDENTITY,
        observable="frobenius_norm",
        predict=_root_of_entries,
        judge=judge_identity,
        margin=0.0,
        margin_reason="an identity: rounding only",
        lies=(
            lie("an intercept of 1", lambda case, pred: pred.value + 1.0),
            lie(
                "curvature: 1 % more at the end",
                lambda case, pred: pred.value * (1 + 0.01 * _place(case, top)),
            ),
            times("slope 1.001", 1.001),
        ),
        seeds=seeds,
        design=design,
    )


def _line_parts(design: Design, seeds: int, top: float) -> tuple[Claim, ...]:
    common = Claim(
        id="B.2",
        statement="",
        source="Table 2, Fig. 8",
        reading="operator norm over its predicted line c sqrt(N d)",
        kind=Kind.VALUE,
        observable="operator_norm",
        predict=centred_operator,
        judge=line_judge("slope"),
        margin=0.02,
        margin_reason="2 % of the slope, the smallest difference of a constant that would matter",
        lies=(times("slope 5 % higher", 1.05), times("slope 5 % lower", 0.95)),
        seeds=seeds,
        design=design,
    )
    bent = (
        rival("(N d)^0.4 through the last point", lambda case, pred: pred.value * _place(case, top) ** -0.2),
        rival("(N d)^0.6 through the last point", lambda case, pred: pred.value * _place(case, top) ** 0.2),
    )
    parts: tuple[tuple[Part, str, str, tuple[Lie, ...]], ...] = (
        ("slope", "the slope of ||D_0||_2 on sqrt(N d) is c", common.margin_reason, common.lies),
        ("intercept", "the line of ||D_0||_2 on sqrt(N d) goes through 0: intercept over the norm at k = 1",
         "5 % of the smallest norm: a line that starts there would read as another law below it",
         (lie("an eighth of the norm at k = 1 is intercept", _with_intercept), *bent)),
        ("curvature", "||D_0||_2 on sqrt(N d) does not bend: change of the slope over the ray",
         "5 % of the slope over the ray: a power of N d off by 0.02 to 0.03", bent),
    )  # fmt: skip
    return tuple(
        replace(
            common, id=f"B.2.{part}", statement=statement, judge=line_judge(part), margin_reason=reason, lies=lies,
            margin=0.02 if part == "slope" else 0.05,
        )
        for part, statement, reason, lies in parts
    )  # fmt: skip


def _place(case: Case, top: float) -> float:
    return math.sqrt(case.cell.N * case.cell.d) / top


def _with_intercept(case: Case, prediction: Prediction) -> float:
    """An eighth of the predicted norm at k = 1, as a constant beside the line."""
    k = case.cell.k or 1
    return prediction.value * (1.0 + 1.0 / (8.0 * k))


def _root_of_entries(case: Case) -> Prediction:
    value = math.sqrt(case.cell.N * case.cell.d - case.observed.get("zeros", 0.0))
    return Prediction(value=value, spread=2.0**-50 * value)
