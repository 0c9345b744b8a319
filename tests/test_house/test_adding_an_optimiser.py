"""docs/adding-an-optimiser.md: in a copy of the packages its file and its line add an optimiser, nothing else touched."""

import json
import math

import pandas as pd
import pytest
from support.additions import (
    ROOT,
    add_files,
    add_lines,
    copy_packages,
    difference,
    page,
    part,
    run,
    run_together,
)
from support.commands import python

WHOLE = page("adding-an-optimiser")
PAGE = part(WHOLE, "normalised")
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


QUIET = "--quiet --threads 1 --out"


@pytest.fixture(scope="module")
def said(added):
    """What the commands say, by where they write; in one process: what starts one is tested elsewhere."""
    commands = {
        name: f"{command} {QUIET} {name}"
        for name, command in zip(("norms", "spike", "overlaps"), PAGE.commands, strict=True)
    }
    commands["predict"] = f"python -m verify predict --optimiser {NAME}"
    commands["no eta"] = f"python -m verify.spike --optimiser {NAME} --sizes 120,90,60"
    return dict(zip(commands, run_together(added, list(commands.values())), strict=True))


def outcome(root, said, name, optimiser=NAME):
    """What a command of the page prints, its findings and its table; no prediction anywhere."""
    found, out = said[name], root / "elsewhere" / name
    why = WHY.replace(NAME, optimiser)
    assert found.returncode == 3, found.stderr
    findings = json.loads((out / "verdicts.json").read_text())
    assert findings
    for finding in findings:
        assert finding["verdict"] == "inconclusive"
        assert finding["note"] == why
        assert finding["predicted"] is finding["interval"] is None
    assert why in found.stdout
    table = pd.read_csv(out / "table.csv")
    theirs = [
        column for column in table if any(word in column for word in ("predicted", "independent", "edge"))
    ]
    assert theirs
    assert table[theirs].isna().all(axis=None)
    assert (out / "figure.png").stat().st_size > 0
    records = pd.read_csv(out / "records.csv")
    assert set(records["optimiser"]) == {optimiser}
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


def test_its_norms_are_measured_and_not_predicted(added, said):
    text, findings, table = outcome(added, said, "norms")
    assert "Norms of D_0 (normalised GD)" in text
    assert {finding["claim"] for finding in findings} == {f"norm.{NAME}.2", f"norm.{NAME}.F"}
    (row,) = table.to_dict("records")
    whole = row["frobenius_ratio_mean"] * row["sqrt_Nd"]
    assert near(whole, 1.0, 1e-6)
    assert not near(1.001 * whole, 1.0, 1e-6)  # what is not normalised
    assert 0.8 < row["operator_ratio_mean"] * row["sqrt_Nd"] < whole


def test_its_spike_is_measured_and_not_predicted(added, said):
    text, findings, table = outcome(added, said, "spike")
    assert "predicted spike" not in text
    start, moved = table["s_1_mean"]
    assert near(moved, 1000.0, 0.15)  # ||1000 D||_2 and a little noise
    edge = math.sqrt(90) + math.sqrt(60)
    assert near(start, edge, 0.1)  # a step of 1 is lost in the bulk
    assert not near(start, moved, 0.1)
    assert [
        near(finding["estimate"], mean, 1e-9) for finding, mean in zip(findings, (start, moved), strict=True)
    ]


def test_its_overlaps_are_measured_and_not_predicted(added, said):
    _, findings, table = outcome(added, said, "overlaps")
    assert len(findings) == 6  # left, right and sim at either eta
    before, after = table["right_overlap_mean"]
    assert before < 0.3 < 0.99 < after


def test_theory_refuses_it_in_a_line(said):
    found = said["predict"]
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr.splitlines() == [
        f"verify predict: error: --optimiser: optimiser must be one of adam, gd, got '{NAME}'; theory knows no other"
    ]
    found = said["no eta"]
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


# a constant of its own

POWERED = part(WHOLE, "power")
POWER = "powerball"


@pytest.fixture(scope="module")
def powered(tmp_path_factory):
    """The copy with the optimiser that has a constant."""
    root = copy_packages(tmp_path_factory.mktemp("powerball"))
    add_files(POWERED, root)
    add_lines(POWERED, root)
    return root


POWERS = ("0", "0.25", "1")


