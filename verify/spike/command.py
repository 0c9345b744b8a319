"""`python -m verify.spike`: the ESD of W_1 with its predicted bulk and spike, and s_1 against eta with the threshold.

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import Any

from verify.commands.options import check_values, parse_options
from verify.judging.finding import Finding
from verify.spike.experiment import experiment
from verify.sweep.experiment import DEFAULTS, NAMES, PYTHON_NAMES, QUICK

__all__ = ["main", "run"]

DESCRIPTION = (
    "Checks the spike of the first step: how many singular values of W_1 leave the bulk, and where s_1 is, at one size "
    "and several learning rates, beside the prediction and its rivals; the figure has the ESD of W_1 with its predicted "
    "bulk. Defaults here: --sizes 2000,1500,1000, 40 seeds, eta from 0.25 to 20 times the predicted threshold, eps 0; "
    "--quick: --sizes 400,300,200."
)


def run(**options: Any) -> list[Finding]:
    """Findings on the spike: the number of outliers and s_1 at every eta where they are predicted for certain.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional: ``sizes`` (one cell), ``optimiser``, ``adam``,
        ``eps``, ``eta``, ``seeds``, ``first_seed``, ``max_seeds``, ``student``, ``teacher``, ``teacher_direction``,
        ``parametrisation``, ``noise``, ``dtype``, ``backend``, ``error_rate``, ``memory_limit``, ``threads``, ``store``
        (a directory; None keeps nothing), ``fresh``.

    Returns
    -------
    findings : list of Finding

    Raises
    ------
    UsageError
        An unknown option or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> findings = run(sizes=[(80, 60, 40)], eta=[0.05, 0.5], seeds=20, store=None)
    >>> [(finding.claim, str(finding.verdict)) for finding in findings][:2]
    [('spike.count.adam-0.05', 'supported'), ('spike.count.adam-0.5', 'supported')]
    """
    return list(experiment(**check_values(PYTHON_NAMES, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.spike.report import REPORT
    from verify.sweep.report import dry_run, report

    options = parse_options(
        argv, prog="verify.spike", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS, quick=QUICK
    )
    return dry_run(options) if options["dry_run"] else report(options, REPORT)
