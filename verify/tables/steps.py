"""`one-step` and `mean-field`: everything that is measured after one step, per optimiser and eta, beside its prediction."""

import math
from collections.abc import Callable, Sequence

from verify.appendix.designs import NO_STEP, leading, mean_field, one_step
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.predictions.noise import count_of
from verify.predictions.spike import even_bulk
from verify.predictions.step import (
    RIDGE,
    gap_of,
    hill_null,
    loss_ratio_of,
    outliers_of,
    ridge_of,
    similarity_of,
)
from verify.presentation.table import Measured
from verify.problem.update import Update
from verify.running.design import Design, Readings
from verify.tables.columns import ItemColumn, content_of, deviation, value_of

__all__ = ["FEATURES", "ITEMS", "excess_notes", "sweep_content", "update_keys"]

FEATURES = {
    "paper": "features of eq. 6",
    "released": "features of the released code, divided by sqrt d once more: what the paper's figures show",
}
TITLES = {"holdout": "hold-out", "test": "test", "kta": "KTA"}
FIRST, SPECTRUM = "first step", "spectrum of W_1"
NOTHING = Measured(mean=math.nan, error=math.nan)
NOTES = (
    "Means over {seeds} seeds with standard errors; {samples} test samples (the paper takes 200). eta = 0: no step, the "
    "null of every column.",
    "Hold-out is what the paper's figures call training loss: the hold-out mean squared error of the ridge stage. "
    "L(eta)/L(0) is the training loss of the step itself; its prediction is an "
    "integral for FB-Adam, for infinitely many neurons and up to where drawn networks are known to lie more than 5 % above "
    "it, and a parabola for GD up to the break-even. GD's losses and KTA are "
    "predicted up to the eta at which a preactivation moves by half its spread; a dash beyond.",
    "k_out: outliers by Tracy-Widom p-values under 1e-4/min(N, d) against noise of the run's own variance, at most 3 "
    "counted; a dash where the update has made the bulk uneven, so that the p-value means nothing. s_1/s_2 is "
    "predicted as s_1 over the bulk's edge, where a spike is predicted. null: Hill's estimator "
    "on a Marchenko-Pastur bulk of this shape. The KS estimator has no such number; beside it stands what it makes of the "
    "same seeds' W_0.",
)


def update_keys(updates: Sequence[Update]) -> list[ItemColumn]:
    """Which row is which."""
    names = tuple("none" if update == NO_STEP else update.title for update in updates)
    etas = tuple(update.eta for update in updates)
    return [
        ItemColumn(name="optimiser", heading="optimiser", entries=names),
        ItemColumn(name="eta", heading="eta", entries=etas, form="g"),
    ]


def sweep_content(design: Design, scope: Scope, material: Material, what: str) -> Content:
    """One row per update of a one-cell design."""
    (cell,), updates, seeds = design.cells, design.updates, scope.repeats()
    readings = material.readings(design, seeds)
    counted = material.readings(leading(scope, design), seeds)
    columns = update_keys(updates)
    for features in scope.features:
        columns += _second_stage(design, readings, features)
    columns += _first_step(design, readings)
    columns += _spectrum(design, readings, counted)
    notes = [note.format(seeds=seeds, samples=scope.test_samples) for note in NOTES]
    notes += excess_notes(design, readings)
    return content_of(columns, f"{what} at {cell.label}, softplus teacher, tanh student, noise 0.3", *notes)


LEAST_STEP = 0.05  # eta, or eta sqrt d under mean-field: FB-Adam's from here on move the loss


def excess_notes(design: Design, readings: Sequence[Readings]) -> list[str]:
    """How far FB-Adam's training loss lies from its prediction, step by step; nothing where none is predicted."""
    parts = []
    for cell in design.cells:
        unit = 1.0 if design.problem.parametrisation == "ntk" else math.sqrt(cell.d)
        here = [one for one in readings if one.cell == cell]
        for update in design.updates:
            if update.optimiser != "adam" or (update.eta or 0.0) * unit < LEAST_STEP:
                continue
            expected = loss_ratio_of(design.problem, cell, update)
            found = value_of(here, _read("relative_training_loss", update))
            if math.isfinite(expected):
                off = f"{100 * (found.mean / expected - 1):+.1f} % at eta = {update.eta:g}"
                where = f", n = {cell.n}" if len(design.cells) > 1 else ""
                parts.append(f"{off}{where} ({deviation(found, expected):+.1f} standard errors)")
    if not parts:
        return []
    return [
        "L(eta)/L(0) of FB-Adam against its prediction: "
        + ", ".join(parts)
        + ". The prediction is for infinitely many "
        "neurons. All steps of a seed share one draw, so that these are not independent."
    ]


