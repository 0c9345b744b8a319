"""Seeded bugs: what can be mutated, the list that was drawn, and a copy with a bug that the catalogue notices."""

import ast
import hashlib
import json
import sys
import threading
from importlib.resources import files
from pathlib import Path

import pytest

from verify.calibration.bugs import NEAR, CleanRun, Laboratory, hunt, order_for
from verify.calibration.drawing import DRAWN, SEED, draw, frame_csv, read_frame
from verify.calibration.experiment import QUICK_BUGS, QUICK_CLAIMS
from verify.calibration.mutations import function_lines, mutations_of, reached_mutations
from verify.calibration.reach import traced_lines
from verify.calibration.seeded import Bug, BugError, applied, equivalents, nth_in_function, seeded_bugs
from verify.calibration.worker import alarm

ROOT = Path(__file__).parents[3]
FRAME = ROOT / "docs" / "data" / "calibration" / "frame.csv"
SOURCE = '''
def mean(x, axis=0):
    """Mean 1 of x."""
    if len(x) < 1:
        raise ValueError(f"x must hold at least {1} number")
    total = x.sum(axis=-1) + 0.5
    if axis:
        return min(total, 3) / (len(x) - 1)
    return -total ** 2 * x.T


class Thing:
    def size(self):
        return 2 * self.n
'''


def changes(source):
    return {
        (m.function, m.sort, m.before, m.after): source[: m.start] + m.after + source[m.stop :]
        for m in mutations_of("f.py", source)
    }


def test_every_sort_is_found_and_is_a_program():
    found = changes(SOURCE)
    assert ("mean", "axis", "-1", "0") in found
    assert ("mean", "axis", "x.T", "x") in found
    assert ("mean", "min-max", "min", "max") in found
    assert ("mean", "constant", "0.5", "1.0") in found
    assert ("mean", "constant", "0", "1") in found  # a default
    assert ("mean", "sign", "-", "+") in found
    assert ("Thing.size", "operand", "*", "/") in found
    assert ("mean", "operand", "min(total, 3) / (len(x) - 1)", "(len(x) - 1) / (min(total, 3))") in found
    for changed in found.values():
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(SOURCE))


def test_what_only_refuses_input_is_no_place_for_a_bug():
    lines = SOURCE.splitlines()
    touched = {lines[m.line - 1].strip() for m in mutations_of("f.py", SOURCE)}
    assert not any("raise" in line or "len(x) < 1" in line or '"""' in line for line in touched)


def test_only_lines_that_run_are_reached():
    first, _ = function_lines(SOURCE, "mean")
    run = {first, first + 4, first + 5, first + 7}  # not the branch of the axis
    befores = {m.before for m in reached_mutations("f.py", SOURCE, run)}
    assert "0.5" in befores
    assert "min" not in befores


def test_lines_are_traced():
    from theory.update.sign import sign_norm_ratio

    with traced_lines() as lines:
        sign_norm_ratio(1.0)
    source = Path(sign_norm_ratio.__code__.co_filename).read_text()
    first, last = function_lines(source, "sign_norm_ratio")
    assert any(first < line <= last for line in lines["theory/update/sign.py"])


def test_whoever_traced_before_traces_again():
    def before(frame, event, argument):
        return None

    kept, kept_of_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(before)
    threading.settrace(before)
    try:
        with traced_lines():
            assert sys.gettrace() is not before
        assert sys.gettrace() is threading.gettrace() is before
    finally:
        sys.settrace(kept)
        threading.settrace(kept_of_threads)


