"""`table-2`: norms of the first FB-Adam update against sqrt(N d) on the paper's ray."""

import math
from collections.abc import Sequence

from verify.appendix.designs import ADAM_EPS, norms, torch_adam
from verify.appendix.item import Content, Item, Material, Need, Scope
from verify.judging.sample import Case, Prediction
from verify.problem.cells import Cell
from verify.problem.update import Update
from verify.running.design import Readings
from verify.tables.columns import ItemColumn, content_of, deviation, measured_finite

__all__ = ["ITEMS", "build", "needs"]

PRINTED = "one run, as the paper's Table 2 has it: torch's eps, no repeats"
EXACT, TORCH = "eps = 0: the sign update of Theorem 4.1", "eps = 1e-8: torch's, as in the paper's runs"
NAMES = {"frobenius": "frobenius_norm", "operator": "operator_norm"}
LETTERS = {"frobenius": "F", "operator": "2"}


def needs(scope: Scope) -> tuple[Need, ...]:
    """Every cell of the ray, at both eps."""
    return (Need(design=norms(scope), seeds=scope.repeats()),)


def build(scope: Scope, material: Material) -> Content:
    """One row per cell: one run as printed, then both eps with error bars beside their predictions."""
    design = norms(scope)
    readings = material.readings(design, scope.repeats())
    rows = [[r for r in readings if r.cell == cell] for cell in design.cells]
    cells = design.cells
    roots = tuple(math.sqrt(cell.N * cell.d) for cell in cells)
    columns = [
        ItemColumn(name=name, heading=name, entries=tuple(getattr(cell, name) for cell in cells))
        for name in "knNd"
    ]
    columns.append(ItemColumn(name="sqrt_Nd", heading="sqrt(N d)", entries=roots, form=".1f"))
    for norm, letter in LETTERS.items():
        name, entries = (
            f"{norm}_norm_one_run",
            tuple(row[0].value(NAMES[norm], torch_adam(None)) for row in rows),
        )
        columns.append(
            ItemColumn(name=name, heading=f"||D_0||_{letter}", entries=entries, panel=PRINTED, form=".1f")
        )
    for eps, panel in ((0.0, EXACT), (ADAM_EPS, TORCH)):
        for norm in LETTERS:
            columns += _ratio_columns(rows, cells, torch_adam(None, eps), norm, panel)
    return content_of(
        columns,
        f"Norms of the first FB-Adam update D_0 against sqrt(N d), bias-corrected; mean over {scope.repeats()} seeds with "
        "its standard error",
        "dev: (measured - predicted) in predicted standard errors. With eps = 0 the Frobenius norm is sqrt(N d) exactly, "
        "so that this half of the theorem is an identity.",
        "All cells lie on one ray, where N, d, n and N + d are the same law up to a constant: python -m verify.scaling "
        "judges the exponents off the ray.",
    )


def _ratio_columns(
    rows: Sequence[Sequence[Readings]], cells: Sequence[Cell], update: Update, norm: str, panel: str
) -> list[ItemColumn]:
    """Measured over sqrt(N d), predicted, deviation."""
    found, expected, off = [], [], []
    for row, cell in zip(rows, cells, strict=True):
        root = math.sqrt(cell.N * cell.d)
        measured = measured_finite([one.value(NAMES[norm], update) / root for one in row])
        predictions = [_prediction(one, update, norm) for one in row]
        value = sum(p.value for p in predictions) / len(predictions) / root
        spread = sum(p.spread for p in predictions) / len(predictions) / root
        found.append(measured)
        expected.append(value)
        exact = norm == "frobenius" and update.eps == 0.0
        off.append(math.nan if exact else deviation(measured, value, spread, len(row)))
    stem, letter = f"{norm}_ratio_eps_{update.eps:g}", LETTERS[norm]
    return [
        ItemColumn(name=stem, heading=f"||D_0||_{letter} / sqrt(N d)", entries=tuple(found), panel=panel),
        ItemColumn(
            name=f"{stem}_predicted",
            heading="predicted",
            entries=tuple(expected),
            panel=panel,
            form=f"={stem}",
        ),
        ItemColumn(name=f"{stem}_deviation", heading="dev", entries=tuple(off), panel=panel, form="+.1f"),
    ]


def _prediction(readings: Readings, update: Update, norm: str) -> Prediction:
    """What theory says of one run, given what was measured beside the norm."""
    from verify.predictions.norms import predictions_of
    from verify.problem.paper import default_problem

    observed = readings.of(update)
    case = Case(problem=default_problem(), cell=readings.cell, update=update, observed=observed)
    operator, frobenius = predictions_of(case)
    return operator if norm == "operator" else frobenius


ITEMS = (
    Item(
        id="table-2",
        title="Norms of the first FB-Adam update against sqrt(N d)",
        source="Table 2",
        settings="(n, N, d) = k (1000, 750, 500), k = 1 to 8 (quick: k (120, 90, 60), k = 1 to 3), eps = 0 and 1e-8",
        needs=needs,
        build=build,
    ),
)
