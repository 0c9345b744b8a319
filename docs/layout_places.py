"""Places for boxes on floors that arrows join: few crossings, straight arrows, nothing on top of anything.

An arrow that passes floors has a place of its own on each of them (a "bend"), so that it goes between the boxes. The order
on each floor is that of the fewest crossings found, by sweeps over the floors from many starts; the places are then those
that make the arrows as steep as the order and the room between boxes allow (a linear programme).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linprog

__all__ = ["Places", "placed"]

Bend = tuple[str, str, int]  # an arrow's two ends and a floor between them
Node = str | Bend
STARTS, SWEEPS = 60, 12
STRAIGHT = 6.0  # what a kink within an arrow costs against one at a box


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the boxes stand: `centres` of boxes and bends from left to right, and each arrow as its nodes downwards."""

    centres: dict[Node, float]
    arrows: dict[tuple[str, str], list[Node]]


def placed(
    floors: Mapping[str, int],
    widths: Mapping[str, float],
    arrows: Sequence[tuple[str, str]],
    *,
    width: float,
    gap: float,
) -> Places:
    """Places within a given width.

    Parameters
    ----------
    floors : mapping
        Box -> its floor, 0 at the bottom.
    arrows : sequence of (from, to)
        Each from a higher floor to a lower one.
    gap : float
        Between two neighbours on a floor; half of it where one is a bend.
    """
    paths: dict[tuple[str, str], list[Node]] = {
        (a, b): [a, *((a, b, floor) for floor in range(floors[a] - 1, floors[b], -1)), b] for a, b in arrows
    }
    level: dict[Node, int] = {
        **floors,
        **{n: n[2] for p in paths.values() for n in p if isinstance(n, tuple)},
    }
    pairs = [pair for path in paths.values() for pair in pairwise(path)]
    rows = _ordered(level, pairs)
    sizes = {node: widths.get(node, 0.0) if isinstance(node, str) else 0.0 for node in level}
    return Places(centres=_centres(rows, sizes, pairs, width=width, gap=gap), arrows=paths)


def _ordered(level: Mapping[Node, int], pairs: Sequence[tuple[Node, Node]]) -> list[list[Node]]:
    """Every floor from left to right, the lowest floor first."""
    rng = np.random.default_rng(0)
    nodes = sorted(level, key=str)
    best: tuple[int, list[list[Node]]] | None = None
    for _ in range(STARTS):
        shuffled = [nodes[i] for i in rng.permutation(len(nodes))]
        rows = [[n for n in shuffled if level[n] == floor] for floor in range(max(level.values()) + 1)]
        for sweep in range(SWEEPS):
            _sweep(rows, level, pairs, downwards=sweep % 2 == 0)
            crossings = _crossings(rows, level, pairs)
            if best is None or crossings < best[0]:
                best = crossings, [list(row) for row in rows]
    assert best is not None
    return best[1]


def _sweep(
    rows: list[list[Node]], level: Mapping[Node, int], pairs: Sequence[tuple[Node, Node]], *, downwards: bool
) -> None:
    """Sort each floor by the mean place of what its nodes are joined to on the floor before it."""
    order = range(len(rows) - 2, -1, -1) if downwards else range(1, len(rows))
    for floor in order:
        before = {node: place for place, node in enumerate(rows[floor + (1 if downwards else -1)])}
        joined: dict[Node, list[int]] = {node: [] for node in rows[floor]}
        for upper, lower in pairs:
            here, there = (lower, upper) if downwards else (upper, lower)
            if level[here] == floor:
                joined[here].append(before[there])
        share = len(before) / max(len(rows[floor]), 1)
        key = {
            node: float(np.mean(found)) if found else place * share
            for place, (node, found) in enumerate(joined.items())
        }
        rows[floor].sort(key=key.__getitem__)


def _crossings(
    rows: Sequence[Sequence[Node]], level: Mapping[Node, int], pairs: Sequence[tuple[Node, Node]]
) -> int:
    place = {node: index for row in rows for index, node in enumerate(row)}
    count = 0
    for floor in range(len(rows) - 1):
        here = np.array([(place[a], place[b]) for a, b in pairs if level[b] == floor])
        if len(here):
            d = here[:, None, :] - here[None, :, :]
            count += int(np.sum(d[..., 0] * d[..., 1] < 0)) // 2
    return count


def _centres(
    rows: Sequence[Sequence[Node]],
    sizes: Mapping[Node, float],
    pairs: Sequence[tuple[Node, Node]],
    *,
    width: float,
    gap: float,
) -> dict[Node, float]:
    """Least sum of sideways ways of all arrows, with the order and the gaps kept; refused where a floor is too wide."""
    nodes = [node for row in rows for node in row]
    index, n = {node: i for i, node in enumerate(nodes)}, len(nodes)
    kept, limits = [], []
    for row in rows:
        for left, right in pairwise(row):
            line = np.zeros(n + len(pairs))
            line[[index[left], index[right]]] = 1.0, -1.0
            between = gap if isinstance(left, str) and isinstance(right, str) else 0.5 * gap
            kept.append(line)
            limits.append(-(0.5 * (sizes[left] + sizes[right]) + between))
    for number, (a, b) in enumerate(pairs):
        for sign in (1.0, -1.0):
            line = np.zeros(n + len(pairs))
            line[[index[a], index[b]]] = sign, -sign
            line[n + number] = -1.0
            kept.append(line)
            limits.append(0.0)
    weight = [STRAIGHT if not (isinstance(a, str) or isinstance(b, str)) else 1.0 for a, b in pairs]
    within = [(0.5 * sizes[node], width - 0.5 * sizes[node]) for node in nodes]
    found = linprog(
        np.array([*np.zeros(n), *weight]),
        A_ub=np.array(kept),
        b_ub=np.array(limits),
        bounds=[*within, *[(0.0, None)] * len(pairs)],
    )
    if not found.success:
        raise ValueError(f"a floor is wider than {width:g}: {found.message}")
    return {node: float(found.x[i]) for node, i in index.items()}
