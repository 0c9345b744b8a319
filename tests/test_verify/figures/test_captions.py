"""Captions that judge the paper: each verdict is computed from the frame, and a frame that lies gets the other one."""

import json
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from verify.appendix.designs import mean_field_problem, torch_adam
from verify.appendix.drawing.images import Image, draw_images, image_rows
from verify.appendix.drawing.panels import frame_of, series_rows
from verify.appendix.files import provenance_of, write_figure
from verify.appendix.item import Content, Scope
from verify.figures import bimodal as figures_bimodal
from verify.figures import esd as figures_esd
from verify.figures import items as figures
from verify.figures import mean_field as figures_mean_field
from verify.figures import spike as figures_spike
from verify.figures import students as figures_students
from verify.figures.common import one, update_of
from verify.figures.sweep import LOOKS
from verify.measurements.overlap_images import rank_blocks
from verify.presentation.style import PAGE, figure_style
from verify.problem.cells import Cell

CELL = Cell(n=400, N=300, d=200)
ETAS = np.array([0.5, 0.85, 1.0, 1.5, 3.0, 10.0])


def _sim_frame(sims, error=0.005):
    parts = []
    for name in figures_spike.RULES:
        parts += [
            series_rows(name, "measured", ETAS, np.array(sims), error=error),
            series_rows(name, "predicted", ETAS, np.array([0.06, 0.06, 0.1, 0.4, 0.5, 0.45])),
            series_rows(name, "limit", y=0.44),
            series_rows(name, figures_spike.THRESHOLD, 1.0),
        ]
    return frame_of(parts)


def test_sim_rises_with_the_spike_only_where_it_does():
    honest = figures_spike._sim_caption(_sim_frame([0.06, 0.06, 0.2, 0.4, 0.5, 0.45]), CELL, 10)
    assert "rises with the spike holds here" in honest
    assert "at finite size" not in honest  # 0.056 is a random direction's at d = 200
    early = figures_spike._sim_caption(_sim_frame([0.06, 0.12, 0.2, 0.4, 0.5, 0.45]), CELL, 10)
    assert "0.1200(50) with GD at 0.85 eta_c" in early
    assert "at finite size it rises just below eta_c" in early
    flat = figures_spike._sim_caption(_sim_frame([0.06] * 6), CELL, 10)
    assert "rises with the spike is not decided here" in flat
    lie = figures_spike._sim_caption(_sim_frame([0.5, 0.45, 0.4, 0.3, 0.2, 0.1]), CELL, 10)
    assert "rises with the spike does not hold here" in lie
    noise = _sim_frame([0.06, 0.06, 0.2, 0.4, 0.5, 0.45], error=0.2)
    assert "rises with the spike is not decided here" in figures_spike._sim_caption(noise, CELL, 10)
    flat = figures_spike._sim_caption(_sim_frame([0.06, 0.06, 0.2, 0.4, 0.5, 0.5]), CELL, 10)
    assert "worse aligned is not decided here" in flat
    fallen = figures_spike._sim_caption(_sim_frame([0.06, 0.06, 0.2, 0.4, 0.6, 0.4]), CELL, 10)
    assert "worse aligned holds here" in fallen


@pytest.mark.parametrize(
    ("offset", "words"), [(-1.0, "they refute the independent theory"), (-0.1, "they refute none of them")]
)
def test_a_theory_of_the_spike_is_far_off_only_where_it_is(offset, words):
    x = np.array([1.1, 1.3, 1.6])
    parts = [series_rows("position", figures_spike.THRESHOLD, 1.0)]
    for name, y in (("two-row", 0.0), ("one-row", 0.05), ("independent", offset)):
        parts.append(series_rows("difference", f"less {name}", x, np.full(3, y), error=0.06))
    assert words in figures_spike._spike_caption(frame_of(parts), CELL, 10)


