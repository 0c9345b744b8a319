"""What the claim modules share, so that they share runs: cells, learning rates, updates, problems."""

from functools import lru_cache

from verify.designs import Cell
from verify.problem import Problem, Update, make_problem
from verify.request import SecondStage

__all__ = [
    "ADAM_ETAS",
    "GD_ETAS",
    "PAPER",
    "SMALL",
    "adam",
    "default_problem",
    "gd",
    "ladder",
    "main_cell",
    "noise_reach",
    "scaled_eta",
    "second_stage",
]

PAPER = Cell(n=2000, N=1500, d=1000, design="paper")
SMALL = Cell(n=400, N=300, d=200, design="small")
ADAM_ETAS = (0.0, 0.01, 0.1, 1.0, 10.0, 100.0)
GD_ETAS = (0.1, 1000.0, 2000.0, 3000.0)


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
    ratio = cell.d / PAPER.d
    return eta * ratio if optimiser == "gd" else eta * ratio**-0.5


def adam(eta: float, eps: float = 0.0) -> Update:
    """One corrected FB-Adam step."""
    return Update(optimiser="adam", eta=eta, eps=eps)


def gd(eta: float) -> Update:
    """One GD step."""
    return Update(optimiser="gd", eta=eta)


def ladder(quick: bool) -> tuple[Cell, ...]:
    """The paper's ratios n = 2 d, N = 1.5 d over rising d."""
    sizes = (50, 100, 200) if quick else (50, 100, 200, 400)
    return tuple(Cell(n=2 * d, N=3 * d // 2, d=d, design="ladder") for d in sizes)


@lru_cache(maxsize=256)
def noise_reach(N: int, d: int, level: float) -> float:
    """What the top singular value of N x d standard normal noise exceeds with probability `level`.

    A value beyond it times the noise's deviation is the same as a Tracy-Widom p-value below `level`, and costs no
    determinant of its own.
    """
    from theory.johnstone import top_singular_value_quantile

    return float(top_singular_value_quantile(1.0 - level, N=N, d=d))
