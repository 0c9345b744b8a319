"""Figures as they are printed: the same bytes from two runs, type that can be read, nothing cut or hidden."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from support.appendix_sizes import FIGURES, shrink_figures

import verify.tables.command
from verify.appendix.command import contents_of
from verify.appendix.files import laid_out, provenance_of, write_figure, write_table
from verify.appendix.item import Scope
from verify.figures import items as figures
from verify.figures.command import _appendix
from verify.presentation.style import COLUMN, PAGE, figure_style

IDS = [item.id for item in figures.ITEMS]
SCOPE = Scope(quick=True, seeds=2, test_samples=50)
SMALLEST, HIGHEST = 6.9, 9.0  # points of type; inches that a page leaves beside a caption


def contents_at_small_sizes(store, appendix):
    with pytest.MonkeyPatch.context() as patch:
        shrink_figures(patch)
        return contents_of(appendix, [], store=store, **FIGURES)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def printed(store):
    """Every figure, everything in its place, and its size in inches."""
    contents = contents_at_small_sizes(store, _appendix()).contents
    with figure_style():
        return {id: (laid_out(content), content.size) for id, content in contents.items()}


def bytes_of_a_run(folder, store, appendix, write):
    with pytest.MonkeyPatch.context() as patch:
        shrink_figures(patch)
        built = contents_of(appendix, [], store=store, **FIGURES)
        folder.mkdir()
        for item in appendix.items:
            words = {"command": f"{appendix.name} {item.id}", "options": {}}
            write(folder, built.contents[item.id], provenance_of(item, SCOPE, item.needs(SCOPE), **words))
    return built, {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_runs_of_every_table_have_the_same_bytes(tmp_path, store):
    """The second from the records of the first; .ci/run compares every file of both commands in their quick form."""
    tables = verify.tables.command._appendix()
    _, first = bytes_of_a_run(tmp_path / "a", store, tables, write_table)
    built, second = bytes_of_a_run(tmp_path / "b", store, tables, write_table)
    assert built.computed == 0
    assert len(first) == 4 * len(tables.items)
    assert first == second


@pytest.mark.slow
def test_two_runs_of_every_figure_have_the_same_bytes(tmp_path, store):
    _, first = bytes_of_a_run(tmp_path / "a", store, _appendix(), write_figure)
    built, second = bytes_of_a_run(tmp_path / "b", store, _appendix(), write_figure)
    assert built.computed == 0
    assert sorted(first) == sorted(
        f"{id}.{end}" for id in IDS for end in ("csv", "json", "pdf", "png", "svg")
    )
    assert [name for name in first if first[name] != second[name]] == []


def texts_of(figure: Figure) -> list[Text]:
    """Every text that can be seen."""
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    hidden = {
        id(label)
        for axes in figure.axes
        for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim()))
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        for label in (tick.label1, tick.label2)
        if not min(low, high) <= tick.get_loc() <= max(low, high)
    }
    return [text for text in found if id(text) not in hidden]


def cut(figure: Figure) -> list[str]:
    """Texts that reach over the picture's edge."""
    whole = figure.bbox
    boxes = {text: text.get_window_extent() for text in texts_of(figure)}
    return [
        text.get_text()
        for text, box in boxes.items()
        if box.x0 < whole.x0 - 1 or box.x1 > whole.x1 + 1 or box.y0 < whole.y0 - 1 or box.y1 > whole.y1 + 1
    ]


def titles_that_meet(figure: Figure) -> list[tuple[str, str]]:
    boxes = [(axes.get_title(), axes.title.get_window_extent()) for axes in figure.axes if axes.get_title()]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def points_under_legends(figure: Figure) -> list[str]:
    """Series with a drawn point beneath a legend inside their axes."""
    found = []
    for axes in figure.axes:
        legend = axes.get_legend()
        for line in axes.lines if isinstance(legend, Legend) else ():
            x, y = line.get_transform().transform(np.column_stack([line.get_xdata(), line.get_ydata()])).T
            box = legend.get_window_extent()
            if bool(((box.x0 < x) & (x < box.x1) & (box.y0 < y) & (y < box.y1)).any()):
                found.append(str(line.get_label()))
    return found


@pytest.mark.parametrize("name", IDS)
def test_a_figure_is_as_wide_as_a_column_or_a_page_and_its_type_can_be_read(printed, name):
    width, height = printed[name][1]
    assert width in (COLUMN, PAGE)
    assert height <= HIGHEST
    sizes = {text.get_text(): text.get_fontsize() for text in texts_of(printed[name][0])}
    assert len(sizes) > 4
    assert {text: size for text, size in sizes.items() if size < SMALLEST} == {}


@pytest.mark.parametrize("name", IDS)
def test_no_text_is_cut_no_titles_meet_no_legend_hides_a_point(printed, name):
    figure = printed[name][0]
    assert cut(figure) == []
    assert titles_that_meet(figure) == []
    assert points_under_legends(figure) == []


def test_what_is_cut_or_hidden_is_seen(printed):
    figure = printed["fig-8"][0]
    axes = figure.axes[0]
    axes.title.set_y(2.5)
    assert cut(figure) == [axes.get_title()]
    axes.title.set_position(figure.axes[1].title.get_position())
    axes.title.set_transform(figure.axes[1].title.get_transform())
    assert len(titles_that_meet(figure)) == 1
    axes.plot([0.1], [0.85], transform=axes.transAxes, label="below the legend")
    assert points_under_legends(figure) == ["below the legend"]
