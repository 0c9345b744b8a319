"""Every judge is held to its word: by the catalogue's claims on synthetic records, by trials of known truth, or here.

tests/test_verify/claims/test_records.py runs over the claims, tests/test_verify/calibration/test_false_alarms.py over the
trials; a judge that neither has, nor a row below, is found missing.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from support import norm_records
from support.families import FAMILIES, listed

import verify.judging.judges
from verify.calibration.false_alarms import all_trials
from verify.claims.norms.section import norm_claims
from verify.judging.judges.unpredicted import judge_measured, judge_unpredicted
from verify.judging.sample import Sample
from verify.problem.cells import off_ray
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.statistics.verdict import Verdict

FILES = sorted(path.stem for path in Path(verify.judging.judges.__file__).parent.glob("[!_]*.py"))
UNDECIDED = (judge_measured, judge_unpredicted)  # no run decides a claim of which theory says nothing


def public_judges() -> dict[str, list[str]]:
    """File -> its judges by name, `judge_...`, and what makes them, `..._judge`."""
    homes = {file: import_module(f"verify.judging.judges.{file}") for file in FILES}
    return {
        file: [name for name in home.__all__ if name.startswith("judge_") or name.endswith("_judge")]
        for file, home in homes.items()
    }


def judging(judge: Callable) -> Callable:
    """The function behind a judge that was made for one claim."""
    return judging(judge.func) if isinstance(judge, partial) else judge


def tried() -> set[tuple[str, str]]:
    """File and name of every judge that a claim or a trial has, or a row here."""
    claims = [claim for family in FAMILIES for quick in (True, False) for claim in listed(family, quick)]
    judges = [claim.judge for claim in claims] + [trial.claim.judge for trial in all_trials()]
    found = {judging(judge) for judge in judges} | set(UNDECIDED)
    return {(each.__module__.rpartition(".")[2], each.__name__) for each in found}


def missing(judges: Mapping[str, list[str]], known: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Judges that nothing tries. One that is made for a claim stands in its file as `_judge_...`, or by its own name."""
    made = {
        file for file, name in known if name.startswith("_judge_") or (file, name) == ("rates", "judge_rate")
    }
    return [
        (file, name)
        for file, names in judges.items()
        for name in names
        if (file, name) not in known and not (name.endswith("_judge") and file in made)
    ]


def test_every_judge_is_tried_and_one_that_is_not_is_missed():
    judges, known = public_judges(), tried()
    assert len(FILES) > 15
    assert [file for file, names in judges.items() if not names] == []
    assert missing(judges, known) == []
    assert missing(judges | {"late": ["judge_late", "late_judge"]}, known) == [
        ("late", "judge_late"),
        ("late", "late_judge"),
    ]
    assert missing(judges, known - {("bound", "judge_bound")}) == [("bound", "judge_bound")]


@pytest.mark.parametrize("judge", UNDECIDED)
def test_what_theory_says_nothing_of_is_left_open_by_every_record(judge):
    problem = make_problem(student="expr:cos(z)")
    claims = [claim for claim in norm_claims(problem, Update(), off_ray()) if claim.unpredicted]
    assert len(claims) > 1
    for claim in claims:
        runs = norm_records.synthetic(claim, law=lambda case, prediction: 1.0 * case.cell.N, spread=0.02)
        for sample in (runs, Sample(cases=(), seeds=(), values=(), predictions=())):
            finding = judge(claim, sample)
            assert finding.verdict is Verdict.INCONCLUSIVE
            assert claim.unpredicted in finding.note
            assert {control.verdict for control in finding.controls} == {Verdict.INCONCLUSIVE}
        if judge is judge_measured:  # what was measured stands there, and is no prediction
            assert judge(claim, runs).estimate is not None