def _bimodal_frame(of, *, parted: bool, found: float):
    bars = np.where(np.abs(np.arange(20) - 10) < 5, 0.0, 1.0) if parted else np.ones(20)
    edges, parts = np.linspace(0.0, 2.0, 21), []
    for update in of.updates:
        name = figures_bimodal.step_text(update)
        parts += [
            series_rows(name, "W_1", edges[:-1], bars, x_high=edges[1:]),
            series_rows(name, figures_bimodal.LOWER, 0.1, x_high=0.9),
            series_rows(name, figures_bimodal.COUNT, y=found),
            series_rows(name, figures_bimodal.STAY, y=40.0, error=6.0),
        ]
    return frame_of(parts)


def test_the_esd_is_bimodal_only_with_a_gap_and_explained_only_by_the_right_number():
    scope = Scope(quick=True)
    of = figures_bimodal._ensemble(scope)
    of = replace(of, cell=CELL, updates=of.updates[-2:])

    def caption(**facts):
        return figures_bimodal._caption(_bimodal_frame(of, **facts), of, scope)

    assert "bimodal holds here, and this is why." in caption(parted=True, found=42.0)
    assert "bimodal does not hold here." in caption(parted=False, found=42.0)
    wrong = caption(parted=True, found=200.0)
    assert "bimodal holds here; the number is not the predicted one." in wrong
    assert "this is why" not in wrong


@pytest.mark.parametrize(
    ("factor", "error", "words"),
    [
        (1.0, 1e-5, "that constant, holds here"),
        (0.5, 1e-5, "does not hold here"),
        (1.0, 0.01, "is not decided here"),
    ],
)
def test_the_order_of_the_norm_is_judged_by_the_runs(factor, error, words):
    parts = []
    for name in (*figures_students.ODD, *figures_students.OTHERS):
        y = [figures_students.predicted_c(figures_students._student(name), r) for r in (1.0, 2.0, 4.0)]
        parts.append(series_rows("E sigma = 0", figures_students._centred(name), [1.0, 2.0, 4.0], y))
    for name in figures_students.MEASURED_CENTRED:
        series = f"{name.replace('-', ' ')} measured"
        y = factor * figures_students.predicted_c(name, 2.0)
        parts.append(series_rows("E sigma = 0", series, 2.0, y, error=error))
    parts.append(series_rows("E sigma not 0", "relu measured", [2.0, 2.0], [0.5, 0.6]))
    parts.append(series_rows("E sigma not 0", figures_students.OWN, [2.0, 2.0], [0.5, 0.6 * factor]))
    caption = figures_students._caption(frame_of(parts), Scope(quick=True))
    assert words in caption
    assert ("the draw explains them" in caption) is (factor == 1.0)
    assert "below 1 for all students but linear" in caption


def test_a_prediction_has_the_colour_of_what_it_predicts():
    for name in ("hold-out loss", "test loss", "KTA, paper", "KTA, released", "sim"):
        assert LOOKS[f"predicted {name}"].colour == LOOKS[name].colour
    assert LOOKS["predicted hold-out loss"].colour != LOOKS["predicted test loss"].colour


def test_where_gds_rows_differ_the_bulk_is_wider_and_the_spike_is_still_seen():
    problem, cell = mean_field_problem(), Cell(n=400, N=300, d=200)
    small, large = update_of("gd", 2.0), update_of("gd", 300.0)
    of = figures_esd.Ensemble(problem=problem, cell=cell, updates=(small, large), bins=40)
    bulk = np.sqrt(np.geomspace(0.05, 5.0, 200))[::-1]
    out = np.concatenate([[20.0], bulk[1:]])
    for largest, seen in ((out, True), (bulk, False)):
        frame = figures_esd.esd_frame(of, {of.still: bulk, small: bulk, large: largest})
        bulks = frame[frame["series"] == figures_esd.BULK].groupby("panel")
        ends = bulks["x"].max()
        assert ends["GD 300"] > ends["GD 2"] + 0.05  # wider than W_0's
        mass = bulks.apply(lambda rows: np.trapezoid(rows["y"], rows["x"]))
        assert mass.to_numpy() == pytest.approx(1.0, abs=0.02)
        assert figures_esd.is_out(frame, "GD 300") is seen
        caption = figures_mean_field._mean_field_caption(frame, of)
        assert "At eta = 300 the rows of GD's noise differ" in caption
        second = 2.0 * np.log10(largest[1]) - ends["GD 300"]
        assert f"the second of W_1 stands at {10**second:.2f} times" in caption
        assert ("a spike holds here" in caption) is seen


