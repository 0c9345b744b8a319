"""What the claims on the first gradient share: their designs and numbers of seeds."""

from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.running.design import Design
from verify.running.measurement import Measurement

__all__ = ["CELL_SEEDS", "COUNT_SEEDS", "paired_custom_design", "gradient_design"]

CELL_SEEDS = 40
COUNT_SEEDS = 20


def gradient_design(cells: tuple[Cell, ...], *, paired: bool = False) -> Design:
    """What is measured of the gradient itself."""
    return Design(problem=default_problem(), cells=cells, groups=("gradient",), paired=paired)


def paired_custom_design(cell: Cell, what: Measurement) -> Design:
    """One cell under a measurement of these claims' own."""
    return Design(problem=default_problem(), cells=(cell,), measurement=what, paired=True)
