"""What `python -m verify.calibration` says and writes of a hunt and of counted alarms; the counting is tested elsewhere."""

import json
from dataclasses import replace

import pytest
from support.commands import called

from verify.calibration.bugs import BugRow, Hunt
from verify.calibration.experiment import CalibrationResult
from verify.calibration.false_alarms import all_trials, run_trial
from verify.calibration.seeded import Bug, seeded_bugs

BUGS = {bug.id: bug for bug in seeded_bugs()}
REWRITTEN = Bug(
    id="Z1", what="a sign", file="sim/draw.py", function="gone", before="of a function that was", after="it is no more"
)  # fmt: skip


def row(bug, *, caught=True):
    told = {"by": "T4.1.2", "how": "supported -> refuted"} if caught else {"by": "", "how": ""}
    return BugRow(bug=bug, caught=caught, judged=3 if caught else 245, cpu_seconds=2.0, **told)


@pytest.fixture
def alarm_row():
    return run_trial(next(iter(all_trials())), rate=0.05, replicates=20)


def hunted(*rows, unstable=None):
    return Hunt(rows=rows, unstable=unstable or {}, claims=245, clean_cpu_seconds=60.0)


def reported(monkeypatch, capsys, result, *words):
    monkeypatch.setattr("verify.calibration.report.calibrate", lambda **options: result)
    return called(capsys, "verify.calibration", "--out", "out", *words)


def test_caught_bugs_and_calibrated_judges_are_exit_code_zero(empty, monkeypatch, capsys, alarm_row):
    sound = replace(alarm_row, faults=())
    result = CalibrationResult(alarms=(sound,), bugs=hunted(row(BUGS["H03"]), row(REWRITTEN)))
    done = reported(monkeypatch, capsys, result)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 of 1 rows in calibration" in done.stdout
    assert "2 of 2 bugs caught by 245 claims in 4 CPU seconds" in done.stdout
    assert "caught by T4.1.2: supported -> refuted" in done.stdout
    assert "of a function that was -> it is no more" in done.stdout  # as it stood: its function is not there
    assert "left out" not in done.stdout
    table = (empty / "out" / "bugs.md").read_text(encoding="utf-8").splitlines()
    assert len(table) == 4
    assert "| H03 | " in table[2]
    assert "**not caught**" not in "".join(table)
    assert json.loads((empty / "out" / "run.json").read_text(encoding="utf-8"))["calibrated"] is True


@pytest.mark.parametrize("which", ["bug", "judge"])
def test_a_bug_or_a_judge_that_fails_is_exit_code_one_and_named(empty, monkeypatch, capsys, alarm_row, which):
    faulty = replace(alarm_row, faults=("refutes what is true too often",))
    rows = row(BUGS["H03"]), row(BUGS["H17"], caught=which == "judge")
    result = CalibrationResult(
        alarms=(faulty,) if which == "judge" else (),
        bugs=hunted(*rows, unstable={"L.B5": "supported -> inconclusive"}),
    )
    done = reported(monkeypatch, capsys, result)
    assert done.returncode == 1
    assert "alarm on other seeds without a bug: L.B5 (supported -> inconclusive)" in done.stdout
    if which == "judge":
        assert f"{faulty.judge} at 0.05: refutes what is true too often" in done.stdout
        assert "0 of 1 rows in calibration" in done.stdout
        assert "refutes what is true too often" in (empty / "out" / "false-alarms.md").read_text(
            encoding="utf-8"
        )
    else:
        assert "NOT caught by 245 claims" in done.stdout
        assert "1 of 2 bugs caught" in done.stdout
        assert "**not caught**" in (empty / "out" / "bugs.md").read_text(encoding="utf-8")


def test_json_is_all_that_is_on_stdout_and_a_frame_has_a_row_of_each(empty, monkeypatch, capsys, alarm_row):
    result = CalibrationResult(
        alarms=(alarm_row,), bugs=hunted(row(BUGS["H03"]), row(BUGS["D19"], caught=False))
    )
    done = reported(monkeypatch, capsys, result, "--json")
    found = json.loads(done.stdout)
    assert (found["bugs"]["caught"], found["bugs"]["of"], found["calibrated"]) == (1, 2, False)
    assert [each["bug"]["id"] for each in found["bugs"]["rows"]] == ["H03", "D19"]
    assert len(found["false_alarms"]) == 1
    frame = result.to_frame()
    assert list(frame["part"]) == ["false alarms", "bugs", "bugs"]
    assert list(frame["id"].dropna()) == ["H03", "D19"]
    assert str(result).splitlines()[1] == "1 of 2 seeded bugs are caught"
    assert len(repr(result)) < 120
