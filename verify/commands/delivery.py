"""What a command with claims hands over: its files, what it prints, its exit code."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from verify.commands.closing import closing
from verify.commands.described import session_of
from verify.commands.files import findings_json, records_csv, run_json, timings_csv
from verify.commands.printed import printed_findings
from verify.commands.shell import default_store, progress_bar
from verify.commands.spec import Options
from verify.files.atomic import check_places, ensure_directories, write_text
from verify.judging.finding import Finding, exit_code
from verify.presentation.sheet import Sheet
from verify.presentation.style import load_matplotlib
from verify.presentation.terminal import terminal_width, wrapped
from verify.running.runs import Run
from verify.session.session import Account, Session

__all__ = ["Delivery", "account_lines", "backend_facts", "carry_out", "folders"]

Study = TypeVar("Study")
FILES = (
    "records.csv", "timings.csv", "verdicts.json", "table.csv", "table.md", "table.tex", "figure.png", "figure.svg",
    "run.json",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came out of a command with claims.

    Attributes
    ----------
    head : str
        Above the table: what was run.
    sentence : str
        What was found, in plain words: the last line, after the tally.
    draw : callable (out) -> None
        Writes figure.png and figure.svg.
    flags : sequence of str
        What is to be said of the problem, above the table; findings do not repeat it.
    between, last : sequence of str
        Between the table and the findings, and below these.
    unit : str
        What is counted as computed or taken from the store.
    facts : mapping
        What else run.json says.
    """

    findings: tuple[Finding, ...]
    runs: Sequence[Run]
    account: Account
    sheet: Sheet
    head: str
    sentence: str
    draw: Callable[[Path], None]
    flags: Sequence[str] = ()
    between: Sequence[str] = ()
    last: Sequence[str] = ()
    unit: str = "cells"
    facts: Mapping[str, Any] = field(default_factory=dict)


def carry_out(
    options: Options,
    *,
    prepare: Callable[[Options], Study],
    conduct: Callable[[Study, Session], Delivery],
) -> int:
    """Prepare, run, write the files, print; the exit code. What cannot be run is refused before a folder is made."""
    started = time.time()
    with redirect_stdout(sys.stderr):  # a user's function that prints must not print into --json
        study = prepare(options)
    load_matplotlib()
    out, store = folders(options, FILES)
    with redirect_stdout(sys.stderr), progress_bar(quiet=options["quiet"]) as progress:
        found = conduct(study, session_of(options.but({"store": store}), progress))
    _write_files(out, options, found, started)
    if options["json"]:
        sys.stdout.write(findings_json(found.findings))
    else:
        print(_text(found, out))
    return exit_code(found.findings)


def folders(options: Options, names: Sequence[str]) -> tuple[Path, Path]:
    """Where the files go and where records are kept, both made where they are not there.

    Parameters
    ----------
    names : sequence of str
        Files that will be written: a directory in the place of one is told before anything is run.

    Raises
    ------
    UsageError
        One of them cannot be; then neither is made.
    """
    out, store = ensure_directories(
        [
            (options["out"] or Path("bulkspike-out") / options.spec.short_name, "--out"),
            (options["store"] or default_store(), "--store"),
        ]
    )
    check_places(out, names)
    return out, store


def backend_facts(name: str) -> dict[str, Any]:
    """The backend for run.json."""
    from sim.backend import get_backend, gpu_status

    backend = get_backend(name)
    return {"name": backend.name, "device": str(backend.device), "gpu": gpu_status()}


def account_lines(account: Account, unit: str, out: Path) -> list[str]:
    """What was computed, what was taken from the store, what was refused there, and where the files are."""
    refused = [f"record refused and computed again: {line}" for line in account.refused]
    kept = f"{account.computed} {unit} computed, {account.reused} taken from the store; files in {out}"
    return [*refused, kept]


def _write_files(out: Path, options: Options, found: Delivery, started: float) -> None:
    write_text(out / "records.csv", records_csv(found.runs))
    write_text(out / "timings.csv", timings_csv(found.runs))
    write_text(out / "verdicts.json", findings_json(found.findings))
    found.sheet.write(out)
    found.draw(out)
    account = found.account
    facts = {
        "command": options.spec.name,
        **found.facts,
        "seeds": list(account.seeds),
        "looks": account.looks,
        "cells_computed": account.computed,
        "cells_reused": account.reused,
        "records_refused": list(account.refused),
        "backend": backend_facts(options["backend"]),
    }
    write_text(out / "run.json", run_json(options, started, facts))


def _text(found: Delivery, out: Path) -> str:
    width = terminal_width()

    def lines(texts: Sequence[str]) -> list[str]:
        return [wrapped(text, width) for text in texts]

    findings = printed_findings(found.findings, width=width, said=found.flags)
    table = [found.sheet.text(width), wrapped(found.sheet.note, width, indent=2)]
    parts = [
        lines([found.head, *found.flags]), table, lines(found.between), findings, lines(found.last),
        lines([
            *account_lines(found.account, found.unit, out),
            closing(found.findings, found.sentence, out / "figure.png"),
        ]),
    ]  # fmt: skip
    return "\n\n".join("\n".join(part) for part in parts if part)
