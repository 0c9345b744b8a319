"""Requests that no store holds -> records: batches that share a draw, several at a time, each kept when it is finished."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.host import default_threads
from verify.running.batches import batch_of, measure_batch, takes_the_machine
from verify.running.request import Request
from verify.running.store import Record, Store
from verify.running.work import flops, work_of

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
    finished : callable (share, text, records)
        Called after each batch: the share of the work that is done, what it was, how many records it gave.
    memory : int, optional
        Bytes that the batches of one moment may need together; as many run at once as that allows.
    """
    batches: dict[object, Batch] = {}
    for request in missing:
        batches.setdefault(batch_of(request), []).append(request)
    work, done, found = sum(map(_cost, batches.values())), 0.0, Records()
    with _quick_switches():
        for batch, records in _measured(
            list(batches.values()), backend, store, threads or default_threads(), memory
        ):
            found |= records
            done += _cost(batch)
            finished(done / work, f"{batch[0].cell.label}, seed {batch[0].seed}", len(records))
    return found


@contextmanager
def _quick_switches() -> Iterator[None]:
    """Python's threads hand over sooner, as long as this lasts."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _kept(batch: Batch, backend: "Backend", store: Store | None) -> Records:
    """A batch's records, saved by the thread that measured them: an interruption elsewhere does not lose them."""
    records = measure_batch(batch, backend=backend)
    if store is not None:
        for record in records.values():
            store.save(record)
    return records


def _measured(
    batches: Sequence[Batch], backend: "Backend", store: Store | None, threads: int, memory: int | None
) -> Iterator[tuple[Batch, Records]]:
    """Each batch with its records: first those that may share the threads, as they finish, then the others in order."""
    spread = backend.on_host and threads > 1
    apart = [batch for batch in batches if spread and not takes_the_machine(batch[0])]
    if apart:
        yield from _side_by_side(apart, replace(backend, threads=1), store, threads, memory)
    for batch in batches:
        if not spread or takes_the_machine(batch[0]):
            yield batch, _kept(batch, backend, store)


def _side_by_side(
    batches: Sequence[Batch], backend: "Backend", store: Store | None, threads: int, memory: int | None
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
                    running[pool.submit(_kept, batch, backend, store)] = batch
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield running.pop(future), future.result()
    finally:
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
    kept = samples * cell.N * (2 + len(rules)) + cell.N * cell.d * (4 + len(batch))
    return memory_needed(first.problem.setting(cell), first.dtype, threads=1) + item * kept


def _cost(batch: Batch) -> float:
    """Work of a batch in floating-point operations, for the progress bar: its gradient's, and every measurement's."""
    return flops(batch[0].cell) + sum(map(work_of, batch))
