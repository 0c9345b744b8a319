"""The picture of the rooms: a band per package, a box per room, an arrow per import that no other implies."""

import math
from collections.abc import Sequence
from pathlib import Path

from layout_places import Places, placed
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve
from matplotlib.textpath import TextPath
from rooms import Room, asked_packages, drawn_imports

from verify.presentation.style import figure_style, save_figure

__all__ = ["WIDTH", "Band", "draw"]

WIDTH = 520.0  # points: what a page is wide (693 pixels)
AREA = 0.85  # square points of a box per line of code
# Width over height of a box: the first with which the boxes of a floor have room.
ASPECTS = (4.2, 3.6, 3.0, 2.4, 1.8, 1.2)
PAD, HEIGHT = 5.0, 13.5  # of a box: beside its name, the least height
FULL = 0.93  # of a floor's width: what its boxes may take
GAP, ALLEY = 9.0, 22.0  # beside a box, between two bands
HEAD = 4.0  # of an arrow, which is straight
BETWEEN, SLOPE = 12.0, 0.045  # between two floors: at least, and per point that an arrow there goes sideways
TYPE, TITLE = 7.5, 9.5  # points
COLOURS = {"theory": "#D6E6F4", "sim": "#FBE3CF", "verify": "#E4E4E4"}
EDGES = {"theory": "#0072B2", "sim": "#D55E00", "verify": "#555555"}


def _size(room: Room, aspect: float) -> tuple[float, float]:
    """Width and height of a box: its area says how many lines there are, where its name leaves the choice."""
    area = AREA * room.lines
    name = TextPath((0, 0), room.name, size=TYPE).get_extents().width
    width = max(math.sqrt(aspect * area), name + 2 * PAD)
    return width, max(area / width, HEIGHT)


def _sizes(rooms: Sequence[Room], bends: int, width: float) -> dict[str, tuple[float, float]]:
    """Of the boxes of one floor, which so many arrows pass: as flat as there is room."""
    gaps = GAP * (len(rooms) - 1 + 0.5 * bends)
    for aspect in ASPECTS:
        found = {room.id: _size(room, aspect) for room in rooms}
        if sum(size[0] for size in found.values()) + gaps <= FULL * width:
            break
    return found


class Band:
    """One package: its boxes and arrows, placed in a rectangle whose top is at y = 0."""

    def __init__(self, rooms: dict[str, Room], package: str, width: float) -> None:
        self.package, self.width = package, width
        self.rooms = {id: room for id, room in rooms.items() if room.package == package}
        floors = {id: room.floor for id, room in self.rooms.items()}
        arrows = [(id, to) for id, others in drawn_imports(rooms, package).items() for to in others]
        self.sizes: dict[str, tuple[float, float]] = {}
        for floor in set(floors.values()):
            bends = sum(floors[a] > floor > floors[b] for a, b in arrows)
            here = [room for room in self.rooms.values() if room.floor == floor]
            self.sizes |= _sizes(here, bends, width)
        widths = {id: size[0] for id, size in self.sizes.items()}
        self.places: Places = placed(floors, widths, arrows, width=width, gap=GAP)
        self.tops: dict[int, float] = {}
        self.heights = {
            floor: max(self.sizes[id][1] for id in floors if floors[id] == floor)
            for floor in sorted(set(floors.values()), reverse=True)
        }
        ports = self.ports(lower=True), self.ports(lower=False)
        self.ways = {
            arrow: self._way(arrow, *(port[arrow] for port in ports)) for arrow in self.places.arrows
        }
        y = -1.6 * TITLE
        for floor, height in self.heights.items():
            self.tops[floor] = y
            self.depth = height - y
            y -= height + BETWEEN + SLOPE * self._sideways(floor)

    def middle(self, id: str) -> tuple[float, float]:
        """Of a box."""
        floor = self.rooms[id].floor
        return self.places.centres[id], self.tops[floor] - self.heights[floor] / 2

    def ports(self, lower: bool) -> dict[tuple[str, str], float]:
        """Where each arrow leaves (or reaches) its box, from left to right as it goes on."""
        found: dict[tuple[str, str], float] = {}
        for id, (width, _) in self.sizes.items():
            here = [arrow for arrow in self.places.arrows if arrow[0 if lower else 1] == id]
            next_to = {a: self.places.arrows[a][1 if lower else -2] for a in here}
            here.sort(key=lambda arrow: self.places.centres[next_to[arrow]])
            step = min(9.0, width / (len(here) + 1))
            for number, arrow in enumerate(here):
                found[arrow] = self.places.centres[id] + (number - (len(here) - 1) / 2) * step
        return found

    def _way(self, arrow: tuple[str, str], leaving: float, reaching: float) -> dict[int, float]:
        """Floor -> where an arrow is there."""
        start, *bends, end = self.places.arrows[arrow]
        first, last = self.rooms[str(start)].floor, self.rooms[str(end)].floor
        return {first: leaving, **{int(bend[2]): self.places.centres[bend] for bend in bends}, last: reaching}

    def _sideways(self, floor: int) -> float:
        """How far an arrow goes sideways at most between a floor and the one below it."""
        ways = [way for way in self.ways.values() if floor in way and floor - 1 in way]
        return max((abs(way[floor] - way[floor - 1]) for way in ways), default=0.0)

    def curve(self, arrow: tuple[str, str]) -> Curve:
        """An arrow: straight down beside the boxes that it passes, an S between two floors."""
        start, end = self.middle(arrow[0])[1], self.middle(arrow[1])[1]
        first, *_, last = way = self.ways[arrow]
        vertices = [(way[first], start - self.sizes[arrow[0]][1] / 2)]
        codes = [Curve.MOVETO]
        for floor in range(first, last, -1):
            x, y = way[floor], self.tops[floor] - self.heights[floor]
            u, v = way[floor - 1], self.tops[floor - 1] + HEAD
            half = (y + v) / 2
            vertices += [(x, y), (x, half), (u, half), (u, v)]
            codes += [Curve.LINETO, *[Curve.CURVE4] * 3]
        vertices.append((way[last], end + self.sizes[arrow[1]][1] / 2))
        return Curve(vertices, [*codes, Curve.LINETO])


