"""`python -m verify.overlap`: overlaps of the top singular vectors of W_1 and the update against eta, and sim(W_1, beta).

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

import sys
from collections.abc import Sequence
from typing import Any

from verify.claim import Finding
from verify.designs import Cell
from verify.eta_sweep import DEFAULTS, NAMES, PYTHON_NAMES, QUICK, SweepResult, sweep
from verify.options import check_values, parse_options
from verify.problem import Problem, Update

__all__ = ["experiment", "main", "run"]

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


def experiment(**options: Any) -> SweepResult:
    """`run` with the records and the bookkeeping beside the findings."""
    from verify.claims.overlap import command_claims

    return sweep(
        command_claims, _requests, **{key: value for key, value in options.items() if value is not None}
    )


def _requests(problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]) -> list[Any]:
    from verify.request import Request

    return [
        Request(problem=problem, cell=cell, seed=seed, group="top", update=update, paired=True)
        for seed in seeds
        for update in updates
    ]


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.eta_sweep_report import dry_run, report
    from verify.overlap_report import REPORT

    options = parse_options(
        argv, prog="verify.overlap", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS, quick=QUICK
    )
    return dry_run(options) if options["dry_run"] else report(options, REPORT)


if __name__ == "__main__":
    from verify.command import shell
    from verify.overlap import main as command  # the module by its name, so that its classes exist once

    sys.exit(shell("verify.overlap", command))
