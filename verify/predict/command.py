"""`python -m verify predict`: what the theory says of a first step, for sizes and functions of one's own.

The predictions are `run`'s, which prints nothing and needs no file; `main` is the command around it.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.commands.options import parse_options
from verify.errors import UsageError
from verify.predict.report import predictions_json, table_csv, table_markdown
from verify.problem.problem import Direction, Parametrisation
from verify.problem.update import Convention

if TYPE_CHECKING:
    from theory.prediction.record import ProblemPrediction

__all__ = ["main", "run"]

PAPER_SIZE = (2000, 1500, 1000)
NAMES = (
    "sizes", "student", "teacher", "teacher_direction", "parametrisation", "noise", "offset", "optimiser", "adam", "eps",
    "eta", "ridge", "out", "quiet", "json",
)  # fmt: skip
DESCRIPTION = (
    "Predicts a first full-batch step: norms, spectra, spike, overlaps, losses, each with its standard deviation where "
    "known, its equation, and a note where the problem is outside the derivation. Nothing is simulated. --sizes: one "
    "problem each (default 2000,1500,1000). --eta: adds what depends on it. --offset: A = sum(a)/sqrt(N), on which "
    "everything depends where E sigma is not 0. --json: the numbers as JSON on stdout. "
    "Files (table.csv, table.md) only with --out."
)


def run(
    *,
    sizes: Sequence[tuple[int, int, int]] = (),
    student: str = "tanh",
    teacher: str = "softplus",
    teacher_direction: Direction = "sphere",
    parametrisation: Parametrisation = "ntk",
    noise: float = 0.3,
    offset: float = 0.0,
    optimiser: str = "adam",
    adam: Convention = "corrected",
    eps: float = 0.0,
    eta: Sequence[float] | None = None,
    ridge: float = 0.01,
    progress: Any = None,
) -> list["ProblemPrediction"]:
    """One prediction per (n, N, d) in `sizes` (by default the paper's), by the command's options.

    Raises
    ------
    UsageError
        A value outside its domain, a function without moments; a ValueError whose message is one line.

    Examples
    --------
    >>> [record] = run(sizes=[(400, 300, 200)], eta=[0.1])
    >>> round(record["sign_norm_ratio"].value, 4), record["test_loss", 0.1, "paper"].valid
    (0.8244, True)
    """
    from theory.prediction.prediction import predict
    from theory.update.optimisers import known_optimiser
    from verify.problem.problem import make_problem

    problem = make_problem(
        student=student,
        teacher=teacher,
        teacher_direction=teacher_direction,
        parametrisation=parametrisation,
        noise=noise,
    )
    cells = [(n, N, d) for n, N, d in dict.fromkeys(map(tuple, sizes))] or [PAPER_SIZE]
    found = []
    for done, cell in enumerate(cells):
        if progress is not None:
            progress.show(done / len(cells), "n={} N={} d={}".format(*cell))
        n, N, d = cell
        try:
            found.append(
                predict(
                    n=n,
                    N=N,
                    d=d,
                    student=problem.student.theory,
                    teacher=problem.teacher.theory,
                    noise=noise,
                    parametrisation=parametrisation,
                    optimiser=known_optimiser(optimiser),
                    adam=adam,
                    eps=eps,
                    eta=eta,
                    ridge=ridge,
                    teacher_direction=teacher_direction,
                    offset=offset,
                )
            )
        except (TypeError, ValueError) as error:
            raise UsageError(f"{_option_of(str(error), cell)}: {error}") from None
    return found


def _option_of(message: str, cell: tuple[int, int, int]) -> str:
    """The option that an error of `theory.predict` is about: its message begins with the parameter's name."""
    name = message.split(" ", 1)[0]
    return (
        f"--{name}"
        if name in ("noise", "offset", "optimiser", "eps", "eta", "ridge")
        else "--sizes {},{},{}".format(*cell)
    )


def main(argv: Sequence[str]) -> int:
    """The command: parse, predict, print, write the files if asked; 0 unless something is wrong."""
    from verify.commands.shell import progress_bar
    from verify.files.atomic import ensure_directory, write_text

    options = parse_options(argv, prog="verify predict", description=DESCRIPTION, names=NAMES)
    out = None if options["out"] is None else ensure_directory(options["out"], "--out")
    chosen = {name: options[name] for name in NAMES if name not in ("out", "quiet", "json")}
    with progress_bar(quiet=options["quiet"]) as progress:
        found = run(**chosen, progress=progress)
    if out is not None:
        write_text(out / "table.csv", table_csv(found))
        write_text(out / "table.md", table_markdown(found))
    if options["json"]:
        sys.stdout.write(predictions_json(found))
    else:
        print("\n\n".join(str(prediction) for prediction in found) + _files_line(out))
    return 0


def _files_line(out: Path | None) -> str:
    return "" if out is None else f"\n\ntable.csv and table.md in {out}"
