"""From requests that belong to one draw to their records: one gradient serves them all."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.running.kinds.table import RUN_KINDS
from verify.running.request import Request
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend

__all__ = ["batch_of", "measure_batch", "takes_the_machine"]


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
    )


def takes_the_machine(request: Request) -> bool:
    """Whether its kind of run is best alone: big cells, every thread inside."""
    return RUN_KINDS[request.asked.run].alone


def measure_batch(requests: Sequence[Request], *, backend: "Backend") -> dict[Request, Record]:
    """Records of requests that share a batch.

    Parameters
    ----------
    requests : sequence of Request
        All with the same `batch_of`.
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
        found |= run.records(here, draw, backend) if here else {}
    return found
