"""Overlap matrices as images: one cell per block of ranks, its colour the largest squared overlap in it, on a log "
"scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from verify.appendix.drawing import tag

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["IMAGE_COLUMNS", "Image", "draw_images", "image_array", "image_rows", "overlap_text"]

IMAGE_COLUMNS = (
    "panel", "side", "weights", "rank_first", "rank_last", "update_rank_first", "update_rank_last", "overlap",
    "random_limit", "predicted",
)  # fmt: skip
LOWEST = 1e-3  # overlaps from here to 1 have colours
COLOURMAP = (
    "YlGnBu"  # falls evenly in lightness, whatever the reader sees of hues; what is random prints pale
)


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
        "overlap": image.ravel(), "random_limit": limits.ravel(), "predicted": corner,
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
    """Every image in reading order, one colour bar for all; cells beyond the random limit are marked."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    norm = LogNorm(vmin=LOWEST, vmax=1.0)
    rows = -(-len(images) // columns)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(len(images))]
    for place, (here, image) in enumerate(zip(axes, images, strict=True)):
        _draw_image(here, frame, image, norm)
        if place % columns == 0:
            here.set_ylabel(image.rows)
        else:
            here.tick_params(labelleft=False)
        if place + columns >= len(images):
            here.set_xlabel("rank in $M_0$")
        else:
            here.tick_params(labelbottom=False)
    bar = figure.colorbar(
        ScalarMappable(norm=norm, cmap=COLOURMAP), ax=axes, extend="min", shrink=0.85, aspect=28, pad=0.02
    )
    bar.set_label("largest overlap $O$ in a block of ranks")


def _draw_image(axes: "Axes", frame: "pd.DataFrame", image: Image, norm: object) -> None:
    values = image_array(frame, image.name)
    shown = axes.imshow(values, norm=norm, cmap=COLOURMAP, interpolation="nearest", aspect="equal")  # type: ignore[arg-type]
    tag(shown, image.name, "overlap")
    rows, columns = np.nonzero(values > image_array(frame, image.name, "random_limit"))
    marks = axes.plot(columns, rows, ls="none", marker=".", ms=2.4, mfc="#D55E00", mec="none")[0]
    tag(marks, image.name, "beyond the random limit")
    here = frame[frame["panel"] == image.name]
    first = np.unique(here["rank_first"].to_numpy())
    ticks = [rank for rank in (1, 10, 100, 1000) if rank <= here["rank_last"].max()]
    places = [int(np.searchsorted(first, rank, side="right")) - 1 for rank in ticks]
    axes.set_xticks(places, [str(rank) for rank in ticks])
    axes.set_yticks(places, [str(rank) for rank in ticks])
    axes.spines[["top", "right"]].set_visible(True)
    axes.set_title(image.title)
    corner, predicted = values[0, 0], here["predicted"].iloc[0]
    text = f"$O(1,1)={overlap_text(corner)}$"
    text += f"\npredicted {overlap_text(predicted)}" if np.isfinite(predicted) else ""
    axes.text(
        0.97, 0.96, text, transform=axes.transAxes, ha="right", va="top", fontsize=6.5,
        bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": "none", "alpha": 0.85},
    )  # fmt: skip
