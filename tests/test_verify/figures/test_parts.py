"""What figures rest on: the random limit of overlap images, numbers in captions."""

import re
from dataclasses import replace

import numpy as np
import pytest
from support.small_appendix import shrink_figures

from verify.appendix.designs import scaled
from verify.appendix.drawing.images import image_rows
from verify.appendix.drawing.panels import Look, Panel, draw_panels, frame_of, series_rows
from verify.appendix.item import Scope
from verify.figures import esd as figures_esd
from verify.figures import grid as figures_grid
from verify.figures import overlap as figures_overlap
from verify.figures.common import update_of
from verify.figures.overlap import LEVEL, OverlapImages, random_limits
from verify.measurements.names import exact
from verify.measurements.overlap_images import rank_blocks, reduced
from verify.problem.cells import Cell
from verify.problem.paper import default_problem

CELL = Cell(n=80, N=60, d=40)


def test_independent_frames_stay_below_the_random_limit_and_a_planted_vector_does_not():
    rng = np.random.default_rng(11)
    N, k = 60, 40
    limits = random_limits(rank_blocks(k), N)
    passed = 0
    for _ in range(60):
        A, B = (np.linalg.qr(rng.standard_normal((N, k)))[0] for _ in range(2))
        passed += bool((reduced((A.T @ B) ** 2) > limits).any())
    assert passed <= 1  # 60 images at 1e-4 each
    B[:, 0] = np.sqrt(0.5) * A[:, 0] + np.sqrt(0.5) * B[:, 0]
    assert reduced((A.T @ B) ** 2)[0, 0] > limits[0, 0]
    assert LEVEL == 1e-4


def _ensemble() -> figures_esd.Ensemble:
    updates = tuple(update_of(*pair) for pair in (("gd", 0.02), ("gd", 400.0), ("adam", 0.2), ("adam", 22.0)))
    return figures_esd.Ensemble(
        problem=default_problem(), cell=Cell(n=400, N=300, d=200), updates=updates, bins=40
    )


def _values(of: figures_esd.Ensemble, *, spike: float, gap: bool):
    """Singular values made up: a bulk, a spike so many times beyond it in the panels that have one, and two modes or one."""
    bulk = np.sqrt(np.linspace(10.0, 900.0, 200))[::-1]
    out = bulk.copy()
    out[0] *= spike
    parted = (
        np.concatenate([np.linspace(40.0, 300.0, 100)[::-1], np.linspace(6.0, 20.0, 100)[::-1]])
        if gap
        else bulk
    )
    return {of.still: bulk, **dict(zip(of.updates, (bulk, out, out, parted), strict=True))}


@pytest.mark.parametrize(
    ("spike", "gap", "verdict"),
    [(2.0, True, "hold here"), (1.0, True, "do not hold"), (2.0, False, "do not hold")],
)
def test_figure_2_says_what_its_frame_shows(spike, gap, verdict):
    of = _ensemble()
    frame = figures_esd.esd_frame(of, _values(of, spike=spike, gap=gap))
    caption = figures_esd._figure_2_caption(frame, of)
    assert f"claims {verdict}" in caption
    bars = frame[(frame["panel"] == "GD 400") & (frame["series"] == "W_1")]
    assert float((bars["y"] * (bars["x_high"] - bars["x"])).sum()) == pytest.approx(1.0)
    if spike == 2.0:
        number = float(re.search(r"GD 400: ([\d.]+) times", caption).group(1))
        assert number == pytest.approx(10 ** figures_esd.beyond(frame, "GD 400"), rel=1e-2)


def test_an_overlap_caption_says_what_its_image_shows():
    update = update_of("adam", 1.0)
    of = OverlapImages(problem=default_problem(), cell=CELL, updates=(update,), shown=(update,), before=False)
    frame = _images({1.0: (0.812, 0.744)}, 0.8)
    caption = figures_overlap._caption(frame, of, "The claim")
    assert "O_U(1,1) = 0.812, O_V(1,1) = 0.744" in caption
    assert "The claim holds here" in caption
    frame.loc[0, "overlap"] = 0.01
    assert "The claim does not hold" in figures_overlap._caption(frame, of, "The claim")


