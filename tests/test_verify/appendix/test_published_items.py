"""docs/published-items.md: the times that it says are those of `--list`, and every item of the paper has its columns."""

import re
from pathlib import Path

import pytest

from verify.appendix.item import Scope
from verify.appendix.runs import load_of
from verify.figures import items as figures
from verify.presentation.numbers import time_text
from verify.running.work import RATE
from verify.tables import items as tables

PAGE = (Path(__file__).parents[3] / "docs" / "published-items.md").read_text(encoding="utf-8")
ITEMS = {item.id: item for item in (*figures.ITEMS, *tables.ITEMS)}


def rows(section):
    """Cells of every row of the tables of one section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in lines]


def missing(cells):
    """Ids of a row's commands whose time the row does not say."""
    ids = [name for words in re.findall(r"`verify\.\w+ ([^`]+)`", cells[2]) for name in words.split()]
    found = []
    for name in ids:
        load = load_of(ITEMS[name], Scope())
        if load.records and time_text(load.seconds) not in cells[4]:
            found.append(name)
    return found


REGENERATED = rows("Regenerated")[1:]


@pytest.mark.parametrize("cells", REGENERATED, ids=lambda cells: cells[0][:12])
def test_the_times_of_the_page_are_those_of_the_list(cells):
    assert len(cells) == 6
    assert missing(cells) == []
    if any(letter.isdigit() for letter in cells[4]):
        assert missing([*cells[:4], "a while"])  # a wrong time is seen


def test_every_figure_of_the_paper_that_can_be_made_has_a_row():
    said = " ".join(cells[2] for cells in REGENERATED)
    for item in figures.ITEMS:
        if item.source.startswith("Figure"):
            assert item.id in said


def test_waiting_items_have_sizes_steps_times_and_what_differs():
    found = [cells for cells in rows("Waiting")[1:] if len(cells) == 7]
    assert len(found) == 17
    assert all(all(cells) for cells in found)
    gradient = 4.0 * 2000 * 1500 * 1000 / RATE
    assert f"takes {gradient:.2f} s on two cores" in PAGE
    for cells in found:
        if cells[0] in ("Table 3", "Fig. 5", "Fig. 24"):
            steps = float(eval_steps(cells[4]))
            value, unit = re.match(r"([\d.]+) (s|min|h)", cells[5]).groups()
            seconds = float(value) * {"s": 1.0, "min": 60.0, "h": 3600.0}[unit]
            assert seconds == pytest.approx(steps * gradient, rel=0.1)


def eval_steps(text):
    """The number of steps: 900 or $5\\times10^4$."""
    power = re.match(r"\$(\d+)\\times10\^(\d+)\$", text)
    return int(power.group(1)) * 10 ** int(power.group(2)) if power else int(re.match(r"\d+", text).group())