def test_a_bulk_without_eps_over_runs_with_it_is_called_that():
    def legend(update):
        of = figures_esd.Ensemble(problem=mean_field_problem(), cell=CELL, updates=(update,), bins=40)
        return figures_esd.looks_of(of)[figures_esd.BULK].legend

    assert r"\epsilon=0" in legend(update_of("adam", 1.0))
    assert r"\epsilon" not in legend(torch_adam(1.0, 0.0))
    assert r"\epsilon" not in legend(update_of("gd", 1.0))


@pytest.mark.parametrize(
    ("corner", "other", "dots", "words"),
    [(0.5, 1e-3, 1, []), (1e-3, 0.5, 0, []), (1e-3, 1e-3, 0, ["random"])],
)
def test_an_image_marks_its_corner_or_says_that_it_is_random(corner, other, dots, words):
    edges, figure = rank_blocks(40), Figure()
    image, limit = np.full((edges.size - 1,) * 2, 1e-3), np.full((edges.size - 1,) * 2, 1e-2)
    image[0, 0], image[3, 2] = corner, other
    frame = image_rows("a", "left", "W_1", image, edges, limit, np.nan)
    draw_images(figure, frame, [Image(name="a", title="a", rows="")], columns=1)
    assert len(figure.axes[0].collections) == dots
    assert [text.get_text() for text in figure.axes[0].texts] == words


def test_titles_of_images_with_a_thousand_ranks_lie_inside_the_picture(tmp_path):
    edges = rank_blocks(1000)
    image, limit = np.full((edges.size - 1,) * 2, 1e-3), np.full((edges.size - 1,) * 2, 1e-2)
    images = [Image(name=side, title=f"{side} of $W_1$, $M_0$", rows="rank in $W_1$") for side in ("a", "b")]
    frame = frame_of([image_rows(i.name, i.name, "W_1", image, edges, limit, 0.8) for i in images])
    above = {}

    def draw(figure):
        draw_images(figure, frame, images, columns=2)
        above["titles"] = lambda: max(
            axes.title.get_window_extent().y1 - figure.bbox.y1 for axes in figure.axes[:2]
        )

    content = Content(frame=frame, caption="", draw=draw, size=(PAGE, 3.1))
    write_figure(tmp_path, content, provenance_of(figures.ITEMS[0], Scope(), [], command="x", options={}))
    assert above["titles"]() < 0.0
    with figure_style():  # and are cut without room for them
        figure = Figure(figsize=content.size)
        draw(figure)
        figure.subplots_adjust(top=0.95)
        figure.draw_without_rendering()
        assert above["titles"]() > 0.0


def test_caption_and_notes_stand_in_the_file_beside_the_picture(tmp_path):
    frame = series_rows("a", "b", [1.0], [2.0])
    content = Content(
        frame=frame, caption="What is seen.", draw=lambda figure: None, notes=("First.", "Second.")
    )
    origin = provenance_of(figures.ITEMS[0], Scope(quick=True), [], command="x", options={})
    write_figure(tmp_path, content, origin)
    found = json.loads((tmp_path / "fig-2.json").read_text())
    assert (found["caption"], found["notes"]) == ("What is seen.", ["First.", "Second."])
    assert found["command"] == "x"
    assert one(frame, "a", "b") == 2.0
