"""What the figures share: sizes and learning rates, means with their errors, how things are named in them."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import STEPS, design, scaled
from verify.appendix.item import Need, Scope
from verify.measurements.spectra import spectra_at
from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Readings

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "decades", "eta_text", "holds_text", "letter", "mean_and_error", "one", "power_text",
    "scaled", "short", "size_text", "spectrum_need",
    "step_text", "step_title", "update_of",
]  # fmt: skip


def update_of(optimiser: str, eta: float) -> Update:
    """One step of either optimiser; FB-Adam with torch's eps, as in the paper's runs."""
    return STEPS[optimiser](eta)


def eta_text(eta: float) -> str:
    """A learning rate as people write it."""
    return f"{eta:g}"


def step_text(update: Update) -> str:
    """An update for captions."""
    return f"{update.title} {eta_text(update.eta or 0.0)}"


def step_title(update: Update) -> str:
    """An update above a panel."""
    return rf"{update.title}, $\eta={eta_text(update.eta or 0.0)}$"


def short(value: float) -> str:
    """Three digits, without an exponent up to a million."""
    return f"{float(f'{value:.3g}'):g}"


def decades(low: float, high: float) -> tuple[float, ...]:
    """Every second power of ten from `low` to `high`: ticks that leave each other room."""
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    return tuple(10.0**power for power in range(first, last + 1) if (last - power) % 2 == 0)


def power_text(tick: float) -> str:
    """A power of ten at an axis."""
    return rf"$10^{{{round(math.log10(tick))}}}$"


def size_text(cell: Cell) -> str:
    """Sizes for captions."""
    return f"(n, N, d) = ({cell.n}, {cell.N}, {cell.d})"


def holds_text(yes: bool) -> str:
    """What a caption says of a claim."""
    return "holds here" if yes else "does not hold here"


def letter(place: int) -> str:
    """(a), (b) and so on."""
    return f"({chr(ord('a') + place)})"


def mean_and_error(
    readings: Sequence[Readings], observable: str, update: Update | None
) -> tuple[float, float]:
    """Mean over seeds and its standard error; nan where one is no number."""
    values = np.array([reading.value(observable, update) for reading in readings], np.float64)
    error = float(np.std(values, ddof=1) / math.sqrt(values.size)) if values.size > 1 else math.nan
    return float(values.mean()), error


def spectrum_need(scope: Scope, problem: Problem, cell: Cell, update: Update) -> Need:
    """All singular values of one W_1, of the first seed: one record per update, so that figures share them."""
    return Need(design=design(scope, problem, (cell,), measurement=spectra_at((update,))), seeds=1)


def one(frame: "pd.DataFrame", panel: str, series: str, column: str = "y") -> float:
    """The single number of a series; nan where it is not drawn."""
    found = frame[(frame["panel"] == panel) & (frame["series"] == series)][column]
    return float(found.iloc[0]) if len(found) else math.nan
