"""One record that is wanted: a problem, a cell, a seed, an update, and which group of observables."""

from dataclasses import dataclass, field
from typing import Any

from verify.problem.cells import Cell
from verify.problem.problem import Precision, Problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update

__all__ = ["GROUPS", "Request", "feature_key"]

# What each group holds is listed at sim.runs.first_step.measure_first_step and sim.runs.update_norms.update_norms.
GROUPS = (
    "update-norms",
    "gradient",
    "update",
    "update_spectrum",
    "training_loss",
    "ridge",
    "top",
    "spectrum",
    "tails",
    "custom",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A record by everything that its numbers depend on.

    Attributes
    ----------
    paired : bool
        Whether cells of one seed share their random numbers (contrasts between cells), or are independent.
    update : Update or None
        None for the group "gradient", which no update enters.
    group : str
        One of `GROUPS`.
    custom : str
        Group "custom": which function measures, with a digest of its source.
    """

    problem: Problem
    cell: Cell
    seed: int
    group: str
    update: Update | None = None
    paired: bool = False
    dtype: Precision = "float32"
    second_stage: SecondStage = field(default_factory=SecondStage)
    custom: str = ""

    def __hash__(self) -> int:
        """Of what tells most requests apart: the problem's functions are compared, not hashed, a million times a run."""
        eta = None if self.update is None else self.update.eta
        return hash((self.seed, self.cell.sizes, self.group, self.custom, eta, self.paired))

    @property
    def stream(self) -> int:
        """The draw's stream: 0 where paired, else one of the cell's own."""
        from sim.draw import stream_of

        return 0 if self.paired else stream_of(*self.cell.sizes)

    def key(self) -> dict[str, Any]:
        """Everything that the record depends on, sim's sources aside (the store adds them)."""
        from sim.draw import DRAW_FORMAT

        key: dict[str, Any] = {
            "n": self.cell.n,
            "N": self.cell.N,
            "d": self.cell.d,
            "seed": self.seed,
            "stream": self.stream,
            "draw_format": DRAW_FORMAT,
            "dtype": self.dtype,
            "observables": self.group,
            "fingerprints": self.problem.fingerprints(),
            **self.problem.key(),
            **(self.update.key() if self.update is not None else {}),
        }
        if self.group == "ridge":
            key |= {"ridge": self.second_stage.ridge, "test_samples": self.second_stage.test_samples}
        if self.group == "custom":
            key["custom"] = self.custom
        return key


def feature_key(observable: str, features: str) -> str:
    """The name of an observable in a record: with its scaling of the features where it has one."""
    return f"{observable}[{features}]" if features else observable
