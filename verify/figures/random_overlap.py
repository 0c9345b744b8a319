"""Overlaps after a step that is too small for a spike: Figure 16, rank by rank beside what random frames do."""

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.drawing.images import image_array
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import eta_text, holds_text, letter, size_text, step_text
from verify.figures.overlap import (
    BEFORE,
    LETTERS,
    NONE,
    OverlapImages,
    as_claimed,
    corner,
    gd_images,
    image_name,
    image_needs,
    images_frame,
)
from verify.measurements.overlap_images import SIDES, rank_blocks
from verify.predictions.spike import spike_of
from verify.presentation.style import COLOURS, PAGE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS", "random_band"]

INSIDE = 0.99  # of random frames' rows lie in the band
STEPS = 80
RANDOM, LIMIT = "predicted for random frames", "random limit"
LOOKS = {
    RANDOM: Look(kind="line", width=0.9, colour="0.45", legend="random frames, 99 in 100", order=1),
    LIMIT: Look(kind="horizontal", dash="--", width=0.9, legend="random limit of the image", order=2),
    "W_0": Look(kind="points", marker="o", hollow=True, size=4.6, colour=COLOURS["frobenius"], legend="$W_0$", order=3),
    "W_1": Look(kind="points", marker="o", size=2.6, colour=COLOURS["operator"], legend="$W_1$", order=4),
}  # fmt: skip


def random_band(edges: NDArray[np.int64], limits: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Median and both ends, for every block of ranks of W, of the largest overlap with random frames over its limit.

    Shape (3, blocks). Squared overlaps of independent unit vectors in R^size are Beta(1/2, (size - 1)/2), here taken as
    independent.
    """
    from scipy.stats import beta

    length = np.diff(edges).astype(float)
    entries = length[:, None] * length[None, :]

    def below(t: NDArray[np.float64]) -> NDArray[np.float64]:
        """The chance that no entry of a row of blocks passes t times its limit."""
        return (entries * beta.logcdf(t[:, None] * limits, 0.5, 0.5 * (size - 1))).sum(axis=1)

    found = []
    for level in (0.5, 0.5 * (1.0 - INSIDE), 0.5 * (1.0 + INSIDE)):
        low, high = np.full(length.size, -12.0), np.full(length.size, 3.0)
        for _ in range(STEPS):
            middle = 0.5 * (low + high)
            under = below(np.exp(middle)) < math.log(level)
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        found.append(np.exp(0.5 * (low + high)))
    return np.array(found)


def _profile(frame: "pd.DataFrame", of: OverlapImages) -> "pd.DataFrame":
    """What is drawn: the largest overlap over its limit in every row of blocks, with W_0 and with W_1, on both sides."""
    edges = rank_blocks(min(of.cell.N, of.cell.d))
    rank = np.sqrt((edges[:-1] + 1.0) * edges[1:])
    parts = []
    for side in SIDES:
        limits = image_array(frame, f"{side} {BEFORE}", "random_limit")
        median, low, high = random_band(edges, limits, of.cell.N if side == "left" else of.cell.d)
        parts.append(series_rows(side, RANDOM, rank, median, y_low=low, y_high=high))
        parts.append(series_rows(side, LIMIT, y=1.0))
        for series, name in (("W_0", BEFORE), ("W_1", image_name(of.shown[0]))):
            parts.append(
                series_rows(
                    side, series, rank, image_array(frame, f"{side} {name}", "over_limit").max(axis=1)
                )
            )
    return frame_of(parts)


def _build(scope: Scope, material: Material) -> Content:
    of = gd_images(scope, shown=0.1)
    images = images_frame(scope, material, of)
    frame = _profile(images, of)
    panels = [
        Panel(
            name=side, title=rf"{letter(place)} ${LETTERS[side]}$, $\eta={eta_text(of.shown[0].eta or 0.0)}$",
            x=Axis(label="rank in $W$", scale="log", ticks=(1.0, 10.0, 100.0, 1000.0)),
            y=Axis(
                label="largest overlap / its limit" if place == 0 else "", scale="log", limits=(0.1, 3.0),
                ticks=(0.1, 0.3, 1.0, 3.0),
            ),
        )
        for place, side in enumerate(SIDES)
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=_caption(frame, images, of),
        draw=partial(_draw, frame=frame, panels=panels),
        size=(PAGE, 2.9),
        notes=(
            "One seed. Images as in Figures 17 and 18 would show nothing but noise here; so row by row: the largest "
            "squared overlap of the ranks of a block with any vector of the update, over the limit that random frames pass "
            "anywhere in an image with probability 1e-4. The band takes the entries as independent.",
        ),
    )


def _caption(frame: "pd.DataFrame", images: "pd.DataFrame", of: OverlapImages) -> str:
    update = of.shown[0]
    points = frame[frame["series"].isin(("W_0", "W_1"))]
    band = frame[frame["series"] == RANDOM].set_index(["panel", "x"])
    inside = sum(band.loc[(row.panel, row.x), "y_low"] <= row.y <= band.loc[(row.panel, row.x), "y_high"]
                 for row in points.itertuples())  # fmt: skip
    corners = [corner(images, f"{side} {image_name(update)}")[0] for side in SIDES]
    expected = spike_of(of.problem, of.cell, update).outlier
    return (
        f"After {step_text(update)} at {size_text(of.cell)} the singular vectors of W_1 overlap with the update's as random "
        f"frames would, and as those of W_0 do. {inside} of {len(points)} blocks of ranks lie in the band that holds 99 in "
        f"100 of random frames, the largest reaches {points['y'].max():.2g} of the limit. O_U(1,1) = {corners[0]:.2g}, "
        f"O_V(1,1) = {corners[1]:.2g}; {'a spike' if expected else 'no spike'} is predicted. {NONE} has two halves, and "
        f"the one seen here, a small step, {holds_text(as_claimed(images, image_name(update), expected))}."
    )


def _needs(scope: Scope) -> list[Need]:
    return image_needs(scope, gd_images(scope, shown=0.1))


def _draw(figure: "Figure", frame: "pd.DataFrame", panels: list[Panel]) -> None:
    draw_panels(figure, frame, panels, LOOKS, columns=2, legend_columns=4)


ITEMS: tuple[Item, ...] = (
    Item(id="fig-16", title="Overlaps after a small GD step", source="Figure 16",
         settings="GD 0.1 (a reading), scaled with d in the quick form.", needs=_needs, build=_build),
)  # fmt: skip
