"""`python -m verify.rank_one`: is the first gradient a matrix of rank one, and which? Error against d, slope, last value.

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import Any

from verify.commands.options import check_values, parse_options
from verify.judging.finding import Finding
from verify.rank_one.experiment import BASE, SCALES, SEEDS, experiment

__all__ = ["main", "run"]

NAMES = (
    "scales", "base", "sizes", "seeds", "first_seed", "max_seeds", "student", "teacher", "teacher_direction",
    "parametrisation", "noise", "dtype", "backend", "error_rate", "memory_limit", "threads", "out", "store", "fresh",
    "quick", "dry_run", "quiet", "json",
)  # fmt: skip
PYTHON_NAMES = tuple(name for name in NAMES if name not in ("out", "quick", "dry_run", "quiet", "json"))
DEFAULTS: dict[str, Any] = {"scales": SCALES, "base": BASE, "seeds": SEEDS}
QUICK: dict[str, Any] = {"scales": (1, 2, 4)}
DESCRIPTION = (
    "Checks Lemma B.4: the distance ||G_0 - A||_2/||G_0||_2 of the first gradient to its two rank-one candidates (A from "
    "the labels, A from the residuals) against d, with slope and last value, beside its prediction; and the share of equal "
    "signs. Defaults here: scales 1,2,4,8,16 of base 100,75,50, 80 seeds; --quick: scales 1,2,4."
)


def run(**options: Any) -> list[Finding]:
    """Findings on the error of both rank-one matrices.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional: ``scales``, ``base``, ``sizes``, ``seeds``,
        ``first_seed``, ``max_seeds``, ``student``, ``teacher``, ``teacher_direction``, ``parametrisation``, ``noise``,
        ``dtype``, ``backend``, ``error_rate``, ``memory_limit``, ``threads``, ``store`` (a directory; None keeps
        nothing), ``fresh``.

    Returns
    -------
    findings : list of Finding

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> findings = run(scales=[1, 2, 4], base=(40, 30, 20), seeds=8, store=None)
    >>> [finding.claim for finding in findings]
    ['L.B4.label', 'L.B4.label.limit', 'L.B4.residual', 'L.B4.residual.rate']
    """
    return list(experiment(**check_values(PYTHON_NAMES, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.rank_one.report import dry_run, report

    options = parse_options(
        argv, prog="verify.rank_one", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS, quick=QUICK
    )
    return dry_run(options) if options["dry_run"] else report(options)
