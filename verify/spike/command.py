"""`python -m verify.spike`: the ESD of W_1 with its predicted bulk and spike, and s_1 against eta with the threshold.

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from verify.commands.findings_run import gives_findings
from verify.commands.options import options_of, parse_options
from verify.sweep.spec import SweepKeywords, sweep_spec

if TYPE_CHECKING:
    from verify.judging.findings_list import Findings

__all__ = ["SPEC", "main", "run"]

SPEC = sweep_spec(
    "verify.spike",
    "Checks the spike of the first step: how many singular values of W_1 leave the bulk, and where s_1 is, at one"
    " size and several learning rates, beside the prediction and its rivals; the figure has the ESD of W_1 with "
    "its predicted bulk.",
)


@gives_findings(SPEC)
def run(**options: Unpack[SweepKeywords]) -> "Findings":
    """Findings on the spike: the number of outliers and s_1 at every eta where they are predicted for certain.

    Examples
    --------
    >>> findings = run(sizes=[(80, 60, 40)], eta=[0.05, 0.5], seeds=20, store=None)
    >>> [(finding.claim, str(finding.verdict)) for finding in findings][:2]
    [('spike.count.adam-0.05', 'supported'), ('spike.count.adam-0.5', 'supported')]
    """
    from verify.judging.findings_list import Findings
    from verify.spike.experiment import SPIKE
    from verify.sweep.experiment import experiment

    return Findings(experiment(options_of(SPEC, options), SPIKE).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.spike.experiment import SPIKE
    from verify.spike.report import report
    from verify.sweep.report import dry_run

    return dry_run(options, SPIKE) if options["dry_run"] else report(options)
