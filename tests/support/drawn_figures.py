"""Figures as they are drawn and printed: what stands for which rows of the frame, and what is cut, met or hidden."""

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text

from verify.appendix.drawing.panels import BAND, BARS


def artists_of(figure: Figure) -> dict[str, object]:
    """What stands for a series, by its label "panel|series"."""
    named = {}
    for axes in figure.axes:
        for artist in (*axes.lines, *axes.patches, *axes.images, *axes.collections):
            label = str(artist.get_label())
            if "|" in label:
                assert label not in named
                named[label] = artist
    return named


def _same_ends(artist, rows: pd.DataFrame) -> bool:
    """Error bars, one by one, or a band's outline, against the ends that the frame has."""
    there = rows[np.isfinite(rows["y_low"])]
    x, ends = there["x"].to_numpy(), there[["y_low", "y_high"]].to_numpy()
    if str(artist.get_label()).endswith(BARS):
        found = np.array([segment for segment in artist.get_segments() if len(segment)])
        return np.allclose(found[:, :, 1], ends, rtol=1e-12) and np.array_equal(found[:, 0, 0], x)
    outline = {tuple(point) for path in artist.get_paths() for point in path.vertices.tolist()}
    ours = {point for column in range(2) for point in zip(x, ends[:, column], strict=True)}
    return ours <= outline and max(y for _, y in outline) == ends.max()


def shift_of(artist) -> float:
    """Points of print by which points or error bars are drawn beside their data."""
    corner = [artist.axes.get_xlim()[1], artist.axes.get_ylim()[1]]
    if not isinstance(artist, Line2D | LineCollection):
        return 0.0
    there, here = artist.get_transform().transform(corner), artist.axes.transData.transform(corner)
    return float((there - here)[0]) * 72.0 / artist.axes.figure.dpi


def is_drawn(artist, rows: pd.DataFrame) -> bool:
    """Whether an artist shows these rows of the frame, and no others."""
    kind = type(artist).__name__
    if str(artist.get_label()).endswith((BARS, BAND)):
        return _same_ends(artist, rows)
    x, high, y = (rows[column].to_numpy() for column in ("x", "x_high", "y"))
    if kind == "StepPatch":
        data = artist.get_data()
        return np.array_equal(np.nan_to_num(data.values), y) and np.array_equal(
            data.edges, np.append(x, high[-1])
        )
    if kind == "Rectangle":
        return np.allclose([artist.get_x(), artist.get_x() + artist.get_width()], [x[0], high[0]])
    shown = np.asarray(artist.get_xdata(), float), np.asarray(artist.get_ydata(), float)
    if np.isnan(y).all():
        return bool((shown[0] == x[0]).all())
    if np.isnan(x).all():
        return bool((shown[1] == y[0]).all())
    return np.array_equal(shown[0], x, equal_nan=True) and np.array_equal(shown[1], y, equal_nan=True)


SHOWN = {"": ("x", "x_high", "y"), BARS: ("y_low", "y_high"), BAND: ("y_low", "y_high")}
"""What the artists of a series show of its rows, by the ending of their labels."""


def texts_of(figure: Figure) -> list[Text]:
    """Every text that can be seen."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = {
        id(label)
        for axes in figure.axes
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
        if not min(low, high) <= tick.get_loc() <= max(low, high)
    }
    return [text for text in found if id(text) not in hidden]


def cut(figure: Figure) -> list[str]:
    """Texts that reach over the picture's edge."""
    whole = figure.bbox
    boxes = {text: text.get_window_extent() for text in texts_of(figure)}
    return [
        text.get_text()
        for text, box in boxes.items()
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1 or box.y1 > whole.y1 + 1
    ]


def titles_that_meet(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of panel titles one over the other."""
    boxes = [(axes.get_title(), axes.title.get_window_extent()) for axes in figure.axes if axes.get_title()]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def points_under_legends(figure: Figure) -> list[str]:
    """Series with a drawn point beneath a legend inside their axes."""
    found = []
    for axes in figure.axes:
        legend = axes.get_legend()
        for line in axes.lines if isinstance(legend, Legend) else ():
            x, y = line.get_transform().transform(np.column_stack([line.get_xdata(), line.get_ydata()])).T
            box = legend.get_window_extent()
            if bool(((box.x0 < x) & (x < box.x1) & (box.y0 < y) & (y < box.y1)).any()):
                found.append(str(line.get_label()))
    return found
