"""Keys follow what a number depends on: an edit voids just the records that it may have changed."""

import ast
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import Update, adam, gd
from verify.running.groups import CUSTOM, asked_of, group_names
from verify.running.request import Request
from verify.running.sources import closure_of, file_digest, imported_by, sources_digest

ROOT = Path(__file__).resolve().parents[3]
CODE = """
import json
from verify.measurements.spectra import gap_at
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import Update, adam, gd
from verify.running.groups import CUSTOM, asked_of, group_names
from verify.running.request import Request
problem, cell = make_problem(), Cell(n=40, N=30, d=20)
found = {}
for name in group_names():
    for update in (adam(0.1), gd(10.0)) if asked_of(name).needs_update else (None,):
        own = gap_at((adam(0.1),)) if name == CUSTOM else None
        request = Request(problem=problem, cell=cell, seed=0, group=name, update=update, measurement=own,
                          step=asked_of(name).steps[0])
        key = request.key()
        found[f"{name} {update.optimiser if update else ''}"] = [key["code"], key.get("measurement")]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("copy")
    for package in ("theory", "sim", "verify"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def keys(folder):
    import json

    run = subprocess.run(
        [sys.executable, "-P", "-c", CODE],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PYTHONPATH": str(folder)},
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


EVERYTHING = {
    f"{name} {optimiser}"
    for name in group_names()
    for optimiser in (("adam", "gd") if asked_of(name).needs_update else ("",))
}


def more(text):
    return f"{text}\nMORE = 1\n"


HARMLESS = {
    "sim/threads.py": lambda text: f"# a comment\n{text}",
    "sim/draw.py": lambda text: text.replace('"""', '"""More words. ', 1),
    "sim/runs/another.py": more,  # a new kind of run
    "sim/optimisers/another.py": more,
    "sim/optimisers/table.py": more,
    "sim/observables/table.py": more,
    "theory/spike/formulas.py": more,
    "verify/judging/claim.py": more,
}


@contextmanager
def edited(folder, edits):
    """The copy with these files edited, or made; afterwards as it was."""
    old = {
        folder / file: (folder / file).read_text(encoding="utf-8") if (folder / file).exists() else None
        for file in edits
    }
    try:
        for file, edit in edits.items():
            (folder / file).write_text(edit(old[folder / file] or ""), encoding="utf-8")
        yield
    finally:
        for path, text in old.items():
            path.unlink() if text is None else path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def before(copy):
    """The keys of the code as it is."""
    found = keys(copy)
    assert set(found) == EVERYTHING
    return found


def voided(copy, before, edits):
    """Whose keys these edits change."""
    with edited(copy, edits):
        after = keys(copy)
    return {name for name in before if before[name] != after[name]}


def test_edits_that_change_no_number_void_nothing(copy, before):
    """All at once: a key that one of them changes is another, whatever the others do."""
    assert voided(copy, before, HARMLESS) == set()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("sim/draw.py", EVERYTHING),
        ("sim/optimisers/gd.py", {k for k in EVERYTHING if k.endswith("gd")} | {"custom "}),
        ("sim/optimisers/adam.py", {k for k in EVERYTHING if k.endswith("adam")} | {"custom "}),
        ("sim/measures/tails.py", {"tails adam", "tails gd"}),
        ("verify/measurements/spectra.py", {"custom "}),
    ],
)
def test_an_edit_voids_what_it_may_have_changed(copy, before, file, expected):
    assert voided(copy, before, {file: more}) == expected


def test_the_closure_is_what_is_imported_and_no_more():
    names = set(closure_of("sim.runs.update_norms"))
    assert {"sim.runs.update_norms", "sim.network.two_layer", "sim.draw", "sim.backend"} <= names
    assert not {"sim.measures.tails", "sim.observables.tails", "sim.optimisers.table"} & names
    assert all(name.startswith(("sim", "verify.measurements")) for name in names)
    with pytest.raises(ModuleNotFoundError, match="no module 'sim.nothing'"):
        closure_of("sim.nothing")


def test_a_files_digest_sees_code_alone(tmp_path):
    path, other = tmp_path / "a.py", tmp_path / "b.py"
    path.write_text('"""Doc."""\n\ndef f(x):\n    """Doc."""\n    # why\n    return x + 1\n')
    other.write_text("def f(x):\n    return (x + 1)\n")
    assert file_digest(path) == file_digest(other)
    changed = tmp_path / "c.py"
    changed.write_text("def f(x):\n    return x + 2\n")
    assert file_digest(changed) != file_digest(other)
    assert sources_digest("sim.draw") != sources_digest("sim.setting")


def test_every_step_and_option_of_a_request_is_in_its_key():
    problem, cell = make_problem(), Cell(n=40, N=30, d=20)
    one = Request(problem=problem, cell=cell, seed=0, group="top", update=adam(0.1))
    others = [
        Request(problem=problem, cell=cell, seed=0, group="top", update=adam(0.1000001)),
        Request(problem=problem, cell=cell, seed=0, group="top", update=gd(0.1)),
        Request(
            problem=problem,
            cell=cell,
            seed=0,
            group="top",
            update=Update(optimiser="adam", eps=1e-8, eta=0.1),
        ),
        Request(problem=problem, cell=cell, seed=0, group="top", update=adam(0.1), paired=True),
    ]
    assert all(other.key() != one.key() for other in others)
    assert CUSTOM in group_names()


@pytest.mark.parametrize(
    ("group", "step"), [("top", 0), ("top", 7), ("top", -1), ("gradient", 1), ("update-norms", 2)]
)
def test_a_step_that_no_run_makes_is_refused(group, step):
    with pytest.raises(ValueError, match=rf"step must be [01] for the group '{group}'; got {step}"):
        Request(
            problem=make_problem(),
            cell=Cell(n=40, N=30, d=20),
            seed=0,
            group=group,
            update=adam(0.1),
            step=step,
        )


def test_what_measurements_take_from_elsewhere_makes_no_number():
    """All that they import when they run is followed, or is one of these."""
    apart = {
        "verify.problem.cells",  # sizes, in the request
        "verify.problem.update",  # hands on sim's
        "verify.running.measurement",  # the object itself
        "verify.running.request",  # names of readings
    }
    folder = ROOT / "verify" / "measurements"
    taken = set()
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = {id(n) for node in ast.walk(tree) if isinstance(node, ast.If) for n in ast.walk(node)
                   if ast.unparse(node.test) == "TYPE_CHECKING"}  # fmt: skip
        taken |= {
            node.module
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and id(node) not in skipped and node.module
        }
    ours = {name for name in taken if name.partition(".")[0] in ("theory", "sim", "verify")}
    assert {name for name in ours if not name.startswith(("sim.", "verify.measurements."))} == apart


def test_an_edited_file_is_another_in_the_same_process(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("from sim.runs.update_norms import update_norms\nX = 1\n", encoding="utf-8")
    before = file_digest(path)
    assert imported_by(path) == ("sim.runs.update_norms",)
    path.write_text("from sim.runs.first_step import measure_first_step\nX = 2\n", encoding="utf-8")
    assert file_digest(path) != before
    assert imported_by(path) == ("sim.runs.first_step",)
    assert imported_by(tmp_path / "nothing.py") == ()
