"""ESDs under the mean-field parametrisation: Figures 10 and 11."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from verify.appendix.designs import mean_field_problem, mean_field_updates, scope_cell
from verify.appendix.item import Item, Scope
from verify.figures.common import holds_text, one, short, size_text, step_text
from verify.figures.esd import BINS, BULK, FIRST, SECOND, Ensemble, esd_item, is_out, listed
from verify.presentation.style import PAGE
from verify.problem.update import Update

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ITEMS"]

ROWS_DIFFER = (
    " At {etas} the rows of GD's noise differ by a_i, which widens the bulk: it is predicted to end at {times} times "
    "W_0's largest eigenvalue, and the second of W_1 stands at {reached} times that end."
)


def _mean_field(scope: Scope, optimiser: str) -> Ensemble:
    cell = scope_cell(scope)
    updates = tuple(update for update in mean_field_updates(cell) if update.optimiser == optimiser)
    return Ensemble(problem=mean_field_problem(), cell=cell, updates=updates, bins=BINS[scope.quick])


def _mean_field_caption(frame: "pd.DataFrame", of: Ensemble) -> str:
    from verify.predictions.spike import threshold_of

    first = threshold_of(of.problem, of.cell, of.updates[0])
    step = of.updates[0]
    scale, words = {"gd": (of.cell.N, "Theta(N)"), "adam": (of.cell.d**-0.5, "Theta(1/sqrt d)")}[
        step.optimiser
    ]
    bent = set(frame[frame["series"] == SECOND]["panel"])
    uneven = [u for u in of.updates if step_text(u) in bent]
    out = [f"{u.eta:g}" for u in of.updates if is_out(frame, step_text(u))]
    inside = [f"{u.eta:g}" for u in of.updates if not is_out(frame, step_text(u))]
    enough = all(is_out(frame, step_text(u)) for u in of.updates if (u.eta or 0.0) >= 0.99 * scale)
    return (
        f"ESDs of W_0 and W_1 under mean-field after one {step.title} step at {size_text(of.cell)}. "
        f"An eigenvalue is outside the bulk at {listed(out)}" + (f", none at {listed(inside)}. " if inside else ". ")
        + f"The predicted threshold is {first:.3g}. The paper's claim that eta of {words} (here {short(scale)}) gives a "
        f"spike {holds_text(enough)}; it is {scale / first:.2g} times what is needed."
        + (_uneven_text(frame, uneven) if uneven else "")
    )  # fmt: skip


def _uneven_text(frame: "pd.DataFrame", updates: Sequence[Update]) -> str:
    """Where the bulk is predicted to end after steps whose noise differs from row to row, and where its largest value is."""
    times, reached = [], []
    for update in updates:
        here = frame[frame["panel"] == step_text(update)]
        end = float(here[here["series"] == BULK]["x"].max())
        first = float(here[(here["series"] == FIRST) & (here["y"] > 0.0)]["x_high"].max())
        times.append(f"{10 ** (end - first):.2g}")
        reached.append(f"{10 ** (one(frame, step_text(update), SECOND, 'x') - end):.2f}")
    return ROWS_DIFFER.format(
        etas=listed([f"{u.eta:g}" for u in updates]), times=" and ".join(times), reached=" and ".join(reached)
    )


ITEMS: tuple[Item, ...] = (
    esd_item(
        "fig-10", "Mean-field: ESD after one GD step",
        "eta 10, 100, 1500, 2000 (the paper says Theta(N)), scaled with d in the quick form; one seed.",
        partial(_mean_field, optimiser="gd"), _mean_field_caption, columns=2, size=(PAGE, 4.6),
    ),
    esd_item(
        "fig-11", "Mean-field: ESD after one FB-Adam step",
        "eta 1e-4 to 1 and 1/sqrt d (the paper says Theta(1/sqrt d)); one seed.",
        partial(_mean_field, optimiser="adam"), _mean_field_caption, columns=3, size=(PAGE, 4.2),
    ),
)  # fmt: skip
