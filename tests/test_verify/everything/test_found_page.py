"""docs/found.md sorts claims into what holds and what fails: its sections must agree with the recorded verdicts."""

import importlib.util
import json
import re
import shutil
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
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


WORDS = r"\b(half|third|quarter|fourfold|sevenfold|twice|tenth)\b of|\bby (a |two |three |four )?(half|third|orders?)\b"
SETTINGS = ("Theorem 4.1", "Corollary 4.2", "Corollary D.1", "Section 4.2", "equation 6", "Lemma B.5")


def recorded():
    spec = importlib.util.spec_from_file_location("recorded", DOCS / "_ext" / "recorded.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prose(text):
    """Words of a page that somebody typed: no tables, code, formulas, links, settings and no recorded numbers."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    for pattern in (r"\{recorded\}`[^`]*`", r"`[^`]*`", r"\$[^$]*\$", r"\[([^\]]*)\]\([^)]*\)", r"^\(.*\)=$"):
        text = re.sub(pattern, "", text, flags=re.M)
    for setting in SETTINGS:
        text = text.replace(setting, "")
    return text


def test_no_number_is_typed():
    text = (DOCS / "found.md").read_text(encoding="utf-8")
    assert re.findall(r"[^\n]*\d[^\n]*", prose(text)) == []
    assert re.search(WORDS, prose(text)) is None
    assert re.search(r"\d", prose(text + "\nGD's is 1.6 times as large."))
    assert re.search(WORDS, prose("the classical theory is off by a third"))


@pytest.mark.parametrize("page", ["found.md", "tables.md"])
def test_every_recorded_number_has_a_value(page):
    module = recorded()
    names = re.findall(r"\{recorded\}`([^`]*)`", (DOCS / page).read_text(encoding="utf-8"))
    assert len(names) >= 5
    for name in names:
        assert re.fullmatch(r"-?[\d.]+( %)?", module.QUANTITIES[name](module.DATA)), name


def test_numbers_follow_the_records_and_a_sentence_that_they_contradict_is_refused(tmp_path):
    module = recorded()
    shutil.copytree(module.DATA, tmp_path / "data")
    data = tmp_path / "data"
    verdicts = json.loads((data / "verdicts-full.json").read_text(encoding="utf-8"))
    for each in verdicts:
        if each["claim"] == "S4.1b.ratio":
            each["estimate"] = 1234.0
        if each["claim"] == "C.1b.left.classical":
            each["estimate"] = 2.0 * each["stated"]
    (data / "verdicts-full.json").write_text(json.dumps(verdicts), encoding="utf-8")
    assert module.QUANTITIES["gd-over-adam"](data) == "1200"
    assert module.QUANTITIES["gd-over-adam"](module.DATA) != "1200"
    with pytest.raises(ValueError, match="too large an overlap on the left; the records say otherwise"):
        module.QUANTITIES["classical-left"](data)
    table = data / "tables" / "table-2.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    fields = lines[-1].split(",")
    fields[lines[0].split(",").index("operator_ratio_eps_0")] = "0.5"
    table.write_text("\n".join([*lines[:-1], ",".join(fields)]) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match="the same in every row"):
        module.QUANTITIES["c"](data)


def test_found_and_gallery_link_each_other():
    text = (DOCS / "found.md").read_text(encoding="utf-8")
    gallery = (DOCS / "gallery.md").read_text(encoding="utf-8")
    figures, targets = (
        set(re.findall(r"#figure-([\w-]+)\)", text)),
        set(re.findall(r"^\((found-\w+)\)=$", text, re.M)),
    )
    assert len(figures) > 10
    assert figures <= set(re.findall(r"^\(figure-([\w-]+)\)=$", gallery, re.M))
    linked = set(re.findall(r"\(#(found-\w+)\)", gallery))
    assert linked <= targets
    assert len(linked) >= 6
    published = (DOCS / "published-items.md").read_text(encoding="utf-8")
    assert len(set(re.findall(r"#figure-(fig-\d+)\)", published))) == 13
