"""What measurements cost, in floating-point operations: for progress and for estimates of time."""

from verify.problem.cells import Cell
from verify.running.request import Request

__all__ = ["flops", "work_of"]


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