def test_the_draw_follows_from_frame_and_seed():
    document = json.loads((files("verify.calibration") / "drawn.json").read_text())
    text = FRAME.read_text()
    assert document["seed"] == SEED
    assert document["frame"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    population = read_frame(text)
    assert frame_csv(population) == text
    assert len(population) == document["frame"]["mutations"]
    drawn = draw(population)
    assert len(drawn) == DRAWN
    for mutation, entry in zip(drawn, document["drawn"], strict=True):
        assert (mutation.file, mutation.start, mutation.after) == (
            entry["file"],
            entry["start"],
            entry["after"],
        )


def test_forty_bugs_that_fit_the_sources():
    bugs = seeded_bugs()
    assert len(bugs) == 40
    assert sum(bug.id.startswith("D") for bug in bugs) == 20
    assert len({bug.id for bug in bugs}) == 40
    for bug in bugs:
        applied(bug, (ROOT / bug.file).read_text())


def test_equivalent_ones_are_among_the_drawn_and_say_why():
    places = [int(bug.id[1:]) for bug in seeded_bugs() if bug.id.startswith("D")]
    left_out = equivalents()
    assert set(left_out) == set(range(1, max(places))) - set(places)
    assert all(len(reason) > 20 for reason in left_out.values())


def test_files_are_named_as_they_are_today():
    """The frame and the draw keep the names of their day; moved.json has each that is gone, and where it went."""
    moved = json.loads((files("verify.calibration") / "moved.json").read_text())
    drawn = json.loads((files("verify.calibration") / "drawn.json").read_text())["drawn"]
    today = [*NEAR, *moved.values(), *(moved.get(each["file"], each["file"]) for each in drawn)]
    assert [name for name in today if not (ROOT / name).is_file()] == []
    assert not any((ROOT / name).is_file() for name in moved)


def test_a_bug_whose_function_was_rewritten_is_restated_with_a_reason():
    document = json.loads((files("verify.calibration") / "drawn.json").read_text())
    restated = json.loads((files("verify.calibration") / "restated.json").read_text())
    moved = json.loads((files("verify.calibration") / "moved.json").read_text())
    bugs = {bug.id: bug for bug in seeded_bugs()}
    for place, change in restated.items():
        drawn, bug = document["drawn"][int(place) - 1], bugs[f"D{int(place):02d}"]
        assert bug.file == moved.get(drawn["file"], drawn["file"])
        here = (bug.function, bug.before, bug.after)
        assert here != (drawn["function"], drawn["before"], drawn["after"])
        assert len(change["reason"]) > 20


def test_the_occurrence_of_a_mutation_is_the_one_that_is_changed():
    for mutation in mutations_of("f.py", SOURCE):
        bug = Bug(
            id="X", what=mutation.sort, file="f.py", function=mutation.function, before=mutation.before,
            after=mutation.after, nth=nth_in_function(mutation, SOURCE),
        )  # fmt: skip
        assert applied(bug, SOURCE) == SOURCE[: mutation.start] + mutation.after + SOURCE[mutation.stop :]


@pytest.mark.parametrize(
    ("function", "before", "after"),
    [("other", "0.5", "1.0"), ("mean", "0.7", "1.0"), ("mean", "0.5", "0.5"), ("mean", "0.5", "0.5 +")],
)
def test_a_bug_that_does_not_fit_is_refused(function, before, after):
    bug = Bug(id="X", what="", file="f.py", function=function, before=before, after=after)
    with pytest.raises(BugError):
        applied(bug, SOURCE)


def finding(verdict, *lies):
    return {
        "claim": "C",
        "verdict": verdict,
        "controls": [{"lie": str(i), "verdict": v} for i, v in enumerate(lies)],
    }


@pytest.mark.parametrize(
    ("clean", "found", "told"),
    [
        (finding("supported"), finding("supported"), False),
        (finding("supported"), finding("inconclusive"), True),
        (finding("supported"), finding("refuted"), True),
        (finding("refuted"), finding("supported"), True),
        (finding("inconclusive"), finding("supported"), False),
        (finding("inconclusive"), finding("refuted"), True),
        (finding("refuted", "refuted"), finding("refuted", "inconclusive"), True),
        (finding("inconclusive", "inconclusive"), finding("inconclusive", "refuted"), False),
    ],
)
def test_an_alarm_is_a_change_to_the_worse(clean, found, told):
    assert bool(alarm(clean, found)) is told


def clean_run(costs, touched, runs):
    return CleanRun(findings=(), costs=costs, touched=touched, runs=runs, records=(), cpu_seconds=0.0)


def test_the_claims_nearest_to_a_bug_in_theory_come_first():
    bug = next(bug for bug in seeded_bugs() if bug.file == "theory/update/sign.py")
    first, _ = function_lines((ROOT / bug.file).read_text(), bug.function)
    touched = {"near": ((bug.file, first + 1),), "file": ((bug.file, 1),), "same": (("sim/draw.py", 1),)}
    clean = clean_run({"far": 0.1, "same": 3.0, "near": 9.0, "file": 1.0}, touched, {})
    assert order_for(bug, clean) == ["near", "file", "far", "same"]


def test_the_claims_that_measure_with_a_file_of_sim_come_first():
    bug = next(bug for bug in seeded_bugs() if bug.file == "sim/measures/readout.py")
    runs = {"big": {"words": ["ridge", "gd"], "work": 9e9}, "small": {"words": ["ridge", "gd"], "work": 1e8}}
    runs["other"] = {"words": ["top"], "work": 0.0}
    clean = clean_run({"other": 0.1, "big": 0.1, "small": 0.2}, {}, runs)
    assert order_for(bug, clean) == ["small", "big", "other"]


@pytest.fixture(scope="module")
def quick_hunt(tmp_path_factory):
    store, folder = (tmp_path_factory.mktemp(name) for name in ("store", "out"))
    bugs = [bug for bug in seeded_bugs() if bug.id in QUICK_BUGS]
    harmless = Bug(
        id="X", what="nothing", file="sim/draw.py", function="stream_of", before='"big"', after='"big", signed=False'
    )  # fmt: skip
    laboratory = Laboratory(store=store, only=QUICK_CLAIMS)
    return folder, hunt(laboratory, bugs=[*bugs, harmless], other_seeds=False, folder=folder), laboratory


def test_bugs_are_caught_and_a_harmless_change_is_not(quick_hunt):
    _, found, _ = quick_hunt
    *bugs, harmless = found.rows
    assert [row.bug.id for row in bugs] == list(QUICK_BUGS)
    assert all(row.caught and row.by and row.how for row in bugs)
    assert not harmless.caught
    assert harmless.judged == found.claims


def test_a_hunt_goes_on_where_it_stopped(quick_hunt, monkeypatch):
    folder, found, laboratory = quick_hunt
    monkeypatch.setattr(Laboratory, "run", None)  # nothing is run again
    again = hunt(laboratory, bugs=[row.bug for row in found.rows], other_seeds=False, folder=folder)
    assert again.rows == found.rows
    assert len((folder / "bugs.jsonl").read_text().splitlines()) == len(found.rows)
    monkeypatch.undo()
    hunt(laboratory, bugs=[found.rows[-1].bug], other_seeds=False, folder=folder)
    assert len((folder / "bugs.jsonl").read_text().splitlines()) == len(found.rows)
