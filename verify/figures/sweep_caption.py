"""What Figures 3, 19 and 20 say of their sweeps: changes, how far runs and curves are apart, and the paper's claims."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from verify.appendix.designs import scaled
from verify.figures.common import one, size_text, step_text, update_of
from verify.figures.judgements import JUDGED, Seen, difference, verdict_of
from verify.presentation.numbers import with_error
from verify.problem.cells import Cell
from verify.problem.update import title_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FEATURES", "LOSSES", "OUTSIDE", "statements", "sweep_caption", "worst"]

FEATURES = {"paper": "eq. 6", "released": "the released code"}
LOSSES = {"holdout_loss": "hold-out loss", "test_loss": "test loss"}
OUTSIDE = ", outside"  # after the name of a curve: where it is drawn beyond its validity
LOWER: tuple[tuple[str, float], ...] = (("gd", 2000.0), ("adam", 0.1), ("adam", 1.0))  # S4.1d, S4.1e
UNMOVED, BEYOND = (1e-3, 1e-2), 10.0  # FB-Adam: no change; the test loss worse and KTA lower than at 1
SWEPT = ("adam", "gd")
NOTHING = 0.01  # a change of a loss that does not matter


def at(frame: "pd.DataFrame", panel: str, series: str, eta: float) -> tuple[float, float]:
    """Mean and standard error as drawn."""
    rows = frame[(frame["panel"] == panel) & (frame["series"] == series)]
    row = rows.iloc[int(np.argmin(np.abs(np.log(rows["x"] / eta))))]
    return float(row["y"]), float(row["y_high"] - row["y"])


def statements(frame: "pd.DataFrame", features: str, cell: Cell) -> dict[str, list[Seen]]:
    """What the paper says of its sweeps (S4.1d, S4.1e), with what is drawn of it."""

    def loss(optimiser: str, eta: float, series: str) -> tuple[float, float]:
        return at(frame, f"losses {optimiser} {features}", series, scaled(optimiser, eta, cell))

    def kta(optimiser: str, eta: float) -> tuple[float, float]:
        return at(frame, f"KTA {optimiser}", f"KTA, {features}", scaled(optimiser, eta, cell))

    def sim(optimiser: str, eta: float) -> tuple[float, float]:
        return at(frame, f"sim {optimiser}", "sim", scaled(optimiser, eta, cell))

    lower = [loss(o, eta, series) for o, eta in LOWER for series in LOSSES.values()]
    still = [loss("adam", eta, series) for eta in UNMOVED for series in LOSSES.values()]
    rise = [difference(kta(o, eta), kta(o, UNMOVED[0])) for o, eta in LOWER]
    rise += [difference(sim(o, eta), sim(o, UNMOVED[0])) for o, eta in LOWER]
    named = {eta: step_text(update_of("adam", scaled("adam", eta, cell))) for eta in (*UNMOVED, 1.0, BEYOND)}
    places = _and([step_text(update_of(o, scaled(o, eta, cell))) for o, eta in LOWER])
    return {
        f"{_and([named[eta] for eta in UNMOVED])} change both losses by less than {NOTHING:.0%}": [
            Seen(mean=mean, error=error, lower=1.0 - NOTHING, upper=1.0 + NOTHING) for mean, error in still
        ],
        f"both losses are lower at {places}": [Seen(mean=mean, error=error, upper=1.0) for mean, error in lower],
        "KTA and sim are higher there": rise,
        f"at {named[BEYOND]} the test loss is worse and KTA lower than at {named[1.0]}": [
            difference(loss("adam", BEYOND, "test loss"), loss("adam", 1.0, "test loss")),
            difference(kta("adam", 1.0), kta("adam", BEYOND)),
        ],
    }  # fmt: skip


def _and(texts: Sequence[str]) -> str:
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _verdicts(frame: "pd.DataFrame", features: Sequence[str], cell: Cell, seeds: int) -> str:
    found: Mapping[str, dict[str, str]] = {
        f: {claim: JUDGED[verdict_of(looks, seeds)] for claim, looks in statements(frame, f, cell).items()} for f in features
    }  # fmt: skip
    parts = []
    for claim in found[features[0]]:
        said = {f: found[f][claim] for f in features}
        if len(set(said.values())) == 1:
            parts.append(f"that {claim} {said[features[0]]}")
        else:
            parts.append(
                f"that {claim} " + " and ".join(f"{word} with {FEATURES[f]}" for f, word in said.items())
            )
    return "; ".join(parts)


def worst(
    frame: "pd.DataFrame", panels: Sequence[str], series: str, part: str = ""
) -> tuple[str, float, float]:
    """Where from half of eta_c on the runs lie furthest from their curve: where, by how much of it, in standard errors.

    `part` is the ending of the curve's name.
    """
    found = list[tuple[str, float, float]]()
    for panel in panels:
        curve = frame[(frame["panel"] == panel) & (frame["series"] == f"predicted {series}{part}")].dropna(
            subset=["x"]
        )
        if curve.empty:
            continue
        runs = frame[(frame["panel"] == panel) & (frame["series"] == series)]
        first = 0.5 * one(frame, panel, "predicted eta_c", "x")
        runs = runs[runs["x"].between(max(first, curve["x"].min()), curve["x"].max())]
        expected = np.interp(np.log(runs["x"]), np.log(curve["x"]), curve["y"])
        off, error = (
            np.round(runs["y"].to_numpy() - expected, 12) + 0.0,
            (runs["y_high"] - runs["y"]).to_numpy(),
        )
        name = title_of(panel.split()[1])
        found += [
            (f"{name} {eta:g}", float(by / value), float(by / se))
            for eta, by, value, se in zip(runs["x"], off, expected, error, strict=True)
            if se > 0.0
        ]
    return max(found, key=lambda each: abs(each[1]), default=("", 0.0, 0.0))


def _apart(frame: "pd.DataFrame", features: Sequence[str], part: str = "") -> str:
    """How far runs and predictions are apart, quantity by quantity."""
    kinds = [(f"{series} ({FEATURES[f]})", [f"losses {o} {f}" for o in SWEPT], series)
             for f in features for series in LOSSES.values()]  # fmt: skip
    kinds += [(f"KTA ({FEATURES[f]})", [f"KTA {o}" for o in SWEPT], f"KTA, {f}") for f in features]
    kinds += [("sim", [f"sim {o}" for o in SWEPT], "sim")]
    parts = []
    for name, panels, series in kinds:
        where, share, errors = worst(frame, panels, series, part)
        if where:
            parts.append(
                f"{name} {100 * share:+.{1 if abs(share) < 0.1 else 0}f} % at {where} ({errors:+.1f} standard errors)"
            )
    return ", ".join(parts)


def _beyond(frame: "pd.DataFrame", features: Sequence[str]) -> str:
    """The same where curves are drawn beyond their validity."""
    off = _apart(frame, features, OUTSIDE)
    return f" Outside the validity of their curves, dotted, by {off}." if off else ""


def _change(frame: "pd.DataFrame", panel: str, series: str, eta: float) -> str:
    value, error = at(frame, panel, series, eta)
    return f"{with_error(100 * (value - 1), 100 * error)} %"


def sweep_caption(frame: "pd.DataFrame", features: Sequence[str], cell: Cell, seeds: int) -> str:
    """The caption, every number and judgement of it from the frame."""
    places = {step_text(update_of(o, scaled(o, eta, cell))): (o, scaled(o, eta, cell)) for o, eta in LOWER}
    changes = "; ".join(
        f"{FEATURES[f]}: "
        + ", ".join(
            f"{text} {_change(frame, f'losses {o} {f}', 'test loss', eta)}"
            for text, (o, eta) in places.items()
        )
        for f in features
    )
    gd, _, last = places
    sims = [with_error(*at(frame, f"sim {places[p][0]}", "sim", places[p][1])) for p in (gd, last)]
    return (
        f"Second stage and sim(W_1, beta) against eta at {size_text(cell)}, mean and standard error of {seeds} seeds; "
        "losses are over their own value at eta = 0 on the same draws. Changes of the test loss with the features of "
        f"{changes}. sim(W_1, beta) is {sims[0]} with {gd} and {sims[1]} with {last}. From half of eta_c on, runs lie off "
        f"their curves by at most: {_apart(frame, features)}.{_beyond(frame, features)} The paper's claims, by Student's t "
        f"at 1e-4: {_verdicts(frame, features, cell, seeds)}."
    )
