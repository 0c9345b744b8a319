"""docs/adding-an-optimiser.md: in a copy of the packages its file and its line add an optimiser, nothing else touched."""

import json
import math

import pandas as pd
import pytest
from support.additions import ROOT, add_files, add_lines, copy_packages, difference, page, run
from support.commands import python

PAGE = page("adding-an-optimiser")
NAME = "normalised-gd"
WHY = f"no prediction: theory does not know the optimiser {NAME}"
SUITE = ROOT / "tests/test_sim/optimisers/test_every_optimiser.py"
HELD = f"""
import runpy
suite = runpy.run_path({str(SUITE)!r})
[update] = suite["updates_of"]({NAME!r})
for check in suite["CHECKS"]:
    check(suite["optimiser_named"]({NAME!r}), update.options)
"""


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """The copy with the optimiser in it."""
    root = copy_packages(tmp_path_factory.mktemp("optimiser"))
    add_files(PAGE, root)
    add_lines(PAGE, root)
    return root


def outcome(root, command):
    """What a command of the page prints, its findings and its table; no prediction anywhere."""
    found = run(root, command, "--quiet", "--threads", "1")
    assert found.returncode == 3, found.stderr
    name = command.split()[2].removeprefix("verify.")
    out = root / "elsewhere/bulkspike-out" / name
    findings = json.loads((out / "verdicts.json").read_text())
    assert findings
    for finding in findings:
        assert finding["verdict"] == "inconclusive"
        assert finding["note"] == WHY
        assert finding["predicted"] is finding["interval"] is None
    assert WHY in found.stdout
    table = pd.read_csv(out / "table.csv")
    theirs = [
        column for column in table if any(word in column for word in ("predicted", "independent", "edge"))
    ]
    assert theirs
    assert table[theirs].isna().all(axis=None)
    assert (out / "figure.png").stat().st_size > 0
    records = pd.read_csv(out / "records.csv")
    assert set(records["optimiser"]) == {NAME}
    assert records[["adam", "eps"]].isna().all(axis=None)
    return found.stdout, findings, table


def near(value, expected, share):
    return bool(abs(value - expected) <= share * expected)


def test_an_optimiser_is_one_file_and_one_line(added):
    ((_, _, line),) = PAGE.lines
    assert difference(added) == {
        "sim/optimisers/normalised_gd.py": ["new"],
        "sim/optimisers/table.py": [f"+ {line}"],
    }


def test_its_norms_are_measured_and_not_predicted(added):
    text, findings, table = outcome(added, PAGE.commands[0])
    assert "Norms of D_0 (normalised GD)" in text
    assert {finding["claim"] for finding in findings} == {f"norm.{NAME}.2", f"norm.{NAME}.F"}
    (row,) = table.to_dict("records")
    whole = row["frobenius_ratio_mean"] * row["sqrt_Nd"]
    assert near(whole, 1.0, 1e-6)
    assert not near(1.001 * whole, 1.0, 1e-6)  # what is not normalised
    assert 0.8 < row["operator_ratio_mean"] * row["sqrt_Nd"] < whole


def test_its_spike_is_measured_and_not_predicted(added):
    text, findings, table = outcome(added, PAGE.commands[1])
    assert "predicted spike" not in text
    start, moved = table["s_1_mean"]
    assert near(moved, 1000.0, 0.15)  # ||1000 D||_2 and a little noise
    edge = math.sqrt(90) + math.sqrt(60)
    assert near(start, edge, 0.1)  # a step of 1 is lost in the bulk
    assert not near(start, moved, 0.1)
    assert [
        near(finding["estimate"], mean, 1e-9) for finding, mean in zip(findings, (start, moved), strict=True)
    ]


def test_its_overlaps_are_measured_and_not_predicted(added):
    _, findings, table = outcome(added, PAGE.commands[2])
    assert len(findings) == 6  # left, right and sim at either eta
    before, after = table["right_overlap_mean"]
    assert before < 0.3 < 0.99 < after


def test_theory_refuses_it_in_a_line(added):
    found = run(added, f"python -m verify predict --optimiser {NAME}")
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr.splitlines() == [
        f"verify predict: error: --optimiser: optimiser must be one of adam, gd, got '{NAME}'; theory knows no other"
    ]
    found = run(added, f"python -m verify.spike --optimiser {NAME} --sizes 120,90,60")
    assert found.returncode == 2
    assert found.stderr.startswith("verify.spike: error: --eta: must name the learning rates")


def test_the_suite_of_every_optimiser_holds_it_to_its_word(added):
    held = python("-c", HELD, cwd=added, env={"PYTHONPATH": str(added)})
    assert held.returncode == 0, held.stderr
    file = added / "sim/optimisers/normalised_gd.py"
    honest = file.read_text(encoding="utf-8")
    try:
        file.write_text(honest.replace("return state, scaled /", "return state, -scaled /"), encoding="utf-8")
        lying = python("-c", HELD, cwd=added, env={"PYTHONPATH": str(added)})
    finally:
        file.write_text(honest, encoding="utf-8")
    assert lying.returncode == 1
    assert "check_descent" in lying.stderr


def test_without_its_line_it_is_not_known(tmp_path):
    root = copy_packages(tmp_path)
    add_files(PAGE, root)
    found = run(root, PAGE.commands[0])
    assert found.returncode == 2
    assert f"unknown name '{NAME}'; known: adam, gd" in found.stderr
