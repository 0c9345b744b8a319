"""docs/build_layout.py: the drawn house is the house there is, no arrow runs through a box, and the bytes repeat."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
SVG = DOCS / "images" / "layout.svg"
AGAIN = "run python docs/build_layout.py, look at the picture, and commit both files"
PAGE_POINTS = 700 * 0.75  # 700 pixels
FEW = 3  # starts of the search for an order


@pytest.fixture(scope="module")
def layout():
    """The script, its own modules on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(DOCS), str(DOCS / "_ext"), *sys.path])
        yield import_module("build_layout")


@pytest.fixture(scope="module")
def rooms(layout):
    return layout.rooms_of(ROOT)


def rows(text):
    """Room -> its row of a layout.csv."""
    return {row["room"]: row for row in csv.DictReader(io.StringIO(text))}


def differing(recorded, now):
    """Rooms whose floor, arrows or dots are other ones, or that are a quarter larger or smaller (and 150 lines)."""
    apart = set(recorded) ^ set(now)
    for room in set(recorded) & set(now):
        old, new = recorded[room], now[room]
        lines = int(old["lines"]), int(new["lines"])
        grown = abs(lines[0] - lines[1]) > max(150, 0.25 * lines[0])
        if grown or any(old[name] != new[name] for name in ("floor", "arrows", "dots")):
            apart.add(room)
    return sorted(apart)


def test_the_recorded_layout_is_that_of_the_code(layout, rooms):
    assert len(rooms) > 40
    recorded = rows(layout.TABLE.read_text(encoding="utf-8"))
    assert differing(recorded, rows(layout.table(rooms))) == [], AGAIN


def test_the_picture_shows_the_recorded_rooms_and_arrows(layout):
    text = SVG.read_text(encoding="utf-8")
    recorded = rows(layout.TABLE.read_text(encoding="utf-8"))
    assert set(re.findall(r'id="room-([\w.]+)"', text)) == set(recorded), AGAIN
    for name in ("arrow", "dot"):
        ends = {(room, to) for room, row in recorded.items() for to in row[f"{name}s"].split()}
        assert set(re.findall(rf'id="{name}-([\w.]+)--([\w.]+)"', text)) == ends, AGAIN
        assert len(ends) > 15
    assert float(re.search(r'<svg[^>]* width="([\d.]+)pt"', text)[1]) <= PAGE_POINTS


@pytest.fixture
def copy(tmp_path):
    for package in ("theory", "sim", "verify"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def test_a_new_room_and_a_new_import_are_noticed(layout, rooms, copy):
    before = rows(layout.table(rooms))
    file = copy / "theory" / "spike" / "new.py"
    file.write_text(
        "from theory.functions import activations\n"
    )  # by way of update, gradient and moments it is there
    assert differing(before, rows(layout.table(layout.rooms_of(copy)))) == []
    file.write_text("def late():\n    from theory.random_matrices import edges\n    return edges\n")
    assert differing(before, rows(layout.table(layout.rooms_of(copy)))) == ["theory.spike"]
    (copy / "theory" / "later").mkdir()
    (copy / "theory" / "later" / "__init__.py").write_text('"""Later steps."""\n')
    with pytest.raises(ValueError, match="later"):
        layout.rooms_of(copy)  # no contract names it
    setup = (copy / "setup.cfg").read_text(encoding="utf-8")
    (copy / "setup.cfg").write_text(setup.replace("losses | ridge", "losses | later | ridge"))
    found = layout.rooms_of(copy)
    assert found["theory.later"].about == "Later steps."
    assert differing(before, rows(layout.table(found))) == ["theory.later", "theory.spike"]


def test_an_arrow_that_others_imply_is_not_drawn(layout, rooms):
    drawn = {id: to for package in layout.PACKAGES for id, to in layout.drawn_imports(rooms, package).items()}

    def reached(id, arrows):
        below = set(arrows[id])
        return below.union(*(reached(other, arrows) for other in below))

    inside = {
        id: [to for to in room.imports if to.split(".")[0] == room.package] for id, room in rooms.items()
    }
    for id in rooms:
        assert reached(id, drawn) == reached(id, inside)
        for to in drawn[id]:
            others = [reached(other, drawn) for other in drawn[id] if other != to]
            assert to not in set().union(*others)


def boxes_of(band):
    """Room -> left, bottom, right, top."""
    found = {}
    for id, (width, height) in band.sizes.items():
        x, y = band.middle(id)
        found[id] = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
    return found


def on_one_another(boxes):
    """Pairs of boxes that share a place."""
    return [
        (a, b)
        for (a, one), (b, other) in combinations(boxes.items(), 2)
        if np.all(one[:2] < other[2:]) and np.all(other[:2] < one[2:])
    ]


def run_through(band, boxes):
    """(arrow, box) where an arrow passes through a box that is not one of its ends."""
    found = []
    for arrow in band.places.arrows:
        points = band.curve(arrow).interpolated(1).to_polygons(closed_only=False)[0]
        fine = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(points)])
        for id, box in boxes.items():
            if id not in arrow and np.any(np.all((fine > box[:2]) & (fine < box[2:]), axis=1)):
                found.append((arrow, id))
    return found


@pytest.mark.parametrize("package", ["theory", "sim", "verify"])
def test_boxes_stand_apart_and_no_arrow_runs_through_one(layout, rooms, package):
    picture = import_module("layout_picture")
    band = picture.Band(
        rooms, package, picture.WIDTH if package == "verify" else (picture.WIDTH - picture.ALLEY) / 2
    )
    boxes = boxes_of(band)
    assert on_one_another(boxes) == []
    assert run_through(band, boxes) == []
    assert picture.TYPE >= 7.0
    arrow = max(band.places.arrows, key=lambda arrow: len(band.places.arrows[arrow]))
    points = band.curve(arrow).interpolated(1).to_polygons(closed_only=False)[0]
    x, y = points[len(points) // 2]  # far from both of its ends
    boxes["in the way"] = np.array([x - 1.5, y - 1.5, x + 1.5, y + 1.5])
    assert (arrow, "in the way") in run_through(band, boxes)
    boxes["on it"] = boxes["in the way"] + 1.0
    assert on_one_another(boxes) == [("in the way", "on it")]


def test_two_processes_draw_the_same_bytes(layout, rooms, tmp_path, monkeypatch):
    """This one, and one whose sets are in another order; few starts go the way of many."""
    script = (
        "import sys; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from rooms import rooms_of; import layout_places; from layout_picture import draw\n"
        f"layout_places.STARTS = {FEW}\n"
        "draw(rooms_of(Path(sys.argv[2])), Path(sys.argv[1]))"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "other"), *map(str, (ROOT, DOCS, DOCS / "_ext"))]
    subprocess.run(words, env=os.environ | {"PYTHONHASHSEED": "2"}, check=True, timeout=120)
    monkeypatch.setattr(import_module("layout_places"), "STARTS", FEW)
    import_module("layout_picture").draw(rooms, tmp_path / "ours")
    found = [(tmp_path / f"{name}.svg").read_bytes() for name in ("other", "ours")]
    assert found[0] == found[1]
    assert b"<dc:date>" not in found[0]
