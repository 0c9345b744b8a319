"""verify.overlap end to end: files, the same bytes twice, verdicts, and the Python call."""

import csv
import json

import pytest
from support.commands import FILES, called, command, stable

from verify.overlap.command import run
from verify.statistics.verdict import Verdict

SMALL = ["--sizes", "160,120,80", "--seeds", "40", "--eta", "0.03,0.5,2", "--threads", "1"]


def test_files_and_verdicts_agree_and_a_second_run_gives_the_same_bytes(empty, capsys):
    first = command("overlap", *SMALL, cwd=empty, module="verify")
    out = empty / "bulkspike-out" / "overlap"
    assert first.stderr == ""
    assert {path.name for path in out.iterdir()} == FILES
    verdicts = {v["claim"]: v for v in json.loads((out / "verdicts.json").read_text())}
    assert first.returncode in (0, 3)
    for side in ("left", "right"):
        for eta in ("0.03", "0.5", "2"):
            verdict = verdicts[f"overlap.{side}.adam-{eta}"]
            assert verdict["verdict"] == "supported"
            assert {control["verdict"] for control in verdict["controls"]} == {"refuted"}
    with (out / "records.csv").open() as file:
        rows = list(csv.DictReader(file))
    left = [float(r["value"]) for r in rows if (r["observable"], r["eta"]) == ("left_overlap", "0.5")]
    assert len(left) == 40
    with (out / "table.csv").open() as file:
        table = {row["eta"]: row for row in csv.DictReader(file)}
    assert float(table["0.5"]["left_overlap_mean"]) == pytest.approx(sum(left) / 40, rel=1e-12)
    below = verdicts["overlap.left.adam-0.03"]["predicted"]  # table and finding have one prediction
    assert float(table["0.03"]["left_overlap_predicted"]) == pytest.approx(below, rel=1e-12)
    assert float(table["0.03"]["left_overlap_independent"]) == pytest.approx(1 / 120)
    kept = stable(out)
    assert called(capsys, "verify.overlap", *SMALL).returncode == first.returncode
    assert json.loads((out / "run.json").read_text())["cells_reused"] == 120
    assert stable(out) == kept


def test_the_python_call_prints_nothing_and_knows_an_axis(capsys):
    options = dict(sizes=[(160, 120, 80)], eta=[2.0], seeds=40, store=None, threads=1)
    sphere = {finding.claim: finding for finding in run(**options)}
    axis = {finding.claim: finding for finding in run(**options, teacher_direction="axis")}
    assert capsys.readouterr().out == ""
    name = "overlap.sim.adam-2"
    assert sphere[name].estimate > 2 * axis[name].estimate
    assert axis[name].predicted < 0.2 < sphere[name].predicted
    assert axis[name].verdict is not Verdict.REFUTED
    assert sphere["overlap.right.adam-2"].verdict is Verdict.SUPPORTED


def test_a_false_prediction_is_refuted():
    from dataclasses import replace

    from verify.claims.overlap.section import command_claims
    from verify.problem.cells import Cell
    from verify.problem.paper import default_problem
    from verify.problem.update import adam
    from verify.running.obtain import obtain
    from verify.running.resources import Resources
    from verify.session.judge_claim import judge_claim

    cell = Cell(n=160, N=120, d=80)
    (left, *_) = command_claims(default_problem(), cell, (adam(2.0),), seeds=20)
    wrong = replace(left, predict=lambda case: replace(left.predict(case), value=0.6))
    found = judge_claim(
        wrong, range(20), lambda asked: obtain(asked, store=None, resources=Resources(threads=1))
    )
    assert found.verdict is Verdict.REFUTED
