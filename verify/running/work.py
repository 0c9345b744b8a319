"""What measurements cost, in floating-point operations: for progress and for estimates of time."""

from collections.abc import Sequence

from verify.problem.cells import Cell
from verify.running.batches import batch_of
from verify.running.request import Request

__all__ = ["flops", "seconds_of", "work_of"]

RATE = 1e11  # operations a second on two cores, from runs at d = 40, 200 and 1000
BATCH, RECORD = 0.02, 0.002  # seconds that a draw and a record take however small they are


def seconds_of(requests: Sequence[Request]) -> float:
    """An estimate of the wall time on two cores: operations of the products and decompositions over one rate."""
    batches = {batch_of(request): request for request in requests}
    work = sum(flops(request.cell) for request in batches.values()) + sum(map(work_of, requests))
    return work / RATE + BATCH * len(batches) + RECORD * len(requests)


def flops(cell: Cell) -> float:
    """Floating-point operations of one first gradient's two matrix products."""
    return 4.0 * cell.n * cell.N * cell.d


def work_of(request: Request) -> float:
    """Of one measurement, given the gradient."""
    from sim.observables.group import Sizes

    n, N, d = request.cell.sizes
    updates = () if request.measurement is None else request.measurement.option("updates", ())
    sizes = Sizes(n=n, N=N, d=d, test_samples=request.second_stage.test_samples, updates=max(len(updates), 1))
    return request.asked.work(sizes)
