"""Runs of many steps: measured at the steps that are asked for, each record kept when it is there, the state at intervals.

A run goes on from its state in the store wherever that lies before what is missing; what lies behind it is run again.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verify.running.kept import Kept
from verify.running.kinds.first_step import observables_of
from verify.running.kinds.kind import RunKind
from verify.running.request import Request
from verify.running.sources import sources_digest
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.runs.probes import Probe
    from sim.runs.training import Rule, TrainingState

__all__ = ["SAVE_SECONDS", "TRAINING", "run_of", "samples_fit", "stored_state"]

MOST_SAMPLES = 1 << 27  # numbers of a training set that stays in memory
SAVE_SECONDS = 30.0  # of work that a killed process loses at most


def run_of(request: Request, draw: "Draw") -> tuple["Rule", dict[str, Any]]:
    """The rule of a request's run, and the run as its state's file knows it: by all that its steps depend on."""
    from sim.optimisers.table import optimiser_named
    from sim.runs.state import described

    if request.training is None or request.update is None:
        raise ValueError(f"a request for a run of many steps must have training and update; got {request!r}")
    rule = request.training.rule(request.update)
    optimiser = optimiser_named(request.update.optimiser).step.__module__
    code = sources_digest("sim.runs.training", optimiser)
    return rule, described(draw, rule, more={"code": code})


def stored_state(request: Request, draw: "Draw", backend: "Backend", kept: Kept) -> "TrainingState | None":
    """Where the request's run stands in the store; None where there is nothing that can be trusted."""
    from sim.runs.state import StateError, state_of_bytes

    rule, run = run_of(request, draw)
    data = kept.state(run)
    if data is None:
        return None
    try:
        return state_of_bytes(data, run, rule, backend=backend)
    except StateError as error:
        kept.refuse_state(run, str(error))
        return None


def _goes_on(
    requests: Sequence[Request], draw: "Draw", backend: "Backend", kept: Kept
) -> dict[Request, Record]:
    """Records of one run; those of a run that was stopped are missing."""
    from sim.runs.probes import ProbeOptions, probed

    first = requests[0]
    rule, run = run_of(first, draw)
    state = stored_state(first, draw, backend, kept)
    previous = _previous(requests)
    stage = first.second_stage
    options = ProbeOptions(ridge=stage.ridge, test_samples=stage.test_samples)
    found: dict[Request, Record] = {}
    for begun, steps in _parts({request.step for request in requests}, previous, state):
        here = [request for request in requests if request.step in steps]
        if not here:
            continue
        watch = _Watch(kept, run, backend, last=max(steps), saved=0 if state is None else state.step)
        started = time.perf_counter()
        for probe in probed(
            draw, rule, _wanted(here), state=begun, backend=backend, options=options, watch=watch,
            keep_samples=samples_fit(first), previous={step: previous[step] for step in steps if step in previous},
        ):  # fmt: skip
            timings = {"total": time.perf_counter() - started}
            for request in here:
                if request.step == probe.step:
                    found[request] = _record(request, probe, timings)
                    kept.save(found[request])
        watch.end()
    return found


def samples_fit(request: Request) -> bool:
    """Whether the training samples of its run stay in memory; else every step draws them anew, to the same numbers."""
    return request.cell.n * (request.cell.d + 1) <= MOST_SAMPLES


def _wanted(requests: Sequence[Request]) -> dict[int, list[str]]:
    wanted: dict[int, list[str]] = {}
    for request in requests:
        wanted.setdefault(request.step, []).append(request.group)
    return wanted


def _record(request: Request, probe: "Probe", timings: Mapping[str, float]) -> Record:
    observables = observables_of(probe.groups[request.group])
    if request.group == "spectrum" and probe.singular_values is not None:  # whole, beside what is read off it
        observables |= {f"s_{i}": (float(s), None) for i, s in enumerate(probe.singular_values, 1)}
    return Record(key=request.key(), observables=observables, timings=dict(timings))


def _previous(requests: Sequence[Request]) -> dict[int, int]:
    """The probe before each, where distances are measured from it."""
    found: dict[int, int] = {}
    for request in requests:
        if (
            request.previous is not None
            and found.setdefault(request.step, request.previous) != request.previous
        ):
            raise ValueError(f"step {request.step} must have one step before it; got two")
    return found


def _parts(
    steps: set[int], previous: Mapping[int, int], state: "TrainingState | None"
) -> list[tuple["TrainingState | None", list[int]]]:
    """Steps to measure, with where the run that gets there goes on from: the start, or the state."""
    if state is None:
        return [(None, sorted(steps))]
    known = {step for step in steps if previous.get(step, 0) == 0 or previous[step] >= state.step}
    late = {step for step in known if step > state.step}
    return [(None, sorted(steps - late)), (state, sorted(late))]


class _Watch:
    """Saves the state at intervals, at the end and when it is to stop; says how far the run is."""

    def __init__(
        self, kept: Kept, run: Mapping[str, Any], backend: "Backend", *, last: int, saved: int
    ) -> None:
        self.kept, self.run, self.backend, self.last, self.saved = kept, run, backend, max(last, 1), saved
        self.at = time.monotonic()
        self.step = 0
        self.state: Callable[[], TrainingState] | None = None

    def __call__(self, step: int, state: "Callable[[], TrainingState]") -> bool:
        self.step, self.state = step, state
        if time.monotonic() - self.at > SAVE_SECONDS:
            self.end()
        self.kept.tick(step / self.last)
        return not self.kept.stopped()

    def end(self) -> None:
        """Save where the run is, unless that is behind what is saved."""
        if self.state is not None and self.step > self.saved:
            self._save(self.state())

    def _save(self, state: "TrainingState") -> None:
        from sim.runs.state import state_bytes

        self.kept.save_state(self.run, state_bytes(state, self.run, backend=self.backend))
        self.saved, self.at = state.step, time.monotonic()


def _records(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    """The same without a store."""
    return _goes_on(requests, draw, backend, Kept())


TRAINING = RunKind(name="training", records=_records, goes_on=_goes_on)
