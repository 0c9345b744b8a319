"""`bimodal`: why a huge step parts the ESD in two, with both predicted modes and the share p0 of unflipped columns."""

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import scope_cell, torch_adam
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import holds_text, letter, one, size_text, step_text, step_title
from verify.figures.esd import (
    APART,
    BINS,
    LOOKS,
    PARTED,
    Ensemble,
    esd_frame,
    esd_needs,
    measured_spectra,
    valley,
)
from verify.presentation.style import COLOURS, PAGE
from verify.problem.paper import default_problem

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["ITEMS"]

WITHIN = 3.891  # predicted standard deviations: a normal number leaves them with probability 1e-4
ETAS = (1.0, 10.0, 100.0, 1000.0)
LOWER, UPPER, COUNT, STAY, SHARE = (
    "predicted lower mode",
    "measured 0.8 eta",
    "lower mode holds",
    "p0 predicts",
    "p0",
)
ALL_LOOKS = {
    **LOOKS,
    LOWER: Look(kind="span", colour=COLOURS["other"], fill=0.18, order=0),
    UPPER: Look(
        kind="vertical",
        colour=COLOURS["rival"],
        dash="-.",
        width=1.0,
        order=1,
        legend=r"$0.8\,\eta$ (measured bound)",
    ),
    COUNT: Look(kind="title"),
    STAY: Look(kind="title"),
    SHARE: Look(kind="title"),
}


def _ensemble(scope: Scope) -> Ensemble:
    updates = tuple(torch_adam(eta, 0.0) for eta in ETAS)
    return Ensemble(
        problem=default_problem(), cell=scope_cell(scope), updates=updates, bins=BINS[scope.quick]
    )


def _needs(scope: Scope) -> list[Need]:
    return esd_needs(scope, ensemble=_ensemble)


def _frame(scope: Scope, material: Material) -> "pd.DataFrame":
    from theory.spectrum.noise_spectra import nullity_of

    of = _ensemble(scope)
    values = measured_spectra(scope, material, of)
    modes = nullity_of(of.problem.signal_noise(of.cell))
    low, high = np.log10(np.square(modes.lower_mode))
    parts = [esd_frame(of, values)]
    for update in of.updates:
        name, eta = step_text(update), update.eta or 0.0
        if eta > modes.separation:
            parts.append(series_rows(name, LOWER, low, x_high=high))
            cut = np.sqrt(modes.lower_mode[1] * modes.upper_slope * eta)
            parts.append(series_rows(name, UPPER, 2.0 * np.log10(modes.upper_slope * eta)))
            parts.append(series_rows(name, COUNT, y=float(np.sum(values[update] < cut)), y_high=np.nan))
            parts.append(series_rows(name, STAY, y=modes.staying, error=modes.lost_sd))
            parts.append(series_rows(name, SHARE, y=modes.unflipped_share))
    return frame_of(parts)


def _build(scope: Scope, material: Material) -> Content:
    of, frame = _ensemble(scope), _frame(scope, material)
    panels = [
        Panel(
            name=step_text(update), title=f"{letter(place)} {step_title(update)}{_count(frame, step_text(update))}",
            x=Axis(label=r"$\log_{10}\lambda$" if place >= 2 else ""),
            y=Axis(label="density" if place % 2 == 0 else "", scale="log",
                   limits=(0.5 * one(frame, step_text(update), "largest of W_1"), None)),
        )
        for place, update in enumerate(of.updates)
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=_caption(frame, of, scope),
        draw=partial(_draw, frame=frame, panels=panels),
        size=(PAGE, 4.8),
        notes=(
            "FB-Adam with eps = 0, one seed. 0.8 eta bounds the upper mode from below: measured, not derived.",
            PARTED,
        ),
    )


def _count(frame: "pd.DataFrame", panel: str) -> str:
    """A second line of the title where there are two modes."""
    found, expected = one(frame, panel, COUNT), one(frame, panel, STAY)
    if math.isnan(found):
        return ""
    error = one(frame, panel, STAY, "y_high") - expected
    share = one(frame, panel, SHARE)
    return f"\nlower mode {found:.0f}, $p_0={share:.3f}$ says {expected:.0f} $\\pm$ {error:.0f}"


def _caption(frame: "pd.DataFrame", of: Ensemble, scope: Scope) -> str:
    from theory.spectrum.noise_spectra import nullity_of

    modes = nullity_of(of.problem.signal_noise(of.cell))
    last = step_text(of.updates[-1])
    found, expected = one(frame, last, COUNT), one(frame, last, STAY)
    two, why = valley(frame, last) > APART, abs(found - expected) < WITHIN * modes.lost_sd
    ends = [10.0 ** (end / 2.0) for end in (one(frame, last, LOWER, "x"), one(frame, last, LOWER, "x_high"))]
    return (
        f"ESD of W_1 after one FB-Adam step of growing eta at {size_text(of.cell)}. A share p0 = "
        f"{modes.unflipped_share:.4f} of the "
        "columns of sign(G_0) has no flipped sign; all of them are one vector, so that the sign matrix lacks rank and "
        f"{modes.staying:.1f} singular values of W_1 are predicted to stay between {ends[0]:.3g} and {ends[1]:.3g} "
        f"for every eta "
        f"while the others grow with it: the modes part at eta of about {modes.separation:.2g}. At eta = "
        f"{of.updates[-1].eta:g} the lower mode "
        f"holds {found:.0f} values (predicted {expected:.1f} +- {modes.lost_sd:.1f}). The paper's claim that the ESD "
        f"becomes bimodal {holds_text(two)}"
        + (", and this is why." if two and why else "." if why else "; the number is not the predicted one.")
    )  # fmt: skip


def _draw(figure: "Figure", frame: "pd.DataFrame", panels: list[Panel]) -> None:
    draw_panels(figure, frame, panels, ALL_LOOKS, columns=2, legend_columns=4)


ITEMS: tuple[Item, ...] = (
    Item(id="bimodal", title="Why a huge step parts the ESD in two", source="ours",
         settings="FB-Adam, eps = 0, eta = 1, 10, 100, 1000; one seed.", needs=_needs, build=_build),
)  # fmt: skip
