"""`python -m verify.scaling`: do the norms of the first update grow like sqrt(N d), with which constant?

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import Any

from verify.commands.options import check_values, parse_options
from verify.judging.finding import Finding
from verify.scaling.experiment import experiment

__all__ = ["main", "run"]

NAMES = (
    "scales", "base", "sizes", "design", "seeds", "first_seed", "max_seeds", "student", "teacher", "teacher_direction",
    "parametrisation", "noise", "optimiser", "adam", "eps", "dtype", "backend", "error_rate", "memory_limit", "threads",
    "out", "store", "fresh", "quick", "dry_run", "quiet", "json",
)  # fmt: skip
PYTHON_NAMES = tuple(name for name in NAMES if name not in ("out", "quick", "dry_run", "quiet", "json"))
QUICK: dict[str, Any] = {"scales": (1, 2, 3), "seeds": 3}
DESCRIPTION = (
    "Checks Theorem 4.1: whether ||D_0||_F and ||D_0||_2 of the first full-batch Adam update (or the norms of the first "
    "gradient, --optimiser gd) grow like sqrt(N d), with which constant, on the paper's ray and on a design off the ray."
)


def run(**options: Any) -> list[Finding]:
    """Findings on the norms of the first update.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional: ``scales``, ``base``, ``sizes``, ``design``,
        ``seeds``, ``first_seed``, ``max_seeds``, ``student``, ``teacher``, ``teacher_direction``,
        ``parametrisation``, ``noise``, ``optimiser``, ``adam``, ``eps``, ``dtype``, ``backend``, ``error_rate``,
        ``memory_limit``, ``threads``, ``store`` (a directory; None keeps nothing), ``fresh``.

    Returns
    -------
    findings : list of Finding

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> findings = run(sizes=[(200, 150, 100)], design="ray", seeds=2, store=None)
    >>> findings[0].claim, str(findings[0].verdict)
    ('T4.1.F', 'supported')
    """
    return list(experiment(**check_values(PYTHON_NAMES, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.scaling.report import dry_run, report

    options = parse_options(argv, prog="verify.scaling", description=DESCRIPTION, names=NAMES, quick=QUICK)
    return dry_run(options) if options["dry_run"] else report(options)
