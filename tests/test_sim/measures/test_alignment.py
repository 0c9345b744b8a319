"""sim, top overlaps and the rank-one comparison against matrices that are written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from support import plain_network

from sim.backend import get_backend
from sim.functions.activations import named
from sim.measures.alignment import (
    compare_rank_one,
    mean_derivative,
    median_product,
    similarity,
    top_overlaps,
    weight_similarity,
)
from sim.measures.norms import top_singular_triplets
from sim.network.two_layer import Gradient
from sim.setting import Setting

SIZES = {"n": 60, "N": 45, "d": 30}
MU_1 = 0.6057055096


def frozen(array):
    array = np.array(array)
    array.flags.writeable = False
    return array


def gradient_of(step, backend, dtype="float64"):
    n = len(step.y)
    return Gradient(
        G=backend.asarray(frozen(step.G.astype(dtype))),
        W=backend.asarray(frozen(step.W.astype(dtype))),
        a=backend.asarray(frozen(step.a.astype(dtype))),
        residual_signal=frozen(step.X.T @ step.r / n),
        label_signal=frozen(step.X.T @ step.y / n),
        residual_2=float(np.mean(step.r**2)),
        residual_4=float(np.mean(step.r**4)),
        zeros=0,
    )


def written_out(step, reading, parametrisation):
    """A of Lemma B.4 as a full matrix."""
    n, N, d = len(step.y), *step.W.shape
    signal = step.X.T @ (step.r if reading == "residual" else -step.y)
    scale = np.sqrt(N * d) if parametrisation == "ntk" else np.sqrt(N)
    return 2.0 * MU_1 / (n * scale) * np.outer(step.a, signal)


@pytest.mark.parametrize("name", ["numpy", "array-api-strict"])
@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("reading", ["residual", "label"])
def test_rank_one_comparison_is_the_written_out_one(name, parametrisation, reading):
    backend = get_backend(name)
    step = plain_network.first_step(**SIZES, seed=2, parametrisation=parametrisation)
    gradient = gradient_of(step, backend)
    found = compare_rank_one(
        gradient,
        top_singular_triplets(gradient.G, backend=backend),
        setting=Setting(**SIZES, parametrisation=parametrisation),
        mu_1=MU_1,
        reading=reading,
        backend=backend,
    )
    A = written_out(step, reading, parametrisation)
    G = step.G
    np.testing.assert_allclose(found.sign_agreement, np.mean(np.sign(G) == np.sign(A)), rtol=1e-12)
    exact = np.linalg.norm(G - A, 2) / np.linalg.norm(G, 2)
    assert abs(found.operator_distance - exact) <= found.operator_bound + 1e-9
    np.testing.assert_allclose(found.frobenius_distance, np.linalg.norm(G - A) / np.linalg.norm(G), rtol=1e-9)
    np.testing.assert_allclose(
        found.median_entry, np.sort(np.abs(A), axis=None)[(A.size - 1) // 2], rtol=1e-12
    )
    lies = [
        written_out(
            step, "label" if reading == "residual" else "residual", parametrisation
        ),  # readings swapped
        -A,  # the sign of the label matrix
        2.0 * A,  # the factor 2
    ]
    for lie in lies:
        assert abs(np.linalg.norm(G - lie, 2) / np.linalg.norm(G, 2) - exact) > 100 * found.operator_bound
    seen_by_signs = (
        lies[:2] if parametrisation == "ntk" else lies[1:2]
    )  # f is small in mean-field: r is -y there
    for lie in seen_by_signs:
        assert abs(np.mean(np.sign(G) == np.sign(lie)) - found.sign_agreement) > 0.01


def test_the_residual_matrix_is_nearer_than_the_label_matrix():
    backend = get_backend("numpy")
    step = plain_network.first_step(n=400, N=300, d=200, seed=1)
    gradient = gradient_of(step, backend, "float32")
    top = top_singular_triplets(gradient.G, backend=backend)
    residual, label = (
        compare_rank_one(
            gradient, top, setting=Setting(n=400, N=300, d=200), mu_1=MU_1, reading=reading, backend=backend
        )
        for reading in ("residual", "label")
    )
    assert residual.operator_distance < 0.2 < 0.5 < label.operator_distance
    assert residual.sign_agreement > label.sign_agreement + 0.05


def test_a_gradient_of_zero_has_no_relative_distance():
    backend = get_backend("numpy")
    step = plain_network.first_step(**SIZES, seed=2)
    gradient = gradient_of(step, backend)
    zero = Gradient(
        **{field: getattr(gradient, field) for field in Gradient.__dataclass_fields__}
        | {"G": np.zeros_like(step.G)}
    )
    top = top_singular_triplets(zero.G, backend=backend)
    found = compare_rank_one(
        zero, top, setting=Setting(**SIZES), mu_1=MU_1, reading="residual", backend=backend
    )
    assert np.isnan((found.operator_distance, found.frobenius_distance)).all()
    assert found.sign_agreement == 0.0
    with pytest.raises(ValueError, match="reading must be"):
        compare_rank_one(zero, top, setting=Setting(**SIZES), mu_1=MU_1, reading="both", backend=backend)


@pytest.mark.parametrize("name", ["numpy", "array-api-strict"])
def test_sim_takes_the_right_vector(name):
    backend = get_backend(name)
    rng = np.random.default_rng(3)
    W = rng.standard_normal((25, 25)) + 40.0 * np.outer(
        *(v / np.linalg.norm(v) for v in rng.standard_normal((2, 25)))
    )
    beta = rng.standard_normal(25)
    beta /= np.linalg.norm(beta)
    U, _, Vt = np.linalg.svd(W)
    value, triplets = weight_similarity(backend.asarray(frozen(W)), frozen(beta), backend=backend)
    np.testing.assert_allclose(value, abs(Vt[0] @ beta), atol=1e-6)
    assert abs(value - abs(U[:, 0] @ beta)) > 1e-3  # left taken for right, or W transposed
    np.testing.assert_allclose(triplets.values[0], np.linalg.norm(W, 2), rtol=1e-7)


@pytest.mark.parametrize(
    ("v", "beta", "message"),
    [
        ([1.0, 0.0], [1.0, 0.0, 0.0], "one length"),
        ([[1.0]], [[1.0]], "one length"),
        ([1.0, 1.0], [1.0, 0.0], "v must be a unit vector"),
        ([1.0, 0.0], [2.0, 0.0], "beta must be a unit vector"),
        ([np.nan, 0.0], [1.0, 0.0], "v must be a unit vector"),
    ],
)
def test_what_is_no_unit_vector_is_refused(v, beta, message):
    with pytest.raises(ValueError, match=message):
        similarity(v, beta)


def test_top_overlaps_are_the_corner_of_the_matrices():
    backend = get_backend("numpy")
    rng = np.random.default_rng(4)
    A, B = rng.standard_normal((2, 18, 18))
    triplets = [top_singular_triplets(M, backend=backend, tol=1e-10) for M in (A, B)]
    left, right = top_overlaps(*triplets)
    (U, _, Vt), (P, _, Qt) = np.linalg.svd(A), np.linalg.svd(B)
    np.testing.assert_allclose((left, right), ((U[:, 0] @ P[:, 0]) ** 2, (Vt[0] @ Qt[0]) ** 2), atol=1e-6)
    assert abs(left - right) > 1e-3  # so that swapping the sides would be seen
    assert abs(left - abs(U[:, 0] @ P[:, 0])) > 1e-3  # not squared
    np.testing.assert_allclose(top_overlaps(triplets[0], triplets[0]), (1.0, 1.0), rtol=1e-12)
    zero = top_singular_triplets(np.zeros((18, 18)), backend=backend)
    assert np.isnan(top_overlaps(triplets[0], zero)).all()
    with pytest.raises(ValueError, match="one shape"):
        top_overlaps(triplets[0], top_singular_triplets(A[:, :7], backend=backend))


@pytest.mark.parametrize("student", ["tanh", "erf", "sin", "linear", "softplus", "silu", "relu", "gelu"])
def test_mean_derivative_by_a_second_quadrature(student):
    derivative = plain_network.FUNCTIONS[student][1]
    exact = integrate.quad(
        lambda z: float(derivative(np.array(z))) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi),
        -10,
        10,
        points=[0.0],
    )[0]
    np.testing.assert_allclose(mean_derivative(named(student)), exact, rtol=1e-7)


@given(
    st.lists(st.floats(0.0, 1e6), min_size=1, max_size=12),
    st.lists(st.floats(0.0, 1e6), min_size=1, max_size=12),
)
def test_median_product_is_the_lower_median(x, y):
    products = np.sort(np.outer(x, y), axis=None)
    np.testing.assert_allclose(
        median_product(np.array(x), np.array(y)), products[(products.size - 1) // 2], rtol=1e-12, atol=1e-300
    )