def _images(corners, predicted=np.nan, marks=(), noise=1e-6):
    """Overlap images by eta: the two corners, and further cells that pass every limit."""
    edges, parts = rank_blocks(40), []
    limits = random_limits(edges, 60)
    for side, place in (("left", 0), ("right", 1)):
        for eta, corner in corners.items():
            image = np.full((edges.size - 1,) * 2, noise)
            image[0, 0] = corner[place]
            for cell in marks:
                image[cell] = 0.999
            name = f"W_1 {exact(eta)}"
            parts.append(image_rows(f"{side} {name}", side, name, image, edges, limits, predicted))
    return frame_of(parts)


def test_blocks_gather_at_the_diagonal_only_where_they_do():
    update = update_of("adam", 1.0)
    of = OverlapImages(problem=default_problem(), cell=CELL, updates=(update,), shown=(update,), before=False)
    blocks = rank_blocks(40).size - 1
    diagonal = [(b, b) for b in range(1, blocks)]
    corners = [(b, blocks - 1 - c) for b in range(3) for c in range(3)]
    for marks, near, words in (
        (diagonal, len(diagonal), "they gather there"),
        (corners, 0, "they do not gather"),
    ):
        caption = figures_overlap._caption(_images({1.0: (0.9, 0.9)}, 0.8, marks), of, "The claim")
        assert f"another {len(marks)} blocks pass the limit, {near} of them" in caption
        assert words in caption
    few = figures_overlap._caption(_images({1.0: (0.9, 0.9)}, 0.8), of, "The claim")
    assert "another" not in few


def test_an_outlier_below_the_threshold_is_seen_wherever_it_stands_and_half_a_claim_is_called_that():
    small = update_of("gd", 0.02)
    of = OverlapImages(problem=default_problem(), cell=CELL, updates=(small,), shown=(small,), before=False)
    for marks, words in (((), "a small step, holds here"), (((1, 1),), "a small step, does not hold here")):
        assert words in figures_overlap._caption(
            _images({0.02: (0.01, 0.01)}, marks=marks), of, figures_overlap.NONE
        )
    empty = figures_overlap._caption(_images({0.02: (0.01, 0.01)}), of, figures_overlap.NONE)
    assert "All of the 2 images have no block beyond the limit" in empty
    both = replace(of, shown=(update_of("adam", 0.001), update_of("adam", 1.0)))
    frame = _images({0.001: (0.01, 0.01), 1.0: (0.9, 0.9)})
    caption = figures_overlap._caption(frame, both, figures_overlap.NONE)
    assert f"{figures_overlap.NONE} holds here" in caption
    assert "2 of the 4 images have no block" in caption


@pytest.mark.parametrize(
    ("parted", "words"),
    [
        (lambda eta, large: eta >= 0.99 * large, "holds here"),
        (lambda eta, large: eta < 0.0015 * large, "does not hold here"),
        (lambda eta, large: eta > 1.5 * large, "does not hold here"),
        (lambda eta, large: True, "does not hold here"),
    ],
    ids=["where it should be", "below", "later", "everywhere"],
)
def test_the_esd_is_clearly_bimodal_only_at_large_steps(monkeypatch, parted, words):
    """Four of the paper's learning rates: the two that are judged, and one beyond either."""
    shrink_figures(monkeypatch)
    of = figures_grid._figure_15_ensemble(Scope(quick=True))
    large = scaled("adam", 100.0, of.cell)
    chosen = [scaled("adam", eta, of.cell) for eta in (0.1, 1.0, 100.0, 1000.0)]
    adam = tuple(u for u in of.updates if u.optimiser == "adam" and u.eta in chosen)
    assert len(adam) == 4
    of = replace(of, updates=adam)
    bulk = np.sqrt(np.geomspace(10.0, 900.0, 200))[::-1]
    two = np.concatenate([np.geomspace(40.0, 300.0, 100)[::-1], np.geomspace(6.0, 20.0, 100)[::-1]])
    values = {of.still: bulk, **{u: two if parted(u.eta, large) else bulk for u in of.updates}}
    caption = figures_grid._figure_15_caption(figures_esd.esd_frame(of, values), of)
    assert f"{words}. " in caption


def test_a_series_without_a_look_is_an_error_of_ours():
    from matplotlib.figure import Figure

    frame = series_rows("a", "unknown", [1.0], [2.0])
    with pytest.raises(KeyError, match="no look for the series 'unknown'; there are known"):
        draw_panels(Figure(), frame, [Panel(name="a")], {"known": Look(kind="line")}, columns=1)
