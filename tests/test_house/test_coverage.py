"""docs/record_coverage.py: rows by room that add up, and a recorded table of the rooms that there are."""

import csv
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
AGAIN = "run python docs/record_coverage.py"


@pytest.fixture(scope="module")
def script():
    """The script, the documentation's own modules on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(DOCS), str(DOCS / "_ext"), *sys.path])
        yield import_module("record_coverage")


def recorded(script):
    with script.TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_recorded_rooms_are_those_of_the_code(script):
    rooms = [row["room"] for row in recorded(script)]
    assert rooms == [*script.rooms_of(ROOT), "all"], AGAIN
    assert len(rooms) > 40


def share(row):
    """Percent of statements and branches that were run."""
    statements, missed, branches, untaken = (
        int(row[name]) for name in ("statements", "missed", "branches", "missed branches")
    )
    whole = statements + branches
    return f"{100.0 * (whole - missed - untaken) / whole:.1f}"


def test_recorded_shares_are_those_of_the_counts_and_the_last_row_is_their_sum(script):
    *rooms, whole = recorded(script)
    assert all(row["percent"] == share(row) for row in (*rooms, whole))
    for name in ("statements", "missed", "branches", "missed branches"):
        assert sum(int(row[name]) for row in rooms) <= int(
            whole[name]
        )  # the packages' own faces are in no room
        assert int(whole[name]) - sum(int(row[name]) for row in rooms) < 50
    assert int(whole["statements"]) > 10_000  # all of the code, not what a few tests load


def counts(statements, missed, branches, untaken):
    return {"summary": dict(num_statements=statements, missing_lines=missed, num_branches=branches,
                            missing_branches=untaken)}  # fmt: skip


def test_files_are_counted_in_their_rooms(script):
    files = {
        "sim/__init__.py": counts(2, 0, 0, 0),
        "sim/draw.py": counts(10, 1, 4, 2),
        "sim/runs/__init__.py": counts(3, 3, 0, 0),
        "sim/runs/training.py": counts(5, 0, 2, 0),
    }
    assert script.rows_of(files, {"sim.runs": None, "sim.draw": None}) == [
        ("sim.runs", 8, 3, 2, 0, "70.0"),
        ("sim.draw", 10, 1, 4, 2, "78.6"),
        ("all", 20, 4, 6, 2, "76.9"),
    ]
    with pytest.raises(KeyError, match=r"sim\.new"):
        script.rows_of({"sim/new.py": counts(1, 0, 0, 0)}, {"sim.draw": None})


def test_the_page_shows_the_table():
    page = (DOCS / "layout.md").read_text(encoding="utf-8")
    assert ":file: data/coverage.csv" in page
    assert "python docs/record_coverage.py" in page
