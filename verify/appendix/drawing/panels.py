"""From a tidy frame to panels of lines, points, bands and bars: whatever is drawn is a row of the frame.

A frame has the columns of `COLUMNS`; a row without y is a vertical line at x, one without x a horizontal one. How a
series looks is said once per figure (`Look`), what stands at the axes once per panel (`Panel`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from verify.presentation.style import COLOURS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

__all__ = [
    "BAND",
    "BARS",
    "COLUMNS",
    "Axis",
    "Look",
    "Panel",
    "draw_panels",
    "frame_of",
    "series_rows",
    "tag",
]

COLUMNS = ("panel", "series", "x", "x_high", "y", "y_low", "y_high")
"""x_high: the right end of a bar or span; y_low, y_high: the ends of a band or error bar."""

BAND, BARS = "|band", "|bars"  # endings of the names of a band and of error bars
ALL_EDGE = (
    "_",
    "|",
    "+",
    "x",
    "1",
    "2",
    "3",
    "4",
)  # marks without a face: a white edge is all that they would be
Kind = Literal["line", "points", "bars", "vertical", "horizontal", "span", "title"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one series is drawn ("title": its number stands in the panel's title).

    `legend` is its text there (default: the series' name), "" leaves it out; `legend_colour` is for series of several
    colours that share one entry. `shift` moves points sideways, in points of print, where they would hide one another
    (in the panel `shift_in` alone if it is said); the frame keeps their true x.
    """

    kind: Kind
    colour: str = COLOURS["prediction"]
    dash: str | tuple[float, tuple[float, ...]] = "-"
    width: float = 1.1
    marker: str = ""
    size: float = 3.6
    fill: float = 0.0
    order: float = 2.0
    hollow: bool = False
    legend: str | None = None
    legend_colour: str | None = None
    shift: float = 0.0
    shift_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What one axis says; limits and ticks of None are left to the data."""

    label: str = ""
    scale: Literal["linear", "log"] = "linear"
    limits: tuple[float | None, float | None] = (None, None)
    ticks: tuple[float, ...] | None = None
    tick_labels: tuple[str, ...] | None = None
    show: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pair of axes; `name` is its entry in the frame, `legend` the place of a legend of its own ("" for none), with so
    many columns."""

    name: str
    title: str = ""
    x: Axis = field(default_factory=Axis)
    y: Axis = field(default_factory=Axis)
    legend: str = ""
    legend_columns: int = 1


def series_rows(
    panel: str, series: str, x: ArrayLike = np.nan, y: ArrayLike = np.nan, *, x_high: ArrayLike = np.nan,
    error: ArrayLike | None = None, y_low: ArrayLike = np.nan, y_high: ArrayLike = np.nan,
) -> "pd.DataFrame":  # fmt: skip
    """The rows of one series; `error` is one standard error to either side of y."""
    import pandas as pd

    if error is not None:
        y_low, y_high = np.asarray(y, float) - np.asarray(error), np.asarray(y, float) + np.asarray(error)
    x, x_high, y, y_low, y_high = np.broadcast_arrays(
        *(np.atleast_1d(v) for v in (x, x_high, y, y_low, y_high))
    )
    columns = dict(zip(COLUMNS[2:], (x, x_high, y, y_low, y_high), strict=True))
    return pd.DataFrame({"panel": panel, "series": series, **columns}).astype(
        dict.fromkeys(COLUMNS[2:], "float64")
    )