def _pair(
    name: str,
    heading: str,
    found: Sequence[Measured],
    expected: Sequence[float],
    panel: str,
    second: str = "predicted",
) -> list[ItemColumn]:
    """A measured column and what stands beside it."""
    return [
        ItemColumn(name=name, heading=heading, entries=tuple(found), panel=panel),
        ItemColumn(
            name=f"{name}_{second}", heading=second, entries=tuple(expected), panel=panel, form=f"={name}"
        ),
    ]


def _means(design: Design, readings: Sequence[Readings], observable: str) -> list[Measured]:
    return [value_of(readings, _read(observable, update)) for update in design.updates]


def _read(observable: str, update: Update) -> Callable[[Readings], float]:
    return lambda one: one.value(observable, update)


def _gap(update: Update) -> Callable[[Readings], float]:
    return lambda one: one.value("top_singular_value", update) / one.value("second_singular_value", update)


def _second_stage(design: Design, readings: Sequence[Readings], features: str) -> list[ItemColumn]:
    (cell,) = design.cells
    columns = []
    for name, observable in RIDGE.items():
        found = _means(design, readings, f"{observable}[{features}]")
        expected = [ridge_of(design.problem, cell, update, name, features) for update in design.updates]
        columns += _pair(f"{observable}_{features}", TITLES[name], found, expected, _panel(features))
    return columns


def _panel(features: str) -> str:
    return f"second stage, {FEATURES[features]}"


def _first_step(design: Design, readings: Sequence[Readings]) -> list[ItemColumn]:
    (cell,), problem = design.cells, design.problem
    rows = {
        "relative_training_loss": ("L(eta)/L(0)", [loss_ratio_of(problem, cell, u) for u in design.updates]),
        "sim": ("sim(W_1, beta)", [similarity_of(problem, cell, u) for u in design.updates]),
    }
    columns = []
    for observable, (heading, expected) in rows.items():
        columns += _pair(observable, heading, _means(design, readings, observable), expected, FIRST)
    return columns


def _spectrum(design: Design, readings: Sequence[Readings], counted: Sequence[Readings]) -> list[ItemColumn]:
    (cell,), problem = design.cells, design.problem
    counts = [
        value_of(counted, count_of(cell, update)) if even_bulk(problem, cell, update) else NOTHING
        for update in design.updates
    ]
    gaps = [value_of(readings, _gap(update)) for update in design.updates]
    hill, ks = (_means(design, readings, name) for name in ("alpha_hill", "alpha_ks"))
    still = value_of(readings, _read("alpha_ks", NO_STEP))
    rows = len(design.updates)
    return [
        *_pair("k_out", "k_out", counts, [outliers_of(problem, cell, u) for u in design.updates], SPECTRUM),
        *_pair("gap", "s_1/s_2", gaps, [gap_of(problem, cell, u) for u in design.updates], SPECTRUM),
        *_pair("alpha_hill", "Hill alpha", hill, [hill_null(cell)] * rows, SPECTRUM, "null"),
        ItemColumn(name="alpha_ks", heading="KS alpha", entries=tuple(ks), panel=SPECTRUM),
        ItemColumn(name="alpha_ks_start", heading="of W_0", entries=(still,) * rows, panel=SPECTRUM),
    ]  # fmt: skip


def _item(
    id: str, title: str, source: str, settings: str, make: Callable[[Scope], Design], what: str
) -> Item:
    def needs(scope: Scope) -> tuple[Need, ...]:
        design = make(scope)
        return tuple(Need(design=each, seeds=scope.repeats()) for each in (design, leading(scope, design)))

    def build(scope: Scope, material: Material) -> Content:
        return sweep_content(make(scope), scope, material, what)

    return Item(id=id, title=title, source=source, settings=settings, needs=needs, build=build)


ITEMS = (
    _item(
        "one-step", "One step of both optimisers over the paper's etas", "Figures 3 and 15, and the text of Section 4.1",
        "(n, N, d) = (2000, 1500, 1000) (quick: (400, 300, 200), eta scaled with d), eta over the paper's grid, Adam's eps "
        "1e-8, both scalings of the features",
        one_step, "One step of FB-Adam (eps = 1e-8) and of GD",
    ),
    _item(
        "mean-field", "One step under the mean-field parametrisation", "Appendix D, Figures 10 to 12",
        "(n, N, d) = (2000, 1500, 1000) (quick: (400, 300, 200)), mean-field, FB-Adam at 1e-4 to 1 with 1/sqrt d, GD at "
        "10 to 2000 (quick: scaled with d)",
        mean_field, "One step under the mean-field parametrisation",
    ),
)  # fmt: skip
