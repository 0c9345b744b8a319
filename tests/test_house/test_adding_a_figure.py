"""docs/adding-a-figure.md: in a copy of the packages its file and its line add a figure, nothing else touched."""

import numpy as np
import pandas as pd
import pytest
from support.additions import add_files, add_lines, copy_packages, difference, page, run, run_together

PAGE = page("adding-a-figure")
OUT = "elsewhere/bulkspike-out/figures"


@pytest.fixture(scope="module")
def added(tmp_path_factory):
    """The copy with the figure in it."""
    root = copy_packages(tmp_path_factory.mktemp("figure"))
    assert difference(root) == {}
    add_files(PAGE, root)
    add_lines(PAGE, root)
    return root


def test_a_figure_is_one_file_and_one_line(added):
    ((_, _, line),) = PAGE.lines
    assert difference(added) == {
        "verify/figures/signal_share.py": ["new"],
        "verify/appendix/ids.py": [f"+ {line}"],
    }


def agree(predicted, measured):
    """Within 2 %: several standard errors of three seeds at d = 200, and what a finite d is worth there."""
    return bool(np.all(np.abs(measured / predicted - 1.0) < 0.02))


def test_the_commands_of_the_page_draw_it(added):
    draw, listed = PAGE.commands
    found, said = run_together(added, [f"{draw} --threads 1", listed])
    assert found.returncode == 0, found.stderr
    assert "signal-share: Share of" in found.stdout
    assert "15 records computed" in found.stdout
    written = {path.name for path in (added / OUT).iterdir()}
    assert {f"signal-share.{ending}" for ending in ("svg", "png", "pdf", "csv", "json")} <= written
    frame = pd.read_csv(added / OUT / "signal-share.csv")
    measured, predicted = (
        frame[frame["series"] == name]["y"].to_numpy() for name in ("measured", "predicted")
    )
    assert len(measured) == len(predicted) == 5
    assert agree(predicted, measured)
    assert not agree(predicted**2, measured)  # the share of the square, which it is not
    assert said.returncode == 0, said.stderr
    assert "signal-share: The gradient's rank-one share against n/d (ours)" in said.stdout


def test_without_its_line_the_figure_is_not_known(tmp_path):
    root = copy_packages(tmp_path)
    add_files(PAGE, root)
    found = run(root, PAGE.commands[0])
    assert found.returncode == 2
    assert "unknown id 'signal-share'" in found.stderr
