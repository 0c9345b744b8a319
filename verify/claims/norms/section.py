"""Theorem 4.1 with its constant: how the norms of the first update (and of its gradient) grow.

Which claims there are depends on the case: with eps = 0 the Frobenius half is an identity, with eps > 0 its predicted
drift is judged and the pure law is a lie. A rival that equals the prediction in a case is not stated there.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from verify.claims.norms.gradient import GD_SEEDS, gradient_claims
from verify.claims.norms.grid import Grid
from verify.claims.norms.update import ADAM_SEEDS, frobenius_claims, operator_claims, rank_one_identity
from verify.claims.norms.weak import weak_operator_claims
from verify.claims.unpredicted import measured_only, unpredicted
from verify.judging.claim import Claim, Kind
from verify.judging.sample import Case
from verify.predictions.norms import adam_ratios
from verify.predictions.optimisers import known, missing_theory
from verify.predictions.regime import is_weak, missing_prediction
from verify.problem.cells import Cell, off_ray, scaling_cells
from verify.problem.problem import Problem, make_problem
from verify.problem.update import Update

__all__ = ["ADAM_SEEDS", "GD_SEEDS", "claims", "norm_claims", "stated_for"]

GD_LAST_SCALE = 4  # of the ray in the catalogue: 20 seeds at k = 8 cost as much as every other claim together


def norm_claims(
    problem: Problem, update: Update, cells: Sequence[Cell], *, ray_reading: str = ""
) -> tuple[Claim, ...]:
    """The claims on the norms that this problem, update and design allow, lies stated for the case.

    Each has the cells of its kind as its design. `ray_reading`: what the readings along the ray say of its scales.
    """
    grid = Grid(problem=problem, update=update, cells=tuple(cells), ray_reading=ray_reading)
    if reason := missing_theory(update):
        return _measured_claims(grid, reason)
    if known(update) == "gd":
        claims = gradient_claims(grid)
    else:
        claims = (*frobenius_claims(grid), *_operator_claims(grid))
    missing = next((reason for cell in cells if (reason := missing_prediction(problem, cell, update))), "")
    return tuple(
        unpredicted(claim, missing)
        if missing and claim.observable == "operator_norm"
        else stated_for(claim, problem, update)
        for claim in claims
    )


def _measured_claims(grid: Grid, reason: str) -> tuple[Claim, ...]:
    """Both norms of an update that theory does not know, as they grow with n, N and d."""
    update = grid.update
    return tuple(
        measured_only(
            f"norm.{update.optimiser}.{letter}",
            f"||D_0||_{letter} of one step of {update.title} grows with n, N, d as predicted",
            observable,
            reason,
            kind=Kind.EXPONENT,
            seeds=GD_SEEDS,  # GD's norms scatter most of those that are known
            design=grid.main,
        )
        for letter, observable in (("2", "operator_norm"), ("F", "frobenius_norm"))
    )


def _operator_claims(grid: Grid) -> tuple[Claim, ...]:
    problem, update = grid.problem, grid.update
    student = problem.signal_noise(grid.cells[0], {"readout_sum": 0.0}).student
    exact = all(adam_ratios(problem, cell, update, 0.0)[1] == 0 for cell in grid.cells)
    if student.var_prime == 0 and exact:
        return (rank_one_identity(grid),)
    missing = any(missing_prediction(problem, cell, update) for cell in grid.cells)
    if not missing and any(is_weak(problem, cell, update) for cell in grid.cells):
        return weak_operator_claims(grid)
    return operator_claims(grid)


def stated_for(claim: Claim, problem: Problem, update: Update) -> Claim:
    """The claim without the lies that equal its prediction, up to a constant where that is free, in this case.

    Compared on the design off the ray, where there is a prediction there (a weak signal may have one elsewhere only).
    """
    if claim.kind is Kind.IDENTITY:
        return claim
    cases = [
        Case(problem=problem, cell=cell, update=update, observed={"readout_sum": 0.0, "zeros": 0.0})
        for cell in off_ray()
    ]
    predicted = [(case, found) for case in cases if math.isfinite((found := claim.predict(case)).value)]
    if not predicted:
        return claim
    kept = []
    for lie in claim.lies:
        ratios = [math.log(lie.law(case, found) / found.value) for case, found in predicted]
        distance = max(ratios) - min(ratios) if claim.kind is Kind.EXPONENT else max(map(abs, ratios))
        if distance > 1e-6:
            kept.append(lie)
    return replace(claim, lies=tuple(kept))


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """The claims at the paper's problem for both optimisers, each with the cells that it runs on."""
    problem = make_problem()
    found = []
    for update, last, seeds in (
        (Update(), 3 if quick else 8, 3 if quick else ADAM_SEEDS),
        (Update(optimiser="gd"), 3 if quick else GD_LAST_SCALE, GD_SEEDS),
    ):
        cells = scaling_cells(scales=range(1, last + 1))
        reading = f"scales 1 to {last} of the ray"
        found += [
            replace(claim, seeds=seeds) for claim in norm_claims(problem, update, cells, ray_reading=reading)
        ]
    return tuple(found)
