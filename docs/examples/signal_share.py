"""`signal-share`: how much of G_0 is its rank-one signal, measured and predicted, against n/d."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import design
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.presentation.style import COLOURS, COLUMN
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.running.design import Design

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS"]

LOOKS = {
    "measured": Look(kind="points", marker="o", colour=COLOURS["operator"], order=3),
    "predicted": Look(kind="line", legend="predicted, $d\\to\\infty$"),
}
PANEL = Panel(name="share", x=Axis(label="$n/d$", scale="log", ticks=(0.5, 1.0, 2.0, 4.0, 8.0)),
              y=Axis(label=r"$\Vert G_0\Vert_2/\Vert G_0\Vert_F$"), legend="lower right")  # fmt: skip


def _design(scope: Scope) -> Design:
    """What is run: five n at one N and d, and what is read of each gradient."""
    d = 200 if scope.quick else 1000
    cells = [Cell(n=n, N=3 * d // 2, d=d) for n in (d // 2, d, 2 * d, 4 * d, 8 * d)]
    return design(scope, default_problem(), cells, ("gradient",))


def _needs(scope: Scope) -> list[Need]:
    return [Need(design=_design(scope), seeds=scope.repeats())]


def _predicted(of: Design, cell: Cell) -> float:
    kappa = of.problem.signal_noise(cell).kappa
    return kappa / float(np.hypot(1.0, kappa))


def _build(scope: Scope, material: Material) -> Content:
    """From the records to everything that is drawn, as a frame, and what is said below it."""
    of = _design(scope)
    cells = material.readings(of, scope.repeats())
    norms = ("gradient_operator_norm", "gradient_frobenius_norm")
    operator, frobenius = (np.array([run.value(norm) for run in cells]) for norm in norms)
    shares = (operator / frobenius).reshape(len(of.cells), -1)  # a row per cell, a column per seed
    mean, error = shares.mean(axis=1), shares.std(axis=1, ddof=1) / shares.shape[1] ** 0.5
    ratios = np.array([cell.n / cell.d for cell in of.cells])
    predicted = np.array([_predicted(of, cell) for cell in of.cells])
    frame = frame_of(
        [
            series_rows("share", "measured", ratios, mean, error=error),
            series_rows("share", "predicted", ratios, predicted),
        ]
    )
    caption = (
        f"Share of ||G_0||_F that is in G_0's first singular value, {scope.repeats()} seeds at d = {of.cells[0].d}. "
        f"Runs lie within {100 * float(np.abs(mean / predicted - 1.0).max()):.2g} % of the prediction."
    )
    return Content(frame=frame, caption=caption, draw=partial(_draw, frame=frame), size=(COLUMN, 2.6))


def _draw(figure: "Figure", frame: "pd.DataFrame") -> None:
    draw_panels(figure, frame, [PANEL], LOOKS, columns=1)


ITEMS = (
    Item(id="signal-share", title="The gradient's rank-one share against n/d", source="ours",
         settings="n/d from 1/2 to 8, N/d = 3/2.", needs=_needs, build=_build),
)  # fmt: skip
