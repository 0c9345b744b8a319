"""`python -m verify.overlap`: overlaps of the top singular vectors of W_1 and the update against eta, and sim(W_1, beta).

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
    "verify.overlap",
    "Checks the overlaps of the first step: (u_1(W_1).u_1(D))^2, (v_1(W_1).v_1(D))^2 and sim(W_1, beta) = "
    "|v_1(W_1).beta| at one size and several learning rates, beside the prediction and its rivals.",
)


@gives_findings(SPEC)
def run(**options: Unpack[SweepKeywords]) -> "Findings":
    """Findings on the top overlaps at every eta clearly above or below the threshold.

    Examples
    --------
    >>> findings = run(sizes=[(80, 60, 40)], eta=[2.0], seeds=20, store=None)
    >>> [(finding.claim, str(finding.verdict)) for finding in findings][:2]
    [('overlap.left.adam-2', 'supported'), ('overlap.right.adam-2', 'supported')]
    """
    from verify.judging.findings_list import Findings
    from verify.overlap.experiment import OVERLAP
    from verify.sweep.experiment import experiment

    return Findings(experiment(options_of(SPEC, options), OVERLAP).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.overlap.experiment import OVERLAP
    from verify.overlap.report import report
    from verify.sweep.report import dry_run

    return dry_run(options, OVERLAP) if options["dry_run"] else report(options)
