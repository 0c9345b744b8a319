"""What measurements cost, in floating-point operations: for progress and for estimates of time."""

from collections.abc import Sequence

from verify.problem.cells import Cell
from verify.running.batches import batch_of
from verify.running.request import Request

__all__ = ["flops", "seconds_of", "steps_of", "work_of"]

RATE = 1e11  # operations a second on two cores, from runs at d = 40, 200 and 1000
BATCH, RECORD = 0.02, 0.002  # seconds that a draw and a record take however small they are


def seconds_of(requests: Sequence[Request]) -> float:
    """An estimate of the wall time on two cores: operations of the products and decompositions over one rate."""
    batches = {batch_of(request): request for request in requests}
    passes = dict.fromkeys(batches, 1)
    for request in requests:
        passes[batch_of(request)] = max(passes[batch_of(request)], steps_of(request))
    work = sum(flops(batches[batch].cell) * count for batch, count in passes.items())
    work += sum(map(work_of, requests))
    return work / RATE + BATCH * len(batches) + RECORD * len(requests)


def flops(cell: Cell) -> float:
    """Floating-point operations of one first gradient's two matrix products."""
    return 4.0 * cell.n * cell.N * cell.d


def steps_of(request: Request) -> int:
    """Gradients that are taken until it can be measured."""
    return 1 if request.training is None else max(1, request.step)


def work_of(request: Request) -> float:
    """Of one measurement, given the gradient."""
    from sim.observables.group import Sizes

    n, N, d = request.cell.sizes
    updates = () if request.measurement is None else request.measurement.option("updates", ())
    sizes = Sizes(n=n, N=N, d=d, test_samples=request.second_stage.test_samples, updates=max(len(updates), 1))
    return request.asked.work(sizes)
