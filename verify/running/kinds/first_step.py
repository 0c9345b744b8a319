"""Groups of observables after one step: one gradient serves every update and group that is asked for."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from verify.problem.update import Update
from verify.running.kinds.kind import RunKind
from verify.running.request import Request, feature_key
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.observables.group import Reading

__all__ = ["FIRST_STEP", "observables_of"]


def _records(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    """The readings of each request's group, after its update where it has one."""
    from sim.runs.first_step import measure_first_step

    wanted: dict[Update | None, list[str]] = {}
    for request in requests:
        wanted.setdefault(request.update, []).append(request.group)
    stage = requests[0].second_stage
    started = time.perf_counter()
    measured = measure_first_step(
        draw, [update for update in wanted if update is not None], wanted, backend=backend, ridge=stage.ridge,
        test_samples=stage.test_samples,
    )  # fmt: skip
    timings = {"total": time.perf_counter() - started}
    groups: dict[Update | None, Mapping[str, tuple[Reading, ...]]] = {None: measured.groups}
    groups |= {step.update: step.groups for step in measured.steps}
    return {
        request: Record(
            key=request.key(),
            observables=observables_of(groups[request.update][request.group]),
            timings=timings,
        )
        for request in requests
    }


def observables_of(readings: "Sequence[Reading]") -> dict[str, tuple[float, float | None]]:
    """By name, with their bounds where they have one."""
    return {
        feature_key(reading.observable, reading.features): (
            reading.value,
            None if math.isnan(reading.bound) else reading.bound,
        )
        for reading in readings
    }


FIRST_STEP = RunKind(name="first-step", records=_records)
