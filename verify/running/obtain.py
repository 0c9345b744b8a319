"""Requests -> records: what the store already holds is taken, the rest is simulated and kept as it is finished."""

import warnings
from collections.abc import Sequence

from verify.running.complete import incomplete, names_of
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources, backend_of, check_memory, thread_limit
from verify.running.simulate import simulate
from verify.running.store import Record, Store

__all__ = ["obtain"]


def obtain(
    requests: Sequence[Request],
    *,
    store: Store | None,
    fresh: bool = False,
    resources: Resources | None = None,
    progress: Progress | None = None,
    held: dict[Request, Record] | None = None,
) -> dict[Request, Record]:
    """A record for every request, from the store or simulated; what is finished is kept before the next begins.

    Parameters
    ----------
    store : Store or None
        None keeps nothing on disk.
    fresh : bool
        Compute everything again, whatever the store holds.
    held : dict, optional
        Records that this run has got already: they are taken as they are, and new ones are added.

    Raises
    ------
    UsageError
        Too little memory; a backend that is not to be had.
    """
    progress, resources = progress or Progress(), resources or Resources()
    asked = list(dict.fromkeys(requests))
    held = {} if held is None else held
    wanted = [request for request in asked if request not in held]
    found: dict[Request, Record] = {}
    if store is not None and not fresh:
        loaded = {request: store.load(request.key(), names_of(request)) for request in wanted}
        found = {request: record for request, record in loaded.items() if record is not None}
        for request, name in incomplete(found).items():
            store.refuse(request.key(), f"it lacks {name}, which others like it have")
            del found[request]
        progress.refused += [f"{path.name}: {reason}" for path, reason in store.refused]
    progress.reused += len(found)
    missing = [request for request in wanted if request not in found]
    if missing:
        backend = backend_of(resources)
        for problem, dtype in {(request.problem, request.dtype) for request in missing}:
            here = {
                request.cell for request in missing if (request.problem, request.dtype) == (problem, dtype)
            }
            check_memory(problem, sorted(here, key=lambda cell: cell.sizes), dtype, resources, backend)
        allowed = backend.free_memory() if resources.memory_limit is None else resources.memory_limit
        with thread_limit(resources.threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what is not finite is recorded as such
            found |= simulate(
                missing,
                store=store,
                fresh=fresh,
                finished=progress.finished,
                backend=backend,
                threads=resources.threads,
                memory=allowed,
            )
    held |= found
    return {request: held[request] for request in asked}
