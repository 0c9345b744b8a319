"""The main job end to end: files, exit codes, one-line errors, the same bytes twice, kill and resume."""

import json
import signal
import time

import pytest
from support.commands import FILES, assert_one_line, called, command, lines, python, stable, started

from verify.commands.shell import shell

CELLS = ["256,120,100", "256,240,100", "256,120,200", "512,120,100"]
SMALL = ["--sizes", *CELLS, "--seeds", "4"]
SLOWLY = ["--scales", "1", "--design", "ray", "--seeds"]  # one record after the other


def test_table_figure_and_verdicts_agree_and_a_second_run_gives_the_same_bytes(empty, capsys):
    first = command(*SMALL, cwd=empty, module="verify.scaling")
    assert first.stderr == ""
    out = empty / "bulkspike-out" / "scaling"
    assert {path.name for path in out.iterdir()} == FILES
    verdicts = json.loads((out / "verdicts.json").read_text())
    assert (
        first.returncode
        == {"refuted": 1, "inconclusive": 3, "supported": 0}[
            min((v["verdict"] for v in verdicts), key=["refuted", "inconclusive", "supported"].index)
        ]
    )
    assert verdicts[0]["claim"] == "T4.1.F"
    assert verdicts[0]["verdict"] == "supported"
    for verdict in verdicts:
        assert f"{verdict['verdict'].upper()}" in first.stdout
        assert verdict["controls"]
    run = json.loads((out / "run.json").read_text())
    assert (run["cells_computed"], run["cells_reused"]) == (16, 0)
    kept = stable(out)
    again = called(capsys, "verify.scaling", *SMALL)  # in a process that is not the first run's
    assert again.returncode == first.returncode
    run = json.loads((out / "run.json").read_text())
    assert (run["cells_computed"], run["cells_reused"]) == (0, 16)
    assert stable(out) == kept
    fresh = called(capsys, "verify.scaling", *SMALL, "--fresh", "--out", "elsewhere")
    assert fresh.returncode == first.returncode
    assert fresh.stdout.split() == first.stdout.replace("bulkspike-out/scaling", "elsewhere").split()
    assert stable(empty / "elsewhere") == kept
    other = called(capsys, "verify.scaling", *SMALL, "--first-seed", "9", "--out", "other")
    assert other.returncode in (0, 3)
    assert (
        stable(empty / "other")["records.csv"] != kept["records.csv"]
    )  # the control: other seeds, other bytes


