"""verify.figures: every item at tiny sizes; what is drawn is the frame, predictions are there, bytes repeat."""

import pickle

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from support.drawn_figures import (
    SHOWN,
    artists_of,
    cut,
    is_drawn,
    points_under_legends,
    shift_of,
    texts_of,
    titles_that_meet,
)  # fmt: skip
from support.small_appendix import FIGURES, bytes_of_a_run, shrink_figures

from verify.appendix import many_files as figures_files
from verify.appendix.command import contents_of
from verify.appendix.drawing.images import image_array
from verify.appendix.drawing.panels import BAND, BARS, Look, Panel, draw_panels, series_rows
from verify.appendix.files import laid_out, provenance_of, write_figure
from verify.appendix.item import Item, Scope
from verify.appendix.many_files import write_all
from verify.commands.options import options_of
from verify.figures import items as figures
from verify.figures.command import SPEC, _appendix
from verify.presentation.style import COLUMN, PAGE, figure_style

PAPER = ("fig-2", "fig-3", "fig-8", "fig-9", "fig-10", "fig-11", "fig-12", "fig-15", "fig-16", "fig-17", "fig-18",
         "fig-19", "fig-20")  # fmt: skip
OURS = ("c-ratio", "eps-drift", "spike", "sim-eta", "loss-eta", "bimodal", "design")
IDS = [item.id for item in figures.ITEMS]  # a new figure is tested by being listed
IMAGES = ("fig-9", "fig-12", "fig-17", "fig-18")
SCOPE = Scope(quick=True, seeds=2, test_samples=50)


@pytest.fixture(scope="module")
def contents():
    """Every item at sizes of 80 and less."""
    with pytest.MonkeyPatch.context() as patch:
        shrink_figures(patch)
        yield contents_of(_appendix(), options_of(SPEC, FIGURES)).contents


@pytest.fixture(scope="module")
def drawn(contents):
    """The figures themselves, everything in its place."""
    with figure_style():
        return {name: laid_out(content) for name, content in contents.items()}


def test_every_figure_of_the_first_step_is_there(contents):
    assert set(PAPER) | set(OURS) <= set(IDS)
    assert list(contents) == IDS


@pytest.mark.parametrize("name", IDS)
def test_a_caption_says_sizes_and_what_is_seen_in_two_to_five_sentences(contents, name):
    caption = contents[name].caption
    assert 2 <= caption.replace("eq. 6", "eq").count(". ") + 1 <= 7, caption
    assert "nan" not in caption
    assert "  " not in caption
    assert any(letter.isdigit() for letter in caption)


@pytest.mark.parametrize("name", IDS)
def test_a_prediction_is_drawn(contents, name):
    frame = contents[name].frame
    if name in IMAGES:
        assert frame["random_limit"].notna().all()
        assert frame["predicted"].notna().any()
    else:
        words = {"c-ratio": "tanh", "spike": "two-row", "loss-eta": "parabola", "design": "c sqrt(N d)"}
        series = frame["series"]
        assert series.str.contains(words.get(name, "predicted"), regex=False).any()


SHIFTED = {
    "fig-8": {"ratio"},
    "spike": {"difference"},
    "design": {"ray", "off the ray"},
}  # points side by side
WIDEST = 5.0  # points of print
SMALLEST, HIGHEST = 6.9, 9.0  # points of type; inches that a page leaves beside a caption


@pytest.mark.parametrize("name", [name for name in IDS if name not in IMAGES])
def test_what_is_drawn_is_the_frame(contents, drawn, name):
    frame, artists = contents[name].frame, artists_of(drawn[name])
    titles = " ".join(axes.get_title() for axes in drawn[name].axes)
    for (panel, series), rows in frame.groupby(["panel", "series"], sort=False):
        label = f"_{panel}|{series}"
        shown = {ending: artists.pop(label + ending) for ending in SHOWN if label + ending in artists}
        if "" not in shown:  # a number in the panel's title
            value = rows["y"].iloc[0]
            assert any(f"{value:.{digits}f}" in titles for digits in range(7)), label
            continue
        assert (len(shown) == 2) == np.isfinite(rows["y_low"]).any(), label
        for ending, artist in shown.items():
            assert is_drawn(artist, rows), label + ending
            lie = rows.assign(**{column: rows[column] + 0.01 for column in SHOWN[ending]})
            assert not is_drawn(artist, lie), label + ending
            if ending:
                wider = rows.assign(y_high=rows["y"] + 1.5 * (rows["y_high"] - rows["y"]) + 1e-6)
                assert not is_drawn(artist, wider), label + ending
        whole_axes = rows[["x", "y"]].isna().all().any()  # a vertical or a horizontal line
        shifts = [0.0] if whole_axes else [shift_of(artist) for artist in shown.values()]
        assert np.ptp(shifts) < 1e-6, label  # a point and its bar stay together
        assert abs(shifts[0]) < (WIDEST + 0.01 if panel in SHIFTED.get(name, ()) else 1e-6), label
    assert not artists  # nothing else is drawn


