"""Overlap images: blocks of ranks, maxima kept, those of the whole matrices."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.spectrum import overlap_matrices
from sim.network.two_layer import first_gradient
from sim.optimisers.step import moved_weights
from verify.figures.common import update_of
from verify.measurements.overlap_images import images_at, overlap_images, rank_blocks, reduced
from verify.problem.cells import Cell
from verify.problem.paper import default_problem

CELL = Cell(n=80, N=60, d=40)


@pytest.mark.parametrize("k", [1, 2, 7, 40, 1000])
def test_blocks_hold_every_rank_once_and_the_first_alone(k):
    edges = rank_blocks(k)
    assert edges[0] == 0
    assert edges[-1] == k
    assert (np.diff(edges) >= 1).all()
    assert edges[1] == 1
    assert k < 100 or (np.diff(edges[:8]) == 1).all()


def test_an_image_keeps_every_maximum():
    overlaps = np.random.default_rng(3).random((40, 40))
    image, edges = reduced(overlaps), rank_blocks(40)
    for (b, c), value in np.ndenumerate(image):
        assert value == overlaps[edges[b] : edges[b + 1], edges[c] : edges[c + 1]].max()


def test_images_are_those_of_the_whole_overlap_matrices():
    backend = get_backend("numpy")
    draw = Draw(setting=default_problem().setting(CELL), seed=4, stream=0, dtype="float32")
    gradient = first_gradient(draw, backend=backend)
    update = update_of("gd", 90.0)
    found = overlap_images(draw, gradient, backend, updates=(update,))
    for name, W in (("W_0", gradient.W), ("W_1 90", moved_weights(gradient.W, gradient.G, 90.0))):
        whole = overlap_matrices(W, gradient.G, backend=backend)
        for side in ("left", "right"):
            expected = reduced(getattr(whole, side))
            image = [
                [found[f"{side} {name}[{b},{c}]"] for c in range(len(expected))] for b in range(len(expected))
            ]
            np.testing.assert_allclose(image, expected, rtol=1e-4, atol=1e-9)


def test_updates_of_two_rules_share_no_image():
    with pytest.raises(ValueError, match="of one rule, got 2"):
        images_at((update_of("gd", 1.0), update_of("adam", 1.0)))
    assert images_at((update_of("adam", 1.0),)) != images_at((update_of("adam", 2.0),))
