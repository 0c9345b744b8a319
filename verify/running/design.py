"""What a claim runs on, as requests: cells, updates and groups of observables, and the readings that come back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.second_stage import SecondStage
from verify.problem.training import Training
from verify.problem.update import Update
from verify.running.groups import CUSTOM, asked_in_training, asked_of, group_names
from verify.running.measurement import Measurement
from verify.running.request import Request, is_ours
from verify.running.store import Record, lacking

__all__ = ["Design", "Readings", "every_request", "readings_of_design", "requests_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Cells, updates and groups of observables; every update is measured in every cell with every group.

    Attributes
    ----------
    groups : tuple of str
        Of `verify.running.groups`. What is of the gradient is measured once per cell and seed, whatever the updates.
    steps : tuple of int
        Updates made when it is measured: 1, the first step, or with `training` any, in rising order.
    paired : bool
        Cells of one seed share their random numbers (contrasts between cells).
    measurement : Measurement, optional
        One's own, of each cell and seed's first gradient, beside the groups (`verify.claim.measurement`).
    training : Training, optional
        Runs of many steps: how they go beside their updates. Every group is then of an update and a step, the gradient too.

    Raises
    ------
    ValueError
        A group that there is not, one whose updates are missing, no cell at all, nothing to measure.
    """

    problem: Problem
    cells: tuple[Cell, ...]
    groups: tuple[str, ...] = ()
    updates: tuple[Update, ...] = ()
    steps: tuple[int, ...] = (1,)
    paired: bool = False
    second_stage: SecondStage = field(default_factory=SecondStage)
    measurement: Measurement | None = None
    training: Training | None = None

    def __post_init__(self) -> None:
        if not self.cells:
            raise ValueError("cells must hold at least one (n, N, d)")
        if self.measurement is not None and not isinstance(self.measurement, Measurement):
            kind = type(self.measurement).__name__
            raise ValueError(f"measurement must be made by verify.claim.measurement(function); got a {kind}")
        if CUSTOM in self.groups:
            raise ValueError(
                f'groups must not name "{CUSTOM}"; give measurement=verify.claim.measurement(function)'
            )
        if not self.groups and self.measurement is None:
            raise ValueError(f"groups must be of {', '.join(group_names())}; got none")
        if self.training is None and self.steps != (1,):
            raise ValueError(f"steps must be (1,), the first step, without training; got {self.steps!r}")
        if self.training is not None:
            _check_steps(self.steps, self.measurement)
        groups = [
            asked_of(group) if self.training is None else asked_in_training(group) for group in self.groups
        ]
        stepping = [group.name for group in groups if group.needs_update]
        if stepping and not self.updates:
            raise ValueError(f"updates must hold at least one for the group {stepping[0]!r}")
        taken = [group.name for group in groups if group.needs_eta]
        if taken and any(update.eta is None for update in self.updates):
            raise ValueError(f"updates must have a learning rate eta for the group {taken[0]!r}")

    def __hash__(self) -> int:
        """Of what tells most designs apart, as a request's."""
        sizes, etas = [cell.sizes for cell in self.cells], [update.eta for update in self.updates]
        return hash((*sizes, *etas, *self.groups, *self.steps, self.paired, self.measurement))


def _check_steps(steps: tuple[int, ...], measurement: Measurement | None) -> None:
    whole = all(isinstance(step, int) and not isinstance(step, bool) and step >= 0 for step in steps)
    if not steps or not whole or any(a >= b for a, b in pairwise(steps)):
        raise ValueError(f"steps must be integers of at least 0 in rising order; got {steps!r}")
    if measurement is not None:
        raise ValueError("measurement must be of a first step; with training measure by groups")


