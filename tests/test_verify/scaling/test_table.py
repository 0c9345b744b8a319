"""How a cell's norms are shown: "exact" is said of what is so, and never of a run that gave no number."""

import math

import pytest

from verify.problem.cells import Cell
from verify.scaling.table import Norm, NormsRow, sheet_of

NAN = math.nan


def sheet(norm, *, is_gradient=False, seeds=3):
    row = NormsRow(
        cell=Cell(n=60, N=50, d=40), is_gradient=is_gradient, root=math.sqrt(2000.0), seeds=seeds, zeros=0,
        frobenius=norm, operator=norm,
    )  # fmt: skip
    return sheet_of((row,))


def norm(mean, predicted, *, error=0.0, deviation=NAN):
    return Norm(mean=mean, error=error, predicted=predicted, deviation=deviation, spread=NAN)


@pytest.mark.parametrize("is_gradient", [False, True])
@pytest.mark.parametrize("mean", [NAN, math.inf])
def test_a_norm_that_is_no_number_is_a_dash_everywhere(mean, is_gradient):
    shown = sheet(norm(mean, 1.0, error=NAN), is_gradient=is_gradient)
    texts = shown.rows[0]
    measured = [
        text for text, heading in zip(texts, shown.heading, strict=True) if heading.startswith(("||", "dev"))
    ]
    assert set(measured) == {"-"}
    for text in texts:
        assert not {"exact", "nan", "inf"} & {text, text.lower()}


def test_exact_is_what_agrees_in_every_run():
    assert "exact" in sheet(norm(1.0, 1.0)).rows[0]
    for other in (norm(0.9, 1.0), norm(1.0, NAN), norm(NAN, NAN)):  # no scatter, but another value or none
        assert "exact" not in sheet(other).rows[0]
    assert "exact" not in sheet(norm(1.0, 1.0), seeds=1).rows[0]
    assert "+2.5" in sheet(norm(1.0, 0.9, error=0.1, deviation=2.5)).rows[0]
