"""`python -m verify.scaling`: do the norms of the first update grow like sqrt(N d), with which constant?

The experiment itself is `run`, which prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Unpack

from verify.commands.findings_run import gives_findings
from verify.commands.keywords import ExperimentKeywords, UpdateKeywords
from verify.commands.option_table import CONSTANTS
from verify.commands.options import options_of, parse_options
from verify.commands.spec import SHELL_ONLY, CommandSpec

if TYPE_CHECKING:
    from verify.judging.findings_list import Findings

__all__ = ["SPEC", "ScalingKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify.scaling",
    description=(
        "Checks Theorem 4.1: whether ||D_0||_F and ||D_0||_2 of the first full-batch Adam update (or the norms of the "
        "first gradient, --optimiser gd) grow like sqrt(N d), with which constant, on the paper's ray and on a design "
        "off the ray."
    ),
    names=(
        "scales", "base", "sizes", "design", "seeds", "first_seed", "max_seeds", "student", "teacher",
        "teacher_direction", "parametrisation", "noise", "optimiser", *CONSTANTS, "dtype", "backend", "error_rate",
        "memory_limit", "threads", "out", "store", "fresh", "quick", "dry_run", "quiet", "json",
    ),
    quick={"scales": (1, 2, 3), "seeds": 3},
    shell_only=(*SHELL_ONLY, "quick"),
)  # fmt: skip


class ScalingKeywords(ExperimentKeywords, UpdateKeywords, total=False):
    """What `run` takes."""

    scales: Sequence[int]
    base: tuple[int, int, int]
    design: Literal["ray", "off-ray", "both"] | None


@gives_findings(SPEC)
def run(**options: Unpack[ScalingKeywords]) -> "Findings":
    """Findings on the norms of the first update.

    Examples
    --------
    >>> findings = run(sizes=[(200, 150, 100)], design="ray", seeds=2, store=None)
    >>> findings[0].claim, str(findings[0].verdict)
    ('T4.1.F', 'supported')
    """
    from verify.judging.findings_list import Findings
    from verify.scaling.experiment import experiment

    return Findings(experiment(options_of(SPEC, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.scaling.report import dry_run, report

    return dry_run(options) if options["dry_run"] else report(options)