@pytest.fixture(scope="module")
def said_of_power(powered):
    """What its commands say, by where they write; in one process."""
    scaling, spike = POWERED.commands
    commands = {power: f"{scaling.replace('0.25', power)} {QUIET} {power}" for power in POWERS}
    commands["gd"] = (
        f"python -m verify.scaling --optimiser gd --design ray --sizes 120,90,60 --seeds 3 {QUIET} gd"
    )
    commands["spike"] = f"{spike} {QUIET} spike"
    commands["help"] = "python -m verify.overlap --help"
    commands["refused"] = "python -m verify.scaling --optimiser powerball --power 1.5"
    return dict(zip(commands, run_together(powered, list(commands.values())), strict=True))


def records_of(root, name):
    return pd.read_csv(root / "elsewhere" / name / "records.csv")


def test_a_constant_stands_in_the_optimisers_file_and_its_keyword_in_a_line(powered):
    lines = {where: line for where, _, line in POWERED.lines}
    assert difference(powered) == {
        "sim/optimisers/powerball.py": ["new"],
        **{
            where: [f"+ {lines[where]}"]
            for where in ("sim/optimisers/table.py", "verify/commands/keywords.py")
        },
    }
    assert len(WHOLE.lines) == len(POWERED.lines) + len(PAGE.lines)  # nothing of the page is left untried


def test_its_constant_reaches_step_records_and_table(powered, said_of_power):
    ratios = {}
    for power in POWERS:
        _, _, table = outcome(powered, said_of_power, power, POWER)
        records = records_of(powered, power)
        assert set(records["power"]) == {float(power)}
        assert list(records.columns).index("power") == list(records.columns).index("eps") + 1
        ratios[power] = table["frobenius_ratio_mean"][0]
    assert near(ratios["0"], 1.0, 1e-6)  # the sign
    assert not near(ratios["0.25"], 1.0, 0.5)
    found = said_of_power["gd"]
    assert found.returncode in (0, 3), found.stderr
    whole = records_of(powered, "gd").query("observable == 'frobenius_norm'")["value"].mean()
    assert near(ratios["1"] * math.sqrt(90 * 60), whole, 1e-6)  # GD
    assert "power" not in records_of(powered, "gd").columns


def test_its_default_is_taken_where_nothing_is_said(powered, said_of_power):
    outcome(powered, said_of_power, "spike", POWER)
    assert set(records_of(powered, "spike")["power"]) == {0.5}


def test_its_option_is_described_and_checked(powered, said_of_power):
    said = said_of_power["help"].stdout
    assert "--power P             powerball's exponent; 0: the sign, 1: GD (default 0.5)" in said
    refused = said_of_power["refused"]
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "verify.scaling: error: --power: must be a finite number of at least 0 and at most 1; got '1.5'"
    ]
    code = """
from sim import Update
from verify import spike
kept = dict(optimiser="powerball", power=0.25, sizes=[(60, 45, 30)], eta=[5.0], seeds=3, store=None)
first, *_ = spike.run(**kept)
other, *_ = spike.run(**kept | {"power": 0.75})
assert first.estimate > 2 * other.estimate
assert Update(optimiser="powerball") == Update(optimiser="powerball", constants=(("power", 0.5),))
"""
    held = python("-c", code, cwd=powered, env={"PYTHONPATH": str(powered)})
    assert held.returncode == 0, held.stderr


def test_its_constant_voids_no_record_of_another_optimiser(powered):
    code = """
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.update import adam, gd
from verify.running.request import Request
cell = Cell(n=120, N=90, d=60)
for update in (adam(0.1), gd(1.0)):
    print(Request(problem=make_problem(), cell=cell, seed=0, group="top", update=update).key())
"""
    keys = [python("-c", code, cwd=root, env={"PYTHONPATH": str(root)}).stdout for root in (ROOT, powered)]
    assert keys[0].count("'code'") == 2
    assert keys[0] == keys[1]


def test_the_suite_holds_it_to_its_domain(powered):
    held = python("-c", HELD.replace("[update] =", "updates =").replace(repr(NAME), repr(POWER)).replace(
        "\nfor check", "\nassert {0.0, 0.5, 1.0} <= {u.options['power'] for u in updates}\nupdate = updates[0]\nfor check"
    ), cwd=powered, env={"PYTHONPATH": str(powered)})  # fmt: skip
    assert held.returncode == 0, held.stderr


def test_a_constant_with_the_name_of_another_option_is_refused(powered):
    file = powered / "sim/optimisers/powerball.py"
    honest = file.read_text(encoding="utf-8")
    try:
        file.write_text(honest.replace('name="power"', 'name="noise"'), encoding="utf-8")
        taken = python(
            "-c", "import verify.commands.option_table", cwd=powered, env={"PYTHONPATH": str(powered)}
        )
    finally:
        file.write_text(honest, encoding="utf-8")
    assert taken.returncode == 1
    assert "options must have names of their own; two are --noise" in taken.stderr
