"""Every claim of the catalogue judged, and held against recorded verdicts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verify.errors import UsageError
from verify.judging.finding import Finding
from verify.statistics.verdict import Verdict

__all__ = ["CatalogueResult", "judge_all_claims", "check_recorded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueResult:
    """Findings in the catalogue's order and how the records came about."""

    findings: tuple[Finding, ...]
    computed: int
    reused: int
    refused: tuple[str, ...]


def judge_all_claims(
    *,
    only: Sequence[str] = (),
    claims: Sequence[Path] = (),
    quick: bool = False,
    seeds: int | None = None,
    first_seed: int = 0,
    max_seeds: int | None = None,
    backend: str = "auto",
    error_rate: float | None = None,
    memory_limit: int | None = None,
    threads: int | None = None,
    store: Path | str | None = None,
    fresh: bool = False,
    progress: Any = None,
) -> CatalogueResult:
    """`run` with the bookkeeping beside the findings."""
    from verify.claims.catalogue import catalogue, choose
    from verify.claims.users import users_mistakes
    from verify.files.atomic import ensure_directory
    from verify.running.progress import Progress
    from verify.running.resources import Resources
    from verify.running.store import Store
    from verify.session.session import Session, judge_together

    if seeds is not None and seeds < 2:
        raise UsageError(f"--seeds: must be at least 2, an interval needs repeats; got {seeds}")
    if max_seeds is not None and max_seeds < (seeds or 2):
        raise UsageError(
            f"--max-seeds: must be at least {seeds or 2}, the first look's seeds; got {max_seeds}"
        )
    every = catalogue(quick=quick, files=[Path(path) for path in claims])
    chosen = choose(every, only) if only else every
    progress = progress or Progress()
    resources = Resources(backend=backend, memory_limit=memory_limit, threads=threads)
    kept = Store(ensure_directory(Path(store), "--store")) if store is not None else None
    session = Session(store=kept, fresh=fresh, resources=resources, progress=progress)
    with users_mistakes([Path(path) for path in claims]):
        findings = judge_together(
            [claim if error_rate is None else replace(claim, error_rate=error_rate) for claim in chosen],
            seeds_of=lambda claim: seeds or claim.seeds,
            first_seed=first_seed,
            max_seeds=max_seeds,
            session=session,
        )
    return CatalogueResult(
        findings=tuple(findings),
        computed=progress.computed,
        reused=progress.reused,
        refused=tuple(dict.fromkeys(progress.refused)),
    )


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
