"""Null matrices without a matrix, and what the statistics of a spectrum are on them."""

import numpy as np
import pytest
from scipy import stats

from sim.measures.tails import hill_alpha
from theory.random_matrices.bulk import hill_alpha_null, marchenko_pastur_cdf, mid_quantiles
from theory.random_matrices.edges import population_edge
from verify.spectra.alphas import matrix_p_value, null_limits
from verify.spectra.bulk_shape import fit_bulk, white_law
from verify.spectra.null_draws import draw_nulls, null_spectrum, top_excess
from verify.statistics.distributions import kolmogorov_distance


def gaussian(N, d, rng):
    return np.sort(np.linalg.svd(rng.standard_normal((N, d)), compute_uv=False) ** 2)


@pytest.mark.parametrize("shape", [(40, 30), (30, 40), (30, 30), (30, 1)])
def test_bidiagonal_draws_have_the_law_of_gaussian_matrices(shape):
    """Largest, least and mean ln of 400 draws by either route: two-sample tests at 1e-4; the lie is one row more."""
    rng = np.random.default_rng(0)
    N, d = shape
    ours = np.array([null_spectrum(N, d, rng) for _ in range(400)])
    dense = np.array([gaussian(N, d, rng) for _ in range(400)])
    larger = np.array([gaussian(N + 8, d + 8, rng)[-min(shape) :] for _ in range(400)])
    assert ours.shape == dense.shape
    for read in (lambda l: l[:, -1], lambda l: l[:, 0], lambda l: np.log(l).mean(axis=1)):
        assert stats.ks_2samp(read(ours), read(dense)).pvalue > 1e-4
    assert stats.ks_2samp(ours[:, -1], larger[:, -1]).pvalue < 1e-4


def test_the_tabulated_law_is_the_closed_one():
    for N, d in ((1500, 1000), (300, 300), (500, 20)):
        law = white_law(N, d)
        values = mid_quantiles(500, N=N, d=d)
        np.testing.assert_allclose(
            law.below(np.log(values)), marchenko_pastur_cdf(values, N=N, d=d), atol=2e-5
        )


@pytest.mark.parametrize("scale", [1.0, 1e-12, 3.7e5])
def test_the_best_scale_is_found_and_the_distance_does_not_feel_it(scale):
    rng = np.random.default_rng(1)
    law = white_law(300, 200)
    l = scale * gaussian(300, 200, rng)
    fit = fit_bulk(l, law)
    assert fit.variance == pytest.approx(scale, rel=0.02)
    assert fit.deviation < 0.02
    exact = kolmogorov_distance(l, lambda x: marchenko_pastur_cdf(x, N=300, d=200, variance=fit.variance))
    assert fit.deviation == pytest.approx(exact, abs=5e-5)
    for other in (0.97, 1.03):  # no scale beside it is better
        lie = kolmogorov_distance(
            l, lambda x, v=other * fit.variance: marchenko_pastur_cdf(x, N=300, d=200, variance=v)
        )
        assert lie > fit.deviation
    coloured = np.linalg.svd(rng.standard_normal((300, 200)) * np.linspace(0.3, 2, 200), compute_uv=False)
    assert fit_bulk(np.sort(coloured**2), law).deviation > 0.05


def test_zeros_are_a_distance():
    l = np.sort(np.concatenate([np.zeros(50), mid_quantiles(150, N=300, d=200)]))
    assert fit_bulk(l, white_law(300, 200)).deviation >= 0.12


def test_nulls_depend_on_shape_and_seed_alone():
    one, turned, other = (
        draw_nulls(40, 30, draws=12),
        draw_nulls(30, 40, draws=12),
        draw_nulls(40, 30, draws=12, seed=1),
    )
    assert one is not None
    assert turned is not None
    assert other is not None
    assert np.array_equal(one.hill, turned.hill)
    assert not np.array_equal(one.hill, other.hill)
    assert draw_nulls(9, 500, draws=3) is None


def test_hills_null_has_its_limit_and_finite_size_mean():
    nulls = draw_nulls(300, 200, draws=200)
    assert nulls is not None
    rigid = hill_alpha_null(N=300, d=200, method="finite")
    error = nulls.hill.std() / np.sqrt(nulls.hill.size)
    assert nulls.hill.mean() == pytest.approx(rigid, abs=4.0 * error + 0.01)
    hill, ks = null_limits(300, 200)
    assert hill == pytest.approx(2.4492, abs=1e-4)
    assert null_limits(200, 300) == (hill, ks)
    assert hill_alpha(gaussian(300, 200, np.random.default_rng(4))).alpha == pytest.approx(
        nulls.hill.mean(), abs=4.0 * nulls.hill.std()
    )


def test_a_p_value_from_matrices_counts_matrices():
    nulls = np.array([2.4, 2.5, 2.6])
    assert matrix_p_value(2.0, nulls) == 0.25
    assert matrix_p_value(2.5, nulls) == 0.75
    assert matrix_p_value(3.0, nulls) == 1.0
    draws = draw_nulls(60, 40, draws=99)
    assert draws is not None
    rng = np.random.default_rng(9)
    p = np.array([matrix_p_value(hill_alpha(gaussian(60, 40, rng)).alpha, draws.hill) for _ in range(200)])
    assert 0.35 < p.mean() < 0.65
    assert np.mean(p <= 0.05) < 0.12


def test_the_upper_end_of_a_tail_decays_more_slowly():
    assert top_excess(np.sort(1.0 / np.linspace(0.001, 1.0, 500))) == pytest.approx(
        1.0, rel=0.1
    )  # l^-1: mean excess 1
    assert top_excess(np.linspace(1.0, 2.0, 500)) < 0.06


def test_a_known_edge_is_taken():
    from verify.spectra.outliers import find_outliers

    rng = np.random.default_rng(2)
    ev = np.linspace(0.3, 2.0, 200)
    l = np.linalg.svd(rng.standard_normal((300, 200)) * np.sqrt(ev), compute_uv=False) ** 2
    edge = population_edge(ev, 300)
    assert find_outliers(l, edge=edge).values == ()
    beyond = np.append(l, (1.3 * edge.value) ** 2)
    (found,) = find_outliers(beyond, edge=edge).values
    assert found.value == pytest.approx(1.3 * edge.value)
    assert found.p_value < 1e-6
