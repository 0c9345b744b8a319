"""The claims of Theorem 4.1 on ||D_0||_F and ||D_0||_2: identities, exponents, constants, the ray."""

import math
from dataclasses import replace

from verify.claims.norms.grid import Grid, main_cells
from verify.claims.norms.laws import constant_of, growth_claim
from verify.claims.norms.rivals import (
    FIVE_PERCENT,
    MATCHED_LAWS,
    ONE_CONSTANT,
    SIZE_LAWS,
    law_of,
    matched,
)
from verify.claims.rivals import times
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.identity import judge_identity
from verify.judging.judges.ray import LAST_FITTED_SCALE, judge_ordered, judge_ray
from verify.predictions.norms import (
    UNCORRECTED,
    adam_ratios,
    factor_of,
    frobenius,
    identity_value,
    operator,
    rank_one_value,
    root,
)

__all__ = [
    "ADAM_SEEDS",
    "along_ray",
    "frobenius_claims",
    "operator_claims",
    "rank_one_identity",
]

ADAM_SEEDS = 5
UNSEEN = 2.0**-24  # a drift that float32 entries cannot show
SQRT_ND = {"n": 0.0, "N": 0.5, "d": 0.5}
EXPONENT_REASON = (
    "the smallest difference of an exponent that would matter: 0.03 is 6 % over a factor of eight"
)
CONSTANT_REASON = (
    "the smallest difference of a constant that would matter; refined c is good to 0.5 % at d = 250"
)
DRIFT_REASON = "a third of the drift predicted for eps = 1e-8 at d = 1000"


def frobenius_claims(grid: Grid) -> tuple[Claim, ...]:
    """eps = 0: an identity. eps > 0: the drift is the claim, the pure law a lie where these cells can see it."""
    update = grid.update
    ratios = [adam_ratios(grid.problem, cell, update, 0.0) for cell in grid.cells]
    factor = UNCORRECTED if update.adam == "uncorrected" else 1.0
    if all(ratio[2] / factor > 1 - UNSEEN for ratio in ratios):
        identity = Claim(
            id="T4.1.F",
            statement="||D_0||_F = sqrt(N d), up to exact zeros of G_0 (times 3.1623 without bias correction)",
            source="Theorem 4.1, eqs. 10 and 31",
            reading="eps = 0, the exact sign" if update.eps == 0 else f"eps = {update.eps:g}, below rounding",
            kind=Kind.IDENTITY,
            observable="frobenius_norm",
            predict=identity_value,
            judge=judge_identity,
            margin=0.0,
            margin_reason="an identity: rounding only",
            lies=(*map(matched, MATCHED_LAWS), *FIVE_PERCENT),
            design=grid.every,
        )
        return (identity,)
    pure = Lie(name="sqrt(N d) without drift", law=lambda case, pred: factor_of(case) * root(case))
    seen = _drift_visible(grid, factor)
    visible = (pure,) if seen else ()
    law = growth_claim(
        "T4.1.F",
        statement="||D_0||_F = sqrt(N d) times the ratio predicted for eps, which falls as entries of G_0 reach eps",
        source="Theorem 4.1, eq. 10; eps: docs/derivations/adam_eps.md",
        reading=f"eps = {update.eps:g}"
        + (
            ""
            if seen
            else "; too small a drift for these cells to tell from none: sqrt(N d) is not stated as a lie"
        ),
        observable="frobenius_norm",
        predict=frobenius,
        margin=0.03,
        margin_reason=EXPONENT_REASON,
        lies=(*visible, *SIZE_LAWS),
        grid=grid,
    )
    law = replace(law, exponents=SQRT_ND)
    constant = constant_of(
        law,
        statement="||D_0||_F/sqrt(N d) has the ratio predicted for eps",
        margin=0.002,
        margin_reason=DRIFT_REASON,
        lies=(times("0.5 % higher", 1.005), times("0.5 % lower", 0.995)),
    )
    return (law, constant, *along_ray(constant, grid))


