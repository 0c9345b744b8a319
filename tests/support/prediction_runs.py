"""Drawn first steps at small sizes for the tests of `verify.agreement.rows`, and one check of all that a row promises.

Margins, spreads and learning rates of those tests were chosen on seeds below 2000; they are judged on fresh ones, from
`FIRST_SEED` on. Where these were too few to decide, more seeds were taken beside them, and the test says which.
"""

from dataclasses import replace
from functools import lru_cache

from verify.agreement.outcome import ERROR_RATE, outcome_of, readings_of
from verify.agreement.row import PredictedRow
from verify.agreement.rows import designs_of, predicted_rows, rival_design, rival_predictions
from verify.agreement.steps import Steps
from verify.problem.cells import Cell
from verify.problem.problem import Problem, make_problem
from verify.running.design import Readings
from verify.running.obtain import obtain
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Record
from verify.statistics import power_value
from verify.statistics.verdict import Verdict

FIRST_SEED = 7000


@lru_cache(maxsize=1)
def problem() -> Problem:
    return make_problem()


def small(d: int, *, n: float = 2.0, N: float = 1.5) -> Cell:
    """A cell of the paper's ratios, or of others."""
    return Cell(n=round(n * d), N=round(N * d), d=d)


@lru_cache(maxsize=8)
def rows(cell: Cell, steps: Steps) -> dict[tuple[str, str], PredictedRow]:
    """Every row by quantity and where it is read."""
    found = predicted_rows(problem(), cell, steps=steps) + rival_predictions(problem(), cell, steps=steps)
    return {(row.quantity, row.where): row for row in found}


def run(requests) -> dict[Request, Record]:
    return obtain(requests, store=None, resources=Resources(backend="numpy", threads=1))


@lru_cache(maxsize=16)
def readings(cell: Cell, seeds: int, groups: tuple[str, ...], steps: Steps) -> list[Readings]:
    """Seeds `FIRST_SEED`, .. of the designs that hold a group; "rival" is the one that tells the spike's theories apart."""
    designs = [design for design in designs_of(problem(), cell, steps=steps, test_samples=2000)
               if set(groups) & {*design.groups, *(["custom"] if design.measurement else [])}]  # fmt: skip
    if "rival" in groups:
        designs.append(rival_design(problem(), cell, steps=steps))
    return readings_of(designs, range(FIRST_SEED, FIRST_SEED + seeds), run)


def check(
    row: PredictedRow, found: list[Readings], *, margin: float, spread: float, absolute: bool = False
) -> None:
    """Power first: of support, and of refuting every lie; then the verdicts. Both numbers relative to the value."""
    unit = 1.0 if absolute else abs(row.value)
    row = replace(row, margin=margin * unit)
    design = dict(margin=row.margin, spread=spread * unit, repeats=len(found), error_rate=ERROR_RATE)
    about = (row.quantity, row.where)
    assert power_value(**design) >= 0.99, about
    for lie in row.lies:
        if lie.read is None:
            assert power_value(**design, lie=lie.value - row.value) >= 0.99, (*about, lie)
    outcome = outcome_of(row, found)
    assert outcome.verdict is Verdict.SUPPORTED, outcome
    assert not outcome.not_refuted, outcome
