"""Marks that are all edge have their own colour."""

import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from verify.appendix.drawing.panels import ALL_EDGE, Look, Panel, draw_panels, series_rows


@pytest.mark.parametrize("marker", [*ALL_EDGE, "o", "s", "^"])
def test_a_mark_is_seen_on_white(marker):
    figure, rows = Figure(), series_rows("p", "a", [1.0, 2.0], [1.0, 2.0])
    look = Look(kind="points", marker=marker, colour="black")
    [axes] = draw_panels(figure, rows, [Panel(name="p")], {"a": look}, columns=1)
    [line] = axes.lines
    drawn = line.get_markeredgecolor() if marker in ALL_EDGE else line.get_markerfacecolor()
    assert to_rgb(drawn) == (0.0, 0.0, 0.0)
