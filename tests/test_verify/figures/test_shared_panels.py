"""Panels that stand for several steps, curves that end where theory does, and the band of random frames."""

from dataclasses import replace

import numpy as np
import pytest

from verify.appendix.drawing.panels import frame_of
from verify.appendix.item import Scope
from verify.figures import grid
from verify.figures.common import step_text, update_of
from verify.figures.esd import LAST, TOP, Ensemble, esd_frame
from verify.figures.overlap import random_limits
from verify.figures.random_overlap import random_band
from verify.figures.sweep import OUTSIDE, curve_rows, valid_to
from verify.figures.sweep_caption import worst
from verify.measurements.overlap_images import rank_blocks
from verify.problem.cells import Cell
from verify.problem.paper import default_problem

CELL = Cell(n=400, N=300, d=200)


def _grid():
    updates = (
        *(update_of("gd", eta) for eta in (0.1, 1.0, 10.0)),
        update_of("adam", 0.001),
        update_of("adam", 1.0),
    )
    of = Ensemble(problem=default_problem(), cell=CELL, updates=updates, bins=40)
    still = np.sqrt(np.geomspace(10.0, 900.0, 200))[::-1]
    moved = still.copy()
    moved[:40] *= 1.3
    spiked = np.concatenate([[200.0], still[1:]])
    return of, {of.still: still, **dict.fromkeys(updates, still), updates[2]: moved, updates[4]: spiked}


def test_steps_that_change_nothing_share_a_panel_and_no_other_does():
    of, values = _grid()
    whole = esd_frame(of, values)
    frame, titles = grid.merged(whole, of)
    names = [step_text(update) for update in of.updates]
    assert list(titles) == [grid.TOGETHER, names[2], names[4]]  # one that moved, one with a spike
    assert all(f"{eta}" in titles[grid.TOGETHER] for eta in (1, 0.001))
    shared = frame[frame["panel"] == grid.TOGETHER]
    assert (shared["series"] == TOP).sum() == 3
    bars = whole[(whole["panel"] == names[1]) & (whole["series"] == LAST)]["y"].to_numpy()
    assert np.array_equal(shared[shared["series"] == LAST]["y"], bars)


def test_one_step_that_changes_nothing_keeps_its_panel():
    of, values = _grid()
    few = replace(of, updates=of.updates[1:3] + of.updates[4:])
    whole = esd_frame(few, values)
    frame, titles = grid.merged(whole, few)
    assert frame is whole
    assert len(titles) == 3


def test_a_grid_is_drawn_with_as_many_panels_as_differ():
    scope = Scope(quick=True)
    assert len(grid._figure_15_ensemble(scope).updates) == 18


@pytest.mark.parametrize(("n", "ends"), [(100, True), (101, False), (400, False)])
def test_hold_out_loss_and_kta_end_where_few_samples_meet_a_large_step(n, ends):
    cell = Cell(n=n, N=300, d=200)
    last = valid_to(default_problem(), cell, update_of("adam", 1.0).__class__(optimiser="adam"))
    assert np.isfinite(last) == ends
    if ends:
        assert 0.5 < last < 5.0  # the noise of a sign has the variance 1 - c^2 per eta^2


def test_a_curve_beyond_its_validity_is_another_series_that_begins_where_the_first_ends():
    eta = np.array([1.0, 2.0, 4.0, 8.0])
    whole = curve_rows("p", "KTA", eta, eta, np.inf)
    assert [list(part["x"]) for part in whole] == [[1.0, 2.0, 4.0, 8.0]]
    inside, outside = curve_rows("p", "KTA", eta, eta, 3.0)
    assert list(inside["x"]) == [1.0, 2.0]
    assert list(outside["x"]) == [2.0, 4.0, 8.0]
    assert set(outside["series"]) == {"predicted KTA" + OUTSIDE}


def test_what_lies_off_outside_is_not_counted_inside():
    from verify.appendix.drawing.panels import series_rows

    eta = np.array([1.0, 2.0, 4.0, 8.0])
    runs = series_rows("KTA adam", "KTA", eta, np.array([1.0, 1.01, 1.0, 0.5]), error=0.01)
    frame = frame_of(
        [
            *curve_rows("KTA adam", "KTA", eta, np.ones(4), 4.0),
            runs,
            series_rows("KTA adam", "predicted eta_c", 1.0),
        ]
    )
    assert worst(frame, ["KTA adam"], "KTA")[1] == pytest.approx(0.01)
    assert worst(frame, ["KTA adam"], "KTA", OUTSIDE)[1] == pytest.approx(-0.5)


def test_the_band_of_random_frames_holds_random_frames_and_not_larger_overlaps():
    size, edges = 60, rank_blocks(40)
    limits = random_limits(edges, size)
    median, low, high = random_band(edges, limits, size)
    assert np.all(low < median)
    assert np.all(median < high)
    rng, held, larger, draws = np.random.default_rng(0), 0, 0, 40
    for _ in range(draws):
        frames = [np.linalg.qr(rng.standard_normal((size, 40)))[0] for _ in range(2)]
        squares = (frames[0].T @ frames[1]) ** 2
        blocks = np.maximum.reduceat(np.maximum.reduceat(squares, edges[:-1], 0), edges[:-1], 1)
        rows = (blocks / limits).max(axis=1)
        held += int(((low <= rows) & (rows <= high)).sum())
        larger += int(((low <= 4.0 * rows) & (4.0 * rows <= high)).sum())
    total = draws * (edges.size - 1)
    assert held / total > 0.97  # 99 in 100, rows of one frame depending on one another
    assert larger / total < 0.5
