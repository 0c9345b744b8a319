"""Deterministic inequalities on random and on extreme matrices: no violation, and the cases of equality."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import hadamard

from theory.random_matrices.inequalities import (
    forster_bound,
    forster_equality,
    forster_rank_bound,
    interlacing_interval,
    norm_interval,
    sign_norm_interval,
    singular_vector_bound,
    sufficient_eta,
    weyl_interval,
    weyl_sum_bounds,
)

EPS = 1e-9


def matrix_of_rank(seed, rows, columns, rank, heavy=False):
    rng = np.random.default_rng([seed, rows, columns, rank])
    left, right = rng.standard_normal((rows, rank)), rng.standard_normal((rank, columns))
    if heavy:
        left, right = left**3, right**3
    return left @ right


shapes = st.tuples(
    st.integers(0, 10**6), st.integers(1, 12), st.integers(1, 12), st.integers(1, 12), st.booleans()
)


@given(shapes)
def test_forster_holds_and_is_strict_beyond_rank_one(shape):
    seed, rows, columns, rank, heavy = shape
    rank = min(rank, rows, columns)
    X = matrix_of_rank(seed, rows, columns, rank, heavy)
    bound = forster_bound(rows=rows, columns=columns, rank=rank)
    norm = float(np.linalg.norm(np.sign(X), 2))
    assert norm >= bound.value * (1 - EPS)
    assert forster_equality(X) == (rank == 1)
    assert bound.equality_possible == (rank == 1)
    if rank == 1:
        assert norm == pytest.approx(bound.value, rel=1e-12)
    else:
        assert norm > bound.value * (1 + 1e-6)


@pytest.mark.parametrize(("rows", "columns", "rank"), [(40, 40, 2), (60, 30, 2), (50, 50, 3)])
def test_a_stronger_bound_is_violated(rows, columns, rank):
    """The lie: sqrt(rows columns), which only rank 1 attains; and no draw reaches the true bound."""
    worst = min(np.linalg.norm(np.sign(matrix_of_rank(seed, rows, columns, rank)), 2) for seed in range(200))
    assert worst < math.sqrt(rows * columns)
    assert worst > forster_bound(rows=rows, columns=columns, rank=rank).value


def test_forster_on_uniform_directions_is_sharp_up_to_a_root():
    """Rows and columns uniform on the circle, rank 2: ||S||/sqrt(rows columns) = E|cos| = 2/pi > 1/2."""
    angles = (np.arange(400) + 0.5) * 2.0 * np.pi / 400
    X = np.cos(angles[:, None] - angles + 0.001)
    norm = float(np.linalg.norm(np.sign(X), 2)) / 400
    assert norm == pytest.approx(2.0 / math.pi, rel=1e-3)
    assert norm > forster_bound(rows=400, columns=400, rank=2).value / 400


@pytest.mark.parametrize("order", [2, 4, 8, 16])
def test_rank_bound_of_hadamard_matrices(order):
    assert forster_rank_bound(hadamard(order)) == pytest.approx(math.sqrt(order), rel=1e-12)
    assert forster_rank_bound(hadamard(order)) <= order


@given(shapes)
def test_rank_bound_is_a_lower_bound_of_the_rank(shape):
    seed, rows, columns, rank, heavy = shape
    rank = min(rank, rows, columns)
    X = matrix_of_rank(seed, rows, columns, rank, heavy)
    assert forster_rank_bound(np.sign(X)) <= rank * (1 + EPS)
    assert forster_rank_bound(X) <= rank * (1 + EPS)


@given(shapes)
def test_norms_lie_in_their_intervals(shape):
    seed, rows, columns, rank, heavy = shape
    rank = min(rank, rows, columns)
    X = matrix_of_rank(seed, rows, columns, rank, heavy)
    lower, upper = norm_interval(frobenius=float(np.linalg.norm(X)), rank=rank)
    assert lower * (1 - EPS) <= np.linalg.norm(X, 2) <= upper * (1 + EPS)
    lower, upper = sign_norm_interval(rows=rows, columns=columns)
    assert lower * (1 - EPS) <= np.linalg.norm(np.sign(X), 2) <= upper * (1 + EPS)


def test_sign_norm_interval_is_attained_at_both_ends():
    lower, upper = sign_norm_interval(rows=8, columns=8)
    assert np.linalg.norm(hadamard(8), 2) == pytest.approx(lower, rel=1e-12)
    assert np.linalg.norm(np.ones((8, 8)), 2) == pytest.approx(upper, rel=1e-12)
    assert lower == pytest.approx(math.sqrt(8), rel=1e-15)


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(2, 9), st.integers(1, 3))
def test_weyl_and_interlacing(seed, rows, columns, rank):
    A, B = (
        matrix_of_rank(seed, rows, columns, 9),
        matrix_of_rank(seed + 1, rows, columns, min(rank, rows, columns)),
    )
    s = np.linalg.svd(A, compute_uv=False)
    b = np.linalg.svd(B, compute_uv=False)
    found = np.linalg.svd(A + B, compute_uv=False)
    slack = EPS * (s[0] + b[0])
    lower, upper = weyl_interval(s, perturbation_norm=b[0])
    assert np.all(lower - slack <= found)
    assert np.all(found <= upper + slack)
    assert np.all(found <= weyl_sum_bounds(s, b) + slack)
    lower, upper = interlacing_interval(s, rank=rank)
    assert np.all(lower - slack <= found)
    assert np.all(found <= upper + slack)


def test_weyl_is_attained_and_a_tighter_one_is_violated():
    A, B = np.diag([3.0, 2.0]), np.diag([1.0, 0.0])
    found = np.linalg.svd(A + B, compute_uv=False)
    _, upper = weyl_interval([3.0, 2.0], perturbation_norm=1.0)
    assert found[0] == upper[0]
    _, tighter = weyl_interval([3.0, 2.0], perturbation_norm=0.9)  # the lie
    assert found[0] > tighter[0]
    lower, free = interlacing_interval([3.0, 2.0], rank=1)
    assert free.tolist() == [math.inf, 3.0]
    assert lower.tolist() == [2.0, 0.0]


def test_what_norms_alone_say_about_the_spike():
    rng = np.random.default_rng(0)
    N, d = 60, 40
    W = rng.standard_normal((N, d))
    D = np.sign(np.outer(rng.standard_normal(N), rng.standard_normal(d)) + 0.3 * rng.standard_normal((N, d)))
    U, s, V = np.linalg.svd(D, full_matrices=False)
    norms = {"weight_norm": float(np.linalg.norm(W, 2)), "update_top": s[0], "update_second": s[1]}
    start = sufficient_eta(**norms)
    assert singular_vector_bound(eta=start, **norms) == 0.0
    for stretch in (1.01, 1.5, 3.0, 20.0):
        U1, s1, V1 = np.linalg.svd(W - stretch * start * D, full_matrices=False)
        bound = singular_vector_bound(eta=stretch * start, **norms)
        assert s1[0] > s1[1] + (stretch - 1.0) * start * (s[0] - s[1]) - 1e-9
        assert (U1[:, 0] @ U[:, 0]) ** 2 >= bound
        assert (V1[0] @ V[0]) ** 2 >= bound
    assert singular_vector_bound(eta=100.0 * start, **norms) > 0.99
    assert sufficient_eta(weight_norm=1.0, update_top=1.0, update_second=1.0) == math.inf


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: forster_bound(rows=0, columns=1, rank=1), ValueError, "rows must be"),
        (lambda: forster_bound(rows=2, columns=2, rank=3), ValueError, "rank must be"),
        (lambda: forster_bound(rows="2", columns=2, rank=1), TypeError, "rows must be"),
        (lambda: forster_rank_bound([[1.0, 0.0]]), ValueError, "no zero entry"),
        (lambda: forster_rank_bound([1.0, 2.0]), ValueError, "non-empty matrix"),
        (lambda: forster_rank_bound([[math.nan]]), ValueError, "finite"),
        (lambda: forster_rank_bound(np.zeros((0, 3))), ValueError, "non-empty matrix"),
        (lambda: forster_equality([[0.0]]), ValueError, "no zero entry"),
        (lambda: norm_interval(frobenius=-1.0, rank=1), ValueError, "frobenius must be"),
        (lambda: weyl_interval([1.0, 2.0], perturbation_norm=1.0), ValueError, "descending"),
        (lambda: weyl_interval([], perturbation_norm=1.0), ValueError, "non-empty vector"),
        (lambda: weyl_sum_bounds([1.0], [1.0, 0.5]), ValueError, "equally long"),
        (lambda: interlacing_interval([1.0], rank=0), ValueError, "rank must be"),
        (
            lambda: sufficient_eta(weight_norm=1, update_top=1, update_second=2),
            ValueError,
            "update_second must be",
        ),
    ],
)
def test_bad_input_is_named(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
