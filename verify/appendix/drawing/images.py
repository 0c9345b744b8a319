"""Overlap matrices as images: a cell per block of ranks, coloured where the largest squared overlap in it is not random.

Blocks grow with the ranks and a maximum grows with its block; so the colour is the maximum over what independent
frames pass in that very block. Whatever stays below that is grey, darker towards the limit, so that an image of
nothing but noise shows its noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.drawing.panels import tag

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, LogNorm
    from matplotlib.figure import Figure

__all__ = ["IMAGE_COLUMNS", "Image", "draw_images", "image_array", "image_rows", "overlap_text"]

IMAGE_COLUMNS = (
    "panel", "side", "weights", "rank_first", "rank_last", "update_rank_first", "update_rank_last", "overlap",
    "random_limit", "over_limit", "predicted",
)  # fmt: skip
LARGEST = 50.0  # times the random limit: the end of the colours
LEAST = 0.05  # times it: the end of the greys
COLOURMAP, PALEST = "YlGnBu", 0.25  # falls evenly in lightness, whatever the reader sees of hues
GREYS = (0.98, 0.72)  # lightness at LEAST and at the limit
SHADES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image: its name in the frame, what stands above it and beside its rows."""

    name: str
    title: str
    rows: str


def image_rows(
    panel: str, side: str, weights: str, image: NDArray[np.float64], edges: NDArray[np.int64],
    limits: NDArray[np.float64], predicted: float,
) -> "pd.DataFrame":  # fmt: skip
    """The cells of one image; ranks count from 1. `predicted` is that of the corner O(1, 1), nan elsewhere."""
    import pandas as pd

    rows, columns = (index.ravel() for index in np.indices(image.shape))
    corner = np.where((rows == 0) & (columns == 0), predicted, np.nan)
    data = {
        "panel": panel, "side": side, "weights": weights,
        "rank_first": edges[rows] + 1, "rank_last": edges[rows + 1],
        "update_rank_first": edges[columns] + 1, "update_rank_last": edges[columns + 1],
        "overlap": image.ravel(), "random_limit": limits.ravel(),
        "over_limit": (image / limits).ravel(), "predicted": corner,
    }  # fmt: skip
    return pd.DataFrame(data, columns=list(IMAGE_COLUMNS))


def image_array(frame: "pd.DataFrame", panel: str, column: str = "overlap") -> NDArray[np.float64]:
    """A column of one panel as a matrix: ranks of W downwards, ranks of the update to the right."""
    here = frame[frame["panel"] == panel]
    return here.pivot(index="rank_first", columns="update_rank_first", values=column).to_numpy()


def overlap_text(value: float) -> str:
    """An overlap as people read it: three decimals, two digits where it is small."""
    return f"{value:.3f}" if value >= 0.1 else f"{value:.2g}"


def draw_images(figure: "Figure", frame: "pd.DataFrame", images: Sequence[Image], *, columns: int) -> None:
    """Every image in reading order, one colour bar for all."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    norm, colours = LogNorm(vmin=LEAST, vmax=LARGEST), _colours()
    rows = -(-len(images) // columns)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(len(images))]
    for place, (here, image) in enumerate(zip(axes, images, strict=True)):
        _draw_image(here, frame, image, norm, colours)
        if image.rows:
            here.set_ylabel(image.rows)
        if place % columns:
            here.tick_params(labelleft=False)
        if place + columns >= len(images):
            here.set_xlabel("rank in $M_0$")
        else:
            here.tick_params(labelbottom=False)
    bar = figure.colorbar(
        ScalarMappable(norm=norm, cmap=colours), ax=axes, extend="both", shrink=0.95, aspect=24, pad=0.02
    )
    bar.ax.yaxis.set_major_locator(FixedLocator([0.1, 0.3, 1.0, 3.0, 10.0, 30.0]))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.set_label("largest overlap / random limit")


def _colours() -> "Colormap":
    """From the random limit on colours, below it greys, as `LogNorm(LEAST, LARGEST)` spreads them."""
    import matplotlib
    from matplotlib.colors import ListedColormap

    beyond = round(SHADES * np.log(LARGEST) / -np.log(LEAST))
    part = matplotlib.colormaps[COLOURMAP](np.linspace(PALEST, 1.0, beyond))
    greys = [(shade, shade, shade, 1.0) for shade in np.linspace(*GREYS, SHADES)]
    return ListedColormap([*greys, *map(tuple, part)])


def _draw_image(
    axes: "Axes", frame: "pd.DataFrame", image: Image, norm: "LogNorm", colours: "Colormap"
) -> None:
    over = image_array(frame, image.name, "over_limit")
    shown = axes.imshow(over, norm=norm, cmap=colours, interpolation="nearest", aspect="equal")
    tag(shown, image.name, "over_limit")
    if over[0, 0] > 1.0:  # its cell is the smallest, in the corner: a dot that is seen in print
        colour = colours(norm(over[0, 0]))
        axes.scatter(
            [0], [0], s=14.0, color=[colour], edgecolors="0.2", linewidths=0.5, clip_on=False, zorder=5
        )
    if not (over > 1.0).any():
        axes.text(
            0.5,
            0.5,
            "random",
            transform=axes.transAxes,
            ha="center",
            va="center",
            color="0.2",
            fontsize=7.5,
            bbox={"facecolor": "white", "alpha": 0.85, "lw": 0, "pad": 1.5},
        )
    here = frame[frame["panel"] == image.name]
    first = np.unique(here["rank_first"].to_numpy())
    ticks = [rank for rank in (1, 10, 100, 1000) if rank <= here["rank_last"].max()]
    places = [int(np.searchsorted(first, rank, side="right")) - 1 for rank in ticks]
    axes.set_xticks(places, [str(rank) for rank in ticks])
    axes.set_yticks(places, [str(rank) for rank in ticks])
    axes.spines[["top", "right"]].set_visible(True)
    corner, predicted = image_array(frame, image.name)[0, 0], here["predicted"].iloc[0]
    said = f"predicted {overlap_text(predicted)}" if np.isfinite(predicted) else " "
    axes.set_title(f"{image.title}\n$O(1,1)$ = {overlap_text(corner)}\n{said}")
