"""One look for every figure: sizes, colours that colour-blind readers can tell apart, deterministic bytes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.files.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "COLUMN", "PAGE", "figure_style", "save_figure"]

# Okabe and Ito's palette (https://jfly.uni-koeln.de/color/), by role.
COLOURS = {
    "operator": "#0072B2",
    "frobenius": "#D55E00",
    "prediction": "#222222",
    "margin": "#D9D9D9",
    "rival": "#CC79A7",
    "bulk": "#56B4E9",
    "other": "#009E73",
}
COLUMN, PAGE = 3.4, 7.0  # inches: one column, and the text width, of a two-column page

SETTINGS: dict[str, Any] = {
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.5,
    "legend.fontsize": 7.0,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "lines.linewidth": 1.2,
    "errorbar.capsize": 2.0,
    "mathtext.fontset": "dejavusans",
    "svg.hashsalt": "bulkspike",
    "svg.fonttype": "path",
    "savefig.dpi": 300,
    "figure.dpi": 100,
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Matplotlib without a screen, in the house style, whatever the user's own settings are."""
    import matplotlib

    matplotlib.use("agg")
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)  # type: ignore[arg-type]  # the stubs want the keys as literals
        yield


def save_figure(figure: "Figure", stem: Path, formats: tuple[str, ...] = ("png", "svg")) -> None:
    """Write `stem`.png and the like atomically; no date inside, so that the same figure has the same bytes."""
    dates: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
    for name in formats:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=name, metadata=dates[name])
        write_bytes(stem.with_suffix(f".{name}"), buffer.getvalue())
