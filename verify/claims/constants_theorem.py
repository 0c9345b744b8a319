"""Theorem 4.1 as worded and as predicted: the top value's share, Theta as two bounds, the paper's ray, the step's size."""

import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from verify.claim import Case, Claim, Kind, Lie, Prediction
from verify.claims.constants_common import (
    FINITE,
    SEEDS,
    custom_design,
    lie,
    measured_ratio,
    norms_design,
    operator,
    power_of_d,
    ratio,
    sign_constant,
    times,
)  # fmt: skip
from verify.claims.constants_measures import NORMS, TURNING
from verify.claims.norms import ADAM_SEEDS
from verify.claims.shared import ladder
from verify.designs import Cell, ray
from verify.judges import judge_identity
from verify.judges_line import Part, line_judge
from verify.judges_rates import judge_trend, rate_judge
from verify.judges_seeds import judge_bound
from verify.judges_slopes import judge_slope
from verify.problem import Problem

if TYPE_CHECKING:
    from theory.spike import SpikeTheory

__all__ = ["claims", "step_ratio", "turning_point"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """T4.1.S, T4.1 as Theta, B.2, C4.2."""
    return (*_share_claims(quick), *_theta_claims(quick), *_ray_claims(quick), *_step_claims(quick))


# -- T4.1.S: the top singular value's share ---------------------------------------------------------------------------


def _share_claims(quick: bool) -> tuple[Claim, ...]:
    cells = ladder(quick)
    smallest, largest = cells[0].d, cells[-1].d

    def growing(case: Case) -> Prediction:
        """A share that tends to 1, its distance halved by every factor of four in d."""
        missing = 1.0 - sign_constant(case.problem, cells[0])[0] ** 2
        return Prediction(value=1.0 - missing * (case.cell.d / smallest) ** -0.5)

    literal = Claim(
        id="T4.1.S",
        statement="s_1^2/||D_0||_F^2 grows with n, N, d at fixed ratios: its slope on log d is above 0.05",
        source="Section 4.2, below Theorem 4.1",
        reading="a growth, as worded",
        kind=Kind.TREND,
        observable="top_share",
        predict=growing,
        judge=judge_trend,
        margin=0.05,
        margin_reason="a tenth more over the ladder's factor of eight: less would not be called a growth",
        lies=(
            lie("falls like d^-0.2", lambda case, pred: case.cell.d**-0.2),
            lie("grows like d^0.4 from a small share", lambda case, pred: 0.01 * case.cell.d**0.4),
        ),
        seeds=4 * SEEDS,
        design=norms_design(cells),
        measure=lambda readings: measured_ratio(readings) ** 2,
    )
    limit = replace(
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
    most = Claim(
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
            lie("a third", lambda case, pred: 1.0 / 3.0),
            lie("just half", lambda case, pred: 0.5),
            lie("nearly all of it: 0.95", lambda case, pred: 0.95),
        ),
        bounds=(0.5, None),
        seeds=literal.seeds,
        design=literal.design,
        measure=literal.measure,
    )
    return (literal, most, limit)


def _share(case: Case) -> Prediction:
    value, spread = sign_constant(case.problem, case.cell)
    return Prediction(value=value**2, spread=2.0 * value * spread)


# -- T4.1 as Theta ----------------------------------------------------------------------------------------------------


def _theta_cells(quick: bool) -> tuple[Cell, ...]:
    sizes = (100, 200) if quick else (100, 400)
    ratios = [(0.5, 0.25), (0.5, 4.0), (4.0, 1.5), (16.0, 0.25), (16.0, 4.0)]
    return tuple(Cell(n=int(x * d), N=int(w * d), d=d, design="theta") for d in sizes for x, w in ratios)


def _theta_claims(quick: bool) -> tuple[Claim, ...]:
    cells = _theta_cells(quick)
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
            lie("falls like d^-1/2: as independent signs, (sqrt N + sqrt d)/sqrt(N d)",
                 lambda case, pred: case.cell.N**-0.5 + case.cell.d**-0.5),
            lie("rank one: ||D_0||_2 = ||D_0||_F", lambda case, pred: 1.0),
        ),
        bounds=(0.65, 0.99),
        seeds=SEEDS,
        design=norms_design(cells),
        measure=measured_ratio,
    )  # fmt: skip
    return (bounds,)


