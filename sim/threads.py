"""Threads on the host: how many, a pool that keeps order, and a BLAS that stays on the thread that calls it.

One product cut into one part per thread costs fewer CPU seconds than one product given to a threaded BLAS,
whose idle threads spin between calls, and the elementwise work in between runs on every core as well.
"""

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from sim.host import default_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from threadpoolctl import ThreadpoolController

__all__ = ["Scratch", "Workers", "single_threaded_blas", "usable_threads", "workers"]

T = TypeVar("T")
S = TypeVar("S")


@lru_cache(maxsize=1)
def _controller() -> "ThreadpoolController":
    import numpy as np
    from threadpoolctl import ThreadpoolController

    np.dot(np.ones(1), np.ones(1))  # numpy's BLAS is loaded before the libraries are listed
    return ThreadpoolController()


def usable_threads() -> int:
    """Those of `sim.host.default_threads`, or BLAS's where those are fewer."""
    allowed = [library["num_threads"] for library in _controller().info() if library["user_api"] == "blas"]
    return max(1, min([default_threads(), *allowed]))


_lock = threading.Lock()
_limits: list[Any] = []  # what restores BLAS's threads, while somebody is inside `single_threaded_blas`
_inside = 0


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Inside, a product runs on the thread that calls it; BLAS's threads return when the last one left."""
    global _inside
    with _lock:
        if _inside == 0:
            _limits.append(_controller().limit(limits=1, user_api="blas"))
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                _limits.pop().restore_original_limits()


class Workers:
    """A pool that returns results in the order of the items; with one thread it works on the caller's."""

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="sim") if threads > 1 else None

    def submit(self, function: Callable[[S], T], items: Iterable[S]) -> list["Future[T]"]:
        """Start ``function`` on every item; with one thread it has finished on return."""
        if self._pool is not None:
            # a copy of the context each, so that the caller's np.errstate holds in the tasks
            return [self._pool.submit(copy_context().run, function, item) for item in items]
        futures: list[Future[T]] = []
        for item in items:
            future: Future[T] = Future()
            future.set_result(function(item))
            futures.append(future)
        return futures

    def map(self, function: Callable[[S], T], items: Iterable[S]) -> list[T]:
        """Results of ``function`` in the order of `items`, when all are there."""
        return [future.result() for future in self.submit(function, items)]

    def close(self) -> None:
        """Let the running tasks finish, drop the others and end the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)


class Scratch(threading.local):
    """Room for intermediate results, each thread its own: what is in it is lost at the next call."""

    _room: "NDArray | None" = None

    def array(self, shape: tuple[int, ...], dtype: "np.dtype") -> "NDArray":
        """An array of that shape, with anything in it."""
        import numpy as np

        size = math.prod(shape)
        if self._room is None or self._room.size < size or self._room.dtype != dtype:
            self._room = np.empty(size, dtype)
        return self._room[:size].reshape(shape)


@contextmanager
def workers(threads: int | None = None) -> Iterator[Workers]:
    """A pool of `threads` (default: `usable_threads`) under a BLAS that does not thread by itself."""
    if threads is not None and threads < 1:
        raise ValueError(f"threads must be at least 1, got {threads}; leave it out to use every core")
    pool = Workers(usable_threads() if threads is None else threads)
    try:
        with single_threaded_blas():
            yield pool
    finally:
        pool.close()