Place = tuple[Update | None, int, str]
"""Where a reading stands: of which update, after how many updates, which observable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was measured of one cell and seed, by update, step and observable.

    `stored`: whether a record of the store is among it whose names our own measurement fixes, so that one which is missing
    is the store's fault. `reused`: whether any record of the store is among it, which a message then says.
    """

    cell: Cell
    seed: int
    values: Mapping[Place, float] = field(repr=False)
    stored: bool = field(default=False, repr=False, compare=False)
    reused: bool = field(default=False, repr=False, compare=False)
    _steps: tuple[int, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        object.__setattr__(self, "_steps", tuple(sorted({step for _, step, _ in self.values})))

    def value(self, observable: str, update: Update | None = None, *, step: int | None = None) -> float:
        """One number; update and step may be left out where only one was measured.

        Raises
        ------
        KeyError
            Naming what was measured, when the observable was not.
        """
        steps = self._steps if step is None else (step,)
        found = [(update, at, observable) for at in steps if (update, at, observable) in self.values]
        if not found and update is None:
            found = [key for key in self.values if key[2] == observable and key[1] in steps]
        return self._one(found, observable, update, step)

    def at(self, update: Update | None, observable: str, *, step: int | None = None) -> float:
        """One number of just that update, or of none; a KeyError as of `value`."""
        steps = self._steps if step is None else (step,)
        found = [(update, at, observable) for at in steps if (update, at, observable) in self.values]
        return self._one(found, observable, update, step)

    def _one(self, found: Sequence[Place], observable: str, update: Update | None, step: int | None) -> float:
        if len(found) == 1:
            return self.values[found[0]]
        if self.stored and not found:
            raise lacking(observable)
        known = sorted({name for _, _, name in self.values})
        of = "" if update is None else f" of {update!r}"
        at = "" if step is None else f" at step {step}"
        names = ", ".join(known) or "nothing"
        store = "; some of it is the store's: --fresh measures again" if self.reused else ""
        raise KeyError(f"{observable!r}{of}{at} is not among what was measured: {names}{store}")

    def of(self, update: Update | None, *, step: int = 1) -> dict[str, float]:
        """Every observable of one update and step."""
        return {
            name: value for (where, at, name), value in self.values.items() if (where, at) == (update, step)
        }


def requests_of(design: Design, seeds: Sequence[int]) -> Mapping[tuple[Cell, int], tuple[Request, ...]]:
    """The records that a design needs, by cell and seed."""
    return _requests(design, tuple(seeds))


@lru_cache(maxsize=1024)  # a look asks three times for the same: to obtain, to read and to compare
def _requests(design: Design, seeds: tuple[int, ...]) -> Mapping[tuple[Cell, int], tuple[Request, ...]]:
    found = {
        (cell, seed): tuple(_requests_of_draw(design, cell, seed)) for cell in design.cells for seed in seeds
    }
    return MappingProxyType(found)


def every_request(design: Design, seeds: Sequence[int]) -> list[Request]:
    """The same in one row."""
    return [request for requests in requests_of(design, seeds).values() for request in requests]


def _requests_of_draw(design: Design, cell: Cell, seed: int) -> Iterator[Request]:
    first = Request(
        problem=design.problem,
        cell=cell,
        seed=seed,
        group=CUSTOM,
        paired=design.paired,
        second_stage=design.second_stage,
    )
    if design.training is not None:
        yield from _requests_of_runs(design, first)
        return
    for group in design.groups:
        if not asked_of(group).needs_update:
            yield replace(first, group=group, step=0)
            continue
        for step in design.steps:
            for update in design.updates:
                yield replace(first, group=group, update=update, step=step)
    if design.measurement is not None:
        for step in design.steps:
            yield replace(first, measurement=design.measurement, step=step)


def _requests_of_runs(design: Design, first: Request) -> Iterator[Request]:
    """Every group at every step of every update's run; distances are also measured from the step before in the design."""
    for before, step in zip((None, *design.steps), design.steps, strict=False):
        for update in design.updates:
            for group in design.groups:
                previous = before if group == "moved" else None
                yield replace(
                    first, group=group, update=update, step=step, training=design.training, previous=previous
                )


def readings_of_design(
    design: Design, seeds: Sequence[int], records: Mapping[Request, Record]
) -> list[Readings]:
    """What was measured, one entry per cell and seed in the order of the design; a record that is missing: KeyError."""
    return [
        Readings(
            cell=cell,
            seed=seed,
            values={
                (request.update, request.step, name): value
                for request in requests
                for name, (value, _) in records[request].observables.items()
            },
            stored=any(is_ours(request) and records[request].reused for request in requests),
            reused=any(records[request].reused for request in requests),
        )
        for (cell, seed), requests in requests_of(design, seeds).items()
    ]
