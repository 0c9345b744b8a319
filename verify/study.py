"""What a claim runs on, and what it measures there: designs, and the readings of one cell and seed."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from verify.claim import Case, Claim, Finding, Prediction, Sample, Verdict
from verify.designs import Cell
from verify.errors import UsageError
from verify.lies import defined_at
from verify.problem import Problem, Update
from verify.reasons import reasoned, with_power, with_seen
from verify.request import GROUPS, Request, SecondStage
from verify.store import Record

NO_ETA = ("update-norms",)  # what is measured of the update itself, whatever its learning rate

__all__ = ["Design", "Readings", "judge_claim", "readings_of_design", "requests_of", "sample_of_design"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Cells, updates and groups of observables; every update is measured in every cell with every group.

    Attributes
    ----------
    groups : tuple of str
        Of `verify.request.GROUPS`. "gradient" is measured once per cell and seed, whatever the updates.
    paired : bool
        Cells of one seed share their random numbers (contrasts between cells).
    custom : str
        Group "custom": the measurement's name in `verify.measure.CUSTOM`.

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
                'custom must name a measurement for the group "custom": verify.measure.registered(function)'
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


def sample_of_design(
    claim: Claim, design: Design, seeds: Sequence[int], records: Mapping[Request, Record]
) -> Sample:
    """Measured beside predicted, one entry per cell and seed."""
    cases, values, all_seeds = [], [], []
    for readings in readings_of_design(design, seeds, records):
        measured = _measured(claim, readings)
        observed = {name: value for (_, name), value in readings.values.items()}
        update = design.updates[0] if design.updates else Update()
        cases.append(Case(problem=design.problem, cell=readings.cell, update=update, observed=observed))
        values.append(float(measured))
        all_seeds.append(readings.seed)
    return Sample(
        cases=tuple(cases),
        seeds=tuple(all_seeds),
        values=tuple(values),
        predictions=tuple(claim.predict(case) for case in cases),
    )


def _measured(claim: Claim, readings: Readings) -> float:
    """A claim's number of one cell and seed, nan where its readings allow none (a quotient by 0).

    Raises
    ------
    UsageError
        The claim's own observable is not among what its design measures.
    """
    try:
        with np.errstate(all="ignore"):
            return readings.value(claim.observable) if claim.measure is None else claim.measure(readings)
    except ArithmeticError:
        return math.nan
    except KeyError as error:
        if claim.measure is not None:
            raise
        where = defined_at(claim)
        raise UsageError(f"--claims: {where}claim {claim.id}: observable {error.args[0]}") from None


def judge_claim(
    claim: Claim, seeds: Sequence[int], obtain: Callable[[Sequence[Request]], Mapping[Request, Record]]
) -> Finding:
    """Get a claim's records by `obtain` and judge it; a claim without a design needs none."""
    design = claim.design
    if design is None:
        empty = Sample(cases=(), seeds=(), values=(), predictions=())
        return claim.judge(claim, empty)
    wanted = requests_of(design, seeds)
    records = obtain([request for requests in wanted.values() for request in requests])
    from verify.pilot import missing_pilot, pilot_of, seeds_of_pilot

    sample = replace(sample_of_design(claim, design, seeds, records), pilot=pilot_of(claim))
    _check_laws(claim, sample)
    judged = claim.judge(claim, sample)
    if not isinstance(judged, Finding):
        where = f"--claims: {defined_at(claim)}claim {claim.id}"
        raise UsageError(f"{where}: judge must return a Finding; it returned a {type(judged).__name__}")
    finding = with_power(reasoned(claim, sample, judged), missing=missing_pilot(claim))
    if sample.pilot is not None:
        finding = with_seen(finding, seeds_of_pilot(claim, seeds))
    copied = _copies(wanted, records)
    if not copied:
        return finding
    note = f"seeds {copied[0]} and {copied[1]} have the same record: copies are no repeats"
    return replace(
        finding, verdict=Verdict.INCONCLUSIVE, note="; ".join(part for part in (note, finding.note) if part)
    )


def _check_laws(claim: Claim, sample: Sample) -> None:
    """Predictions and lies say numbers; looked at in the first run."""
    if not sample.cases:
        return
    if not isinstance(sample.predictions[0], Prediction):
        where = f"--claims: {defined_at(claim)}claim {claim.id}"
        raise UsageError(
            f"{where}: predict must return a Prediction; it returned a {type(sample.predictions[0]).__name__}"
        )
    said = {"prediction": sample.predictions[0].value} | {
        f"lie {lie.name!r}": lie.law(sample.cases[0], sample.predictions[0]) for lie in claim.lies
    }
    for what, value in said.items():
        try:
            float(value)
        except (TypeError, ValueError, OverflowError):
            where = f"--claims: {defined_at(claim)}claim {claim.id}: {what}"
            raise UsageError(f"{where} must be a number; got {str(value)[:80]!r}") from None


def _copies(
    wanted: Mapping[tuple[Cell, int], Sequence[Request]], records: Mapping[Request, Record]
) -> tuple[int, int] | None:
    """Two seeds of a cell whose measurements are the same in every digit; whole numbers alone may well agree."""
    seen: dict[tuple[Any, ...], int] = {}
    for (cell, seed), requests in wanted.items():
        found = tuple(value for request in requests for value, _ in records[request].observables.values())
        if any(math.isfinite(value) and value != round(value) for value in found):
            other = seen.setdefault((cell, found), seed)
            if other != seed:
                return other, seed
    return None
