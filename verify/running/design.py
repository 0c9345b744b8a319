"""What a claim runs on, as requests: cells, updates and groups of observables, and the readings that come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from verify.problem.cells import Cell
from verify.problem.problem import Problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update
from verify.running.request import GROUPS, Request
from verify.running.store import Record

__all__ = ["Design", "Readings", "requests_of", "readings_of_design"]

NO_ETA = ("update-norms",)  # what is measured of the update itself, whatever its learning rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Cells, updates and groups of observables; every update is measured in every cell with every group.

    Attributes
    ----------
    groups : tuple of str
        Of `verify.running.request.GROUPS`. "gradient" is measured once per cell and seed, whatever the updates.
    paired : bool
        Cells of one seed share their random numbers (contrasts between cells).
    custom : str
        Group "custom": the measurement's name in `verify.running.custom.CUSTOM`.

    Raises
    ------
    ValueError
        A group that there is not, one whose updates or measurement are missing, no cell at all.
    """

    problem: Problem
    cells: tuple[Cell, ...]
    groups: tuple[str, ...]
    updates: tuple[Update, ...] = ()
    paired: bool = False
    second_stage: SecondStage = field(default_factory=SecondStage)
    custom: str = ""

    def __post_init__(self) -> None:
        if not self.cells:
            raise ValueError("cells must hold at least one (n, N, d)")
        unknown = [group for group in self.groups if group not in GROUPS]
        if unknown or not self.groups:
            raise ValueError(f"groups must be of {', '.join(GROUPS)}; got {unknown or 'none'}")
        if "custom" in self.groups and not self.custom:
            raise ValueError(
                'custom must name a measurement for the group "custom": verify.running.custom.registered(function)'
            )
        stepping = [group for group in self.groups if group not in ("gradient", "custom")]
        if stepping and not self.updates:
            raise ValueError(f"updates must hold at least one for the group {stepping[0]!r}")
        taken = [group for group in stepping if group not in NO_ETA]
        if taken and any(update.eta is None for update in self.updates):
            raise ValueError(f"updates must have a learning rate eta for the group {taken[0]!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """What was measured of one cell and seed, by update and observable."""

    cell: Cell
    seed: int
    values: Mapping[tuple[Update | None, str], float] = field(repr=False)

    def value(self, observable: str, update: Update | None = None) -> float:
        """One number; the update may be left out where only one was measured.

        Raises
        ------
        KeyError
            Naming what was measured, when the observable was not.
        """
        if (update, observable) in self.values:
            return self.values[update, observable]
        found = [key for key in self.values if key[1] == observable] if update is None else []
        if len(found) == 1:
            return self.values[found[0]]
        known = sorted({name for _, name in self.values})
        of = "" if update is None else f" of {update!r}"
        raise KeyError(f"{observable!r}{of} is not among what was measured: {', '.join(known)}")


def requests_of(design: Design, seeds: Sequence[int]) -> dict[tuple[Cell, int], list[Request]]:
    """The records that a design needs, by cell and seed."""
    wanted: dict[tuple[Cell, int], list[Request]] = {}
    for cell in design.cells:
        for seed in seeds:
            common = dict(
                problem=design.problem,
                cell=cell,
                seed=seed,
                paired=design.paired,
                second_stage=design.second_stage,
            )
            here: list[Request] = []
            for group in design.groups:
                if group in ("gradient", "custom"):
                    custom = design.custom if group == "custom" else ""
                    here.append(Request(group=group, custom=custom, **common))  # type: ignore[arg-type]
                else:
                    here += [Request(group=group, update=u, **common) for u in design.updates]  # type: ignore[arg-type]
            wanted[cell, seed] = here
    return wanted


def readings_of_design(
    design: Design, seeds: Sequence[int], records: Mapping[Request, Record]
) -> list[Readings]:
    """What was measured, one entry per cell and seed in the order of the design; a record that is missing: KeyError."""
    return [
        Readings(
            cell=cell,
            seed=seed,
            values={
                (request.update, name): value
                for request in requests
                for name, (value, _) in records[request].observables.items()
            },
        )
        for (cell, seed), requests in requests_of(design, seeds).items()
    ]
