"""Whole spectra and overlap matrices against dense NumPy, with the small end and the degenerate cases."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.measures.spectrum import SpectrumError, overlap_matrices, overlap_summary, singular_values

BACKENDS = ["numpy", "array-api-strict"]


def frozen(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


def with_values(s, N, d, seed=0):
    rng = np.random.default_rng(seed)
    U = np.linalg.qr(rng.standard_normal((N, len(s))))[0]
    V = np.linalg.qr(rng.standard_normal((d, len(s))))[0]
    return (U * s) @ V.T, U, V


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("shape", [(30, 20), (20, 30), (1, 7), (7, 1), (1, 1)])
@pytest.mark.parametrize("method", ["auto", "gram", "svd"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_are_those_of_a_dense_svd(name, shape, method, dtype):
    backend = get_backend(name)
    A = frozen(np.random.default_rng(1).standard_normal(shape).astype(dtype))
    spectrum = singular_values(backend.asarray(A), backend=backend, method=method)
    exact = np.linalg.svd(A.astype(float), compute_uv=False)
    np.testing.assert_allclose(spectrum.values, exact, rtol=1e-11)
    np.testing.assert_allclose(spectrum.eigenvalues, np.sort(exact**2), rtol=1e-11)
    assert (spectrum.rank, spectrum.nullity, spectrum.shape) == (min(shape), 0, shape)
    assert spectrum.square_error < 1e-13


def test_the_small_end_needs_the_svd_and_auto_takes_it():
    s = np.geomspace(1e7, 1.0, 40)
    A = with_values(s, 60, 40)[0]
    backend = get_backend("numpy")
    auto, gram = (singular_values(A, backend=backend, method=m) for m in ("auto", "gram"))
    assert auto.method == "svd"
    np.testing.assert_allclose(auto.values, s, rtol=1e-7)
    assert np.abs(gram.values / s - 1.0).max() > 1e-5  # the lie: the Gram matrix is good enough everywhere
    assert singular_values(with_values(s**0.2, 60, 40)[0], backend=backend).method == "gram"


def test_auto_does_not_trust_a_gram_matrix_of_full_rank_either():
    s = np.geomspace(1e6, 1.0, 40)
    A = with_values(s, 60, 40)[0]
    backend = get_backend("numpy")
    auto, gram = (singular_values(A, backend=backend, method=m) for m in ("auto", "gram"))
    assert (gram.rank, auto.method) == (40, "svd")
    assert np.abs(gram.values / s - 1.0).max() > 1e-6 > 100 * np.abs(auto.values / s - 1.0).max()


@pytest.mark.parametrize("method", ["auto", "svd"])
def test_rank_and_nullity(method):
    A = with_values(np.linspace(1.0, 9.0, 13), 40, 30)[0]
    spectrum = singular_values(A, backend=get_backend("numpy"), method=method)
    assert (spectrum.rank, spectrum.nullity) == (13, 17)
    assert np.all(spectrum.values[13:] == 0.0)
    full = singular_values(
        A + 1e-3 * np.random.default_rng(0).standard_normal(A.shape), backend=get_backend("numpy")
    )
    assert full.nullity == 0


def test_a_sign_matrix_has_its_nullity_counted():
    rng = np.random.default_rng(3)
    S = np.sign(rng.standard_normal((40, 30)))
    S[:, 10:] = S[:, :1] * np.sign(rng.standard_normal(20))
    for method in ("gram", "auto"):
        assert singular_values(S, backend=get_backend("numpy"), method=method).nullity == 20


def test_rank_zero_is_measured():
    spectrum = singular_values(np.zeros((5, 3)), backend=get_backend("numpy"))
    assert (spectrum.rank, spectrum.nullity) == (0, 3)
    assert np.array_equal(spectrum.values, np.zeros(3))


@pytest.mark.parametrize("factor", [1e-160, 1e160])
def test_extreme_scales_neither_overflow_nor_vanish(factor):
    A = np.random.default_rng(1).standard_normal((12, 9))
    backend = get_backend("numpy")
    np.testing.assert_allclose(
        singular_values(factor * A, backend=backend).values / factor,
        singular_values(A, backend=backend).values,
        rtol=1e-10,
    )


@pytest.mark.parametrize(
    ("A", "error", "message"),
    [
        (np.array([[1.0, np.nan]]), ValueError, "finite"),
        (np.array([[1.0, np.inf]]), ValueError, "finite"),
        (np.empty((0, 3)), ValueError, "at least one row"),
        (np.empty((3, 0)), ValueError, "at least one row"),
        (np.ones(3), ValueError, "matrix"),
        (np.ones((2, 2), dtype=int), TypeError, "float32 or float64"),
        (np.ones((2, 2), dtype=complex), TypeError, "float32 or float64"),
        ([[1.0]], TypeError, "list"),
    ],
)
def test_bad_matrices_are_refused(A, error, message):
    with pytest.raises(error, match=message):
        singular_values(A, backend=get_backend("numpy"))


def test_a_solver_that_lies_is_caught(monkeypatch):
    backend = get_backend("numpy")
    honest = backend.xp.linalg.svdvals
    monkeypatch.setattr(backend.xp.linalg, "svdvals", lambda A: honest(A) * 1.0001)
    with pytest.raises(SpectrumError, match="add up"):
        singular_values(np.random.default_rng(0).standard_normal((9, 6)), backend=backend, method="svd")


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("shape", [(24, 16), (16, 24)])
def test_overlaps_are_the_explicit_products(name, shape):
    backend = get_backend(name)
    rng = np.random.default_rng(8)
    A, B = frozen(rng.standard_normal(shape)), frozen(rng.standard_normal(shape))
    overlaps = overlap_matrices(backend.asarray(A), backend.asarray(B), backend=backend)
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    P, _, Qt = np.linalg.svd(B, full_matrices=False)
    np.testing.assert_allclose(overlaps.left, (U.T @ P) ** 2, atol=1e-12)
    np.testing.assert_allclose(overlaps.right, (Vt @ Qt.T) ** 2, atol=1e-12)
    assert np.abs(overlaps.left - (Vt @ Qt.T) ** 2).max() > 0.1  # left taken for right
    assert np.abs(overlaps.left - (P.T @ U) ** 2).max() > 0.1  # A taken for B
    leading = overlap_matrices(backend.asarray(A), backend.asarray(B), backend=backend, k=3)
    np.testing.assert_allclose(leading.left, overlaps.left[:3, :3], atol=1e-13)


def test_overlaps_beyond_the_rank_are_not_made_up():
    A = np.random.default_rng(5).standard_normal((12, 8))
    B = with_values(np.array([5.0, 3.0]), 12, 8)[0]
    overlaps = overlap_matrices(A, B, backend=get_backend("numpy"))
    assert (overlaps.rank_A, overlaps.rank_B) == (8, 2)
    assert np.isnan(overlaps.left[:, 2:]).all()
    assert np.isfinite(overlaps.left[:, :2]).all()
    np.testing.assert_allclose(
        overlaps.right[:, :2].sum(axis=0), 1.0, rtol=1e-12
    )  # A's right vectors span R^8
    zero = overlap_matrices(A, np.zeros((12, 8)), backend=get_backend("numpy"))
    assert zero.rank_B == 0
    assert np.isnan(zero.left).all()


def test_summary_reads_the_right_entries():
    O = np.array(
        [[0.9, 0.05, 0.0, 0.05], [0.05, 0.4, 0.5, 0.0], [0.0, 0.5, 0.3, 0.2], [0.05, 0.0, 0.2, np.nan]]
    )
    summary = overlap_summary(O, blocks=2)
    assert (summary.top, summary.largest, summary.largest_off_diagonal) == (0.9, 0.9, 0.5)
    np.testing.assert_allclose(summary.diagonal_means, (0.65, 0.3))
    identity = overlap_summary(np.eye(4), blocks=4)
    assert (identity.row_entropy, identity.diagonal_means) == (0.0, (1.0, 1.0, 1.0, 1.0))
    np.testing.assert_allclose(overlap_summary(np.full((4, 4), 0.25), blocks=1).row_entropy, 1.0)


@pytest.mark.parametrize(
    ("k", "error"), [(0, ValueError), (9, ValueError), (True, TypeError), (1.5, TypeError)]
)
def test_bad_k_is_refused(k, error):
    A = np.random.default_rng(5).standard_normal((12, 8))
    with pytest.raises(error, match="k must"):
        overlap_matrices(A, A, backend=get_backend("numpy"), k=k)


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="one shape"):
        overlap_matrices(np.ones((3, 2)), np.ones((2, 3)), backend=get_backend("numpy"))
    with pytest.raises(ValueError, match="square"):
        overlap_summary(np.ones((3, 2)))
    with pytest.raises(ValueError, match="blocks"):
        overlap_summary(np.eye(3), blocks=4)
