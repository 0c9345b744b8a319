"""What the pages promise to a reader who comes from outside; nothing is built."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def page(name):
    return (DOCS / name).read_text(encoding="utf-8")


def test_the_landing_page_begins_with_the_picture_the_result_and_three_numbers():
    before = page("index.md").partition("claim")[0]
    assert "images/figures/fig-2.svg" in before
    assert "outside the bulk" in before
    assert len(re.findall(r"\{recorded\}`", before)) >= 3


def test_every_page_is_in_the_navigation_and_the_main_ones_are_in_its_row():
    tree = page("index.md").partition("```{toctree}")[2].partition("```\n")[0]
    names = re.findall(r"^(?:.*<)?([\w/-]+)>?$", tree, re.M)
    there = {path.stem for path in DOCS.glob("*.md")} - {"index"}
    assert there <= set(names)
    shown = int(re.search(r'"header_links_before_dropdown": (\d+)', page("conf.py")).group(1))
    assert {"verdicts", "gallery", "derivations/index", "api/index"} <= set(names[:shown])


def test_every_term_that_a_page_links_is_in_the_glossary():
    terms = set(re.findall(r"^(\w[\w -]*)\n  \S", page("glossary.md"), re.M))
    assert {
        "FB-Adam",
        "ESD",
        "KTA",
        "sim",
        "lie",
        "ray",
        "reading",
        "released",
        "cell",
        "null",
        "power",
    } <= terms
    for path in DOCS.glob("*.md"):
        for linked in re.findall(r"\{term\}`(?:[^`<]*<)?([^`>]+)>?`", path.read_text(encoding="utf-8")):
            assert linked in terms, f"{path.name}: {linked}"


def test_every_work_that_a_derivation_cites_by_number_is_in_the_bibliography():
    number = re.compile(r"\b(2[0-6](?:0[1-9]|1[0-2])\.\d{5})\b")
    listed, cited = set(number.findall(page("bibliography.md"))), {}
    for path in [*DOCS.glob("*.md"), *(DOCS / "derivations").glob("*.md")]:
        cited |= dict.fromkeys(number.findall(path.read_text(encoding="utf-8")), path.name)
    assert len(cited) > 10
    assert {work: name for work, name in cited.items() if work not in listed} == {}


@pytest.mark.parametrize("name", ["own_functions", "own_matrix"])
def test_a_recipe_prints_what_its_page_shows(name, tmp_path):
    done = subprocess.run(
        [sys.executable, str(DOCS / "examples" / f"{name}.py")],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    shown = page(f"data/{name.replace('_', '-')}.txt")
    assert _coarse(done.stdout) == _coarse(shown)


def _coarse(text):
    """Words and numbers without error bounds, which are rounding's."""
    return re.sub(r"\+- \S+|<= \S+|after \d+ steps", "", text)


def test_seeds_of_several_tasks_are_found_by_the_last_command(tmp_path):
    from verify import overlap

    small = {"sizes": [(40, 30, 20)], "eta": [1.0], "store": tmp_path}
    for task in range(2):
        overlap.run(**small, seeds=2, first_seed=2 * task)
    parts = {path.name for path in tmp_path.iterdir()}
    together = overlap.run(**small, seeds=4)
    assert {path.name for path in tmp_path.iterdir()} == parts
    assert all(finding.repeats == 4 for finding in together)


def test_the_tutorial_needs_one_import_to_judge():
    text = page("tutorial.md")
    assert re.findall(r"^from verify\S* import", text, re.M) == ["from verify.claim import"]
    assert "\njudge(claim)\n" in text
