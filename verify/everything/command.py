"""`python -m verify`: every claim of the catalogue, judged; ends with a table of findings.

`run` prints nothing and needs no file; `main` is the command around it.
"""

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Unpack

from verify.commands.keywords import LookKeywords, ResourceKeywords, StoreKeywords
from verify.commands.options import options_of, parse_options
from verify.commands.spec import CommandSpec, takes_options

if TYPE_CHECKING:
    from pathlib import Path

    from verify.judging.findings_list import Findings

__all__ = ["SPEC", "EverythingKeywords", "main", "run"]

SPEC = CommandSpec(
    name="verify",
    description="Judges every claim of the catalogue (or --only some), with --quick at small sizes.",
    names=(
        "only", "claims", "list", "seeds", "first_seed", "max_seeds", "backend", "error_rate", "memory_limit", "threads",
        "out", "store", "fresh", "quick", "check", "quiet", "json",
    ),
    defaults={"error_rate": None},
    meanings={"quick": "at small sizes", "seeds": "exactly K independent seeds for every claim"},
    otherwise={"error_rate": "each claim's own", "seeds": "each claim's own"},
)  # fmt: skip


class EverythingKeywords(LookKeywords, ResourceKeywords, StoreKeywords, total=False):
    """What `run` takes."""

    only: Sequence[str]
    claims: "Sequence[Path | str]"
    quick: bool


@takes_options(SPEC)
def run(**options: Unpack[EverythingKeywords]) -> "Findings":
    """Findings on every claim.

    Parameters
    ----------
    **options
        The command's options by their names in Python, all optional: `only` (ids), `claims` (files of one's own);
        `store` None keeps nothing.

    Raises
    ------
    UsageError
        An unknown id or a claim file with a mistake.
    """
    from verify.everything.experiment import judge_all_claims
    from verify.judging.findings_list import Findings

    return Findings(judge_all_claims(options_of(SPEC, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, judge, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    if options["list"]:
        from verify.claims.catalogue import catalogue, choose, overview_lines

        with redirect_stdout(sys.stderr):  # a user's file may print
            every = catalogue(quick=options["quick"], files=options["claims"])
        print("\n".join(overview_lines(choose(every, options["only"]) if options["only"] else every)))
        return 0
    from verify.everything.report import report

    return report(options)
