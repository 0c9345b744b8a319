"""verify.rank_one end to end: files, the same bytes twice, exit codes, one-line errors, and the Python call."""

import csv
import json

import pytest
from support.commands import FILES, assert_one_line, called, command, stable

from verify.errors import UsageError
from verify.rank_one.command import SPEC, run
from verify.rank_one.experiment import cells_of
from verify.statistics.verdict import Verdict

SIZES = [
    "--scales",
    "1,2,4",
    "--base",
    "80,60,40",
    "--error-rate",
    "0.01",
    "--threads",
    "1",
]
SMALL = [*SIZES, "--seeds", "100"]


def test_files_and_verdicts_agree_and_a_second_run_gives_the_same_bytes(empty, capsys):
    first = command("rank_one", *SMALL, cwd=empty, module="verify")
    assert (first.returncode, first.stderr) == (1, "")
    out = empty / "bulkspike-out" / "rank_one"
    assert {path.name for path in out.iterdir()} == FILES
    verdicts = {v["claim"]: v for v in json.loads((out / "verdicts.json").read_text())}
    assert {claim: v["verdict"] for claim, v in verdicts.items()} == {
        "L.B4.label": "refuted",
        "L.B4.label.limit": "supported",
        "L.B4.residual": "supported",
        "L.B4.residual.rate": "supported",
    }
    for verdict in verdicts.values():
        assert f"{verdict['verdict'].upper()}" in first.stdout
        held = {control["lie"] for control in verdict["controls"] if control["verdict"] != "refuted"}
        assert held == (
            {"does not fall: slope 0"} if verdict["claim"] == "L.B4.label" else set()
        )  # that one is true
    assert json.loads((out / "run.json").read_text())["cells_computed"] == 300
    with (out / "records.csv").open() as file:
        rows = list(csv.DictReader(file))
    label = [
        float(r["value"]) for r in rows if r["observable"] == "rank_one_distance_label" and r["d"] == "160"
    ]
    assert len(label) == 100
    with (out / "table.csv").open() as file:
        table = {row["d"]: row for row in csv.DictReader(file)}
    assert float(table["160"]["label_error_mean"]) == pytest.approx(sum(label) / 100, rel=1e-12)
    kept = stable(out)
    again = called(capsys, "verify.rank_one", *SMALL)
    assert again.returncode == 1
    assert json.loads((out / "run.json").read_text())["cells_reused"] == 300
    assert stable(out) == kept
    other = called(
        capsys, "verify.rank_one", *SIZES, "--first-seed", "500", "--seeds", "10", "--out", "other"
    )
    assert other.stderr == ""
    assert stable(empty / "other")["records.csv"] != kept["records.csv"]


def test_the_python_call_prints_nothing_and_says_the_same(tmp_path, capsys):
    options = dict(scales=[1, 2, 4], base=(80, 60, 40), seeds=10, threads=1)
    findings = run(**options, store=None)
    kept = run(**options, store=tmp_path)
    assert findings == kept == run(**options, store=tmp_path)
    assert capsys.readouterr().out == ""
    assert {finding.repeats for finding in findings} == {10}
    double = run(**options, store=None, dtype="float64")
    for one, two in zip(findings, double, strict=True):
        assert one.estimate == pytest.approx(two.estimate, abs=1e-4)
        assert one.estimate != two.estimate


def test_a_linear_student_is_its_residual_matrix_and_mean_field_forgets_the_output():
    sizes = [(80, 60, 40), (160, 120, 80), (320, 240, 160)]
    linear = {f.claim: f.verdict for f in run(student="linear", sizes=sizes, seeds=8, store=None, threads=1)}
    assert linear["L.B4.residual"] is Verdict.SUPPORTED
    field = run(parametrisation="mean-field", sizes=sizes, seeds=30, error_rate=0.01, store=None, threads=1)
    assert {f.claim: f.verdict for f in field}["L.B4.label"] is Verdict.SUPPORTED
    ntk = run(sizes=sizes, seeds=40, error_rate=0.01, store=None, threads=1)
    assert {f.claim: f.verdict for f in ntk}["L.B4.label"] is Verdict.REFUTED


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--seeds", "1"], "--seeds: must be at least 2"),
        (["--scales", "1,2"], "--scales: must give at least three different d"),
        (["--sizes", "80,60,40", "160,60,40"], "--sizes: must give at least three different d"),
        (["--max-seeds", "3"], "--max-seeds: must be at least --seeds (80); got 3"),
        (["--eta", "1"], "unknown option '--eta'; known:"),
        (["--student", "expr:1/z"], "--student"),
        (["--memory-limit", "1K"], "--memory-limit: (n, N, d) ="),
        (["--out", "/proc/nowhere"], "--out: must be a directory"),
    ],
)
def test_a_users_mistake_is_exit_code_two_and_one_line(empty, capsys, argv, says):
    assert_one_line(called(capsys, "verify.rank_one", *argv), says)


def test_help_and_dry_run_run_nothing(empty, capsys):
    for argv, shows in (
        (["--help"], "--parametrisation"),
        (["--dry-run"], "5 cells x 80 seeds"),
        (["--dry-run", "--quick"], "3 cells x 80 seeds"),
    ):
        done = called(capsys, "verify.rank_one", *argv)
        assert (done.returncode, done.stderr) == (0, "")
        assert shows in done.stdout
    assert not list(empty.iterdir())


def test_cells_need_three_sizes():
    assert [cell.d for cell in cells_of(*(SPEC.default(name) for name in ("scales", "base")))] == [
        50,
        100,
        200,
        400,
        800,
    ]
    with pytest.raises(UsageError, match="three different d"):
        cells_of((1, 2), (100, 75, 50))


def test_a_users_own_cells_were_never_meant_to_have_pilot_runs():
    findings = run(scales=[1, 2, 4], base=(40, 30, 20), seeds=4, threads=1)
    unknown = [finding.note for finding in findings if finding.power is None and finding.interval is not None]
    assert unknown
    assert all("there are no pilot runs" in note for note in unknown)