# -- B.2: the paper's ray ---------------------------------------------------------------------------------------------


def _ray_claims(quick: bool) -> tuple[Claim, ...]:
    cells = ray(range(1, 4) if quick else range(1, 9))
    design, seeds = norms_design(cells), 10 if quick else ADAM_SEEDS
    last = cells[-1]
    top = math.sqrt(last.N * last.d)
    exact = Claim(
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
    common = Claim(
        id="B.2",
        statement="",
        source="Table 2, Fig. 8",
        reading="operator norm over its predicted line c sqrt(N d)",
        kind=Kind.VALUE,
        observable="operator_norm",
        predict=operator,
        judge=line_judge("slope"),
        margin=0.02,
        margin_reason="2 % of the slope, the smallest difference of a constant that would matter",
        lies=(times("slope 5 % higher", 1.05), times("slope 5 % lower", 0.95)),
        seeds=seeds,
        design=design,
    )
    bent = (
        lie("(N d)^0.4 through the last point", lambda case, pred: pred.value * _place(case, top) ** -0.2),
        lie("(N d)^0.6 through the last point", lambda case, pred: pred.value * _place(case, top) ** 0.2),
    )
    parts: tuple[tuple[Part, str, str, tuple[Lie, ...]], ...] = (
        ("slope", "the slope of ||D_0||_2 on sqrt(N d) is c", common.margin_reason, common.lies),
        ("intercept", "the line of ||D_0||_2 on sqrt(N d) goes through 0: intercept over the norm at k = 1",
         "5 % of the smallest norm: a line that starts there would read as another law below it",
         (lie("a sixth of the norm at k = 1 is intercept", _with_intercept), *bent)),
        ("curvature", "||D_0||_2 on sqrt(N d) does not bend: change of the slope over the ray",
         "5 % of the slope over the ray: a power of N d off by 0.02 to 0.03", bent),
    )  # fmt: skip
    return (
        exact,
        *(
            replace(
                common, id=f"B.2.{part}", statement=statement, judge=line_judge(part), margin_reason=reason, lies=lies,
                margin=0.02 if part == "slope" else 0.05,
            )
            for part, statement, reason, lies in parts
        ),
    )  # fmt: skip


def _place(case: Case, top: float) -> float:
    return math.sqrt(case.cell.N * case.cell.d) / top


def _with_intercept(case: Case, prediction: Prediction) -> float:
    """A sixth of the predicted norm at k = 1, as a constant beside the line."""
    k = case.cell.k or 1
    return prediction.value * (1.0 + 1.0 / (6.0 * k))


def _root_of_entries(case: Case) -> Prediction:
    value = math.sqrt(case.cell.N * case.cell.d - case.observed.get("zeros", 0.0))
    return Prediction(value=value, spread=2.0**-50 * value)


# -- C4.2: the size of a step -----------------------------------------------------------------------------------------


def step_ratio(case: Case) -> Prediction:
    """||D_0||_2/||W_0||_2: c sqrt(N d) over the edge sqrt N + sqrt d less its Tracy-Widom shift."""
    from theory.johnstone import johnstone_scaling
    from theory.tracy_widom import TRACY_WIDOM_MEAN

    N, d = case.cell.N, case.cell.d
    scaling = johnstone_scaling(N=N, d=d)
    edge = math.sqrt(scaling.centre + scaling.scale * TRACY_WIDOM_MEAN)
    value, spread = sign_constant(case.problem, case.cell)
    root = math.sqrt(N * d) / edge
    return Prediction(value=value * root, spread=spread * root)


@lru_cache(maxsize=64)
def turning_point(problem: Problem, cell: Cell, theory: "SpikeTheory" = "two-row") -> float:
    """The eta at which the predicted squared right overlap of W_1 and D_0 is 1/2."""
    from scipy import optimize

    from theory.spike_inputs import critical_eta, spike_at, spike_inputs

    inputs = spike_inputs(problem.signal_noise(cell))
    start = math.log(float(critical_eta(inputs, theory=theory)))

    def excess(log_eta: float) -> float:
        return float(spike_at(inputs, math.exp(log_eta), theory=theory).right_overlap_squared) - 0.5

    return float(math.exp(optimize.brentq(excess, start + 1e-6, start + 3.0)))


def _step_claims(quick: bool) -> tuple[Claim, ...]:
    cells, d_max = ladder(quick), ladder(quick)[-1].d
    ratio = Claim(
        id="C4.2",
        statement="0.95 ||W_0||_F <= ||eta D_0||_F <= 1.05 ||W_0||_F for eta = 1 at every n/d, N/d and d",
        source="Corollary 4.2, eq. 11",
        reading="Frobenius norms; n/d from 0.5 to 16, N/d from 0.25 to 4",
        kind=Kind.BOUND,
        observable="frobenius_step_ratio",
        predict=lambda case: Prediction(value=1.0, spread=(2.0 * case.cell.N * case.cell.d) ** -0.5),
        judge=judge_bound,
        margin=0.04,
        margin_reason="both are sqrt(N d), ||W_0||_F up to 1 % at the smallest size: 5 % leaves room for nothing else",
        lies=(
            lie("3.1623: without bias correction", lambda case, pred: 3.1623),
            lie("the step in the operator norm", lambda case, pred: step_ratio(case).value),
            lie("0.9: a tenth of the entries stay", lambda case, pred: 0.9),
        ),
        bounds=(0.95, 1.05),
        seeds=SEEDS,
        design=custom_design(_theta_cells(quick), NORMS),
    )
    order = Claim(
        id="C4.2.operator",
        statement="||eta D_0||_2/||W_0||_2 grows like sqrt d at fixed eta: on that scale Theta(1) is not the order of W_0",
        source="Corollary 4.2, eq. 11; docs/derivations/sign_update.md",
        reading="operator norms, eta = 1",
        kind=Kind.EXPONENT,
        observable="operator_step_ratio",
        predict=step_ratio,
        judge=rate_judge(0.04),
        margin=0.05,
        margin_reason="0.05 tells 1/2 from 0 and from 0.35; 4 % is two spreads of c at the largest d",
        lies=(
            power_of_d("Theta(1)", -0.5, d_max),
            power_of_d("d^0.35", -0.15, d_max),
            times("10 % higher", 1.1),
        ),
        seeds=2 * SEEDS,
        design=custom_design(cells, NORMS),
    )
    literal = replace(
        order,
        id="C4.2.operator.theta",
        statement="eta = 1 gives ||eta D_0||_2 of the order of ||W_0||_2: the slope of their ratio on log d is 0",
        source="Corollary 4.2, eq. 11",
        reading="operator norms, any constant (the paper's number is lost: one reading)",
        predict=lambda case: Prediction(value=1.0),
        margin=0.1,
        margin_reason="a power of d below 0.1 would pass for none over a factor of eight",
        judge=judge_slope,
        lies=(
            lie("1/sqrt d", lambda case, pred: (case.cell.d / d_max) ** -0.5),
            lie("d^0.3", lambda case, pred: (case.cell.d / d_max) ** 0.3),
        ),
    )
    turning = Claim(
        id="C4.2.eta",
        statement="the eta from which W_1's top vector is the update's goes like d^-1/2: Theta(1) is enough, not needed",
        source="Corollary 4.2; docs/derivations/spike.md",
        reading="the eta at which <v_1(W_1), v_1(D_0)>^2 = 1/2",
        kind=Kind.EXPONENT,
        observable="turning_eta",
        predict=lambda case: Prediction(value=turning_point(case.problem, case.cell)),
        judge=rate_judge(0.08),
        margin=0.1,
        margin_reason="0.1 tells -1/2 from 0 and from -1; 8 % covers the smeared transition at d of a few hundred",
        lies=(
            power_of_d("Theta(1), as the corollary's eta", 0.5, d_max),
            power_of_d("1/d", -0.5, d_max),
            lie(
                "W_0 independent of the update",
                lambda case, pred: turning_point(case.problem, case.cell, "independent"),
            ),
        ),
        seeds=2 * SEEDS,
        design=custom_design(cells, TURNING),
    )
    return (ratio, literal, order, turning)
