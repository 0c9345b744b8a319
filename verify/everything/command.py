"""`python -m verify`: every claim of the catalogue, judged; ends with a table of findings.

`run` prints nothing and needs no file; `main` is the command around it.
"""

import time
from collections.abc import Sequence
from typing import Any

from verify.commands.options import check_values, parse_options
from verify.everything.experiment import judge_all_claims
from verify.judging.finding import Finding

__all__ = ["main", "run"]

NAMES = (
    "only", "claims", "list", "seeds", "first_seed", "max_seeds", "backend", "error_rate", "memory_limit", "threads",
    "out", "store", "fresh", "quick", "check", "quiet", "json",
)  # fmt: skip
PYTHON_NAMES = tuple(name for name in NAMES if name not in ("list", "out", "check", "quiet", "json"))
DEFAULTS: dict[str, Any] = {"error_rate": None}  # each claim's own
DESCRIPTION = "Judges every claim of the catalogue (or --only some), with --quick at small sizes."


def run(**options: Any) -> list[Finding]:
    """Findings on every claim.

    Parameters
    ----------
    **options
        All optional: ``only`` (ids), ``claims`` (files of one's own), ``quick``, ``seeds``, ``first_seed``,
        ``max_seeds``, ``backend``, ``error_rate``, ``memory_limit``, ``threads``, ``store`` (a directory; None keeps
        nothing), ``fresh``.

    Raises
    ------
    UsageError
        An unknown id or a claim file with a mistake.
    """
    return list(judge_all_claims(**check_values(PYTHON_NAMES, options)).findings)


def main(argv: Sequence[str]) -> int:
    """The command: parse, judge, print, write the files, exit code."""
    from verify.everything.report import report

    options = parse_options(argv, prog="verify", description=DESCRIPTION, names=NAMES, defaults=DEFAULTS)
    if options["list"]:
        from verify.claims.catalogue import catalogue, choose, overview_lines

        every = catalogue(quick=options["quick"], files=options["claims"])
        print("\n".join(overview_lines(choose(every, options["only"]) if options["only"] else every)))
        return 0
    return report(options, started=time.time())
