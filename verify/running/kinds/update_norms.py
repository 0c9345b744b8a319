"""Norms of first updates: the big cells, with nothing else in memory beside them."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from verify.running.kinds.kind import RunKind
from verify.running.request import Request
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw

__all__ = ["UPDATE_NORMS_RUN"]


def _records(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    """One gradient, then the norms of each request's update."""
    from sim.runs.update_norms import update_norms

    updates = [request.update for request in requests if request.update is not None]
    started = time.perf_counter()
    measured = update_norms(draw, updates, backend=backend)
    total = {"total": time.perf_counter() - started}
    return {
        request: Record(key=request.key(), observables=norms.observables, timings={**norms.timings, **total})
        for request, norms in zip(requests, measured, strict=True)
    }


UPDATE_NORMS_RUN = RunKind(name="update-norms", records=_records, alone=True)
