"""From requests that belong to one draw to their records: one gradient serves them all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.running.kept import Kept
from verify.running.kinds.table import RUN_KINDS
from verify.running.request import Request
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend

__all__ = ["batch_of", "goes_on", "measure_batch", "takes_the_machine"]


def batch_of(request: Request) -> tuple[Any, ...]:
    """What requests must have in common to be measured from one draw, one after the other."""
    return (
        request.problem,
        request.cell.sizes,
        request.seed,
        request.paired,
        request.dtype,
        request.second_stage,
        takes_the_machine(request),
        None if request.training is None else (request.training, request.update),  # one run each
    )


def takes_the_machine(request: Request) -> bool:
    """Whether its kind of run is best alone: big cells, every thread inside."""
    return RUN_KINDS[request.asked.run].alone


def goes_on(request: Request) -> bool:
    """Whether its kind of run takes long, and keeps what it has as it goes."""
    return RUN_KINDS[request.asked.run].goes_on is not None


def measure_batch(
    requests: Sequence[Request], *, backend: "Backend", kept: Kept | None = None
) -> dict[Request, Record]:
    """Records of requests that share a batch.

    Parameters
    ----------
    requests : sequence of Request
        All with the same `batch_of`.
    kept : Kept, optional
        For a batch that `goes_on`: the store that it saves in; records are missing where it was stopped.
    """
    from sim.draw import Draw

    first = requests[0]
    draw = Draw(
        setting=first.problem.setting(first.cell),
        seed=first.seed,
        stream=first.stream,
        dtype=first.dtype,
        threads=backend.threads,
    )
    found: dict[Request, Record] = {}
    for name, run in RUN_KINDS.items():
        here = [request for request in requests if request.asked.run == name]
        if here and run.goes_on is not None and kept is not None:
            found |= run.goes_on(here, draw, backend, kept)
        elif here:
            found |= run.records(here, draw, backend)
    return found
