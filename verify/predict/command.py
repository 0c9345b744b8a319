"""`python -m verify predict`: what the theory says of a first step, for sizes and functions of one's own.

The predictions are `run`'s, which prints nothing and needs no file; `main` is the command around it.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from verify.commands.keywords import ProblemKeywords, UpdateKeywords
from verify.commands.option_table import CONSTANTS
from verify.commands.options import options_of, parse_options
from verify.commands.spec import CommandSpec, takes_options

if TYPE_CHECKING:
    from verify.predict.listed import Predictions

__all__ = ["SPEC", "PredictKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify.predict",
    description=(
        "Predicts a first full-batch step: norms, spectra, spike, overlaps, losses, each with its standard deviation "
        "where known, its equation, and a note where the problem is outside the derivation. Nothing is simulated."
    ),
    names=(
        "sizes", "student", "teacher", "teacher_direction", "parametrisation", "noise", "offset", "optimiser", *CONSTANTS,
        "eta", "ridge", "out", "quiet", "json",
    ),
    defaults={"sizes": ((2000, 1500, 1000),)},
    meanings={
        "sizes": "one problem each",
        "offset": "A = sum(a)/sqrt(N) of the network; everything depends on it where E sigma is not 0",
        "eta": "learning rates; adds what depends on them",
        "out": "where table.csv and table.md go",
        "json": "the numbers as JSON on stdout and nothing else",
    },
    otherwise={"out": "no files"},
)  # fmt: skip


class PredictKeywords(ProblemKeywords, UpdateKeywords, total=False):
    """What `run` takes."""

    sizes: Sequence[tuple[int, int, int]]
    offset: float
    eta: Sequence[float] | None
    ridge: float


@takes_options(SPEC)
def run(**options: Unpack[PredictKeywords]) -> "Predictions":
    """One prediction per (n, N, d) in `sizes`.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional.

    Raises
    ------
    UsageError
        An unknown option, a value outside its domain, a function without moments; a ValueError whose message is one
        line.

    Examples
    --------
    >>> [record] = run(sizes=[(400, 300, 200)], eta=[0.1])
    >>> round(record["sign_norm_ratio"].value, 4), record["test_loss", 0.1, "paper"].valid
    (0.8244, True)
    """
    from verify.predict.listed import Predictions
    from verify.predict.predictions import predictions

    return Predictions(predictions(options_of(SPEC, options)))


def main(argv: Sequence[str]) -> int:
    """The command: parse, predict, print, write the files if asked; 0 unless something is wrong."""
    options = parse_options(SPEC, argv)
    from verify.commands.shell import progress_bar
    from verify.files.atomic import check_places, ensure_directory, write_text
    from verify.predict.predictions import predictions
    from verify.predict.report import predictions_json, table_csv, table_markdown
    from verify.presentation.terminal import terminal_width

    out = None if options["out"] is None else ensure_directory(options["out"], "--out")
    if out is not None:
        check_places(out, ("table.csv", "table.md"))
    with progress_bar(quiet=options["quiet"]) as progress:
        found = predictions(options, progress)
    if out is not None:
        write_text(out / "table.csv", table_csv(found))
        write_text(out / "table.md", table_markdown(found))
    if options["json"]:
        sys.stdout.write(predictions_json(found))
    else:
        files = "" if out is None else f"\n\ntable.csv and table.md in {out}"
        width = terminal_width()
        print("\n\n".join(prediction.to_text(width) for prediction in found) + files)
    return 0
