"""`python -m verify.rank_one`: is the first gradient a matrix of rank one, and which? Error against d, slope, last value.

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from verify.commands.findings_run import gives_findings
from verify.commands.keywords import ExperimentKeywords
from verify.commands.options import options_of, parse_options
from verify.commands.spec import SHELL_ONLY, CommandSpec

if TYPE_CHECKING:
    from verify.judging.findings_list import Findings

__all__ = ["SPEC", "RankOneKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify.rank_one",
    description=(
        "Checks Lemma B.4: the distance ||G_0 - A||_2/||G_0||_2 of the first gradient to its two rank-one candidates (A "
        "from the labels, A from the residuals) against d, with slope and last value, beside its prediction; and the "
        "share of equal signs."
    ),
    names=(
        "scales", "base", "sizes", "seeds", "first_seed", "max_seeds", "student", "teacher", "teacher_direction",
        "parametrisation", "noise", "dtype", "backend", "error_rate", "memory_limit", "threads", "out", "store", "fresh",
        "quick", "dry_run", "quiet", "json",
    ),
    defaults={"scales": (1, 2, 4, 8, 16), "base": (100, 75, 50), "seeds": 80},
    quick={"scales": (1, 2, 4)},
    shell_only=(*SHELL_ONLY, "quick"),
)  # fmt: skip


class RankOneKeywords(ExperimentKeywords, total=False):
    """What `run` takes."""

    scales: Sequence[int]
    base: tuple[int, int, int]


@gives_findings(SPEC)
def run(**options: Unpack[RankOneKeywords]) -> "Findings":
    """Findings on the error of both rank-one matrices.

    Examples
    --------
    >>> findings = run(scales=[1, 2, 4], base=(40, 30, 20), seeds=8, store=None)
    >>> [finding.claim for finding in findings]
    ['L.B4.label', 'L.B4.label.limit', 'L.B4.residual', 'L.B4.residual.rate']
    """
    from verify.judging.findings_list import Findings
    from verify.rank_one.experiment import experiment

    return Findings(experiment(options_of(SPEC, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.rank_one.report import dry_run, report

    return dry_run(options) if options["dry_run"] else report(options)
