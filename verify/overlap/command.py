"""`python -m verify.overlap`: overlaps of the top singular vectors of W_1 and the update against eta, and sim(W_1, beta).

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import Any

from verify.commands.options import check_values, parse_options
from verify.judging.finding import Finding
from verify.overlap.experiment import experiment
from verify.sweep.experiment import DEFAULTS, NAMES, PYTHON_NAMES, QUICK

__all__ = ["main", "run"]

DESCRIPTION = (
    "Checks the overlaps of the first step: (u_1(W_1).u_1(D))^2, (v_1(W_1).v_1(D))^2 and sim(W_1, beta) = |v_1(W_1).beta| "
    "at one size and several learning rates, beside the prediction and its rivals. Defaults here: --sizes "
    "2000,1500,1000, 40 seeds, eta from 0.25 to 20 times the predicted threshold, eps 0; --quick: --sizes 400,300,200."
)


def run(**options: Any) -> list[Finding]:
    """Findings on the top overlaps at every eta clearly above or below the threshold.

    Parameters
    ----------
    **options
        As `verify.spike.run`.

    Returns
    -------
    findings : list of Finding

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> findings = run(sizes=[(80, 60, 40)], eta=[2.0], seeds=20, store=None)
    >>> [(finding.claim, str(finding.verdict)) for finding in findings][:2]
    [('overlap.left.adam-2', 'supported'), ('overlap.right.adam-2', 'supported')]
    """
    return list(experiment(**check_values(PYTHON_NAMES, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.overlap.report import REPORT
    from verify.sweep.report import dry_run, report

    options = parse_options(
        argv, prog="verify.overlap", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS, quick=QUICK
    )
    return dry_run(options) if options["dry_run"] else report(options, REPORT)
