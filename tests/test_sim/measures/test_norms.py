"""Norms and top triplets against dense SVD and ARPACK; bounds hold, and corrupted triplets break theirs."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats
from scipy.sparse.linalg import svds

from sim.backend import get_backend
from sim.draw import Draw
from sim.measures.norms import failure_probability, frobenius_norm, top_singular_triplets
from sim.network.two_layer import first_gradient
from sim.setting import Setting

NUMPY, STRICT = get_backend("numpy"), get_backend("array-api-strict")


def with_values(s, N, d, seed=0):
    rng = np.random.default_rng(seed)
    U, V = (np.linalg.qr(rng.standard_normal((m, len(s))))[0] for m in (N, d))
    return (U * np.asarray(s)) @ V.T


def matrices():
    rng = np.random.default_rng(1)
    wide = rng.standard_normal((40, 90))
    yield "random", rng.standard_normal((90, 60))
    yield "wide", wide
    yield "square", rng.standard_normal((50, 50))
    yield "signs", np.sign(rng.standard_normal((80, 50)) + 0.5)
    yield "rank one", np.outer(rng.standard_normal(70), rng.standard_normal(30))
    yield "rank one of ones", np.ones((30, 70))
    yield "rank 5", with_values([5.0, 4.0, 3.0, 2.0, 1.0], 60, 40)
    yield "rank 5, wide", with_values([5.0, 4.0, 3.0, 2.0, 1.0], 40, 60)
    yield "clustered", with_values([1 + 1e-9, 1.0, 1 - 1e-9, 1 - 1e-6, *np.linspace(0.1, 0.5, 20)], 60, 50)
    yield "geometric", with_values(10.0 ** -np.arange(16), 50, 40)
    yield "tiny", 1e-30 * rng.standard_normal((60, 40))
    yield "huge", 1e30 * rng.standard_normal((60, 40))
    yield "bad rows", rng.standard_normal((60, 40)) * 10.0 ** rng.uniform(-15, 15, (60, 1))
    yield "bad columns", rng.standard_normal((60, 40)) * 10.0 ** rng.uniform(-15, 15, 40)
    yield "diagonal", np.diag(np.arange(1.0, 31.0))
    yield "identity", np.eye(20)
    yield "column", rng.standard_normal((50, 1))
    yield "row", rng.standard_normal((1, 50))
    yield "one", np.array([[-3.0]])
    yield "one entry", np.pad([[2.0]], ((3, 10), (5, 7)))


CASES = dict(matrices())


def norm_of_residual(A, s, u, v):
    return math.hypot(np.linalg.norm(A @ v - s * u), np.linalg.norm(A.T @ u - s * v)) / math.sqrt(2.0)


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_bounds_against_dense_svd(name, dtype):
    A = CASES[name].astype(dtype)
    A.flags.writeable = False
    exact = np.linalg.svd(A.astype(np.float64), compute_uv=False)
    for k in {1, min(3, *A.shape)}:
        found = top_singular_triplets(A, k=k, backend=NUMPY)
        assert found.converged
        # within a cluster any mixture of its vectors has a small residual
        assert found.values[0] == pytest.approx(exact[0], rel=1e-6 if name == "clustered" else 1e-9)
        assert found.bounds[0] <= 1e-5 * exact[0]
        for s, u, v, bound in zip(found.values, found.left.T, found.right.T, found.bounds, strict=True):
            assert np.abs(exact - s).min() <= bound  # a singular value is that near
            assert np.linalg.norm(u) == pytest.approx(1.0, abs=1e-12)
            assert np.linalg.norm(v) == pytest.approx(1.0, abs=1e-12)
            assert norm_of_residual(A.astype(np.float64), s, u, v) <= bound * (1 + 1e-9) + 1e-15 * exact[0]
        np.testing.assert_allclose(found.values, exact[:k], atol=1e-6 * exact[0])
        assert found.frobenius == pytest.approx(np.linalg.norm(exact), rel=1e-12)


@pytest.mark.parametrize("name", ["random", "wide", "rank 5", "signs", "tiny"])
def test_corrupted_triplets_break_the_bound(name):
    """The lies: a value 1 % off, a vector turned by 1 %, the second triplet passed off as the first."""
    A = CASES[name]
    exact = np.linalg.svd(A, compute_uv=False)
    found = top_singular_triplets(A, k=2, backend=NUMPY)
    s, u, v, bound = found.values[0], found.left[:, 0], found.right[:, 0], found.bounds[0]
    assert np.abs(exact - 1.01 * s).min() > bound or norm_of_residual(A, 1.01 * s, u, v) > bound
    turned = v + 0.01 * found.right[:, 1]
    assert norm_of_residual(A, s, u, turned / np.linalg.norm(turned)) > bound
    assert found.values[1] < exact[0] - bound


@pytest.mark.parametrize("name", ["random", "wide", "square", "signs", "tiny", "huge"])
def test_against_arpack(name):
    A = CASES[name]
    U, s, Vt = svds(A, k=3, rng=np.random.default_rng(0))
    order = np.argsort(-s)
    found = top_singular_triplets(A, k=3, tol=1e-10, backend=NUMPY)
    np.testing.assert_allclose(found.values, s[order], rtol=1e-8)  # ARPACK itself is off by 8e-10 on tiny
    assert (np.abs(np.sum(found.left * U[:, order], axis=0)) > 1 - 1e-7).all()
    assert (np.abs(np.sum(found.right * Vt[order].T, axis=0)) > 1 - 1e-7).all()


def test_rank_deficiency_gives_zeros_with_vectors():
    A = with_values([3.0, 1.0], 30, 20)
    found = top_singular_triplets(A, k=5, backend=NUMPY)
    np.testing.assert_allclose(found.values, [3, 1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(found.left.T @ found.left, np.eye(5), atol=1e-10)
    np.testing.assert_allclose(found.right.T @ found.right, np.eye(5), atol=1e-10)
    assert found.converged
    assert (found.bounds < 1e-12).all()


def test_the_zero_matrix():
    found = top_singular_triplets(np.zeros((7, 4), np.float32), k=2, backend=NUMPY)
    assert found.converged
    assert (found.values == 0).all()
    assert (found.bounds == 0).all()
    assert found.frobenius == 0.0
    np.testing.assert_allclose(found.right.T @ found.right, np.eye(2), atol=1e-12)


def test_a_start_in_an_invariant_space_is_rescued_by_the_second_one():
    """A start orthogonal to the top vector would miss it for ever."""
    A = np.diag([5.0, 4.0, *np.full(50, 1.0)])
    start = np.eye(52)[1]
    found = top_singular_triplets(A, start=start, backend=NUMPY)
    assert found.values[0] == pytest.approx(5.0)
    assert top_singular_triplets(A, start=start, max_steps=1, backend=NUMPY).failure_probability == 1.0


def test_double_values_are_seen_twice():
    found = top_singular_triplets(np.diag([3.0, 3.0, 2.0, *np.linspace(0, 1, 40)]), k=3, backend=NUMPY)
    np.testing.assert_allclose(found.values, [3.0, 3.0, 2.0], rtol=1e-9)


MULTIPLE = {
    "nine copies": ([22.69] * 9 + list(np.linspace(0.5, 5.09, 60)), 4),
    "nine copies, all asked for": ([22.69] * 9 + list(np.linspace(0.5, 5.09, 60)), 9),
    "more than there are copies": ([22.69] * 9 + list(np.linspace(0.5, 5.09, 60)), 12),
    "five below the top": ([30.0, 28.0] + [20.0] * 5 + list(np.linspace(0.5, 5.0, 60)), 6),
    "twice five": ([30.0] * 5 + [20.0] * 5 + list(np.linspace(0.5, 5.0, 60)), 8),
    "two values only": ([3.0] * 30 + [1.0] * 40, 35),
    "three": ([2.0] * 3 + list(np.linspace(0.1, 1.0, 70)), 3),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", sorted(MULTIPLE))
def test_multiple_values_are_seen_as_often_as_they_are_asked_for(case, dtype):
    s, k = MULTIPLE[case]
    A = with_values(s, 90, 80).astype(dtype)
    found = top_singular_triplets(A, k=k, backend=NUMPY)
    np.testing.assert_allclose(found.values, np.sort(s)[::-1][:k], rtol=2e-6)
    np.testing.assert_allclose(found.right.T @ found.right, np.eye(k), atol=1e-6)
    assert found.converged
    assert found.failure_probability <= 1e-6
    one = top_singular_triplets(A, k=1, backend=NUMPY)
    assert one.steps < found.steps


def test_copies_that_there_were_no_steps_to_look_for_are_said_to_be_possible():
    s, k = MULTIPLE["nine copies"]
    found = top_singular_triplets(with_values(s, 90, 80), k=k, max_steps=9, backend=NUMPY)
    assert not found.converged or found.failure_probability > 0.1


def test_a_simple_spectrum_is_as_it_was_beside_the_second_look(monkeypatch):
    A = np.random.default_rng(5).standard_normal((300, 200))
    found = top_singular_triplets(A, k=3, backend=NUMPY)
    monkeypatch.setattr("sim.measures.norms._with_every_copy", lambda A, search, *_: search)
    plain = top_singular_triplets(A, k=3, backend=NUMPY)
    np.testing.assert_array_equal(found.values, plain.values)
    assert plain.steps < found.steps <= plain.steps + 60
    assert 0.0 < found.failure_probability <= 1e-6


def test_the_frobenius_norm_excludes_a_larger_value():
    """A dominant value is certain; one that carries under half of ||A||_F^2 after two steps is not."""
    rng = np.random.default_rng(0)
    dominant = 100.0 * np.outer(np.ones(60), np.ones(50)) + rng.standard_normal((60, 50))
    assert top_singular_triplets(dominant, max_steps=2, backend=NUMPY).failure_probability == 0.0
    bulk = rng.standard_normal((60, 50))
    assert top_singular_triplets(bulk, max_steps=2, backend=NUMPY).failure_probability > 0.1


def test_steps_run_out_is_a_value_not_an_error():
    A = np.random.default_rng(0).standard_normal((300, 200))
    found = top_singular_triplets(A, max_steps=5, backend=NUMPY)
    assert not found.converged
    assert found.steps == 5
    exact = np.linalg.svd(A, compute_uv=False)
    assert np.abs(exact - found.values[0]).min() <= found.bounds[0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["random", "wide", "rank 5", "tiny", "huge", "one entry", "column"])
def test_the_strict_second_device_gives_the_same(name, dtype):
    A = CASES[name].astype(dtype)
    there = STRICT.asarray(A)
    here, strict = top_singular_triplets(A, backend=NUMPY), top_singular_triplets(there, backend=STRICT)
    tolerance = 1e-10 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(strict.values, here.values, rtol=tolerance)
    np.testing.assert_allclose(np.abs(strict.right), np.abs(here.right), atol=math.sqrt(tolerance))
    assert frobenius_norm(there, backend=STRICT) == pytest.approx(frobenius_norm(A, backend=NUMPY), rel=1e-12)


@pytest.mark.parametrize("name", sorted(CASES))
def test_frobenius_norm_in_float64(name):
    A = CASES[name].astype(np.float32)
    exact = math.sqrt(math.fsum((A.astype(np.float64) ** 2).ravel()))
    assert frobenius_norm(A, backend=NUMPY) == pytest.approx(exact, rel=1e-13)


def test_frobenius_norm_beyond_the_range_of_squares():
    A = np.array([[3.0, 4.0]])
    for scale in (1e-300, 1e-170, 1e170, 1e300):
        assert frobenius_norm(scale * A, backend=NUMPY) == pytest.approx(5.0 * scale, rel=1e-14)
        assert top_singular_triplets(scale * A, backend=NUMPY).values[0] == pytest.approx(
            5.0 * scale, rel=1e-14
        )
    small = np.full((10, 10), 1e-40, np.float32)
    assert frobenius_norm(small, backend=NUMPY) == pytest.approx(10 * float(small[0, 0]), rel=1e-12)
    assert top_singular_triplets(small, backend=NUMPY).values[0] == pytest.approx(
        10 * float(small[0, 0]), rel=1e-6
    )


def test_sums_of_squares_do_not_drift_in_float32():
    A = np.full((3000, 700), 0.1, np.float32)
    exact = float(A[0, 0]) * math.sqrt(A.size)
    assert frobenius_norm(A, backend=NUMPY) == pytest.approx(exact, rel=1e-13)
    naive = math.sqrt(float(np.add.accumulate((A.ravel() ** 2)[:2_000_000])[-1]) * A.size / 2e6)
    assert naive != pytest.approx(exact, rel=1e-7)  # the lie: a running sum in float32


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(bad):
    A = np.ones((5, 4))
    A[3, 2] = bad
    for function in (frobenius_norm, top_singular_triplets):
        with pytest.raises(ValueError, match="finite"):
            function(A, backend=NUMPY)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0), (3,), (2, 2, 2)])
def test_what_is_no_matrix_is_refused(shape):
    for function in (frobenius_norm, top_singular_triplets):
        with pytest.raises(ValueError, match="matrix"):
            function(np.ones(shape), backend=NUMPY)


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        ({"k": 0}, "k must"),
        ({"k": 5}, "k must"),
        ({"k": 1.0}, "k must"),
        ({"tol": 0.0}, "tol"),
        ({"tol": math.nan}, "tol"),
        ({"max_steps": 0}, "max_steps"),
        ({"start": np.zeros(4)}, "start"),
        ({"start": np.ones(5)}, "start"),
        ({"start": np.full(4, np.nan)}, "start"),
    ],
)
def test_bad_parameters_are_refused(bad, match):
    with pytest.raises(ValueError, match=match):
        top_singular_triplets(np.ones((5, 4)), backend=NUMPY, **bad)


def test_failure_probability_bounds_what_starts_really_do():
    """Share of random starts that miss the top value of a hard matrix by more than the gap, against the bound."""
    size, steps, gap, starts = 400, 5, 0.3, 400
    A = np.diag([2.0, *np.ones(size - 1)])
    A[1:, 1:] = np.diag(np.sqrt(np.linspace(1e-3, 1.0, size - 1)))
    missed = 0
    for seed in range(starts):
        found = top_singular_triplets(A, seed=seed, max_steps=steps, tol=1e-12, backend=NUMPY)
        missed += (1 + gap) * found.values[0] < 2.0
    bound = failure_probability(size, steps, gap)
    assert 0.0 < bound < 1.0
    assert stats.binom.sf(missed - 1, starts, bound) > 1e-4  # not more often than the bound allows


def test_failure_probability_falls_with_steps_and_gap():
    bounds = [failure_probability(1000, steps) for steps in (0, 1, 10, 40, 60, 100)]
    assert bounds[:2] == [1.0, 1.0]
    assert all(a >= b for a, b in pairwise(bounds))
    assert failure_probability(1000, 20, 0.1) < failure_probability(1000, 20, 0.01)
    assert failure_probability(1000, 10**6) == 0.0


@pytest.mark.parametrize("seed", range(2))
def test_reach_of_golub_kahan_in_float32(seed):
    """sign(G_0) in at most 10 steps, W_0 at (1500, 1000) in at most 60, value to 1e-6 and bound to 1e-5."""
    draw = Draw(setting=Setting(n=2000, N=1500, d=1000), seed=seed)
    gradient = first_gradient(draw, backend=NUMPY)
    for A, limit in ((np.sign(gradient.G), 10), (gradient.W, 60)):
        found = top_singular_triplets(A, start=draw.start_vector(1000), backend=NUMPY)
        gram = A.astype(np.float64).T @ A.astype(np.float64)
        exact = math.sqrt(np.linalg.eigvalsh(gram)[-1])  # good to 1e-12 for the largest
        assert found.converged
        assert found.steps <= limit
        assert found.values[0] == pytest.approx(exact, rel=1e-6)
        assert found.bounds[0] <= 1e-5 * exact
        assert abs(found.values[0] - exact) <= found.bounds[0]
