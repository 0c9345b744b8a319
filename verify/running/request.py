"""One record that is wanted: a problem, a cell, a seed, an update, a step, and what is measured there."""

from dataclasses import dataclass, field
from typing import Any

from verify.problem.cells import Cell
from verify.problem.problem import Precision, Problem
from verify.problem.second_stage import SecondStage
from verify.problem.training import Training
from verify.problem.update import Update
from verify.running.groups import Asked, asked_in_training, asked_of
from verify.running.measurement import Measurement
from verify.running.sources import sources_digest

__all__ = ["Request", "feature_key", "is_ours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A record by everything that its numbers depend on.

    Attributes
    ----------
    group : str
        A name of `verify.running.groups`.
    update : Update or None
        None for the group "gradient", which no update enters.
    step : int
        Updates made when it is measured: W_t and the update that made it stand at t; 0 is the start, with its gradient.
        One of those that the group's kind of run makes (`Asked.steps`).
    paired : bool
        Whether cells of one seed share their random numbers (contrasts between cells), or are independent.
    measurement : Measurement or None
        Group "custom": what is measured.
    training : Training or None
        Of a run of many steps: how it goes beside the update; then every group has its update, and any step is one.
    previous : int or None
        Group "moved": the step that distances are measured from, too.
    """

    problem: Problem
    cell: Cell
    seed: int
    group: str
    update: Update | None = None
    step: int = 1
    paired: bool = False
    dtype: Precision = "float32"
    second_stage: SecondStage = field(default_factory=SecondStage)
    measurement: Measurement | None = None
    training: Training | None = None
    previous: int | None = None

    def __post_init__(self) -> None:
        if self.training is not None:
            if not isinstance(self.step, int) or isinstance(self.step, bool) or self.step < 0:
                raise ValueError(f"step must be an integer of at least 0; got {self.step!r}")
            if self.update is None or self.update.eta is None:
                raise ValueError(
                    f"update must have a learning rate eta in a run of many steps; got {self.update!r}"
                )
        elif self.step not in self.asked.steps:
            known = ", ".join(map(str, self.asked.steps))
            raise ValueError(f"step must be {known} for the group {self.group!r}; got {self.step!r}")

    def __hash__(self) -> int:
        """Of what tells most requests apart: the problem's functions are compared, not hashed, a million times a run."""
        eta = None if self.update is None else self.update.eta
        return hash((self.seed, self.cell.sizes, self.group, self.measurement, eta, self.step, self.paired))

    @property
    def asked(self) -> Asked:
        """What its group is."""
        return asked_of(self.group) if self.training is None else asked_in_training(self.group)

    @property
    def stream(self) -> int:
        """The draw's stream: 0 where paired, else one of the cell's own."""
        from sim.draw import stream_of

        return 0 if self.paired else stream_of(*self.cell.sizes)

    def key(self) -> dict[str, Any]:
        """Everything that the record depends on, our own code included."""
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
            "step": self.step,
            "fingerprints": self.problem.fingerprints(),
            "code": self._code(),
            **self.problem.key(),
            **(self.update.key() if self.update is not None else {}),
        }
        if self.asked.second_stage:
            key |= {"ridge": self.second_stage.ridge, "test_samples": self.second_stage.test_samples}
        if self.training is not None:
            key |= {"training": self.training.key(), "previous": self.previous}
        if self.measurement is not None:
            key["measurement"] = self.measurement.key()
        return key

    def _code(self) -> str:
        """A digest of the sources behind the run, the group and the optimiser; a measurement has its own."""
        from sim.optimisers.table import optimiser_named

        modules = list(self.asked.modules)
        if self.update is not None:
            modules.append(optimiser_named(self.update.optimiser).step.__module__)
        return sources_digest(*modules)


def feature_key(observable: str, features: str) -> str:
    """The name of an observable in a record: with its scaling of the features where it has one."""
    return f"{observable}[{features}]" if features else observable


def is_ours(request: Request) -> bool:
    """Whether its measurement is one of `verify.measurements`, whose names of what it gives are the same in every run."""
    return request.measurement is not None and request.measurement.name.startswith("verify.measurements.")
