"""The cells of the claims on norms, and which of them each kind of claim is judged on."""

from collections.abc import Sequence
from dataclasses import dataclass

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.update import Update
from verify.running.design import Design

__all__ = ["Grid", "main_cells"]


def main_cells(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells that exponents and constants are judged on: those not on the ray where there are any, else all."""
    off = tuple(cell for cell in cells if cell.design != "ray")
    return off or tuple(cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Problem, update and cells of the claims on norms.

    Attributes
    ----------
    ray_reading : str
        What the reading of a claim along the ray says of its scales; empty: nothing.
    """

    problem: Problem
    update: Update
    cells: tuple[Cell, ...]
    ray_reading: str = ""

    @property
    def main(self) -> Design:
        """What exponents and constants are judged on."""
        return self._design(main_cells(self.cells))

    @property
    def every(self) -> Design:
        """Every cell: of an identity, and of a claim along the ray, to which the others lend their scatter."""
        return self._design(self.cells)

    @property
    def ray(self) -> Design:
        """The ray alone, which must be among the cells."""
        return self._design(tuple(cell for cell in self.cells if cell.design == "ray"))

    @property
    def scales(self) -> tuple[int, ...]:
        """The ray's k; empty where no cell is on the ray."""
        return tuple(dict.fromkeys(c.k for c in self.cells if c.design == "ray" and c.k is not None))

    def _design(self, cells: tuple[Cell, ...]) -> Design:
        return Design(problem=self.problem, cells=cells, groups=("update-norms",), updates=(self.update,))
