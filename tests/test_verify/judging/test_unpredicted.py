"""Judges of what theory says nothing of: never decided, whatever is measured, and the measured number beside it."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from verify.claims.unpredicted import measured_only, unpredicted
from verify.judging.claim import Kind
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell
from verify.problem.paper import SMALL, default_problem
from verify.problem.update import Update
from verify.running.design import Design
from verify.statistics.verdict import Verdict

UPDATE = Update(eta=0.1)
SIZES = [Cell(n=n, N=N, d=d) for n, N, d in ((80, 60, 40), (160, 60, 40), (80, 120, 40), (80, 60, 80))]
DESIGN = Design(problem=default_problem(), cells=(SMALL,), groups=("top",), updates=(UPDATE,))
REASON = "theory does not know it"


def claim_of(kind=Kind.VALUE):
    return measured_only(
        "x", "x is as predicted", "top_singular_value", REASON, design=DESIGN, seeds=4, kind=kind
    )


def sample_of(claim, law, cells, seeds=4):
    rng = np.random.default_rng(5)
    cases = [
        Case(problem=DESIGN.problem, cell=cell, update=UPDATE) for cell, _ in product(cells, range(seeds))
    ]
    return Sample(
        cases=tuple(cases),
        seeds=tuple(seed for _, seed in product(cells, range(seeds))),
        values=tuple(law(case.cell) * (1.0 + 1e-6 * rng.standard_normal()) for case in cases),
        predictions=tuple(claim.predict(case) for case in cases),
    )


@pytest.mark.parametrize("level", [0.0, 1.0, 1e6])
def test_nothing_that_is_measured_decides_it(level):
    claim = claim_of()
    found = claim.judge(claim, sample_of(claim, lambda cell: level, [SMALL]))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.note == f"no prediction: {REASON}"
    assert found.predicted is found.interval is found.power is None
    assert found.estimate == pytest.approx(level, rel=1e-5)


def test_its_exponents_are_those_of_the_measured_number():
    claim = claim_of(Kind.EXPONENT)
    found = claim.judge(claim, sample_of(claim, lambda cell: cell.n**0.25 * cell.N**0.5 / cell.d, SIZES))
    assert found.estimate == pytest.approx({"n": 0.25, "N": 0.5, "d": -1.0}, abs=1e-4)
    assert all(error < 1e-4 for error in found.standard_error.values())
    assert found.interval is None


def test_cells_that_identify_no_exponent_give_none():
    claim = claim_of(Kind.EXPONENT)
    found = claim.judge(claim, sample_of(claim, lambda cell: 2.0, SIZES[:1]))
    assert found.estimate is None
    assert found.note == f"no prediction: {REASON}"


@pytest.mark.parametrize("kind", [Kind.VALUE, Kind.EXPONENT])
def test_one_seed_gives_no_estimate(kind):
    claim = claim_of(kind)
    assert claim.judge(claim, sample_of(claim, lambda cell: 2.0, SIZES, seeds=1)).estimate is None


def test_a_claim_whose_prediction_is_missing_is_not_judged_by_it():
    told = replace(claim_of(), predict=lambda case: Prediction(value=2.0, spread=0.1))
    claim = unpredicted(told, REASON)
    found = claim.judge(claim, sample_of(claim, lambda cell: 2.0, [SMALL]))
    assert (found.verdict, found.estimate, found.predicted) == (Verdict.INCONCLUSIVE, None, None)
