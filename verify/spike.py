"""`python -m verify.spike`: the ESD of W_1 with its predicted bulk and spike, and s_1 against eta with the threshold.

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

__all__ = ["esd_updates", "experiment", "main", "run"]

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


def experiment(**options: Any) -> SweepResult:
    """`run` with the records and the bookkeeping beside the findings."""
    from verify.claims.spike import command_claims

    return sweep(
        command_claims, _requests, **{key: value for key, value in options.items() if value is not None}
    )


def _requests(problem: Problem, cell: Cell, updates: tuple[Update, ...], seeds: Sequence[int]) -> list[Any]:
    """Leading values of every update and seed, and whole spectra of the first seed for the figure."""
    from verify.claims.spike_measures import leading_at, spectra_at
    from verify.request import Request

    def request(seed: int, custom: str) -> Request:
        return Request(problem=problem, cell=cell, seed=seed, group="custom", custom=custom, paired=True)

    return [
        *(request(seed, leading_at(updates)) for seed in seeds),
        request(seeds[0], spectra_at(esd_updates(problem, cell, updates))),
    ]


def esd_updates(problem: Problem, cell: Cell, updates: Sequence[Update]) -> tuple[Update, ...]:
    """Three etas whose ESD is drawn: below the threshold, the spike just out, and the largest."""
    from verify.claims.spike_common import spike_of

    at = {update: spike_of(problem, cell, update) for update in updates}
    below = [u for u in updates if not at[u].outlier]
    out = [u for u in updates if at[u].outlier and at[u].top > 1.05 * at[u].edge]
    chosen = [*below[:1], *out[:1], updates[-1]]
    return tuple(dict.fromkeys(chosen))


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    from verify.eta_sweep_report import dry_run, report
    from verify.spike_report import REPORT

    options = parse_options(
        argv, prog="verify.spike", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS, quick=QUICK
    )
    return dry_run(options) if options["dry_run"] else report(options, REPORT)


if __name__ == "__main__":
    from verify.command import shell
    from verify.spike import main as command  # the module by its name, so that its classes exist once

    sys.exit(shell("verify.spike", command))
