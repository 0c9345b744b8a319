"""What `python -m verify` prints and writes: the table of findings as text, Markdown, LaTeX and CSV."""

import re
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

from verify.commands.closing import closing
from verify.commands.delivery import account_lines, folders
from verify.commands.files import findings_json, run_json
from verify.commands.printed import open_first, printed_findings
from verify.commands.shell import progress_bar
from verify.commands.spec import Options
from verify.everything.experiment import check_recorded, judge_all_claims
from verify.files.atomic import write_text
from verify.judging.finding import Finding, exit_code
from verify.judging.judgement_text import judged_text, predicted_text
from verify.presentation.numbers import aligned, number
from verify.presentation.terminal import UNBROKEN, terminal_width, wrapped
from verify.presentation.writers import latex_tabular, markdown_table

__all__ = ["findings_latex", "findings_markdown", "findings_text", "report"]

FILES = ("verdicts.json", "table.csv", "table.md", "table.tex", "run.json")
SHORT = 36  # letters of a reading or a source in the terminal's table
ESTIMATE = 10  # the same of an estimate in its narrow form, where an inconclusive claim is an open one
OPEN = {"inconclusive": "open"}
WHOSE = {"paper": "statements of the paper", "theory": "predictions of theory alone", "other": "other claims"}
PAPERS_OWN = re.compile(
    "(Abstract|Appendix|Assumption|Corollary|Figure|Lemma|Proposition|Section|Table|Theorem|eqs?[.]) ?"
)
HEADING = ("claim", "verdict", "predicted", "estimate", "interval", "seeds", "needed", "lies", "source")


def report(options: Options) -> int:
    """Judge every claim, print the findings and the table, write the files; the exit code."""
    started = time.time()
    if options["check"] is not None:
        check_recorded((), options["check"])  # a file that cannot be read is refused before anything is run
    out, store = folders(options, FILES)
    # a user's claims may print, which must not print into --json
    with redirect_stdout(sys.stderr), progress_bar(quiet=options["quiet"]) as progress:
        result = judge_all_claims(options.but({"store": store}), progress)
    findings = result.findings
    whole = not options["only"]
    changed = None if options["check"] is None else check_recorded(findings, options["check"], whole=whole)
    write_text(out / "verdicts.json", findings_json(findings))
    write_text(out / "table.csv", _frame(findings).to_csv(index=False, lineterminator="\n"))
    write_text(out / "table.md", findings_markdown(findings))
    write_text(out / "table.tex", findings_latex(findings))
    facts = {
        "command": options.spec.name,
        "cells_computed": result.account.computed,
        "cells_reused": result.account.reused,
        "records_refused": list(result.account.refused),
        "changed": changed,
    }
    write_text(out / "run.json", run_json(options, started, facts))
    if options["json"]:
        sys.stdout.write(findings_json(findings))
    else:
        print(_text(findings, [*account_lines(result.account, "records", out), *_changes(changed)]))
    return exit_code(findings) if changed is None else int(bool(changed))


def _changes(changed: Sequence[str] | None) -> list[str]:
    if changed is None:
        return []
    return [
        *changed,
        f"{len(changed)} verdicts differ from the recorded ones" if changed else "no verdict changed",
    ]


def _several(value: Any) -> str:
    """One number, or several by name."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number(item, 3)}" for name, item in value.items()) or "-"
    return number(value)


def _predicted(finding: Finding) -> str:
    """What the verdict rests on, and theory's number behind it where that is another."""
    theory = predicted_text(finding)
    return judged_text(finding) + (f" (theory {theory})" if theory else "")


def _interval(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} [{number(a, 3)}, {number(b, 3)}]" for name, (a, b) in value.items()) or "-"
    return f"[{number(value[0])}, {number(value[1])}]"


def _row(finding: Finding) -> list[str]:
    caught = sum(control.verdict == "refuted" for control in finding.controls)
    return [
        finding.claim,
        str(finding.verdict),
        _predicted(finding),
        _several(finding.estimate),
        _interval(finding.interval),
        str(finding.repeats),
        str(finding.repeats_needed or "-") if finding.verdict == "inconclusive" else "-",
        f"{caught}/{len(finding.controls)}",
        finding.source,
    ]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 2].rstrip() + ".."


def findings_text(findings: Sequence[Finding], width: int = UNBROKEN) -> str:
    """The table for a terminal; what does not fit is cut short, the findings above it have it whole."""
    rows = [
        [*_row(finding)[:-1], _short(finding.reading or "-", SHORT), _short(finding.source, SHORT)]
        for finding in findings
    ]
    whole = aligned([[*HEADING[:-1], "reading", "source"], *rows])
    if max(map(len, whole.splitlines())) <= width:
        return whole
    words = [OPEN.get(str(finding.verdict), str(finding.verdict)) for finding in findings]
    taken = sum(
        max(map(len, texts)) + 2 for texts in (["claim", *(f.claim for f in findings)], ["verdict", *words])
    )
    room = max(width - taken - ESTIMATE - 6, ESTIMATE)
    narrow = [
        [
            finding.claim,
            word,
            _short(_several(finding.estimate), ESTIMATE),
            _short(judged_text(finding), room),
        ]
        for finding, word in zip(findings, words, strict=True)
    ]
    return aligned([["claim", "verdict", "estimate", "judged by"], *narrow])


def _text(findings: Sequence[Finding], account: Sequence[str]) -> str:
    width = terminal_width()
    facts = {
        finding.claim: [
            *([f"reading: {finding.reading}"] if finding.reading else []), f"source: {finding.source}",
        ]
        for finding in findings
    }  # fmt: skip
    parts = [
        printed_findings(findings, width=width, facts=facts),
        [findings_text(open_first(findings), width)],
        [wrapped(line, width) for line in (*account, closing(findings, _sentence(findings)))],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _sentence(findings: Sequence[Finding]) -> str:
    """How many of what the paper states hold, of what theory alone predicts, and of a user's own claims."""
    said = []
    for whose, words in WHOSE.items():
        some = [finding for finding in findings if _whose(finding) == whose]
        hold = sum(str(finding.verdict) == "supported" for finding in some)
        said += [f"{hold} of {len(some)} {words} hold"] if some else []
    return ", ".join(said) or "no claim was chosen"


def _whose(finding: Finding) -> str:
    if PAPERS_OWN.match(finding.source):
        return "paper"
    return "theory" if finding.source.startswith("docs/") else "other"


def findings_markdown(findings: Sequence[Finding]) -> str:
    """The table in Markdown, with statement and reading."""
    heading = ("claim", "statement", "reading", *HEADING[1:])
    rows = [
        [first, finding.statement, finding.reading or "-", *rest]
        for finding in findings
        for first, *rest in [_row(finding)]
    ]
    return markdown_table(heading, rows, "l") + "\n"


def _frame(findings: Sequence[Finding]) -> Any:
    import pandas as pd

    rows = [[f.claim, f.reading, f.kind, *_row(f)[1:], f.statement, f.note] for f in findings]
    return pd.DataFrame(rows, columns=["claim", "reading", "kind", *HEADING[1:], "statement", "note"])


def findings_latex(findings: Sequence[Finding]) -> str:
    """The table in LaTeX (booktabs), every character escaped."""
    rows = [
        [first, finding.reading or "-", *rest] for finding in findings for first, *rest in [_row(finding)]
    ]
    heading = [HEADING[0], "reading", *HEADING[1:]]
    text = latex_tabular(heading, rows, "lp{5cm}" + "l" * (len(HEADING) - 1), escape=True)
    return f"% needs \\usepackage{{booktabs}}; one row per claim\n{text}\n"
