"""`python -m verify predict`: what the theory says of a first step, for sizes and functions of one's own.

The predictions are `run`'s, which prints nothing and needs no file; `main` is the command around it.
"""

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.options import parse_options
from verify.problem import Convention, Direction, Optimiser, Parametrisation

if TYPE_CHECKING:
    from theory.prediction import ProblemPrediction

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
    optimiser: Optimiser = "adam",
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
    from theory.prediction import predict
    from verify.problem import make_problem

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
                    optimiser=optimiser,
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
        if name in ("noise", "offset", "eps", "eta", "ridge")
        else "--sizes {},{},{}".format(*cell)
    )


def main(argv: Sequence[str]) -> int:
    """The command: parse, predict, print, write the files if asked; 0 unless something is wrong."""
    from verify.atomic import ensure_directory, write_text
    from verify.command import progress_bar

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


PROBLEM = (
    "n", "N", "d", "parametrisation", "teacher_direction", "noise", "offset", "optimiser", "adam", "eps", "ridge",
)  # fmt: skip


def problem_of(prediction: "ProblemPrediction") -> dict[str, Any]:
    """The problem as plain data; what means nothing to GD is None there."""
    facts = {name: getattr(prediction, name) for name in PROBLEM}
    if prediction.optimiser == "gd":
        facts |= {"adam": None, "eps": None}
    return facts | {"student": prediction.student.name, "teacher": prediction.teacher.name}


def predictions_json(found: Sequence["ProblemPrediction"]) -> str:
    """The predictions as JSON; what is no finite number is null, infinity the text "inf"."""
    document = [
        {
            "problem": problem_of(prediction),
            "flags": list(prediction.flags),
            "quantities": [
                {
                    "name": quantity.name,
                    "eta": quantity.eta,
                    "features": quantity.features or None,
                    "value": _plain(quantity.value),
                    "sd": _plain(quantity.sd),
                    "flag": quantity.flag,
                    "equation": quantity.equation,
                    "meaning": quantity.meaning,
                    "section": quantity.section,
                }
                for quantity in prediction
            ],
        }
        for prediction in found
    ]
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def table_csv(found: Sequence["ProblemPrediction"]) -> str:
    """All quantities of all problems, one row each."""
    import pandas as pd

    frames = []
    for prediction in found:
        frame = prediction.to_frame()
        for place, (name, value) in enumerate(problem_of(prediction).items()):
            frame.insert(place, name, value)
        frames.append(frame)
    return pd.concat(frames).to_csv(index=False, lineterminator="\n")


def table_markdown(found: Sequence["ProblemPrediction"]) -> str:
    """One table per problem; notes below it."""
    from theory.prediction_text import problem_text

    return "\n".join(
        f"## {problem_text(prediction)}\n\n"
        + "".join(f"{flag}\n\n" for flag in prediction.flags)
        + _markdown_rows(prediction)
        for prediction in found
    )


def _markdown_rows(prediction: "ProblemPrediction") -> str:
    from theory.prediction_text import value_text

    notes: dict[str, int] = {}
    lines = [
        "| quantity | η | predicted | note | meaning | equation |",
        "| --- | ---: | ---: | --- | --- | --- |",
    ]
    for quantity in prediction:
        reasons = quantity.flag.split("; ") if quantity.flag else []
        numbers = ", ".join(str(notes.setdefault(reason, len(notes) + 1)) for reason in reasons)
        name = f"{quantity.name} ({quantity.features})" if quantity.features else quantity.name
        eta = "" if quantity.eta is None else f"{quantity.eta:g}"
        value = value_text(quantity.value, quantity.sd).replace("+-", "±")
        meaning = quantity.meaning.replace("|", "\\|").replace("*", "\\*")
        lines.append(f"| `{name}` | {eta} | {value} | {numbers} | {meaning} | {quantity.equation} |")
    below = [f"{number}. {reason}" for reason, number in notes.items()]
    return "\n".join([*lines, *(["", *below] if below else []), ""])


if __name__ == "__main__":
    from verify.command import shell
    from verify.predict import main as command  # the module by its name, so that its classes exist once

    sys.exit(shell("verify predict", command))