def draw(rooms: dict[str, Room], stem: Path, formats: tuple[str, ...] = ("svg",)) -> None:
    """Write `stem`.svg (or as other formats)."""
    with figure_style():
        half = (WIDTH - ALLEY) / 2
        verify = Band(rooms, "verify", WIDTH)
        lower = [Band(rooms, "theory", half), Band(rooms, "sim", half)]
        total = verify.depth + ALLEY + max(band.depth for band in lower) + 4.0
        figure = Figure(figsize=((WIDTH + 4.0) / 72, total / 72))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(-2.0, WIDTH + 2.0), ylim=(-total + 1.0, 1.0))
        axes.set_axis_off()
        _draw_band(axes, verify, 0.0, 0.0)
        _draw_legend(axes)
        for band, left in zip(lower, (0.0, half + ALLEY), strict=True):
            _draw_band(axes, band, left, -verify.depth - ALLEY)
        save_figure(figure, stem, formats=formats)


def _draw_band(axes, band: Band, left: float, top: float) -> None:
    axes.text(
        left, top - TITLE, band.package, fontsize=TITLE, fontweight="bold", color=EDGES[band.package],
        va="baseline",
    )  # fmt: skip
    for a, b in band.places.arrows:
        curve = band.curve((a, b))
        moved = Curve([(x + left, y + top) for x, y in curve.vertices], curve.codes)
        axes.add_patch(
            FancyArrowPatch(
                path=moved, arrowstyle=f"-|>,head_length={0.8 * HEAD},head_width={0.35 * HEAD}", mutation_scale=1.0,
                lw=0.7, color="0.45", shrinkA=0, shrinkB=0, zorder=1, gid=f"arrow-{a}--{b}",
            )
        )  # fmt: skip
    for id, room in band.rooms.items():
        _draw_room(axes, room, band.sizes[id], band.middle(id), left, top)


def _draw_room(
    axes, room: Room, size: tuple[float, float], middle: tuple[float, float], left: float, top: float
) -> None:
    (width, height), (x, y) = size, (middle[0] + left, middle[1] + top)
    axes.add_patch(
        FancyBboxPatch(
            (x - width / 2, y - height / 2), width, height, boxstyle="round,pad=0,rounding_size=2.5",
            fc=COLOURS[room.package], ec=EDGES[room.package], lw=0.8, zorder=2, gid=f"room-{room.id}",
        )
    )  # fmt: skip
    axes.text(x, y, room.name, fontsize=TYPE, ha="center", va="center_baseline", zorder=3)
    for number, package in enumerate(reversed(asked_packages(room))):
        place = (x + width / 2 - 5.0 - 6.5 * number, y + height / 2)
        axes.add_patch(
            Circle(
                place, 2.4, fc=EDGES[package], ec="white", lw=0.5, zorder=4, gid=f"dot-{room.id}--{package}"
            )
        )


def _draw_legend(axes) -> None:
    """In the corner that the highest rooms leave free."""
    lines = {
        "theory": "imports theory",
        "sim": "imports sim",
        "": "arrow: imports; left out where others imply it",
    }
    for number, (package, text) in enumerate(lines.items()):
        y = -TITLE - 11.0 * number
        axes.text(WIDTH - 190.0, y, text, fontsize=TYPE, va="baseline")
        if package:
            axes.add_patch(Circle((WIDTH - 196.0, y + 2.6), 2.4, fc=EDGES[package], ec="white", lw=0.5))