def wait_for_records(process, store, count):
    """Until a running command has stored so many."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and len(list(store.glob("*.json"))) < count:
        assert process.poll() is None
        time.sleep(0.01)


def test_a_killed_run_keeps_its_finished_cells_and_the_next_one_counts_them(empty, capsys):
    argv, store = [*SLOWLY, "12"], empty / "bulkspike-out" / "store"
    with started(*argv, "--fresh", cwd=empty, module="verify.scaling") as process:
        wait_for_records(process, store, 2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    finished = len(list(store.glob("*.json")))
    assert 2 <= finished < 12
    assert not (empty / "bulkspike-out" / "scaling" / "verdicts.json").exists()
    assert called(capsys, "verify.scaling", *argv).returncode in (0, 3)
    run = json.loads((empty / "bulkspike-out" / "scaling" / "run.json").read_text())
    assert run["cells_reused"] == finished
    assert run["cells_computed"] == 12 - finished
    assert not list(store.glob(".*"))


def test_an_interrupted_run_says_in_one_line_how_to_go_on(empty):
    with started(*SLOWLY, "500", cwd=empty, module="verify.scaling") as process:
        wait_for_records(process, empty / "bulkspike-out" / "store", 1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(lines(errors)) == 1
    assert "goes on from there" in errors


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--seeds", "1"], "--seeds: must be at least 2"),
        (["--max-seeds", "3"], "--max-seeds: must be at least --seeds"),
        (["--optimizer", "gd"], "unknown option '--optimizer'; known: --optimiser"),
        (["--student", "expr:exp(z**2)"], "--student"),
        (["--student", "expr:1/z"], "--student"),
        (["--teacher", "expr:log(z)"], "--teacher"),
        (["--teacher", "hermite:0,1e300"], "--teacher"),
        (["--student", "expr:z-z"], "--student: must not be constant"),
        (["--sizes", "-1,10,10"], "--sizes (n): must be a positive integer; got '-1'"),
        (["-1"], "unknown option '-1'"),
        (["--error-rate", "1e-300"], "--error-rate"),
        (["--sizes", "10,10,10", "--design", "off-ray"], "--sizes: has no cells"),
        (["--dry-run", "--seeds", "1"], "--seeds: must be at least 2"),
        (["--student", "nowhere:thing"], "--student: cannot import 'nowhere'"),
        (
            ["--student", "math:sinh"],
            "--student: math:sinh must be a callable with an attribute 'derivative'",
        ),
        (["--teacher", "hermite:1,x"], "--teacher"),
        (["--backend", "cupy", "--design", "ray", "--scales", "1", "--seeds", "2"], "--backend"),
        (["--memory-limit", "1M"], "--memory-limit: (n, N, d) = (8000, 6000, 4000) needs about"),
        (["--out", "/proc/nowhere"], "--out: must be a directory"),
        (["--store", "/dev/null"], "--store: must be a directory"),
    ],
)
def test_a_users_mistake_is_exit_code_two_and_one_line(empty, capsys, argv, says):
    assert_one_line(called(capsys, "verify.scaling", *argv), says)
    assert not list(empty.iterdir())


def test_what_a_users_module_does_wrong_is_one_line_and_never_a_verdict(empty, capsys, monkeypatch):
    (empty / "leaves.py").write_text("import sys; sys.exit()\n")
    (empty / "raises.py").write_text(
        "import numpy as np\n"
        "def f(z):\n"
        "    if np.ndim(z) == 2: raise OSError('a disk on fire')\n"
        "    return np.tanh(z)\n"
        "f.derivative = lambda z: 1 / np.cosh(z) ** 2\n"
    )
    monkeypatch.syspath_prepend(str(empty))
    for student, says in (
        ("leaves:f", "cannot import 'leaves' (SystemExit"),
        ("raises:f", "raised OSError: a disk on fire"),
    ):
        argv = ["--student", student, "--design", "ray", "--scales", "1", "--seeds", "2"]
        assert_one_line(called(capsys, "verify.scaling", *argv), says)


def test_an_unexpected_error_is_exit_code_four_one_line_and_a_log(empty, capsys):
    def broken(words):
        raise RuntimeError("a disk\non fire")

    assert shell("verify.scaling", broken, []) == 4
    said = capsys.readouterr().err
    assert len(lines(said)) == 1
    log = said.rsplit("traceback in ", 1)[1].rstrip(")\n")
    assert "a disk\non fire" in (empty / log).read_text()


@pytest.mark.parametrize(
    ("code", "argv"),
    [
        (0, ["--sizes", *CELLS, "--seeds", "100"]),
        (1, ["--sizes", "2,40,10", "--seeds", "100", "--optimiser", "gd"]),  # two samples: not the limit
        (
            3,
            ["--sizes", *CELLS, "--seeds", "3", "--student", "expr:sin(5*z)"],
        ),  # the norm is the noise's edge
        (3, ["--sizes", "256,120,100", "--seeds", "3"]),
    ],
)
def test_exit_codes_are_what_the_verdicts_say(empty, capsys, code, argv):
    done = called(capsys, "verify.scaling", *argv, "--json")
    assert (done.returncode, done.stderr) == (code, "")
    verdicts = {finding["verdict"] for finding in json.loads(done.stdout)}
    assert ("refuted" in verdicts) is (code == 1)
    assert ("inconclusive" in verdicts) is (code != 0)
    if "expr:sin(5*z)" in argv:
        assert "kappa too small" in done.stdout  # a prediction that is not the usual one says so


def test_an_unexpected_error_in_a_fresh_process_is_exit_code_four(tmp_path):
    code = "import sys; from verify.commands.shell import shell; sys.exit(shell('verify', lambda words: 1 / 0, []))"
    done = python("-c", code, cwd=tmp_path)
    assert done.returncode == 4
    assert len(lines(done.stderr)) == 1
    assert "ZeroDivisionError" in done.stderr
    assert len(list((tmp_path / "bulkspike-out").glob("*.log"))) == 1


def test_an_interrupt_that_an_import_has_wrapped_is_still_one(capsys):
    def wrapped(words):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            raise RuntimeError("Error calling __set_name__") from error

    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    try:
        assert shell("verify.scaling", wrapped, []) == 130
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    assert len(lines(capsys.readouterr().err)) == 1


def test_a_users_callable_runs_and_is_judged_by_its_own_prediction(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n"
        "def f(z): return np.tanh(z)\n"
        "f.derivative = lambda z: 1 - np.tanh(z) ** 2\n"
        "wrong = (np.tanh, lambda z: 1 - 0.9 * np.tanh(z) ** 2)\n"
    )
    argv = ["--design", "ray", "--scales", "1", "--seeds", "3", "--json"]
    done = command("--student", "mine:f", *argv, cwd=tmp_path, module="verify.scaling")
    assert done.stderr == ""
    assert {v["claim"]: v["verdict"] for v in json.loads(done.stdout)}["T4.1.F"] == "supported"
    lie = command("--student", "mine:wrong", *argv, cwd=tmp_path, module="verify.scaling")
    assert_one_line(lie, "derivative")


def test_help_version_dry_run_list_and_doctor_print_and_run_nothing(empty, capsys):
    for module, argv, shows in (
        ("verify.scaling", ["--help"], "--teacher-direction"),
        ("verify.scaling", ["--version"], "bulkspike"),
        ("verify.scaling", ["--dry-run"], "16 cells x 5 seeds"),
        ("verify", ["--list"], "T4.1.2.ordered"),
        ("verify", ["doctor"], "backend numpy: usable"),
        ("verify", ["scaling", "--dry-run", "--quick"], "11 cells x 3 seeds"),
    ):
        done = called(capsys, module, *argv)
        assert (done.returncode, done.stderr) == (0, "")
        assert shows in done.stdout
    assert_one_line(called(capsys, "verify", "scalign"), "unknown command 'scalign'; known: scaling")
    assert not list(empty.iterdir())