def _drift_visible(grid: Grid, factor: float) -> bool:
    """Whether the claim's own seeds refute the law without drift on these cells, computed before any data."""
    from verify.statistics import exponent_power

    judged = main_cells(grid.cells)
    ratios = [adam_ratios(grid.problem, cell, grid.update, 0.0) for cell in judged]
    spread = [ratio[3] / ratio[2] for ratio in ratios]
    drift = [math.log(factor / ratio[2]) for ratio in ratios]
    if len(judged) < 2 or not min(spread) > 0 or max(drift) - min(drift) < 1e-9:
        return False
    sizes = {name: [float(getattr(cell, name)) for cell in judged] for name in ("n", "N", "d")}
    power = exponent_power(
        sizes, spread=spread, seeds=ADAM_SEEDS, error_rate=1e-4, margin=0.03, rivals={"pure": drift}
    )
    return power.rivals["pure"] >= 0.99


def along_ray(constant: Claim, grid: Grid, *, statement: str = "") -> tuple[Claim, ...]:
    """The same constant judged along the ray, where there is one."""
    if not grid.scales:
        return ()
    said = statement or f"along the ray: {constant.statement}, on average, and no scale lies outside its band"
    reading = "; ".join(part for part in (constant.reading, grid.ray_reading) if part)
    name = f"{constant.id.removesuffix('.constant')}.ray"
    along = replace(constant, id=name, statement=said, reading=reading, judge=judge_ray, design=grid.every)
    return (along,)


def operator_claims(grid: Grid) -> tuple[Claim, ...]:
    """T4.1.2 with its constant, along the ray, and the large scales from the small ones."""
    law = growth_claim(
        "T4.1.2",
        statement="||D_0||_2 = c(n/d) sqrt(N d): exponents 0, 1/2, 1/2 in n, N, d beside the predicted c",
        source="Theorem 4.1, eqs. 10 and 34; c: docs/derivations/sign_update.md",
        reading="",
        observable="operator_norm",
        predict=operator,
        margin=0.03,
        margin_reason=EXPONENT_REASON,
        lies=(*SIZE_LAWS, ONE_CONSTANT),
        grid=grid,
    )
    law = replace(law, exponents=SQRT_ND)
    constant = constant_of(
        law,
        statement="measured over predicted c is 1 at the centre of the design",
        margin=0.02,
        margin_reason=CONSTANT_REASON,
        lies=FIVE_PERCENT,
    )
    on_paper = replace(constant, source="Table 2, Fig. 8")
    along = along_ray(
        on_paper,
        grid,
        statement="on the paper's ray measured over predicted c is 1 on average, and no scale lies outside its band",
    )
    return (law, constant, *along, *_in_order(on_paper, grid))


def _in_order(constant: Claim, grid: Grid) -> tuple[Claim, ...]:
    """The scales up to k = 5 predict the larger ones, where there are five scales or more."""
    fitted = [scale for scale in grid.scales if scale <= LAST_FITTED_SCALE]
    if len(grid.scales) < 5 or not 0 < len(fitted) < len(grid.scales):
        return ()
    ordered = replace(
        constant,
        id="T4.1.2.ordered",
        statement="a constant fitted on the scales up to k = 5 predicts ||D_0||_2/(c sqrt(N d)) at the others",
        kind=Kind.ORDER,
        judge=judge_ordered,
        lies=(
            law_of("(N d)^0.45", lambda n, N, d: (N * d) ** 0.45),
            Lie(name="k^0.1 faster", law=lambda case, pred: pred.value * case.cell.n**0.1),
        ),
        design=grid.ray,
        relative=True,
    )
    return (ordered,)


def rank_one_identity(grid: Grid) -> Claim:
    """A linear student: G_0 has rank one, so the operator norm of its sign is its Frobenius norm."""
    return Claim(
        id="T4.1.2",
        statement="G_0 has rank one (sigma' is constant), so ||D_0||_2 = sqrt(N d) exactly",
        source="Theorem 4.1, eqs. 10 and 34; docs/derivations/sign_update.md",
        reading="linear student",
        kind=Kind.IDENTITY,
        observable="operator_norm",
        predict=rank_one_value,
        judge=judge_identity,
        margin=0.0,
        margin_reason="an identity: rounding of the sums over samples can flip the sign of entries near zero",
        lies=(*map(matched, MATCHED_LAWS), *FIVE_PERCENT),
        design=grid.every,
    )
