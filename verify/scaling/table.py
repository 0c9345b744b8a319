"""The table of verify.scaling: one row per cell, both norms against sqrt(N d), measured beside predicted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.optimisers.table import optimiser_named
from verify.judging.sample import Case, Prediction
from verify.presentation.numbers import number, with_error
from verify.presentation.sheet import Sheet
from verify.problem.cells import Cell
from verify.scaling.experiment import ScalingResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NormsRow", "rows_of", "sheet_of"]

SAME = 1e-6  # relative: "exact" is said of a norm that has no scatter and is the predicted one, so of no nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One norm over sqrt(N d) in one cell.

    Mean and standard error over seeds, the prediction, and how far the mean is from it in standard errors: those that
    the predicted spread gives, where there is one (a sample's own spread means little with a few seeds).
    """

    mean: float
    error: float
    predicted: float
    deviation: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NormsRow:
    """One cell of the table."""

    cell: Cell
    is_gradient: bool
    root: float
    seeds: int
    zeros: int
    frobenius: Norm
    operator: Norm


def rows_of(result: ScalingResult) -> tuple[NormsRow, ...]:
    """The rows, in the order of the cells."""
    from verify.predictions.norms import predictions_of

    rows = []
    problem, update = result.study.problem, result.study.update
    for cell in result.study.cells:
        here = [run for run in result.runs if run.cell == cell]
        cases = [
            Case(
                problem=problem,
                cell=cell,
                update=update,
                observed={k: v for k, (v, _) in run.record.observables.items()},
            )
            for run in here
        ]
        predicted = [predictions_of(case) for case in cases]
        rows.append(
            NormsRow(
                cell=cell,
                is_gradient=optimiser_named(update.optimiser).is_gradient,
                root=math.sqrt(cell.N * cell.d),
                seeds=len(here),
                zeros=int(sum(case.observed["zeros"] for case in cases)),
                frobenius=_norm(cases, "frobenius_norm", [pair[1] for pair in predicted]),
                operator=_norm(cases, "operator_norm", [pair[0] for pair in predicted]),
            )
        )
    return tuple(rows)


def _norm(cases: Sequence[Case], observable: str, predictions: Sequence[Prediction]) -> Norm:
    root = math.sqrt(cases[0].cell.N * cases[0].cell.d)
    values = np.array([case.observed[observable] for case in cases]) / root
    expected = np.array([prediction.value for prediction in predictions]) / root
    error = float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    spread = float(np.mean([prediction.spread for prediction in predictions])) / root
    known = math.isfinite(spread) and spread > 0
    unit = spread / math.sqrt(len(values)) if known else error
    exact = not known and not error > 1e-12 * abs(float(expected.mean()))
    deviation = math.nan if exact else float(np.mean(values - expected)) / unit
    return Norm(
        mean=float(values.mean()),
        error=error,
        predicted=float(expected.mean()),
        deviation=deviation,
        spread=spread if known else math.nan,
    )


def _heading(rows: Sequence[NormsRow], norms: tuple[str, str], root: str) -> tuple[str, ...]:
    """Names of the columns: a gradient's norms as they are, an update's beside their ratios to sqrt(N d)."""
    names = ["k", "n", "N", "d", root]
    for norm in norms:
        names += [norm, "predicted", "dev"] if rows[0].is_gradient else [norm, f"/{root}", "predicted", "dev"]
    return tuple(names)


def _cells_of(row: NormsRow) -> tuple[str, ...]:
    cell = row.cell
    texts = [str(cell.k or "-"), str(cell.n), str(cell.N), str(cell.d), f"{row.root:.1f}"]
    for norm in (row.frobenius, row.operator):
        exact = not math.isfinite(norm.deviation)
        error = None if exact and math.isfinite(norm.predicted) else norm.error
        if row.is_gradient:
            texts += [
                with_error(norm.mean * row.root, norm.error * row.root),
                number(norm.predicted * row.root),
            ]
        else:
            plain = f"{norm.mean * row.root:.1f}" if math.isfinite(norm.mean) else "-"
            texts += [plain, with_error(norm.mean, error), number(norm.predicted)]
        identical = exact and row.seeds > 1 and abs(norm.mean - norm.predicted) <= SAME * abs(norm.predicted)
        texts.append("exact" if identical else "-" if exact else f"{norm.deviation:+.1f}")
    return tuple(texts)


def _narrow(letter: str, gradient: bool) -> tuple[tuple[str, int], ...]:
    """Of each norm the one measured column that is predicted, with what it is in two lines."""
    of = "" if gradient else "\n/sqrt(Nd)"
    chosen = [(name, column) for column, name in enumerate(("k", "n", "N", "d"))]
    for norm, column in (("F", 5), ("2", 8)) if gradient else (("F", 6), ("2", 10)):
        chosen += [(f"||{letter}||_{norm}{of}", column), ("predicted", column + 1), ("dev", column + 2)]
    return tuple(chosen)


def sheet_of(rows: Sequence[NormsRow]) -> Sheet:
    """The table, ready to be printed and written."""
    gradient = rows[0].is_gradient
    letter = "G" if gradient else "D"
    sizes = ("$k$", "$n$", "$N$", "$d$")
    latex_norms = (rf"$\|{letter}_0\|_F$", rf"$\|{letter}_0\|_2$")
    return Sheet(
        heading=_heading(rows, (f"||{letter}||_F", f"||{letter}||_2"), "sqrt(Nd)"),
        markdown_heading=_heading(rows, (f"‖{letter}₀‖_F", f"‖{letter}₀‖₂"), "√(Nd)"),
        latex_heading=(*sizes, *_heading(rows, latex_norms, r"$\sqrt{Nd}$")[len(sizes) :]),
        rows=tuple(_cells_of(row) for row in rows),
        frame=_frame(rows),
        note="_F: Frobenius norm, _2: operator norm. Standard errors over seeds in brackets, in units of the last digits. "
        "dev: (measured - predicted)/(predicted standard error of the mean); exact: the predicted number, without scatter.",
        keys=len(sizes),
        groups=(4, 3) if gradient else (5, 4),
        narrow=_narrow(letter, gradient),
        comment="dev: (measured - predicted) in predicted standard errors",
    )


def _frame(rows: Sequence[NormsRow]) -> "pd.DataFrame":
    """The table as numbers: the columns of table.csv."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "k": row.cell.k,
                "n": row.cell.n,
                "N": row.cell.N,
                "d": row.cell.d,
                "design": row.cell.design,
                "sqrt_Nd": row.root,
                "seeds": row.seeds,
                "zeros": row.zeros,
                **{
                    f"{name}_{part}": getattr(norm, attribute)
                    for name, norm in (("frobenius_ratio", row.frobenius), ("operator_ratio", row.operator))
                    for part, attribute in (
                        ("mean", "mean"),
                        ("standard_error", "error"),
                        ("predicted", "predicted"),
                        ("deviation", "deviation"),
                        ("predicted_spread", "spread"),
                    )
                },
            }
            for row in rows
        ]
    ).astype({"k": "Int64"})
