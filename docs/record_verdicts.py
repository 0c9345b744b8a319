"""Records the catalogue's verdicts, which `python -m verify --check` compares with: writes docs/data/.

    python docs/record_verdicts.py quick      (two minutes; what CI checks)
    python docs/record_verdicts.py full       (ten minutes; what docs/verdicts.md shows)

docs/data/verdicts-{quick,full}.json are the findings, .md the same as a table, -run.json when and with what they were
made. Records are taken from the store, as always; only those that are missing are simulated.
"""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from verify.appendix.typesetting.symbols import markdown
from verify.everything.command import main
from verify.judging.judgement_text import paper_and_theory
from verify.judging.read_back import finding_of
from verify.judging.shown import measured_text
from verify.presentation.writers import markdown_table

DATA = Path(__file__).resolve().parent / "data"
KEPT = ("finished",)
HEADING = (
    "Claim",
    "Statement (reading)",
    "Verdict",
    "The paper says",
    "Theory has",
    "Measured, with its interval",
    "Seeds",
    "Lies refuted",
)


def plain(text: str) -> str:
    """Text in a cell of a Markdown table: nothing in it is markup."""
    return "".join("\\" + letter if letter in "\\*_[]<>$`^~|" else letter for letter in text)


def table(findings: list[dict]) -> str:
    """The findings as a Markdown table, counts first."""
    counts = Counter(finding["verdict"] for finding in findings)
    counted = ", ".join(f"{counts[v]} {v}" for v in ("supported", "refuted", "inconclusive"))
    rows = []
    for each in findings:
        found, reading = finding_of(each), f" ({markdown(each['reading'])})" if each["reading"] else ""
        caught = sum(control["verdict"] == "refuted" for control in each["controls"])
        cells = (
            f"`{each['claim']}`", markdown(each["statement"]) + reading, each["verdict"],
            *(plain(text.replace("+-", "±")) or "–" for text in (*paper_and_theory(found), measured_text(found))),
            str(each["repeats"] or "–"),
            f"{caught} of {len(each['controls'])}",
        )  # fmt: skip
        rows.append(cells)
    return f"{len(findings)} claims: {counted}.\n\n{markdown_table(HEADING, rows, 'l')}\n"


def record(name: str) -> int:
    """Run the catalogue and keep its verdicts, its table and what it was run with."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        code = main([*(["--quick"] if name == "quick" else []), "--out", str(out)])
        text = (out / "verdicts.json").read_text(encoding="utf-8")
        run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    (DATA / f"verdicts-{name}.json").write_text(text, encoding="utf-8")
    (DATA / f"verdicts-{name}.md").write_text(table(json.loads(text)), encoding="utf-8")
    kept = {key: run[key] for key in KEPT} | {key: run["environment"][key] for key in ("versions", "commit")}
    (DATA / f"verdicts-{name}-run.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    if sys.argv[1:] not in (["quick"], ["full"]):
        sys.exit("usage: python docs/record_verdicts.py {quick,full}")
    sys.exit(0 if record(sys.argv[1]) in (0, 1, 3) else 1)
