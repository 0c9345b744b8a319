"""Runs of many steps as records: read back, extended from the state in the store, killed and gone on with."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import verify.running.kinds.training as kind
from sim.backend import get_backend
from sim.draw import Draw
from sim.network import samples
from verify.problem.cells import Cell
from verify.problem.problem import make_problem
from verify.problem.training import Training
from verify.problem.update import adam, gd
from verify.running.design import Design, every_request, readings_of_design
from verify.running.kept import Kept
from verify.running.kinds.training import run_of, stored_state
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Store

ROOT = Path(__file__).resolve().parents[3]
BASE = Request(
    problem=make_problem(), cell=Cell(n=40, N=18, d=12), seed=0, group="tails", update=adam(0.2, 1e-8),
    training=Training(), paired=True,
)  # fmt: skip


def at(steps, groups=("tails", "moved"), base=BASE):
    return [
        replace(base, step=step, group=group, previous=before if group == "moved" else None)
        for before, step in zip((None, *steps), steps, strict=False)
        for group in groups
    ]


def values(records):
    return {
        (request.step, request.group): {k: repr(v) for k, v in record.observables.items()}
        for request, record in records.items()
    }


def state_of(store, base=BASE):
    draw = Draw(setting=base.problem.setting(base.cell), seed=base.seed, stream=base.stream, threads=1)
    return stored_state(base, draw, get_backend("numpy", threads=1), Kept(store=store))


@pytest.fixture
def steps_taken(monkeypatch):
    """Every step that a run makes."""
    import sim.runs.training as training

    seen, advance = [], training._Loop.advance

    def counted(self, *, keep):
        seen.append(self.step)
        advance(self, keep=keep)

    monkeypatch.setattr(training._Loop, "advance", counted)
    return seen


def test_a_run_is_read_back_and_extended_and_not_begun_again(tmp_path, steps_taken):
    store, progress = Store(tmp_path), Progress()
    first = obtain(at((0, 2, 4)), store=store)
    assert state_of(store).step == 4
    steps_taken.clear()
    again = obtain(at((0, 2, 4)), store=store, progress=progress)
    assert (values(again), steps_taken, progress.reused) == (values(first), [], 6)
    more = obtain(at((0, 2, 4, 9)), store=store)
    assert steps_taken == [0, 4, 5, 6, 7, 8]  # 0: D_0, which the run is measured against
    assert state_of(store).step == 9
    assert values(more) == values(obtain(at((0, 2, 4, 9)), store=None))


def test_a_distance_from_the_start_needs_no_second_run(tmp_path, steps_taken):
    store = Store(tmp_path)
    obtain(at((4,)), store=store)
    steps_taken.clear()
    found = obtain(at((0, 7)), store=store)
    assert steps_taken == [0, 0, 4, 5, 6]  # both times D_0
    assert values(found) == values(obtain(at((0, 7)), store=None))


def test_what_lies_behind_the_state_is_run_again_and_the_rest_goes_on_from_it(tmp_path, steps_taken):
    store = Store(tmp_path)
    obtain(at((5,), ("tails",)), store=store)
    steps_taken.clear()
    found = obtain(at((3, 8), ("tails",)), store=store)
    assert steps_taken == [0, 1, 2, 5, 6, 7]
    assert values(found) == values(obtain(at((3, 8), ("tails",)), store=None))
    steps_taken.clear()
    fresh = obtain(at((8,), ("tails",)), store=store, fresh=True)
    assert steps_taken == list(range(8))
    assert values(fresh)[8, "tails"] == values(found)[8, "tails"]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1}, {"update": adam(0.3, 1e-8)}, {"update": gd(5.0)}, {"training": Training(gamma=0.5)},
        {"training": Training(weight_normalisation="paper")}, {"training": Training(step_size=2, gamma=0.9)},
        {"training": Training(loss="sum")}, {"dtype": "float64"}, {"cell": Cell(n=40, N=18, d=13)},
    ],
)  # fmt: skip
def test_another_run_is_another_state_and_other_records(change, tmp_path):
    store, other = Store(tmp_path), replace(BASE, **change)
    draws = [
        Draw(setting=r.problem.setting(r.cell), seed=r.seed, stream=r.stream, dtype=r.dtype)
        for r in (BASE, other)
    ]
    runs = [run_of(request, draw)[1] for request, draw in zip((BASE, other), draws, strict=True)]
    assert store.state_path(runs[0]) != store.state_path(runs[1])
    assert store.path(replace(BASE, step=3).key()) != store.path(replace(other, step=3).key())
    if change.get("training") != Training(gamma=0.9, step_size=2):  # whose third step alone is another
        assert values(obtain(at((3,), base=other), store=None)) != values(obtain(at((3,)), store=None))


def test_samples_that_do_not_fit_are_drawn_at_every_step_to_the_same_numbers(monkeypatch):
    kept = values(obtain(at((0, 3)), store=None))
    drawn, sample_blocks = [], samples.sample_blocks
    monkeypatch.setattr(
        samples, "sample_blocks", lambda *a, **k: drawn.append(a[1]) or sample_blocks(*a, **k)
    )
    assert values(obtain(at((0, 3)), store=None)) == kept
    few = len(drawn)
    monkeypatch.setattr(kind, "MOST_SAMPLES", 100)
    assert values(obtain(at((0, 3)), store=None)) == kept
    assert len(drawn) - few > few


def test_a_damaged_state_is_refused_by_name_and_the_run_begun_again(tmp_path, steps_taken):
    store = Store(tmp_path)
    obtain(at((4,)), store=store)
    (path,) = tmp_path.glob("*.state")
    path.write_bytes(path.read_bytes()[:-5])
    steps_taken.clear()
    store = Store(tmp_path)
    found = obtain(at((6,)), store=store)
    assert steps_taken == [0, *range(6)]
    assert [(file, "truncated or damaged" in reason) for file, reason in store.refused] == [(path, True)]
    assert values(found) == values(obtain(at((6,)), store=None))


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interruption_keeps_the_state_and_the_records_that_are_there(threads, tmp_path):
    store = Store(tmp_path)
    last = 200_000

    def interrupt():
        while not list(tmp_path.glob("*.json")):
            time.sleep(0.01)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    helper = threading.Thread(target=interrupt)
    try:
        helper.start()
        with pytest.raises(KeyboardInterrupt):
            obtain(at((0, 3, last), ("tails",)), store=store, resources=Resources(threads=threads))
    finally:
        helper.join()
        signal.signal(signal.SIGINT, before)
    state = state_of(store)
    assert 3 < state.step < last
    assert store.load(replace(BASE, step=3).key()) is not None
    whole = obtain(at((state.step + 2,), ("tails",)), store=store)
    assert values(whole) == values(obtain(at((state.step + 2,), ("tails",)), store=None))


CHILD = """
import sys
from pathlib import Path
import verify.running.kinds.training as kind
from sim.network import samples
kind.SAVE_SECONDS = 0.05
sys.path.insert(0, {tests!r})
from test_verify.running.test_training_runs import at
from verify.running.obtain import obtain
from verify.running.store import Store
obtain(at((0, 3, 1_000_000), ("tails",)), store=Store(Path({store!r})))
"""


def test_a_run_that_was_killed_goes_on_from_its_last_state(tmp_path):
    code = CHILD.format(tests=str(ROOT / "tests"), store=str(tmp_path))
    child = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        limit = time.monotonic() + 120
        first = replace(BASE, step=3).key()
        while not (list(tmp_path.glob("*.state")) and Store(tmp_path).load(first) is not None):
            assert child.poll() is None
            assert time.monotonic() < limit
            time.sleep(0.05)
        time.sleep(0.3)
    finally:
        child.kill()
        child.wait()
    store = Store(tmp_path)
    state = state_of(store)
    assert state is not None  # whole, whenever the process died
    assert store.load(replace(BASE, step=3).key()) is not None
    last = state.step + 5
    found = obtain(at((last,), ("tails",)), store=store)
    assert values(found) == values(obtain(at((last,), ("tails",)), store=None))
    assert np.array_equal(state_of(store).losses[: state.step], state.losses)


def test_states_are_saved_at_intervals_and_at_the_end(tmp_path, monkeypatch):
    store, saved = Store(tmp_path), []
    monkeypatch.setattr(Store, "save_state", lambda self, run, data: saved.append(len(data)))
    obtain(at((0, 5), ("tails",)), store=store)
    assert len(saved) == 1
    monkeypatch.setattr(kind, "SAVE_SECONDS", 0.0)
    obtain(at((5,), ("tails",)), store=store, fresh=True)
    assert len(saved) == 1 + 5


def test_requests_say_what_a_run_needs():
    with pytest.raises(ValueError, match="step must be an integer of at least 0; got -1"):
        replace(BASE, step=-1)
    with pytest.raises(ValueError, match="update must have a learning rate eta"):
        replace(BASE, update=None)
    with pytest.raises(ValueError, match="groups must be of .*moved.*; got 'nothing'"):
        replace(BASE, group="nothing").asked
    with pytest.raises(ValueError, match="must have one step before it; got two"):
        obtain([replace(BASE, group="moved", step=5, previous=each) for each in (1, 2)], store=None)


def test_a_design_of_runs_names_steps_and_reads_them():
    design = Design(
        problem=BASE.problem, cells=(BASE.cell,), groups=("tails", "gradient", "moved"), updates=(adam(0.2, 1e-8), gd(5.0)),
        steps=(0, 2, 5), training=Training(), paired=True,
    )  # fmt: skip
    requests = every_request(design, [0])
    assert len(requests) == 2 * 3 * 3
    assert {r.previous for r in requests if r.group == "moved"} == {None, 0, 2}
    (readings,) = readings_of_design(design, [0], obtain(requests, store=None))
    found = obtain(at((0, 2, 5)), store=None)
    tails = found[replace(BASE, step=5)]
    assert readings.value("alpha_hill", adam(0.2, 1e-8), step=5) == tails.value("alpha_hill")
    assert readings.value("distance_from_start", gd(5.0), step=2) > 0.0
    assert readings.value("gradient_operator_norm", gd(5.0), step=0) > 0.0
    for steps in ((), (2, 1), (0, 0), (-1,), (True,), (1.0,)):
        with pytest.raises(ValueError, match="steps must be integers of at least 0 in rising order"):
            replace(design, steps=steps)
    with pytest.raises(ValueError, match=r"steps must be \(1,\), the first step, without training"):
        replace(design, groups=("tails",), training=None)
