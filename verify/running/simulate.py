"""Requests that no store holds -> records: batches that share a draw, several at a time, each kept when it is finished."""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.host import default_threads
from verify.running.batches import batch_of, goes_on, measure_batch, takes_the_machine
from verify.running.kept import Kept
from verify.running.request import Request
from verify.running.store import Record, Store
from verify.running.work import flops, steps_of, work_of

if TYPE_CHECKING:
    from sim.backend import Backend

__all__ = ["batch_memory", "simulate"]

_SWITCH_INTERVAL = (
    5e-4  # seconds: small cells call NumPy often; at Python's 5e-3 their threads wait for each other
)

Batch = list[Request]
Records = dict[Request, Record]


def simulate(
    missing: Sequence[Request],
    *,
    store: Store | None,
    fresh: bool = False,
    finished: Callable[[float, str, int], None],
    backend: "Backend",
    threads: int | None = None,
    memory: int | None = None,
) -> Records:
    """Measure every request; a batch's records are saved as soon as it is finished.

    The big cells of the group "update-norms" use every thread inside; of the others one thread takes a whole batch,
    so that a number does not depend on how many threads there are.

    Parameters
    ----------
    fresh : bool
        Whether a batch that takes long begins anew, wherever the store has it.
    finished : callable (share, text, records)
        Called after each batch, and now and then in one that takes long: the share of the work that is done, what it
        was, how many records it gave.
    memory : int, optional
        Bytes that the batches of one moment may need together; as many run at once as that allows.
    """
    batches: dict[object, Batch] = {}
    for request in missing:
        batches.setdefault(batch_of(request), []).append(request)
    found = Records()
    session = _Session(list(batches.values()), backend, store, fresh, finished)
    with _quick_switches():
        for batch, records in _measured(session, threads or default_threads(), memory):
            found |= records
            session.show(batch, 1.0, len(records))
    return found


class _Session:
    """The batches of one call: how far each is, and whether they are to stop."""

    def __init__(
        self, batches: Sequence[Batch], backend: "Backend", store: Store | None, fresh: bool,
        finished: Callable[[float, str, int], None],
    ) -> None:  # fmt: skip
        self.batches, self.backend, self.store, self.fresh = batches, backend, store, fresh
        self.stop, self._finished, self._lock = threading.Event(), finished, threading.Lock()
        self._shares: dict[int, float] = {}
        self._costs = {id(batch): _cost(batch) for batch in batches}
        self._shown = 0.0

    def show(self, batch: Batch, share: float, records: int) -> None:
        """A batch is that far; said at once where it has given records, else twice a second."""
        with self._lock:
            self._shares[id(batch)] = share
            if not records and share < 1.0 and time.monotonic() - self._shown < 0.5:
                return
            self._shown = time.monotonic()
            done = sum(self._costs[which] * part for which, part in self._shares.items())
            first = batch[0]
            self._finished(
                done / sum(self._costs.values()), f"{first.cell.label}, seed {first.seed}", records
            )

    def kept(self, batch: Batch) -> Kept:
        """The store and the progress as the batch sees them."""
        return Kept(
            store=self.store,
            fresh=self.fresh,
            tick=lambda share: self.show(batch, min(share, 0.999), 0),
            stopped=self.stop.is_set,
        )


@contextmanager
def _quick_switches() -> Iterator[None]:
    """Python's threads hand over sooner, as long as this lasts."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _kept(batch: Batch, backend: "Backend", session: _Session) -> Records:
    """A batch's records, saved by the thread that measured them: an interruption elsewhere does not lose them."""
    if goes_on(batch[0]):
        return measure_batch(batch, backend=backend, kept=session.kept(batch))
    records = measure_batch(batch, backend=backend)
    if session.store is not None:
        for record in records.values():
            session.store.save(record)
    return records


def _measured(session: _Session, threads: int, memory: int | None) -> Iterator[tuple[Batch, Records]]:
    """Each batch with its records: first those that may share the threads, as they finish, then the others in order.

    What takes long has a thread of its own in any case: an interruption reaches it between two steps, not inside one.
    """
    backend, batches = session.backend, session.batches
    spread = backend.on_host and threads > 1

    def is_apart(batch: Batch) -> bool:
        return goes_on(batch[0]) or (spread and not takes_the_machine(batch[0]))

    apart = [batch for batch in batches if is_apart(batch)]
    if apart:
        own = replace(backend, threads=1) if backend.on_host else backend
        yield from _side_by_side(apart, own, session, threads if backend.on_host else 1, memory)
    for batch in batches:
        if not is_apart(batch):
            yield batch, _kept(batch, backend, session)


def _side_by_side(
    batches: Sequence[Batch], backend: "Backend", session: _Session, threads: int, memory: int | None
) -> Iterator[tuple[Batch, Records]]:
    """Batches on a pool, one thread each, as many at once as memory allows; when interrupted no other is begun."""
    from sim.threads import single_threaded_blas

    pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")
    running: dict[Future[Records], Batch] = {}
    waiting = list(reversed(batches))
    try:
        with single_threaded_blas():  # BLAS's own threads would spin between the small calls of a batch
            while waiting or running:
                while (
                    waiting and len(running) < threads and _fits(waiting[-1], list(running.values()), memory)
                ):
                    batch = waiting.pop()
                    running[pool.submit(_kept, batch, backend, session)] = batch
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield running.pop(future), future.result()
    finally:
        if running:
            session.stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _fits(batch: Batch, running: Sequence[Batch], memory: int | None) -> bool:
    return not running or memory is None or sum(map(batch_memory, [batch, *running])) <= memory


def batch_memory(batch: Batch) -> int:
    """Bytes that a batch needs: its gradient, and what is kept of samples, weights and updates beside it."""
    from sim.network.two_layer import memory_needed

    first = batch[0]
    cell, item = first.cell, 8 if first.dtype == "float64" else 4
    rules = {replace(request.update, eta=None) for request in batch if request.update is not None}
    counts = {"train": cell.n, "holdout": cell.n, "test": first.second_stage.test_samples}
    samples = sum(counts[kind] for kind in {kind for request in batch for kind in request.asked.samples})
    if (
        first.training is not None
    ):  # W, W_0, G, D and both moments, with copies of most at a probe; samples; Z and slopes
        from sim.network.streaming import BLOCK_ROWS
        from sim.runs.probes import MOST_KEPT
        from verify.running.kinds.training import MOST_SAMPLES

        block = min(cell.n, BLOCK_ROWS)
        products = sum(min(counts[kind] * cell.N, MOST_KEPT) for kind in counts)
        return item * (
            14 * cell.N * cell.d
            + min(cell.n * cell.d, MOST_SAMPLES)
            + block * (cell.N + 2 * cell.d)
            + products
        )
    kept = samples * cell.N * (2 + len(rules)) + cell.N * cell.d * (4 + len(batch))
    return memory_needed(first.problem.setting(cell), first.dtype, threads=1) + item * kept


def _cost(batch: Batch) -> float:
    """Work of a batch in floating-point operations, for the progress bar: its gradient's, and every measurement's."""
    return flops(batch[0].cell) * max(map(steps_of, batch)) + sum(map(work_of, batch))
