"""The experiment of `verify.train`: which runs, what is measured at each step, from the store or trained."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from verify.commands.described import problem_of, rule_of, session_of
from verify.commands.spec import Options
from verify.errors import UsageError, quoted
from verify.problem.cells import Cell, own_sizes
from verify.problem.problem import Problem
from verify.problem.second_stage import SecondStage
from verify.problem.training import Training
from verify.problem.update import Update
from verify.running.design import Design, every_request
from verify.running.groups import training_group_names
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.store import Store
from verify.session.session import Session
from verify.train.runs import PassingStore, TrainingRun, TrainingRuns, state_in

__all__ = ["TrainStudy", "conduct", "prepare"]

DEFAULT_ETAS = {"gd": 2000.0}  # of an optimiser whose update is no sign; for the others 1
MOST_RUNS = 10_000
LARGEST_STATE = 1 << 36


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainStudy:
    """Runs that have been checked and not begun."""

    options: Options
    problem: Problem
    cells: tuple[Cell, ...]
    updates: tuple[Update, ...]
    training: Training
    groups: tuple[str, ...]
    state: bytes | None = None

    @property
    def seeds(self) -> range:
        """Those that are run."""
        first = self.options["first_seed"]
        return range(first, first + self.options["seeds"])

    @property
    def steps(self) -> tuple[int, ...]:
        """Those that are measured."""
        steps: tuple[int, ...] = self.options["steps"]
        return steps

    def requests(self) -> list[list[Request]]:
        """The records of each run, by step and group."""
        return [
            list(self._requests_of(cell, seed, update))
            for cell in self.cells
            for seed in self.seeds
            for update in self.updates
        ]

    def _requests_of(self, cell: Cell, seed: int, update: Update) -> Sequence[Request]:
        design = Design(
            problem=self.problem, cells=(cell,), groups=self.groups, updates=(update,), steps=self.steps, paired=True,
            training=self.training,
            second_stage=SecondStage(ridge=self.options["ridge"], test_samples=self.options["test_samples"]),
        )  # fmt: skip
        return [replace(each, dtype=self.options["dtype"]) for each in every_request(design, [seed])]


def prepare(options: Options) -> TrainStudy:
    """Check everything that can be checked before anything is run or written.

    Raises
    ------
    UsageError
        What cannot be run.
    """
    rule = rule_of(options)
    etas = options["eta"] or (DEFAULT_ETAS.get(rule.optimiser, 1.0),)
    cells = own_sizes(options["sizes"])
    if not cells:
        raise UsageError("--sizes: must have at least one cell n,N,d; got none")
    small = [cell for cell in cells if min(cell.N, cell.d) < 2]
    if small:
        raise UsageError(
            f"--sizes: must have N and d of at least 2, or W has no spectrum; got {small[0].label}"
        )
    training = Training(**{name: options[name] for name in ("gamma", "step_size", "weight_normalisation")})
    study = TrainStudy(
        options=options,
        problem=problem_of(options),
        cells=cells,
        updates=tuple(replace(rule, eta=float(eta)) for eta in dict.fromkeys(etas)),
        training=training,
        groups=tuple(name for name in training_group_names() if name != "overlaps" or options["overlaps"]),
        state=None if options["state"] is None else _read(options["state"]),
    )
    runs = len(cells) * options["seeds"] * len(study.updates)
    if runs > MOST_RUNS:
        raise UsageError(f"--seeds: must make at most {MOST_RUNS} runs with sizes and etas; got {runs}")
    if study.state is not None and runs != 1:
        raise UsageError(f"--state: must be of one run, one size, seed and eta; got {runs} runs")
    return study


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():  # a device or a pipe may have no end
            raise UsageError(f"--state: must be a regular file; got {quoted(str(path))}")
        if path.stat().st_size > LARGEST_STATE:
            raise UsageError(f"--state: must be a state of a run; {quoted(str(path))} is too large for one")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"--state: must be a file that can be read; got {quoted(str(path))} ({error.strerror})"
        ) from None


def conduct(
    study: TrainStudy, session: Session | None = None, progress: Progress | None = None
) -> TrainingRuns:
    """The runs: what the store lacks is trained."""
    session = session_of(study.options, progress) if session is None else session
    if session.store is None:
        session.store = PassingStore()
    store = session.store
    requests = study.requests()
    if study.state is not None:
        _take_state(study, store, requests[0])
    session.obtain([request for each in requests for request in each])
    return TrainingRuns([_run(study, session, store, each) for each in requests])


def _take_state(study: TrainStudy, store: Store, requests: Sequence[Request]) -> None:
    """Put the state that the user gave where the run is looked for."""
    from sim.backend import get_backend
    from sim.draw import Draw
    from sim.runs.state import StateError, state_of_bytes
    from verify.running.kinds.training import run_of

    assert study.state is not None
    first, path = requests[0], quoted(str(study.options["state"]))
    draw = Draw(
        setting=first.problem.setting(first.cell), seed=first.seed, stream=first.stream, dtype=first.dtype
    )
    rule, run = run_of(first, draw)
    try:
        state = state_of_bytes(study.state, run, rule, backend=get_backend("numpy"))
    except StateError as error:
        raise UsageError(f"--state: must be a state of this run; got {path}: {error}") from None
    if state.step >= study.steps[-1]:
        raise UsageError(
            f"--state: must stand before the last of --steps, {study.steps[-1]}; {path} stands at {state.step}"
        )
    there = state_in(store, first)
    if there is None or there.step < state.step:
        store.save_state(run, study.state)


def _run(study: TrainStudy, session: Session, store: Store, requests: Sequence[Request]) -> TrainingRun:
    first = requests[0]
    runs = session.runs(requests)
    assert first.update is not None
    readings = {
        (run.request.step, name): value for run in runs for name, (value, _) in run.record.observables.items()
    }
    state = state_in(store, runs[-1].request)
    losses = () if state is None else state.losses[: study.steps[-1]]
    return TrainingRun(
        cell=first.cell, seed=first.seed, update=first.update, training=study.training, steps=study.steps,
        readings=readings, losses=losses, diverged=state is not None and state.diverged, runs=runs,
        null_draws=study.options["null_draws"], _store=store,
    )  # fmt: skip
