"""What was measured, run by run: what records.csv, timings.csv, tables and figures are made of."""

from dataclasses import dataclass

from verify.problem.cells import Cell
from verify.problem.update import Update
from verify.running.request import Request
from verify.running.store import Record

__all__ = ["Run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A request with its record, and the update that the record's numbers belong to.

    Attributes
    ----------
    update : Update or None
        The request's, or where a request names none (the gradient, a measurement that goes through several) the one
        that this part of its record is of.
    """

    request: Request
    record: Record
    update: Update | None

    @property
    def cell(self) -> Cell:
        """The request's."""
        return self.request.cell

    @property
    def seed(self) -> int:
        """The request's."""
        return self.request.seed