def frame_of(parts: Sequence["pd.DataFrame"]) -> "pd.DataFrame":
    """The rows of a figure, one series after the other."""
    import pandas as pd

    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def draw_panels(
    figure: "Figure",
    frame: "pd.DataFrame",
    panels: Sequence[Panel],
    looks: Mapping[str, Look],
    *,
    columns: int,
    legend_columns: int = 0,
    heights: Sequence[float] | None = None,
) -> list["Axes"]:
    """Every panel in reading order on a grid with so many columns; one legend for all above them if it has columns."""
    rows = -(-len(panels) // columns)
    grid = figure.add_gridspec(rows, columns, height_ratios=heights)
    drawn: dict[str, Look] = {}
    all_axes = []
    for place, panel in enumerate(panels):
        axes = figure.add_subplot(grid[divmod(place, columns)])
        here = frame[frame["panel"] == panel.name]
        found = draw_panel(axes, here, panel, looks)
        drawn |= {name: look for name, look in found.items() if not panel.legend}
        if panel.legend:
            _legend(axes, found, loc=panel.legend, ncols=panel.legend_columns)
        all_axes.append(axes)
    if legend_columns:
        _legend(figure, _in_order(looks, drawn), loc="outside upper center", ncols=legend_columns)
    return all_axes


def draw_panel(
    axes: "Axes", frame: "pd.DataFrame", panel: Panel, looks: Mapping[str, Look]
) -> dict[str, Look]:
    """One panel; returns the looks that were used, for a legend."""
    axes.set_title(panel.title)
    for which in ("x", "y"):
        _set_scale(axes, which, getattr(panel, which))
    used = {}
    for name in _in_order(looks, dict.fromkeys(frame["series"])):
        artist = _DRAW[looks[name].kind](axes, frame[frame["series"] == name], looks[name], panel)
        if artist is not None:
            tag(artist, panel.name, name)
        used[name] = looks[name]
    for which in ("x", "y"):
        _set_axis(axes, which, getattr(panel, which))
    return used


def tag(artist: "Artist", panel: str, series: str) -> None:
    """Name an artist by what of the frame it shows; the underscore keeps it out of legends."""
    artist.set_label(f"_{panel}|{series}")


def _in_order(looks: Mapping[str, Look], names: Collection[str]) -> dict[str, Look]:
    missing = [name for name in names if name not in looks]
    if missing:
        raise KeyError(f"no look for the series {missing[0]!r}; there are {', '.join(looks)}")
    return {name: look for name, look in looks.items() if name in names}


def _line(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> "Artist":
    x, low, high = (rows[name].to_numpy() for name in ("x", "y_low", "y_high"))
    if np.isfinite(low).any():
        band = axes.fill_between(
            x, low, high, color=look.colour, alpha=0.22, lw=0.5, ls=look.dash, zorder=look.order - 0.5
        )
        tag(band, panel.name, f"{rows['series'].iloc[0]}{BAND}")
    fill = "white" if look.hollow else look.colour
    own = look.hollow or look.marker in ALL_EDGE
    return axes.plot(
        x, rows["y"].to_numpy(), ls=look.dash, color=look.colour, lw=look.width, marker=look.marker, ms=look.size,
        mfc=fill, mec=look.colour if own else "white", mew=0.9 if own else 0.35, zorder=look.order,
    )[0]  # fmt: skip


def _shifted(axes: "Axes", look: Look, panel: Panel) -> "Transform":
    """Data coordinates, moved sideways by `look.shift`."""
    from matplotlib.transforms import ScaledTranslation

    if not look.shift or look.shift_in not in ("", panel.name):
        return axes.transData
    assert axes.figure is not None
    return axes.transData + ScaledTranslation(look.shift / 72.0, 0.0, axes.figure.dpi_scale_trans)


def _points(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> "Artist":
    x, y, low, high = (rows[name].to_numpy() for name in ("x", "y", "y_low", "y_high"))
    if np.isfinite(low).any():
        bars = axes.errorbar(
            x, y, yerr=[y - low, high - y], fmt="none", ecolor=look.colour, elinewidth=0.8, capsize=0, zorder=look.order
        ).lines[2]  # fmt: skip
        for each in bars:
            each.set_transform(_shifted(axes, look, panel))
            tag(each, panel.name, f"{rows['series'].iloc[0]}{BARS}")
    line = _line(axes, rows.assign(y_low=np.nan), replace(look, dash="none"), panel)
    line.set_transform(_shifted(axes, look, panel))  # after the limits have taken its data in
    return line


def _bars(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> "Artist":
    """Bars side by side from x to x_high; an empty one is not drawn."""
    edges = np.append(rows["x"].to_numpy(), rows["x_high"].to_numpy()[-1])
    base = panel.y.limits[0] or 0.0
    height = np.where(rows["y"].to_numpy() > 0.0, rows["y"].to_numpy(), np.nan)
    if look.fill:
        axes.stairs(
            height,
            edges,
            baseline=base,
            fill=True,
            color=look.colour,
            alpha=look.fill,
            lw=0,
            zorder=look.order,
        )
    return axes.stairs(
        height, edges, baseline=base, color=look.colour, lw=look.width, ls=look.dash, zorder=look.order
    )


def _vertical(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> "Artist":
    lines = [
        axes.axvline(x, color=look.colour, ls=look.dash, lw=look.width, zorder=look.order) for x in rows["x"]
    ]
    return lines[0]


def _horizontal(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> "Artist":
    lines = [
        axes.axhline(y, color=look.colour, ls=look.dash, lw=look.width, zorder=look.order) for y in rows["y"]
    ]
    return lines[0]


def _span(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> "Artist":
    ends = zip(rows["x"], rows["x_high"], strict=True)
    return next(
        axes.axvspan(a, b, color=look.colour, alpha=look.fill, lw=0, zorder=look.order) for a, b in ends
    )


def _in_title(axes: "Axes", rows: "pd.DataFrame", look: Look, panel: Panel) -> None:
    """A number that the panel's title says."""


_DRAW = {
    "title": _in_title, "line": _line, "points": _points, "bars": _bars, "vertical": _vertical,
    "horizontal": _horizontal, "span": _span,
}  # fmt: skip


def _set_scale(axes: "Axes", which: str, axis: Axis) -> None:
    (axes.set_xscale if which == "x" else axes.set_yscale)(axis.scale)


def _set_axis(axes: "Axes", which: str, axis: Axis) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

    is_x = which == "x"
    (axes.set_xlabel if is_x else axes.set_ylabel)(axis.label)
    (axes.set_xlim if is_x else axes.set_ylim)(*axis.limits)
    there = axes.xaxis if is_x else axes.yaxis
    if axis.ticks is not None:
        there.set_major_locator(FixedLocator(list(axis.ticks)))
        texts = dict(zip(axis.ticks, axis.tick_labels or map("{:g}".format, axis.ticks), strict=True))
        there.set_major_formatter(FuncFormatter(lambda value, _: texts.get(value, f"{value:g}")))
        there.set_minor_formatter(NullFormatter())
        if axis.tick_labels is not None or axis.scale == "log":
            there.set_minor_locator(FixedLocator([]))
    if not axis.show:
        axes.tick_params(axis="x" if is_x else "y", labelbottom=False, labelleft=False)


def _legend(place: "Axes | Figure", looks: Mapping[str, Look], *, loc: Any, ncols: int) -> None:
    """`loc` is one of matplotlib's words for a place, which its stubs want as literals."""
    handles, texts = [], []
    for name, look in looks.items():
        text = name if look.legend is None else look.legend
        if text and look.kind != "title" and text not in texts:
            handles.append(_handle(replace(look, colour=look.legend_colour or look.colour)))
            texts.append(text)
    if handles:
        place.legend(handles, texts, loc=loc, ncols=ncols)


def _handle(look: Look) -> "Artist":
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if look.kind in ("bars", "span"):
        outline = look.colour if look.kind == "bars" and look.width else "none"
        rgba = (*_rgb(look.colour), look.fill)
        return Patch(facecolor=rgba, edgecolor=outline, lw=look.width)
    fill = "white" if look.hollow else look.colour
    dash = "none" if look.kind == "points" else look.dash
    return Line2D(
        [], [], color=look.colour, ls=dash, lw=look.width, marker=look.marker, ms=look.size, mfc=fill
    )


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(colour)