def test_a_shift_a_wider_bar_and_a_wider_band_are_seen():
    rows = series_rows("p", "a", [1.0, 2.0], [1.0, 2.0], error=0.1)
    for look in (Look(kind="points", marker="o", shift=20.0), Look(kind="line")):
        figure = Figure()
        draw_panels(figure, rows, [Panel(name="p")], {"a": look}, columns=1)
        artists = artists_of(figure)
        ending = BARS if look.kind == "points" else BAND
        assert shift_of(artists["_p|a"]) == pytest.approx(look.shift)
        assert is_drawn(artists[f"_p|a{ending}"], rows)
        wider = rows.assign(y_low=rows["y"] - 0.3, y_high=rows["y"] + 0.3)
        assert not is_drawn(artists[f"_p|a{ending}"], wider)


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_is_the_frame(contents, drawn, name):
    frame, artists = contents[name].frame, artists_of(drawn[name])
    for panel in frame["panel"].unique():
        over = image_array(frame, panel) / image_array(frame, panel, "random_limit")
        assert np.array_equal(image_array(frame, panel, "over_limit"), over)
        shown = artists[f"_{panel}|over_limit"]
        assert np.array_equal(np.asarray(shown.get_array()), over)
        rgba = shown.to_rgba(over)
        grey = np.ptp(rgba[..., :3], axis=-1) < 0.01
        assert np.array_equal(grey, over < 1.0)  # what is not random, and only that, has a colour
        order = np.argsort(over[grey])
        assert np.all(np.diff(rgba[grey][order, 0]) <= 0.0)  # the nearer to the limit the darker
        assert np.ptp(rgba[grey][:, 0]) > 0.05  # so that noise is seen


def test_every_difference_lies_on_its_axis_and_every_ratio_is_a_true_one(contents, drawn):
    frame = contents["spike"].frame
    low, high = drawn["spike"].axes[1].get_ylim()
    shown = frame[frame["panel"] == "difference"]["y"].dropna()
    assert shown.between(low, high).all()
    assert len(shown) > 5
    ratios = contents["c-ratio"].frame
    measured = ratios[ratios["series"] == "relu measured"]["x"]
    assert set(measured) == {0.5, 1.0, 2.0, 4.0}


def test_the_lower_mode_and_its_share_stand_only_where_the_modes_have_parted(contents):
    frame = contents["bimodal"].frame
    panels = {name: set(frame[frame["series"] == name]["panel"]) for name in ("predicted lower mode", "p0")}
    assert panels["predicted lower mode"] == panels["p0"]
    assert "FB-Adam 1000" in panels["p0"]
    assert "FB-Adam 1" not in panels["p0"]


@pytest.mark.parametrize("name", IDS)
def test_a_figure_is_as_wide_as_a_column_or_a_page_and_its_type_can_be_read(contents, drawn, name):
    width, height = contents[name].size
    assert width in (COLUMN, PAGE)
    assert height <= HIGHEST
    sizes = {text.get_text(): text.get_fontsize() for text in texts_of(drawn[name])}
    assert len(sizes) > 4
    assert {text: size for text, size in sizes.items() if size < SMALLEST} == {}


@pytest.mark.parametrize("name", IDS)
def test_no_text_is_cut_no_titles_meet_no_legend_hides_a_point(drawn, name):
    figure = drawn[name]
    assert cut(figure) == []
    assert titles_that_meet(figure) == []
    assert points_under_legends(figure) == []


def test_what_is_cut_or_hidden_is_seen(contents):
    with figure_style():
        figure = laid_out(contents["fig-8"])
    axes = figure.axes[0]
    axes.title.set_y(2.5)
    assert cut(figure) == [axes.get_title()]
    axes.title.set_position(figure.axes[1].title.get_position())
    axes.title.set_transform(figure.axes[1].title.get_transform())
    assert len(titles_that_meet(figure)) == 1
    axes.plot([0.1], [0.85], transform=axes.transAxes, label="below the legend")
    assert points_under_legends(figure) == ["below the legend"]


def _job(name, contents):
    item: Item = next(item for item in figures.ITEMS if item.id == name)
    return contents[name], provenance_of(
        item, SCOPE, [], command=f"python -m verify.figures {name}", options={}
    )


@pytest.mark.slow
def test_two_runs_of_every_figure_have_the_same_bytes(tmp_path, monkeypatch):
    """One of each kind of drawing below; the second from the records of the first."""
    shrink_figures(monkeypatch)
    (computed, first), (again, second) = (
        bytes_of_a_run(_appendix(), write_figure, tmp_path / name, tmp_path / "store", FIGURES)
        for name in "ab"
    )
    assert computed > again == 0
    assert sorted(first) == sorted(
        f"{id}.{end}" for id in IDS for end in ("csv", "json", "pdf", "png", "svg")
    )
    assert [name for name in first if first[name] != second[name]] == []


def test_bytes_repeat_in_one_process_and_in_several(contents, tmp_path, monkeypatch):
    monkeypatch.setattr(figures_files, "FEW", 1)
    names = ("eps-drift", "fig-12")
    jobs = [_job(name, contents) for name in names]
    complaints: list[str] = []
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, threads in zip(folders, (1, 2), strict=True):
        folder.mkdir()
        written = write_all(write_figure, folder, jobs, complaints, threads=threads)
        assert [files[0] for files in written] == [f"{name}.svg" for name in names]
    first, second = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert first == second
    assert len(first) == 5 * len(names)
    assert not complaints
    read = pd.read_csv(folders[0] / "eps-drift.csv")
    pd.testing.assert_frame_equal(read, contents["eps-drift"].frame, check_dtype=False, rtol=1e-12)


@pytest.mark.parametrize("name", IDS)
def test_a_process_of_its_own_can_draw_it(contents, name):
    """What is drawn is data: a Problem, say, holds formulas that no other process can be sent."""
    assert pickle.loads(pickle.dumps(_job(name, contents)))[0].caption == contents[name].caption


def test_a_missing_font_falls_back_with_a_line(contents, tmp_path):
    from dataclasses import replace

    content, origin = _job("eps-drift", contents)

    def draw(figure):
        content.draw(figure)
        figure.text(0.5, 0.5, "x", family="No Such Font")

    complaints: list[str] = []
    write_all(write_figure, tmp_path, [(replace(content, draw=draw), origin)], complaints, threads=1)
    assert len(complaints) == 1
    assert "No Such Font" in complaints[0]
    assert (tmp_path / "eps-drift.pdf").stat().st_size > 1000
