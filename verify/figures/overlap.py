"""Overlaps of the singular vectors of W_0 and W_1 with the update's: Figures 9, 12, 17, 18."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.designs import design, mean_field_problem, scaled, scope_cell
from verify.appendix.drawing.images import Image, draw_images, image_array, image_rows, overlap_text
from verify.appendix.drawing.panels import frame_of
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import eta_text, holds_text, letter, size_text, step_text, update_of
from verify.measurements.names import exact
from verify.measurements.overlap_images import SIDES, images_at, rank_blocks
from verify.predictions.spike import inputs_of, spike_of
from verify.presentation.style import PAGE
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design, Readings

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BEFORE", "ITEMS", "LETTERS", "NONE", "OverlapImages", "image_name", "as_claimed", "corner", "gd_images", "image_needs",
    "images_frame", "random_limits",
]  # fmt: skip

BEFORE = "W_0"
LEVEL = 1e-4  # chance that independent frames pass the limit anywhere in one image
LETTERS = {"left": "O_U", "right": "O_V"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapImages:
    """Which images a figure shows: `updates` of one rule are measured, `shown` of them drawn, and W_0 if `before`."""

    problem: Problem
    cell: Cell
    updates: tuple[Update, ...]
    shown: tuple[Update, ...]
    before: bool


def random_limits(edges: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """What the largest overlap of two independent random frames exceeds in any block with probability `LEVEL`.

    A squared overlap of independent unit vectors in R^size is Beta(1/2, (size - 1)/2); the blocks share `LEVEL`
    equally, and in a block its entries do.
    """
    from scipy.stats import beta

    length = np.diff(edges).astype(float)
    entries = length[:, None] * length[None, :]
    return beta.isf(LEVEL / (entries * entries.size), 0.5, 0.5 * (size - 1))


def _design(scope: Scope, of: OverlapImages) -> Design:
    return design(scope, of.problem, (of.cell,), measurement=images_at(of.updates))


def image_needs(scope: Scope, of: OverlapImages) -> list[Need]:
    """One seed of its images."""
    return [Need(design=_design(scope, of), seeds=1)]


def images_frame(scope: Scope, material: Material, of: OverlapImages) -> "pd.DataFrame":
    """Cells of every image from the runs."""
    return overlap_frame(of, material.readings(_design(scope, of), 1)[0])


def _needs(scope: Scope, *, overlaps: Callable[[Scope], OverlapImages]) -> list[Need]:
    return image_needs(scope, overlaps(scope))


def _image(readings: Readings, side: str, name: str, blocks: int) -> NDArray[np.float64]:
    return np.array(
        [[readings.value(f"{side} {name}[{b},{c}]") for c in range(blocks)] for b in range(blocks)]
    )


def overlap_frame(of: OverlapImages, readings: Readings) -> "pd.DataFrame":
    """Cells of every image of the figure, left above right."""
    edges = rank_blocks(min(of.cell.N, of.cell.d))
    parts = []
    for side in SIDES:
        limits = random_limits(edges, of.cell.N if side == "left" else of.cell.d)
        for name, update in _columns(of):
            predicted = math.nan
            if update is not None:
                at = spike_of(of.problem, of.cell, update)
                if at.outlier:
                    predicted = at.left_overlap_squared if side == "left" else at.right_overlap_squared
            image = _image(readings, side, name, edges.size - 1)
            parts.append(image_rows(f"{side} {name}", side, name, image, edges, limits, predicted))
    return frame_of(parts)


def _columns(of: OverlapImages) -> list[tuple[str, Update | None]]:
    first: list[tuple[str, Update | None]] = [(BEFORE, None)] if of.before else []
    return [*first, *((image_name(update), update) for update in of.shown)]


def image_name(update: Update) -> str:
    """The name of W_1 after a step, in images."""
    return f"W_1 {exact(update.eta)}"


def _across(of: OverlapImages) -> int:
    """Images side by side: left above right, or all in one row where they are few."""
    return len(SIDES) * len(_columns(of)) if len(_columns(of)) <= 2 else len(_columns(of))


def _images(of: OverlapImages) -> list[Image]:
    columns = _columns(of)
    images = []
    for row, side in enumerate(SIDES):
        for column, (name, update) in enumerate(columns):
            place = letter(row * len(columns) + column)
            eta = "" if update is None else rf", $\eta={eta_text(update.eta or 0.0)}$"
            title = f"{place} ${LETTERS[side]}$, {'$W_0$' if update is None else '$W_1$'}{eta}"
            first = (row * len(columns) + column) % _across(of) == 0
            images.append(Image(name=f"{side} {name}", title=title, rows="rank in $W$" if first else ""))
    return images


def _build(
    scope: Scope, material: Material, *, overlaps: Callable[[Scope], OverlapImages], claim: str, size: tuple[float, float]
) -> Content:  # fmt: skip
    of = overlaps(scope)
    frame = images_frame(scope, material, of)
    images, columns = _images(of), _across(of)
    return Content(
        frame=frame,
        caption=_caption(frame, of, claim),
        draw=partial(draw_images, frame=frame, images=images, columns=columns),
        size=size,
        notes=(
            "One seed. Ranks 1 to 8 stand alone, beyond them blocks grow geometrically. Since a maximum grows with its "
            "block, the colour is the largest overlap of a block over the limit that two independent random frames pass "
            f"anywhere in an image with probability {LEVEL:g}; blocks below it are grey, darker towards it, and an image of "
            "nothing else says random. A dot marks O(1,1) where it is beyond the limit.",
        ),
    )


def corner(frame: "pd.DataFrame", panel: str) -> tuple[float, float]:
    """O(1, 1) as drawn, and its prediction (nan below the threshold)."""
    return float(image_array(frame, panel)[0, 0]), float(image_array(frame, panel, "predicted")[0, 0])


def _marks(frame: "pd.DataFrame", panel: str) -> NDArray[np.bool_]:
    """Which cells of an image lie beyond the random limit."""
    return image_array(frame, panel) > image_array(frame, panel, "random_limit")


def marked(frame: "pd.DataFrame", panel: str) -> int:
    """How many."""
    return int(np.sum(_marks(frame, panel)))


def _caption(frame: "pd.DataFrame", of: OverlapImages, claim: str) -> str:
    where = " under mean-field" if of.problem.parametrisation == "mean-field" else ""
    start = (
        f"Squared overlaps of the singular vectors of the weights with those of the update{where}, one step at "
        f"{size_text(of.cell)}: the largest in every block of ranks, over what independent frames reach."
    )
    holds: dict[bool, bool] = {}  # whether a spike is predicted -> whether the images are as the claim says
    words = []
    for name, update in _columns(of):
        if update is None:
            continue
        found = {side: corner(frame, f"{side} {name}") for side in SIDES}
        predicted = [overlap_text(p) for _, p in found.values()]
        expected = spike_of(of.problem, of.cell, update).outlier
        holds[expected] = holds.get(expected, True) and as_claimed(frame, name, expected)
        note = (
            f" (predicted {predicted[0]} and {predicted[1]})" if expected else " (predicted: none, no spike)"
        )
        words.append(
            f"{step_text(update)}: O_U(1,1) = {overlap_text(found['left'][0])}, "
            f"O_V(1,1) = {overlap_text(found['right'][0])}{note}"
        )
    end = "; ".join(words)
    before = ""
    if of.before:
        counts = [marked(frame, f"{side} {BEFORE}") for side in SIDES]
        before = f" With W_0, a fresh draw, {sum(counts)} blocks pass the limit for random frames: the update knows W_0."
        if not sum(counts):
            before = " With W_0, a fresh draw, no block passes the limit for random frames."
    drawn = [f"{side} {name}" for side in SIDES for name, _ in _columns(of)]
    empty = sum(marked(frame, panel) == 0 for panel in drawn)
    if empty:
        before += f" {'All' if empty == len(drawn) else empty} of the {len(drawn)} images have no block beyond the limit."
    return f"{start} {end}.{before}{_others(frame, of)} {claim} {_judged(holds, claim)}."


def as_claimed(frame: "pd.DataFrame", name: str, outlier: bool) -> bool:
    """Whether O(1, 1) passes the random limit on both sides if an outlier is expected, and no block does if none is."""
    panels = [f"{side} {name}" for side in SIDES]
    if not outlier:
        return not any(marked(frame, panel) for panel in panels)
    return all(bool(_marks(frame, panel)[0, 0]) for panel in panels)


def _judged(holds: dict[bool, bool], claim: str) -> str:
    """The verdict; a figure that shows only one side of a claim about both says which."""
    verdict = holds_text(all(holds.values()))
    if claim != NONE or len(holds) == 2:
        return verdict
    return (
        f"has two halves, and the one seen here, {'a large' if True in holds else 'a small'} step, {verdict}"
    )


def _others(frame: "pd.DataFrame", of: OverlapImages) -> str:
    """Blocks beyond the limit beside the corner after the largest step, whether they keep to the diagonal, and the noise."""
    from scipy.stats import binom

    found = [_marks(frame, f"{side} W_1 {exact(of.shown[-1].eta)}") for side in SIDES]
    found = [np.where(np.arange(m.size).reshape(m.shape) == 0, False, m) for m in found]
    marks = max(found, key=np.sum)
    count, rows = int(marks.sum()), np.indices(marks.shape)
    if count <= FEW:
        return ""
    band = np.abs(rows[0] - rows[1]) <= BESIDE
    near, by_chance = int(marks[band].sum()), float(band.mean())
    clustered = bool(binom.sf(near - 1, count, by_chance) < LEVEL)
    inputs = inputs_of(of.problem, of.cell, replace(of.shown[-1], eta=None))
    noise = (of.shown[-1].eta or 0.0) ** 2 * inputs.noise_variance / inputs.initial_variance
    return (
        f" At eta = {of.shown[-1].eta:g} another {count} blocks pass the limit, {near} of them within {BESIDE} of the "
        f"diagonal ({count * by_chance:.0f} by chance: {'they gather there' if clustered else 'they do not gather there'}); "
        f"the update's noise has {noise:.2g} times the variance of W_0."
    )


FEW = 3  # marked blocks beside the corner that a caption leaves out
BESIDE = 2  # blocks from the diagonal that count as near it


def _adam(scope: Scope, *, shown: tuple[float, ...], before: bool) -> OverlapImages:
    cell = scope_cell(scope)
    of = {eta: update_of("adam", scaled("adam", eta, cell)) for eta in (0.01, 0.1, 1.0)}
    return OverlapImages(
        problem=default_problem(),
        cell=cell,
        updates=tuple(of.values()),
        shown=tuple(of[eta] for eta in shown),
        before=before,
    )


def gd_images(scope: Scope, *, shown: float) -> OverlapImages:
    """One of the two GD steps, with W_0 before it."""
    cell = scope_cell(scope)
    of = {eta: update_of("gd", scaled("gd", eta, cell)) for eta in (0.1, 2000.0)}
    return OverlapImages(
        problem=default_problem(), cell=cell, updates=tuple(of.values()), shown=(of[shown],), before=True
    )


def _mean_field(scope: Scope) -> OverlapImages:
    cell = scope_cell(scope)
    updates = (update_of("adam", float(f"{cell.d**-0.5:.3g}")),)
    return OverlapImages(
        problem=mean_field_problem(), cell=cell, updates=updates, shown=updates, before=False
    )


def _item(
    id: str,
    title: str,
    settings: str,
    overlaps: Callable[[Scope], OverlapImages],
    claim: str,
    size: tuple[float, float],
) -> Item:
    return Item(
        id=id, title=title, source=f"Figure {id.removeprefix('fig-')}", settings=settings,
        needs=partial(_needs, overlaps=overlaps), build=partial(_build, overlaps=overlaps, claim=claim, size=size),
    )  # fmt: skip


_SPIKE = "The paper's claim that the top vectors of W_1 and M_0 overlap once there is a spike"
NONE = "The paper's claim that overlaps have an outlier only once eta is large enough"
_TWO, _EIGHT, _FOUR = (PAGE, 3.4), (PAGE, 4.0), (PAGE, 2.4)

_SCALED = "(a reading), scaled with d in the quick form."

ITEMS: tuple[Item, ...] = (
    _item(
        "fig-9", "Overlaps after one FB-Adam step", f"FB-Adam eta = 1 {_SCALED} Panels (a) and (b); (c) and (d) are of "
        "later steps.",
        partial(_adam, shown=(1.0,), before=False), _SPIKE, _TWO,
    ),
    _item(
        "fig-12", "Mean-field: overlaps after one FB-Adam step", "FB-Adam eta = 1/sqrt d (a reading).",
        _mean_field, _SPIKE, _TWO,
    ),
    _item(
        "fig-17", "Overlaps after FB-Adam steps", f"FB-Adam 0.01, 0.1, 1 {_SCALED}",
        partial(_adam, shown=(0.01, 0.1, 1.0), before=True), NONE, _EIGHT,
    ),
    _item("fig-18", "Overlaps after a large GD step", f"GD 2000 {_SCALED}", partial(gd_images, shown=2000.0), NONE, _FOUR),
)  # fmt: skip
