"""Every claim of the catalogue judged, and held against recorded verdicts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from verify.claims.catalogue import catalogue, choose
from verify.claims.users import users_mistakes
from verify.commands.described import judged, session_of
from verify.commands.spec import Options
from verify.errors import UsageError
from verify.judging.finding import Finding
from verify.running.progress import Progress
from verify.session.session import Account
from verify.statistics.verdict import Verdict

__all__ = ["CatalogueResult", "judge_all_claims", "check_recorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueResult:
    """Findings in the catalogue's order and how the records came about."""

    findings: tuple[Finding, ...]
    account: Account


def judge_all_claims(options: Options, progress: Progress | None = None) -> CatalogueResult:
    """`run` with the bookkeeping beside the findings."""
    seeds, most = options["seeds"], options["max_seeds"]
    if seeds is not None and seeds < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {seeds}")
    if most is not None and most < (seeds or 2):
        raise UsageError(f"--max-seeds: must be at least {seeds or 2}, the first look's seeds; got {most}")
    every = catalogue(quick=options["quick"], files=options["claims"])
    chosen = choose(every, options["only"]) if options["only"] else every
    session = session_of(options, progress)
    with users_mistakes(options["claims"]):
        findings = judged(chosen, options, session, seeds=seeds)
    return CatalogueResult(findings=tuple(findings), account=session.account)


def check_recorded(findings: Sequence[Finding], path: Path, *, whole: bool = False) -> list[str]:
    """What differs from recorded verdicts, a line each; empty when none changed.

    Parameters
    ----------
    whole : bool
        Whether these are the findings of the whole catalogue, so that a recorded claim that is missing has gone.

    Raises
    ------
    UsageError
        The file cannot be read as verdicts.
    """
    try:
        entries = {entry["claim"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))}
        recorded = {name: str(Verdict(entry["verdict"])) for name, entry in entries.items()}
        caught = {name: _caught(entry["controls"]) for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"--check: must be a verdicts.json; got {str(path)!r} ({type(error).__name__})"
        ) from None
    lines, found = [], {finding.claim: finding for finding in findings}
    for name, finding in found.items():
        if name not in recorded:
            lines.append(f"{name}: not recorded, now {finding.verdict}")
        elif recorded[name] != finding.verdict:
            lines.append(f"{name}: recorded {recorded[name]}, now {finding.verdict}")
        else:
            now = {control.lie for control in finding.controls if control.verdict is Verdict.REFUTED}
            lost = [lie for lie in caught[name] if lie not in now]
            lines += [f"{name}: lie {lie!r} was recorded as refuted, now it is not" for lie in lost]
    gone = [name for name in recorded if whole and name not in found]
    return lines + [f"{name}: recorded {recorded[name]}, no longer judged" for name in gone]


def _caught(controls: Sequence[Mapping[str, str]]) -> list[str]:
    return [control["lie"] for control in controls if control["verdict"] == "refuted"]
