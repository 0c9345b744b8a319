"""docs/found.md sorts claims into what holds and what fails: its sections must agree with the recorded verdicts."""

import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
RECORDED = [path for path in (DOCS / "data").glob("verdicts-*.json") if not path.stem.endswith("run")]


def blocks():
    """(section, claims of one table) in the page's order."""
    section = ""
    for line in (DOCS / "found.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        found = re.match(r"```\{reference\} verdicts (\S+)", line)
        if found:
            yield section, found.group(1).split(",")


def disagreements(verdicts):
    """Claims whose section says something else than their verdict."""
    wrong = []
    for section, claims in blocks():
        found = [verdicts[claim] for claim in claims]
        if section == "What holds" and set(found) != {"supported"}:
            wrong.append((section, claims, found))
        if section == "What fails" and "refuted" not in found:
            wrong.append((section, claims, found))
        if section == "What holds in one reading" and not {"supported", "refuted"} <= set(found):
            wrong.append((section, claims, found))
    return wrong


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_the_page_says_is_what_the_recorded_verdicts_say(path):
    verdicts = {each["claim"]: each["verdict"] for each in json.loads(path.read_text(encoding="utf-8"))}
    assert len(list(blocks())) > 10
    assert disagreements(verdicts) == []
    assert disagreements(verdicts | {"T4.1.2": "refuted"})  # a page that says otherwise is seen
    assert disagreements(verdicts | {"L.B5": "supported", "L.B5.entries": "supported"})
