"""One look for every figure: sizes, colours that colour-blind readers can tell apart, deterministic bytes."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.files.atomic import write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "COLUMN", "PAGE", "figure_style", "load_matplotlib", "save_figure"]

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


def load_matplotlib() -> None:
    """Import matplotlib, before anything is run for a figure that then could not be drawn.

    Raises
    ------
    UsageError
        It does not import: a matplotlibrc that cannot be read, a broken installation.
    """
    logger, said = logging.getLogger("matplotlib"), _Said()
    logger.addHandler(said)  # also keeps what it says of a user's settings from stderr
    try:
        import matplotlib  # noqa: F401
    except Exception as error:  # whatever its import raises
        reason = said.lines[-1] if said.lines else f"{type(error).__name__}: {error}"
        raise UsageError(f"matplotlib does not import, no figure can be drawn: {reason[:300]}") from None
    finally:
        logger.removeHandler(said)


class _Said(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def figure_style() -> Iterator[None]:
    """Matplotlib in the house style, whatever the user's own settings are.

    No backend is asked for: a `Figure` is drawn by the canvas of its format.
    """
    load_matplotlib()
    import matplotlib

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
