"""What every command promises, over all of them: before it runs anything it says what cannot be, and what it would take."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest
from support.commands import assert_one_line, called

from verify.__main__ import COMMANDS
from verify.errors import UsageError

SPECS = {
    name: import_module(f"verify.{name}.command").SPEC
    for name in (*COMMANDS, "everything")
    if name != "doctor"
}
TINY = {  # options with which a command has next to nothing to do
    "scaling": ["--sizes", "30,20,10", "--design", "ray", "--seeds", "2"],
    "rank_one": ["--base", "12,8,5", "--scales", "1,2,3", "--seeds", "2"],
    "spike": ["--sizes", "30,20,10", "--seeds", "2", "--eta", "1"],
    "overlap": ["--sizes", "30,20,10", "--seeds", "2", "--eta", "1"],
    "train": ["--sizes", "30,20,10", "--steps", "1", "--test-samples", "20"],
    "predict": ["--sizes", "30,20,10"],
    "measure": [
        str(Path(__file__).parents[2] / "support" / "tiny.csv"),
        "--bootstrap",
        "0",
        "--null-draws",
        "10",
    ],
    "tables": ["activations", "--quick"],
    "figures": ["fig-8", "--quick", "--seeds", "2"],
    "everything": ["--only", "A.B2", "--quick"],
    "calibration": ["--false-alarms", "--quick"],
}
FILES = {
    "train": [
        "records.csv",
        "timings.csv",
        "table.csv",
        "table.md",
        "table.tex",
        "figure.png",
        "figure.svg",
        "run.json",
    ],
    "predict": ["table.csv", "table.md"],
    "measure": ["measurements.json", "table.csv", "table.md", "run.json"],
    "tables": ["activations.csv", "activations.json", "timings.csv", "run.json"],
    "figures": ["fig-8.pdf", "fig-8.csv", "fig-8.json", "timings.csv", "run.json"],
    "everything": ["verdicts.json", "table.csv", "table.md", "table.tex", "run.json"],
    "calibration": ["calibration.json", "false-alarms.md", "bugs.md", "clean.json", "run.json"],
}
OF_CLAIMS = [
    "records.csv",
    "timings.csv",
    "verdicts.json",
    "table.md",
    "table.tex",
    "figure.png",
    "figure.svg",
    "run.json",
]


def having(option):
    return [name for name, spec in SPECS.items() if option in spec.names]


@pytest.mark.parametrize("name", having("dry_run"))
def test_a_dry_run_says_the_seconds(empty, capsys, name):
    done = called(capsys, f"verify.{name}", "--dry-run", "--quick")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"about \d+(\.\d+)? (s|min)\b", " ".join(done.stdout.split()))
    assert (
        json.loads(called(capsys, f"verify.{name}", "--dry-run", "--quick", "--json").stdout)["seconds"] > 0
    )
    assert list(empty.iterdir()) == []


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr("sim.backend._why_no_gpu", lambda: "cupy is not installed (extras cuda12, cuda13)")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        *((name, []) for name in having("backend")),
        *(
            (name, [f"--{one.replace('_', '-')}"])
            for one in ("dry_run", "list", "no_run")
            for name in having(one)
        ),
    ],
)
def test_a_backend_that_is_not_there_is_refused_whatever_the_store_holds(empty, capsys, no_gpu, name, more):
    done = called(capsys, f"verify.{name}", *TINY[name], *more, "--backend", "cupy")
    assert_one_line(done, "error: --backend: backend 'cupy' cannot be used: cupy is not installed")
    with pytest.raises(UsageError, match=r"^backend: backend 'cupy' cannot be used"):
        import_module(f"verify.{name}").run(backend="cupy")
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "file"), [(name, file) for name in SPECS for file in FILES.get(name, OF_CLAIMS)]
)
def test_a_directory_in_the_place_of_a_file_is_told_before_anything_is_run(
    empty, capsys, monkeypatch, name, file
):
    monkeypatch.setattr("verify.running.obtain.simulate", None)  # whoever calls it gets another error
    monkeypatch.setattr("verify.calibration.command.calibrate", None, raising=False)
    (empty / "out" / file).mkdir(parents=True)
    argv = ["--out", "out", *(["--store", "kept"] if "store" in SPECS[name].names else [])]
    done = called(capsys, f"verify.{name}", *TINY[name], *argv)
    assert_one_line(
        done, f"--out: must have room for the file {file}; 'out/{file}' is in its way and no file"
    )
    assert sorted(path.name for path in empty.rglob("*")) == sorted(["out", file])


@pytest.mark.parametrize("name", SPECS)
def test_a_mistake_leaves_nothing_behind(empty, capsys, name):
    (empty / "taken").write_text("")
    done = called(capsys, f"verify.{name}", *TINY[name], "--out", "new/out", *(
        ["--store", "taken/store"] if "store" in SPECS[name].names else ["--config", "none.toml"]
    ))  # fmt: skip
    says = "--store: must be a directory" if "store" in SPECS[name].names else "--config: must be"
    assert_one_line(done, says)
    assert [path.name for path in empty.iterdir()] == ["taken"]
