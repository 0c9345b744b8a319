"""The runs that tables and figures share: the same designs give the same records, simulated once.

All but `norms` are paired (stream 0): all etas and both optimisers of a seed share one draw and one gradient.
"""

from collections.abc import Sequence

from verify.appendix.item import Scope
from verify.measurements.spectra import leading_at
from verify.problem.cells import Cell, ray
from verify.problem.paper import default_problem, scaled_eta
from verify.problem.problem import Problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update, gd
from verify.running.design import Design
from verify.running.measurement import Measurement

__all__ = [
    "ADAM_EPS", "ADAM_MEAN_FIELD", "GD_MEAN_FIELD", "GRID", "NO_STEP", "STEPS", "torch_adam", "design", "leading",
    "mean_field", "mean_field_problem", "mean_field_updates", "n_cells", "n_dependence", "norms", "one_step", "scaled",
    "scope_cell", "updates_on_grid",
]  # fmt: skip

GRID = (1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0, 1000.0, 2000.0, 3000.0)  # the paper's etas, for both optimisers
ADAM_EPS = 1e-8  # torch's, as in the paper's runs
GD_MEAN_FIELD = (10.0, 100.0, 1500.0, 2000.0)  # Fig. 10
ADAM_MEAN_FIELD = (1e-4, 1e-3, 1e-2, 0.1, 1.0)  # Fig. 11; 1/sqrt d comes between
SIZES = {False: (2000, 1500, 1000), True: (400, 300, 200)}
N_SIZES = {
    False: tuple((n, 1500, 1000) for n in (500, 4000, 8000)),  # Fig. 19, 20: n is a reading
    True: tuple((n, 150, 100) for n in (50, 200, 400)),
}
SCALES = {False: tuple(range(1, 9)), True: (1, 2, 3)}
RAY_BASE = {False: (1000, 750, 500), True: (120, 90, 60)}
STEP_GROUPS = ("gradient", "update", "training_loss", "ridge", "top", "spectrum", "tails")


def torch_adam(eta: float | None, eps: float = ADAM_EPS) -> Update:
    """One bias-corrected FB-Adam step with torch's eps."""
    return Update(optimiser="adam", eta=eta, eps=eps)


STEPS = {"adam": torch_adam, "gd": gd}  # what the paper's runs take
NO_STEP = gd(0.0)  # no step at all: the null of every measurement


def mean_field_problem() -> Problem:
    """The same under the mean-field parametrisation."""
    return default_problem(parametrisation="mean-field")


def scope_cell(scope: Scope) -> Cell:
    """The paper's size, or the same ratios at d = 200."""
    n, N, d = SIZES[scope.quick]
    return Cell(n=n, N=N, d=d)


def n_cells(scope: Scope) -> tuple[Cell, ...]:
    """Other n at the same N and d."""
    return tuple(Cell(n=n, N=N, d=d) for n, N, d in N_SIZES[scope.quick])


def scaled(optimiser: str, eta: float, cell: Cell) -> float:
    """The learning rate that is to this cell what `eta` is to the paper's size, to three digits.

    Examples
    --------
    >>> scaled("adam", 0.1, Cell(n=2000, N=1500, d=1000)), scaled("gd", 2000.0, Cell(n=400, N=300, d=200))
    (0.1, 400.0)
    """
    return float(f"{scaled_eta(optimiser, eta, cell):.3g}")


def updates_on_grid(cell: Cell) -> tuple[Update, ...]:
    """FB-Adam and GD over the paper's grid, scaled with d: at a small size the same happens at the same place of it."""
    return (
        *(torch_adam(scaled("adam", eta, cell)) for eta in GRID),
        *(gd(scaled("gd", eta, cell)) for eta in GRID),
    )


def mean_field_updates(cell: Cell) -> tuple[Update, ...]:
    """FB-Adam's etas with 1/sqrt d among them, then GD's, which are scaled with d."""
    etas = sorted({*ADAM_MEAN_FIELD, float(f"{cell.d**-0.5:.3g}")})
    return (*(torch_adam(eta) for eta in etas), *(gd(scaled("gd", eta, cell)) for eta in GD_MEAN_FIELD))


def design(
    scope: Scope,
    problem: Problem,
    cells: Sequence[Cell],
    groups: Sequence[str] = (),
    updates: Sequence[Update] = (),
    *,
    measurement: Measurement | None = None,
) -> Design:
    """A paired design at the scope's number of test samples, so that all of a cell and seed share one gradient."""
    return Design(
        problem=problem, cells=tuple(cells), groups=tuple(groups), updates=tuple(updates), paired=True,
        measurement=measurement,
        second_stage=SecondStage(test_samples=scope.test_samples),
    )  # fmt: skip


def one_step(scope: Scope) -> Design:
    """One step of both optimisers over the grid, and none: every group."""
    cell = scope_cell(scope)
    return design(scope, default_problem(), (cell,), STEP_GROUPS, (NO_STEP, *updates_on_grid(cell)))


def mean_field(scope: Scope) -> Design:
    """The same under mean-field, over the etas of Fig. 10 and 11."""
    cell = scope_cell(scope)
    updates = (NO_STEP, *mean_field_updates(cell))
    return design(scope, mean_field_problem(), (cell,), STEP_GROUPS, updates)


def n_dependence(scope: Scope) -> Design:
    """The grid at other n, which share one d: second stage, sim and first-step loss."""
    cells = n_cells(scope)
    updates = (NO_STEP, *updates_on_grid(cells[0]))
    return design(scope, default_problem(), cells, ("training_loss", "ridge", "top"), updates)


def leading(scope: Scope, of: Design) -> Design:
    """s_1, s_2, s_3 and the noise of every W_1 of a design: what k_out is counted from."""
    return design(scope, of.problem, of.cells, measurement=leading_at(of.updates))


def norms(scope: Scope) -> Design:
    """Norms of D_0 on the paper's ray at eps = 0 and torch's: Table 2, Fig. 8; independent cells, as verify.scaling's."""
    cells = ray(SCALES[scope.quick], RAY_BASE[scope.quick])
    updates = (torch_adam(None, 0.0), torch_adam(None))
    return Design(problem=default_problem(), cells=cells, groups=("update-norms",), updates=updates)
