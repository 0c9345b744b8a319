"""docs/adding-an-observable.md: in a copy of the packages its file and its line add a group, nothing else touched."""

import json
import math
import runpy
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
from support.additions import ROOT, add_files, add_lines, copy_packages, difference, page, run

PAGE = page("adding-an-observable")
FILE = "sim/observables/stable_rank.py"
SUITE = "tests/test_sim/observables/test_groups.py"


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """The copy with the group in it."""
    root = copy_packages(tmp_path_factory.mktemp("observable"))
    add_files(PAGE, root)
    add_lines(PAGE, root)
    return root


def test_a_group_is_one_file_and_one_line(added):
    ((_, _, line),) = PAGE.lines
    assert difference(added) == {FILE: ["new"], "sim/observables/table.py": [f"+ {line}"]}


def judged(root, *more):
    """Exit code, the finding, and how many records were simulated, of the page's command."""
    (command,) = PAGE.commands
    found = run(root, command, "--quiet", "--threads", "1", *more)
    assert found.returncode in (0, 1), found.stderr
    out = root / "elsewhere/bulkspike-out/verify"
    (finding,) = json.loads((out / "verdicts.json").read_text())
    return found.returncode, finding, json.loads((out / "run.json").read_text())["cells_computed"]


def test_the_command_of_the_page_judges_it_and_refutes_what_is_wrong(added):
    code, finding, computed = judged(added)
    assert (code, finding["verdict"], computed) == (0, "supported", 20)
    assert [control["verdict"] for control in finding["controls"]] == ["refuted", "refuted"]
    assert finding["power"] >= 0.99
    file = added / "elsewhere" / "stable_rank_claim.py"
    honest = file.read_text(encoding="utf-8")
    file.write_text(honest.replace("value=c**-2", "value=c**-3"), encoding="utf-8")
    try:
        code, finding, computed = judged(added)
    finally:
        file.write_text(honest, encoding="utf-8")
    assert (code, finding["verdict"], computed) == (1, "refuted", 0)  # a record holds no theory


def test_an_update_of_zeros_has_no_stable_rank():
    readings = runpy.run_path(str(ROOT / "docs/examples/stable_rank.py"))["stable_rank_readings"]
    for largest, rank in ((0.0, math.nan), (2.0, 2.25)):
        top = SimpleNamespace(values=np.array([largest]), bounds=np.array([0.0]), frobenius=1.5 * largest)
        (reading,) = readings(SimpleNamespace(D_top=top))
        np.testing.assert_equal(reading.value, rank)


def suite(root):
    """The tests over every group of the table, run in the copy."""
    shutil.copy(ROOT / SUITE, root / "elsewhere")
    name = SUITE.rpartition("/")[2]
    return run(root, f"python -m pytest -q -c /dev/null --rootdir . -p no:cacheprovider {name}")


def test_the_suite_of_every_group_holds_it_to_its_word(added):
    held = suite(added)
    assert held.returncode == 0, held.stdout
    file = added / FILE
    honest = file.read_text(encoding="utf-8")
    file.write_text(honest.replace('observables=("update_', 'observables=("'), encoding="utf-8")
    try:
        lying = suite(added)
    finally:
        file.write_text(honest, encoding="utf-8")
    assert lying.returncode == 1
    assert "group 'stable_rank' must measure just what it names" in lying.stdout


def test_without_its_line_it_is_not_known(tmp_path):
    root = copy_packages(tmp_path)
    add_files(PAGE, root)
    found = run(root, PAGE.commands[0])
    assert found.returncode == 2
    assert "groups must be of update-norms, gradient, " in found.stderr
    assert "got 'stable_rank'" in found.stderr
