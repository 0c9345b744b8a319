"""`python -m verify.measure FILE ...`: the spectra of one's own matrices and checkpoints against their nulls.

The measurements are `run`'s, which prints nothing and needs no folder; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

from verify.commands.options import options_of, parse_options
from verify.commands.spec import CommandSpec, takes_options

if TYPE_CHECKING:
    from pathlib import Path

    from verify.measure.measured import Measurements

__all__ = ["SPEC", "MeasureKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify.measure",
    description=(
        "Measures the spectra of your own matrices: .npy, .npz, .csv, .safetensors (extra checkpoints), and a PyTorch "
        "state_dict where torch 2.6 or newer is installed. Per matrix: fit of the bulk, outliers with p-values, "
        "exponents beside those of pure noise of the same shape, phase. Nothing is read by pickle. --json: a list "
        "with one object per matrix."
    ),
    names=(
        "layers", "kernels", "before", "top_only", "bootstrap", "null_draws", "error_rate", "memory_limit", "threads",
        "out", "quiet", "json",
    ),
    words="FILE",
)  # fmt: skip


class MeasureKeywords(TypedDict, total=False):
    """What `run` takes beside the files."""

    layers: Sequence[str]
    kernels: Literal["both", "unfolded", "slices"]
    before: "Path | str | None"
    top_only: bool
    bootstrap: int
    null_draws: int
    error_rate: float
    memory_limit: int | str | None
    threads: int | None


@takes_options(SPEC)
def run(files: "Sequence[Path | str]" = (), **options: Unpack[MeasureKeywords]) -> "Measurements":
    """Every matrix of the files, measured.

    Parameters
    ----------
    files : sequence of paths
        One alone may be a str.
    **options
        The command's options by their names in Python, all optional.

    Returns
    -------
    measurements : Measurements
        A list of MeasuredMatrix in the order of the files, with `to_frame()` and `left_out`.

    Raises
    ------
    UsageError
        A file that cannot be read, a pattern that no name matches, a matrix that is too large; a ValueError whose
        message is one line.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "noise.npy"
    ...     np.save(path, np.random.default_rng(0).standard_normal((120, 80)))
    ...     [matrix] = run([path], bootstrap=0)
    >>> matrix.report.phase, len(matrix.report.outliers.values)
    ('random-like', 0)
    """
    from verify.measure.experiment import experiment

    words = [files] if isinstance(files, str) else [str(each) for each in files]
    return experiment(options_of(SPEC, options, words=words))


def main(argv: Sequence[str]) -> int:
    """The command: parse, measure, print, write the files; 0 unless something is wrong."""
    options = parse_options(SPEC, argv)
    from verify.measure.report import report

    return report(options)
