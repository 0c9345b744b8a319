"""What the claim modules share, so that they share runs: cells, learning rates, updates, problems."""

from functools import lru_cache

from verify.problem.cells import Cell
from verify.problem.problem import Problem, make_problem
from verify.problem.second_stage import SecondStage
from verify.problem.update import Update

__all__ = [
    "ADAM_ETAS",
    "GD_ETAS",
    "PAPER",
    "SMALL",
    "default_problem",
    "ladder",
    "main_cell",
    "scaled_eta",
    "second_stage",
    "step",
    "finite_size",
]

PAPER = Cell(n=2000, N=1500, d=1000, design="paper")
SMALL = Cell(n=400, N=300, d=200, design="small")
ADAM_ETAS = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
GD_ETAS = (0.1, 1000.0, 2000.0, 3000.0)
POWERS = {"adam": -0.5, "gd": 1.0}  # of d, by which the paper's learning rates go from one size to another


@lru_cache(maxsize=16)
def default_problem(
    *,
    student: str = "tanh",
    teacher: str = "softplus",
    parametrisation: str = "ntk",
    direction: str = "sphere",
) -> Problem:
    """The paper's problem (noise 0.3) with one or the other function or scaling exchanged."""
    return make_problem(
        student=student,
        teacher=teacher,
        parametrisation="mean-field" if parametrisation == "mean-field" else "ntk",
        teacher_direction="axis" if direction == "axis" else "sphere",
    )


def main_cell(quick: bool) -> Cell:
    """The paper's size, or the same ratios at d = 200."""
    return SMALL if quick else PAPER


def second_stage(quick: bool) -> SecondStage:
    """The ridge stage that claims are judged on: the paper's constant; quick test losses are means over fewer samples."""
    return SecondStage(test_samples=2000) if quick else SecondStage()


def scaled_eta(optimiser: str, eta: float, cell: Cell) -> float:
    """The learning rate that is to this cell what `eta` is to the paper's size: Adam's goes like d^-1/2, GD's like d."""
    return eta * float((cell.d / PAPER.d) ** POWERS[optimiser])


def ladder(quick: bool) -> tuple[Cell, ...]:
    """The paper's ratios n = 2 d, N = 1.5 d over rising d."""
    sizes = (50, 100, 200) if quick else (50, 100, 200, 400)
    return tuple(Cell(n=2 * d, N=3 * d // 2, d=d, design="ladder") for d in sizes)


def step(optimiser: str, eta: float, cell: Cell) -> Update:
    """The update that is to this cell what `eta` is to the paper's size.

    GD's eta goes like d and FB-Adam's up to 0.1 like d^-1/2, as the predicted spike's; FB-Adam's from 1 on
    compares the update with W_0 in the Frobenius norm, where eta means the same at every size.
    """
    as_it_is = optimiser == "adam" and eta >= 1.0
    return Update(optimiser=optimiser, eta=eta if as_it_is else scaled_eta(optimiser, eta, cell))


def finite_size(cell: Cell) -> float:
    """(d/1000)^-1/2: margins of losses are stated at the paper's size; scatter and bias grow like this below it."""
    return float((cell.d / PAPER.d) ** -0.5)
