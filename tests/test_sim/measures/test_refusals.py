"""Matrices and options that sim refuses by name, where it once went on or fell over."""

import warnings

import numpy as np
import pytest

from sim.backend import get_backend
from sim.functions.activations import named
from sim.measures.norms import frobenius_norm, top_singular_triplets
from sim.measures.readout import feature_scales, second_stage
from sim.measures.spectrum import overlap_matrices, overlap_summary, singular_values
from sim.measures.tails import hill_alpha, ks_alpha

BACKEND = get_backend("numpy")


@pytest.mark.parametrize("measure", [top_singular_triplets, singular_values])
def test_integers_are_refused_and_floats_are_not(measure):
    A = np.array([[3, 0, 0], [0, 2, 0], [0, 0, -100]])
    with pytest.raises(TypeError, match="A must be a float32 or float64 array, got int64"):
        measure(A, backend=BACKEND)
    assert measure(A.astype(float), backend=BACKEND).values[0] == pytest.approx(100.0)


@pytest.mark.parametrize("measure", [top_singular_triplets, singular_values])
def test_a_norm_beyond_float64_is_refused(measure):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="Frobenius norm within float64"):
            measure(np.full((3, 3), 1e308), backend=BACKEND)
        assert measure(np.full((3, 3), 1e307), backend=BACKEND).values[0] == pytest.approx(3e307)


def test_a_frobenius_norm_beyond_float64_is_refused():
    with pytest.raises(ValueError, match="Frobenius norm within float64"):
        frobenius_norm(np.full((3, 3), 1e308), backend=BACKEND)
    assert frobenius_norm(np.full((3, 3), 1e307), backend=BACKEND) == pytest.approx(3e307)
    with pytest.raises(TypeError, match="A must be a float32 or float64 array, got list"):
        frobenius_norm([[1.0]], backend=BACKEND)


@pytest.mark.parametrize("alpha", [hill_alpha, ks_alpha])
@pytest.mark.parametrize("floor", ["a", None, True])
def test_a_floor_that_is_no_number_is_named(alpha, floor):
    with pytest.raises(TypeError, match="floor must be a number"):
        alpha(np.arange(1.0, 40.0), floor=floor)


def test_overlaps_and_blocks_are_named():
    with pytest.raises(ValueError, match=r"square matrix, got shape \(\)"):
        overlap_summary(np.array(1.0))
    for blocks in (2.5, True, "2"):
        with pytest.raises(TypeError, match="blocks must be an integer"):
            overlap_summary(np.eye(4), blocks=blocks)
    assert len(overlap_summary(np.eye(4), blocks=2).diagonal_means) == 2


def test_lists_are_no_matrices():
    with pytest.raises(TypeError, match="A must be a float32 or float64 array, got list"):
        overlap_matrices([[1.0]], np.eye(1), backend=BACKEND)
    with pytest.raises(TypeError, match="B must be a float32 or float64 array, got list"):
        overlap_matrices(np.eye(1), [[1.0]], backend=BACKEND)
    with pytest.raises(TypeError, match="overlaps must be an array of real numbers, got list"):
        overlap_summary([[1.0]])


@pytest.mark.parametrize("d", ["a", 2.0, None, True])
def test_a_width_that_is_no_integer_is_named(d):
    with pytest.raises(TypeError, match="d must be an integer"):
        feature_scales("ntk", d)


def stage(ridge: object, labels: int, test_labels: object = 6):
    rng = np.random.default_rng(0)
    holdout, test = (
        [(rng.standard_normal((6, 3)), rng.standard_normal(count))] for count in (labels, test_labels)
    )
    scales = feature_scales("ntk", 3)
    return second_stage(
        lambda: holdout, lambda: test, activation=named("tanh"), scales=scales, ridge=ridge, backend=BACKEND
    )


def test_the_ridge_stage_names_what_it_refuses():
    assert np.isfinite(stage(0.1, 6)["paper"].holdout_loss)
    for ridge in ("a", None, True, [0.1]):
        with pytest.raises(TypeError, match="ridge must be a number"):
            stage(ridge, 6)
    with pytest.raises(ValueError, match=r"holdout must .* one label a row, got shapes \(6, 3\) and \(5,\)"):
        stage(0.1, 5)
    for labels in (5, 1, (6, 2)):
        with pytest.raises(ValueError, match=r"test must .* one label a row, got shapes \(6, 3\) and "):
            stage(0.1, 6, labels)
