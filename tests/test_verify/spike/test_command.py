"""verify.spike end to end: files, the same bytes twice, exit codes, one-line errors, other problems, the Python call."""

import csv
import json

import pytest
from support.commands import FILES, assert_one_line, called, command, stable

from verify.commands.options import options_of
from verify.errors import UsageError
from verify.problem.problem import make_problem
from verify.problem.update import Update
from verify.spike.command import SPEC, run
from verify.spike.experiment import esd_updates
from verify.statistics.verdict import Verdict
from verify.sweep.experiment import FACTORS, etas_of, setup

SMALL = ["--sizes", "160,120,80", "--seeds", "40", "--eta", "0.04,0.4,1", "--threads", "1"]


def test_files_and_verdicts_agree_and_a_second_run_gives_the_same_bytes(empty, capsys):
    first = command("spike", *SMALL, cwd=empty, module="verify")
    assert (first.returncode, first.stderr) == (3, "")
    out = empty / "bulkspike-out" / "spike"
    assert {path.name for path in out.iterdir()} == FILES
    verdicts = {v["claim"]: v for v in json.loads((out / "verdicts.json").read_text())}
    assert set(verdicts) == {
        f"spike.{name}" for name in ("count.adam-0.04", "count.adam-0.4", "s1.adam-0.4", "s1.adam-1")
    }
    open_claim = verdicts.pop("spike.s1.adam-1")  # so far out every theory says ||eta D_0||_2
    assert (open_claim["verdict"], open_claim["note"][:8]) == ("inconclusive", "no power")
    for verdict in verdicts.values():
        assert verdict["verdict"] == "supported"
        assert {control["verdict"] for control in verdict["controls"]} == {"refuted"}
    assert json.loads((out / "run.json").read_text())["cells_computed"] == 41
    with (out / "records.csv").open() as file:
        rows = list(csv.DictReader(file))
    top = [float(r["value"]) for r in rows if (r["observable"], r["eta"]) == ("s_1", "0.4")]
    spectrum = [r for r in rows if r["observable"].startswith("s[") and r["eta"] == "0.4"]
    assert (len(top), len(spectrum)) == (40, 80)
    with (out / "table.csv").open() as file:
        table = {row["eta"]: row for row in csv.DictReader(file)}
    assert float(table["0.4"]["s_1_mean"]) == pytest.approx(sum(top) / 40, rel=1e-12)
    assert table["1.0"]["outliers_mean"] == ""  # the bulk is no longer W_0's: no Tracy-Widom p-value
    kept = stable(out)
    assert called(capsys, "verify.spike", *SMALL).returncode == 3
    assert json.loads((out / "run.json").read_text())["cells_reused"] == 41
    assert stable(out) == kept


def test_the_python_call_prints_nothing_and_says_the_same(tmp_path, capsys):
    options = dict(sizes=[(80, 60, 40)], eta=[0.05, 0.8], seeds=20, threads=1)
    findings = run(**options, store=None)
    assert findings == run(**options, store=tmp_path) == run(**options, store=tmp_path)
    assert capsys.readouterr().out == ""
    double = run(**options, store=None, dtype="float64")
    assert [f.estimate for f in findings] == pytest.approx([f.estimate for f in double], rel=1e-4)
    assert [f.estimate for f in findings] != [f.estimate for f in double]


@pytest.mark.parametrize(
    "options",
    [
        {"optimiser": "gd", "eta": [20.0, 400.0]},
        {"parametrisation": "mean-field", "eta": [0.002, 0.035]},
        {"adam": "uncorrected", "eps": 1e-7, "eta": [0.01, 0.15]},
        {"student": "linear", "eta": [0.05, 0.6]},
    ],
)
def test_other_problems_are_predicted_as_well(options):
    findings = run(**options, sizes=[(200, 150, 100)], seeds=40, store=None, threads=1)
    assert [finding.kind for finding in findings][:2] == ["count", "count"]
    assert {finding.verdict for finding in findings} <= {Verdict.SUPPORTED, Verdict.INCONCLUSIVE}
    assert findings[0].verdict is findings[1].verdict is Verdict.SUPPORTED


def test_etas_follow_the_threshold_and_three_esds_are_drawn():
    problem, cell, updates = setup(options_of(SPEC, {"sizes": [(400, 300, 200)]}))
    assert [update.eta for update in updates] == list(etas_of(problem, cell, Update()))
    assert len(updates) == len(FACTORS)
    assert updates[0].eta == pytest.approx(0.25 * 0.1042, rel=0.01)
    drawn = esd_updates(problem, cell, updates)
    assert [update.eta for update in drawn][::2] == [updates[0].eta, updates[-1].eta]
    mean_field = etas_of(make_problem(parametrisation="mean-field"), cell, Update())
    assert mean_field[0] < 0.1 * (updates[0].eta or 0.0)


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--seeds", "1"], "--seeds: must be at least 2"),
        (["--sizes", "80,60,40", "160,60,40"], "--sizes: must be one cell"),
        (["--sizes", "80,60,1"], "--sizes: must have N and d of at least 4"),
        (["--eta", "0,1"], "--eta: must be above 0"),
        (["--max-seeds", "3"], "--max-seeds: must be at least --seeds (40); got 3"),
        (["--student", "hermite:0,0,1"], "--student: must have E sigma'(z) != 0"),
        (["--scales", "1"], "unknown option '--scales'; known:"),
        (["--out", "/proc/nowhere"], "--out: must be a directory"),
    ],
)
def test_a_users_mistake_is_exit_code_two_and_one_line(empty, capsys, argv, says):
    assert_one_line(called(capsys, "verify.spike", *argv), says)


def test_help_and_dry_run_run_nothing(empty, capsys):
    for argv, shows in ((["--help"], "--eta"), (["--dry-run", "--quick"], "40 seeds, 9 etas")):
        done = called(capsys, "verify.spike", *argv)
        assert (done.returncode, done.stderr) == (0, "")
        assert shows in done.stdout
    assert not list(empty.iterdir())


def test_unknown_options_of_the_python_call_are_named():
    with pytest.raises(UsageError, match="unknown option 'scales'"):
        run(scales=[1])
