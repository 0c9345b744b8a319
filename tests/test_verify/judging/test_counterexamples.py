"""Judges of proportions, counts and theorems: what one cell, one run or one seed too few must not slip past."""

import math
from dataclasses import replace

import pytest

from verify.claims.assumptions import claims as assumption_claims
from verify.claims.gradient.section import claims as gradient_claims
from verify.everything.command import run
from verify.judging.claim import Claim, Kind, Lie
from verify.judging.judges.count import judge_count, judge_count_always
from verify.judging.judges.every_run import judge_every_run
from verify.judging.judges.proportion import held_by_seed, judge_proportion
from verify.judging.sample import Case, Prediction, Sample
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.statistics.verdict import Verdict

CELLS = tuple(Cell(n=2 * d, N=d, d=d, design="own") for d in (20, 40, 60, 80, 100, 120, 140))
PROBLEM = make_problem()


def sample_of(claim, values_by_cell, seeds):
    """One value per cell and seed."""
    runs = [(cell, seed, values_by_cell(cell, seed)) for cell in CELLS for seed in range(seeds)]
    cases = tuple(Case(problem=PROBLEM, cell=cell, update=Update()) for cell, _, _ in runs)
    return Sample(
        cases=cases,
        seeds=tuple(seed for _, seed, _ in runs),
        values=tuple(float(value) for _, _, value in runs),
        predictions=tuple(claim.predict(case) for case in cases),
    )


def claim_of(judge, kind, *, predicted, margin, lie):
    return Claim(
        id="own", statement="s", source="tests", kind=kind, observable="x", judge=judge, margin=margin, margin_reason="m",
        predict=lambda case: Prediction(value=predicted, spread=1e-12),
        lies=(Lie(name="lie", law=lambda case, p: lie, rival=True),),
        bounds=(1.0, None),
    )  # fmt: skip


def test_a_seed_counts_where_every_cell_held():
    assert held_by_seed((0, 1, 0, 1), (True, True, False, True)) == (1, 2)
    assert held_by_seed((), ()) == (0, 0)


def test_one_size_that_fails_in_a_part_of_the_seeds_is_not_pooled_away():
    claim = claim_of(judge_proportion, Kind.PROPORTION, predicted=1.0, margin=0.1, lie=0.5)
    held = sample_of(claim, lambda cell, seed: 1.0, 100)
    failing = sample_of(claim, lambda cell, seed: float(cell is not CELLS[0] or seed >= 40), 100)
    assert judge_proportion(claim, held).verdict is Verdict.SUPPORTED
    assert judge_proportion(claim, failing).verdict is Verdict.REFUTED
    assert judge_proportion(claim, failing).estimate == pytest.approx(0.6)
    # The interval is that of the seeds, not of cells times seeds.
    few = judge_proportion(claim, sample_of(claim, lambda cell, seed: 1.0, 24))
    assert few.interval[0] == pytest.approx(math.exp(math.log(5e-5) / 24), rel=1e-6)
    assert few.verdict is Verdict.INCONCLUSIVE
    assert few.power < 0.01 < judge_proportion(claim, held).power


def test_a_count_without_exceptions_is_refuted_by_one():
    claim = claim_of(judge_count_always, Kind.COUNT, predicted=0.0, margin=0.4, lie=1.0)
    clean = sample_of(claim, lambda cell, seed: 0.0, 200)
    one = sample_of(claim, lambda cell, seed: float(cell is CELLS[3] and seed == 7), 200)
    assert judge_count_always(claim, clean).verdict is Verdict.SUPPORTED
    assert judge_count_always(claim, one).verdict is Verdict.REFUTED
    assert judge_count(claim, one).verdict is Verdict.SUPPORTED  # the kind that allows for exceptions says so


@pytest.mark.parametrize("name", ["P.B6", "P.B6.distance", "P.B6.float32"])
def test_a_single_zero_refutes_the_proposition(name):
    (claim,) = [claim for claim in gradient_claims(quick=True) if claim.id == name]
    case = Case(problem=claim.design.problem, cell=claim.design.cells[0], update=Update())
    values = (0.0,) * 199 + (1.0,)
    sample = Sample(
        cases=(case,) * 200, seeds=tuple(range(200)), values=values, predictions=(claim.predict(case),) * 200
    )
    assert claim.judge(claim, sample).verdict is Verdict.REFUTED
    clean = replace(sample, values=(0.0,) * 200)
    assert claim.judge(claim, clean).verdict is Verdict.SUPPORTED
    rounded = replace(case, observed={"zeros_float32": 2.0})
    note = claim.judge(claim, replace(clean, cases=(rounded,) * 200)).note
    entries = 200 * case.cell.N * case.cell.d
    assert (f"in float32 400 of {entries} entries are exactly 0" in note) is (name == "P.B6.float32")


def test_a_theorem_needs_a_tolerance_and_one_run_breaks_it():
    claim = claim_of(judge_every_run, Kind.BOUND, predicted=1.0, margin=1e-12, lie=1.5)
    broken = sample_of(claim, lambda cell, seed: 0.9 if cell is CELLS[2] else 1.2, 3)
    assert judge_every_run(claim, broken).verdict is Verdict.REFUTED
    vague = replace(claim, predict=lambda case: Prediction(value=1.0))
    assert judge_every_run(
        vague, replace(broken, predictions=tuple(map(vague.predict, broken.cases)))
    ).verdict is (Verdict.INCONCLUSIVE)


@pytest.mark.parametrize(
    ("attribute", "factor", "name"),
    [("weight_deviation", 1.2, "A.B1.W.mean-field"), ("readout_deviation", 0.8, "A.B1.a.mean-field")],
)
def test_draws_of_another_deviation_than_claimed_are_seen(monkeypatch, attribute, factor, name):
    from sim.setting import Setting

    honest = getattr(Setting, attribute).fget
    monkeypatch.setattr(Setting, attribute, property(lambda setting: factor * honest(setting)))
    assert name in {claim.id for claim in assumption_claims(quick=True)}
    (finding,) = [found for found in run(only=[name], quick=True, seeds=2, store=None) if found.claim == name]
    assert finding.verdict is Verdict.REFUTED
