"""The table of `verify.rank_one`: measured and predicted quantities per cell."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.judging.sample import Case
from verify.presentation.numbers import number, with_error
from verify.presentation.sheet import Sheet
from verify.problem.cells import Cell
from verify.rank_one.experiment import GRADIENT, RankOneResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Compared", "RankOneRow", "rows_of", "sheet_of"]

HEADING = ("k", "n", "N", "d", "residual", "predicted", "label", "predicted", "equal signs", "predicted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Mean and standard error over the seeds of one cell, and the prediction (nan where there is none)."""

    mean: float
    error: float
    predicted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RankOneRow:
    """One cell of the table."""

    cell: Cell
    seeds: int
    residual: Compared
    label: Compared
    agreement: Compared


def rows_of(result: RankOneResult) -> tuple[RankOneRow, ...]:
    """One row per cell, in rising order of d."""
    rows = []
    for cell in sorted(result.study.cells, key=lambda cell: cell.d):
        here = [run.record for run in result.runs if run.cell == cell]
        residual, label, agreement = _predicted(result, cell)
        rows.append(
            RankOneRow(
                cell=cell,
                seeds=len(here),
                residual=_quantity([r.value("rank_one_distance_residual") for r in here], residual),
                label=_quantity([r.value("rank_one_distance_label") for r in here], label),
                agreement=_quantity([r.value("sign_agreement_residual") for r in here], agreement),
            )
        )
    return tuple(rows)


def _quantity(values: Sequence[float], predicted: float) -> Compared:
    array = np.array(values)
    error = float(np.std(array, ddof=1) / math.sqrt(len(array)))
    return Compared(mean=float(array.mean()), error=error, predicted=predicted)


def _predicted(result: RankOneResult, cell: Cell) -> tuple[float, float, float]:
    """Both errors where the claims predict them, and the sign agreement for an odd student; else nan."""
    from theory.update.sign import sign_agreement_refined

    case = Case(problem=result.study.problem, cell=cell, update=GRADIENT)
    found = {claim.id: claim.predict(case).value for claim in result.study.claims}
    sn = result.study.problem.signal_noise(cell)
    exact = 0.0 if sn.nu == 0.0 else math.nan
    agreement = sign_agreement_refined(sn) if sn.student.odd else math.nan
    return found.get("L.B4.residual.rate", exact), found.get("L.B4.label.limit", math.nan), agreement


def _cells_of_row(row: RankOneRow) -> tuple[str, ...]:
    cell = row.cell
    texts = [str(cell.k or "-"), str(cell.n), str(cell.N), str(cell.d)]
    for item in (row.residual, row.label, row.agreement):
        texts += [with_error(item.mean, item.error), number(item.predicted)]
    return tuple(texts)


def sheet_of(rows: Sequence[RankOneRow]) -> Sheet:
    """The table, ready to be printed and written."""
    return Sheet(
        heading=HEADING,
        markdown_heading=HEADING,
        latex_heading=(*(f"${name}$" for name in HEADING[:4]), *HEADING[4:]),
        rows=tuple(_cells_of_row(row) for row in rows),
        frame=_frame(rows),
        note="residual, label: ||G_0 - A||_2/||G_0||_2 for A from the residuals and from the labels; equal signs: share of "
        "the entries of G_0 with the sign of the residual matrix. Standard errors over seeds in brackets, in units of the "
        "last digits.",
        keys=4,
        groups=(2, 2, 2),
        comment="errors of the rank-one matrices, standard errors in brackets",
    )


def _frame(rows: Sequence[RankOneRow]) -> "pd.DataFrame":
    """The table as numbers: the columns of table.csv."""
    import pandas as pd

    names = (("residual_error", "residual"), ("label_error", "label"), ("sign_agreement", "agreement"))
    return pd.DataFrame(
        [
            {"k": row.cell.k, "n": row.cell.n, "N": row.cell.N, "d": row.cell.d, "seeds": row.seeds}
            | {
                f"{name}_{part}": getattr(getattr(row, field), attribute)
                for name, field in names
                for part, attribute in (
                    ("mean", "mean"),
                    ("standard_error", "error"),
                    ("predicted", "predicted"),
                )
            }
            for row in rows
        ]
    ).astype({"k": "Int64"})
