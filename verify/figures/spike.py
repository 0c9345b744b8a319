"""The spike's position and sim against eta, with predicted curves and eta_c: ours."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np

from verify.appendix.designs import design, scope_cell, torch_adam
from verify.appendix.drawing.panels import Axis, Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.figures.common import letter, mean_and_error, one, short, size_text
from verify.figures.judgements import RATE, Seen, difference, reach
from verify.figures.judgements import words as judged
from verify.measurements.spike_rows import spike_rows_at
from verify.predictions.curves import sim_curve, top_curve
from verify.predictions.spike import threshold_of, top_less
from verify.presentation.numbers import with_error
from verify.presentation.style import COLOURS, PAGE
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.problem import Problem
from verify.problem.update import Update, gd, title_of
from verify.running.design import Design, Readings

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from theory.spike.formulas import SpikeTheory

__all__ = ["ITEMS", "RULES", "THRESHOLD", "VERTICAL", "draw_pair", "moved"]

Theory = Literal["two-row", "one-row", "independent"]
THEORIES: tuple[Theory, ...] = ("two-row", "one-row", "independent")
MULTIPLES = {
    "spike": (0.7, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.9, 2.3, 2.8),
    "sim": (0.3, 0.6, 0.85, 1.0, 1.15, 1.35, 1.7, 2.3, 3.5, 7.0, 20.0),
}
SEEDS = {"spike": (10, 10), "sim": (10, 10)}  # full, quick: these are small effects
CURVE = 160
NEAR = (1.05, 1.7)  # multiples of eta_c: further out finite size moves s_1 by what separates the theories
THRESHOLD = "predicted eta_c"
VERTICAL = Look(kind="vertical", dash="--", width=0.9, colour="0.45", legend=r"predicted $\eta_c$", order=1)


def _etas(which: str, unit: float) -> tuple[float, ...]:
    return tuple(float(f"{unit * factor:.3g}") for factor in MULTIPLES[which])


def _seeds(scope: Scope, which: str) -> int:
    full, quick = SEEDS[which]
    return scope.repeats(full=full, quick=quick)


def _setting(scope: Scope) -> tuple[Problem, Cell]:
    return default_problem(), scope_cell(scope)


# -- s_1 against eta -------------------------------------------------------------------------------------------------

SPIKE_LOOKS = {
    "measured": Look(kind="points", marker="o", colour="#000000", order=4),
    "two-row": Look(kind="line", colour=COLOURS["operator"], width=1.3, legend="two-row theory", order=3),
    "one-row": Look(kind="line", colour=COLOURS["other"], dash="--", legend="one-row theory", order=2),
    "independent": Look(
        kind="line", colour=COLOURS["frobenius"], dash="-.", legend="independent theory", order=2
    ),
    "less two-row": Look(
        kind="points", marker="o", colour=COLOURS["operator"], legend="", order=3, shift=-1.2
    ),
    "less one-row": Look(kind="points", marker="s", colour=COLOURS["other"], legend="", order=3, shift=1.2),
    "less independent": Look(kind="points", marker="D", colour=COLOURS["frobenius"], legend="", order=3),
    "exact": Look(kind="horizontal", colour="0.5", width=0.7, legend="", order=1),
    THRESHOLD: VERTICAL,
}


def _spike_designs(scope: Scope) -> dict[float, Design]:
    problem, cell = _setting(scope)
    etas = _etas("spike", threshold_of(problem, cell, torch_adam(None, 0.0)))
    return {eta: design(scope, problem, (cell,), measurement=spike_rows_at(eta)) for eta in etas}


def _less(readings: Sequence[Readings], theory: "SpikeTheory") -> tuple[float, float]:
    """s_1 less a theory's, each at its run's own numbers: mean over seeds and its standard error."""
    values = np.array([top_less(each, theory=theory) for each in readings])
    return float(values.mean()), float(np.std(values, ddof=1) / np.sqrt(values.size))


def _spike_needs(scope: Scope) -> list[Need]:
    return [Need(design=each, seeds=_seeds(scope, "spike")) for each in _spike_designs(scope).values()]


def _spike(scope: Scope, material: Material) -> Content:
    problem, cell = _setting(scope)
    designs, seeds, rule = _spike_designs(scope), _seeds(scope, "spike"), torch_adam(None, 0.0)
    etas = np.array(list(designs))
    found = [material.readings(each, seeds) for each in designs.values()]
    grid = np.linspace(0.9 * etas[0], 1.05 * etas[-1], CURVE)
    mean, error = np.array([mean_and_error(r, "top_singular_value", None) for r in found]).T
    parts = [series_rows("position", "measured", etas, mean, error=error)]
    for theory in THEORIES:
        parts.append(series_rows("position", theory, grid, top_curve(problem, cell, rule, grid, theory)))
        out = etas >= threshold_of(problem, cell, rule)  # below it every theory gives the bulk's edge
        mean, error = np.array([_less(r, theory) for r in found])[out].T
        parts.append(series_rows("difference", f"less {theory}", etas[out], mean, error=error))
    parts.append(series_rows("difference", "exact", y=0.0))
    parts += [
        series_rows(panel, THRESHOLD, threshold_of(problem, cell, rule))
        for panel in ("position", "difference")
    ]
    frame = frame_of(parts)
    caption = _spike_caption(frame, cell, seeds)
    top = max(0.8, 1.6 * float(np.nanmax(np.abs(frame[frame["series"] == "less one-row"]["y"]))))
    frame = frame[~((frame["panel"] == "difference") & (frame["y"].abs() > top))].reset_index(drop=True)
    panels = [
        Panel(name="position", title=r"(a) $s_1(W_1)$", x=Axis(label=r"$\eta$"), y=Axis(label="$s_1$")),
        Panel(name="difference", title="(b) measured less theory", x=Axis(label=r"$\eta$"),
              y=Axis(label=r"$s_1$ less theory", limits=(-top, top))),
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=caption,
        draw=partial(draw_pair, frame=frame, panels=panels, looks=SPIKE_LOOKS),
        size=(PAGE, 3.0),
        notes=(
            "FB-Adam with eps = 0. In (b) theta, m, m2 and tau are each run's own, so that their scatter cancels; "
            f"differences beyond {top:.2g} are left out{_none_left(frame)}.",
        ),
    )


def _none_left(frame: "pd.DataFrame") -> str:
    """Theories of which no difference is near enough to be drawn."""
    drawn = set(frame[frame["panel"] == "difference"]["series"])
    gone = [theory for theory in THEORIES if f"less {theory}" not in drawn]
    return f", all of the {' and the '.join(gone)} theory among them" if gone else ""


def _spike_caption(frame: "pd.DataFrame", cell: Cell, seeds: int) -> str:
    threshold = one(frame, "position", THRESHOLD, "x")
    off = {}
    for theory in THEORIES:
        rows = frame[
            (frame["series"] == f"less {theory}")
            & frame["x"].between(NEAR[0] * threshold, NEAR[1] * threshold)
        ]
        off[theory] = (float(rows["y"].mean()), float(np.sqrt(np.mean((rows["y_high"] - rows["y"]) ** 2))))
    worst = {theory: f"{value:+.2f} (each +- {error:.2f})" for theory, (value, error) in off.items()}
    one_row, two_row = off["one-row"][0], off["two-row"][0]
    least = reach(seeds, len(THEORIES))
    agree = [theory for theory, (value, error) in off.items() if abs(value) <= least * error]
    refuted = [theory for theory in off if theory not in agree]
    end = (f"at an error rate of {RATE:g} by Student's t they refute {_theories(refuted)} and do not refute "
           f"{_theories(agree)}")  # fmt: skip
    if abs(one_row - two_row) < least * off["two-row"][1]:
        end += "; two-row and one-row theory are too close to be told apart with these runs"
    return (
        f"Top singular value of W_1 after one FB-Adam step against eta at {size_text(cell)}, {seeds} seeds, with three "
        f"theories of the spike; the predicted threshold is eta_c = {threshold:.3g}. From {NEAR[0]} to {NEAR[1]} "
        f"eta_c, where "
        f"the theories part, the runs lie on average {worst['two-row']} from the two-row theory, {worst['one-row']} "
        f"from the "
        f"one-row theory and {worst['independent']} from the theory that takes W_0 as independent of the update: {end}."
    )


def _theories(names: Sequence[str]) -> str:
    return f"the {' and the '.join(names)} theory" if names else "none of them"


# -- sim against eta ---------------------------------------------------------------------------------------------------

SIM_LOOKS = {
    "measured": Look(kind="points", marker="o", colour=COLOURS["operator"], order=4),
    "predicted": Look(kind="line", order=3),
    "limit": Look(kind="horizontal", dash=":", width=0.9, colour=COLOURS["frobenius"], order=1,
                  legend=r"limit $\eta\to\infty$"),
    THRESHOLD: VERTICAL,
}  # fmt: skip
BELOW = 0.95  # of eta_c
RULES = {"gd": gd(0.0), "adam": torch_adam(0.0, 0.0)}


def moved(optimiser: str, eta: float) -> Update:
    return Update(optimiser=optimiser, eta=eta)


def _sim_designs(scope: Scope) -> dict[str, Design]:
    problem, cell = _setting(scope)
    return {
        name: design(
            scope, problem, (cell,), ("top",),
            [moved(name, eta) for eta in _etas("sim", threshold_of(problem, cell, rule))],
        )
        for name, rule in RULES.items()
    }  # fmt: skip


def _sim_needs(scope: Scope) -> list[Need]:
    return [Need(design=each, seeds=_seeds(scope, "sim")) for each in _sim_designs(scope).values()]


def _sim(scope: Scope, material: Material) -> Content:
    problem, cell = _setting(scope)
    seeds, parts = _seeds(scope, "sim"), []
    for name, of in _sim_designs(scope).items():
        readings = material.readings(of, seeds)
        threshold = threshold_of(problem, cell, RULES[name])
        etas = np.array([update.eta or 0.0 for update in of.updates])
        mean, error = np.array([mean_and_error(readings, "sim", update) for update in of.updates]).T
        grid = np.geomspace(0.8 * etas[0], 1.2 * etas[-1], CURVE)
        grid = np.sort(np.append(grid, threshold * np.array([0.999999, 1.000001, 1.01, 1.02, 1.05])))
        limit = sim_curve(problem, cell, RULES[name], np.array([1e6 * threshold]))[0]
        parts += [
            series_rows(name, "measured", etas, mean, error=error),
            series_rows(name, "predicted", grid, sim_curve(problem, cell, RULES[name], grid)),
            series_rows(name, "limit", y=limit),
            series_rows(name, THRESHOLD, threshold),
        ]
    frame = frame_of(parts)
    panels = [
        Panel(name=name, title=f"{letter(place)} {title_of(name)}", x=Axis(label=r"$\eta$", scale="log"),
              y=Axis(label=r"$\mathrm{sim}(W_1,\beta)$" if place == 0 else "", limits=(0.0, None)))
        for place, name in enumerate(RULES)
    ]  # fmt: skip
    return Content(
        frame=frame,
        caption=_sim_caption(frame, cell, seeds),
        draw=partial(draw_pair, frame=frame, panels=panels, looks=SIM_LOOKS),
        size=(PAGE, 2.8),
    )


def _sim_caption(frame: "pd.DataFrame", cell: Cell, seeds: int) -> str:
    words, early, finite = [], [], False
    rising, falling = list[Seen](), list[Seen]()
    random = float(np.sqrt(2.0 / (np.pi * cell.d)))
    for name in RULES:
        curve = frame[(frame["panel"] == name) & (frame["series"] == "predicted")]
        rows = frame[(frame["panel"] == name) & (frame["series"] == "measured")]
        threshold = one(frame, name, THRESHOLD, "x")
        beyond = rows[rows["x"] > 1.3 * threshold]
        last = rows[rows["x"] < BELOW * threshold].iloc[-1]
        error = float(last["y_high"] - last["y"])
        early.append(
            f"{with_error(last['y'], error)} with {title_of(name)} at {last['x'] / threshold:.2g} eta_c"
        )
        finite |= bool(last["y"] - reach(seeds, len(RULES)) * error > random)
        rising += _rises(rows, threshold)
        expected = np.interp(np.log(beyond["x"]), np.log(curve["x"]), curve["y"])
        top = curve.loc[curve["y"].idxmax()]
        best = rows.loc[rows["y"].idxmax()]
        falling.append(difference(_mean(best), _mean(rows.iloc[-1])))
        words.append(
            f"for {title_of(name)} to {top['y']:.3f} at eta = {short(top['x'])}, then down to "
            f"{one(frame, name, 'limit'):.3f} (runs beyond "
            f"1.3 eta_c within {np.abs(beyond['y'] - expected).max():.3f})"
        )
    return (
        f"sim(W_1, beta) against eta at {size_text(cell)}, {seeds} seeds. A random direction has {random:.2g}; the runs "
        f"have {' and '.join(early)}"
        + (": at finite size it rises just below eta_c. " if finite else ". ")
        + f"Beyond eta_c it goes {'; '.join(words)}. "
        f"By Student's t at {RATE:g}, the paper's claim that sim rises with the spike {judged(rising, seeds)}; that a still "
        f"larger step makes the spike larger but worse aligned {judged(falling, seeds)}."
    )


def _mean(row: "pd.Series[float]") -> tuple[float, float]:
    return float(row["y"]), float(row["y_high"] - row["y"])


def _rises(rows: "pd.DataFrame", threshold: float) -> list[Seen]:
    """That every mean beyond 1.3 eta_c stands above every one below eta_c."""
    below, beyond = rows[rows["x"] < BELOW * threshold], rows[rows["x"] > 1.3 * threshold]
    return [
        difference(_mean(high), _mean(low))
        for _, high in beyond.iterrows() for _, low in below.iterrows()
    ]  # fmt: skip


def draw_pair(
    figure: "Figure", frame: "pd.DataFrame", panels: Sequence[Panel], looks: dict[str, Look]
) -> None:
    used = sum(look.legend != "" for name, look in looks.items() if name in set(frame["series"]))
    draw_panels(figure, frame, panels, looks, columns=2, legend_columns=min(used, 5))


ITEMS: tuple[Item, ...] = (
    Item(id="spike", title="s_1 of W_1 against eta, with three theories", source="ours",
         settings="FB-Adam, eps = 0, eta from 0.7 to 2.8 times eta_c.", needs=_spike_needs, build=_spike),
    Item(id="sim-eta", title="sim(W_1, beta) against eta", source="ours",
         settings="Both optimisers, eta from 0.3 to 20 times eta_c.", needs=_sim_needs, build=_sim),
)  # fmt: skip
