"""Draws the rooms of the packages from their imports: docs/images/layout.svg, and docs/data/layout.csv of what is drawn.

    python docs/build_layout.py

A test compares docs/data/layout.csv with the code: run this when a room, or an import between two of them, is new.
"""

import csv
import io
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext")]
from layout_picture import draw  # noqa: E402
from rooms import PACKAGES, Room, asked_packages, drawn_imports, rooms_of  # noqa: E402

from verify.files.atomic import write_text  # noqa: E402

PICTURE, TABLE = DOCS / "images" / "layout.svg", DOCS / "data" / "layout.csv"
ROUND = 50  # lines


def table(rooms: dict[str, Room]) -> str:
    """A row per room, with what is drawn of it: its floor, about how many lines, its arrows, its dots."""
    drawn = {id: others for package in PACKAGES for id, others in drawn_imports(rooms, package).items()}
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("room", "floor", "lines", "arrows", "dots"))
    for id, room in rooms.items():
        lines = max(round(room.lines / ROUND), 1) * ROUND
        writer.writerow((id, room.floor, lines, " ".join(drawn[id]), " ".join(asked_packages(room))))
    return buffer.getvalue()


def main() -> None:
    """Both files."""
    rooms = rooms_of(DOCS.parent)
    draw(rooms, PICTURE.with_suffix(""))
    write_text(TABLE, table(rooms))
    print(f"{len(rooms)} rooms: {PICTURE.relative_to(DOCS.parent)}, {TABLE.relative_to(DOCS.parent)}")


if __name__ == "__main__":
    main()
