"""Options of `verify.predict` -> predictions."""

from typing import Any

from theory.prediction.prediction import predict
from theory.prediction.record import ProblemPrediction
from theory.update.optimisers import known_optimiser
from verify.commands.described import problem_of
from verify.commands.spec import Options
from verify.errors import UsageError
from verify.problem.problem import Problem
from verify.running.progress import Progress

__all__ = ["predictions"]

SAME = (
    "noise",
    "parametrisation",
    "teacher_direction",
    "adam",
    "eps",
    "eta",
    "ridge",
    "offset",
)  # named as in theory
REPORTED = (
    "noise",
    "offset",
    "optimiser",
    "eps",
    "eta",
    "ridge",
)  # options that an error of theory's may be about


def predictions(options: Options, progress: Progress | None = None) -> list[ProblemPrediction]:
    """One per (n, N, d) in the options' sizes.

    Raises
    ------
    UsageError
        A value outside theory's domain, a function without moments.
    """
    problem = problem_of(options)
    cells = list(dict.fromkeys(options["sizes"])) or list(options.spec.default("sizes"))
    found = []
    for done, cell in enumerate(cells):
        if progress is not None:
            progress.show(done / len(cells), "n={} N={} d={}".format(*cell))
        found.append(_prediction(options, problem, cell))
    return found


def _prediction(options: Options, problem: Problem, cell: tuple[int, int, int]) -> ProblemPrediction:
    same: dict[str, Any] = {name: options[name] for name in SAME}
    n, N, d = cell
    try:
        return predict(
            n=n,
            N=N,
            d=d,
            student=problem.student.theory,
            teacher=problem.teacher.theory,
            optimiser=known_optimiser(options["optimiser"]),
            **same,
        )
    except (TypeError, ValueError) as error:
        raise UsageError(f"{_option_of(str(error), cell)}: {error}") from None


def _option_of(message: str, cell: tuple[int, int, int]) -> str:
    """The option that an error of `theory.predict` is about: its message begins with the parameter's name."""
    name = message.split(" ", 1)[0]
    return f"--{name}" if name in REPORTED else "--sizes {},{},{}".format(*cell)
