"""ESD of rows of unequal noise on top of independent entries, and of W_1 after a step of GD.

Against the law of equal rows, its transpose, traces, its own edges, drawn matrices and plain networks.
"""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from scipy import special
from support.plain_network import first_step

from theory.gradient.norms import gradient_norms
from theory.prediction.prediction import predict
from theory.random_matrices.esd import spectral_cdf, spectral_density, spectral_law, spectral_quantile
from theory.random_matrices.random_covariance import RandomCovariance, with_added
from theory.random_matrices.weighted_fixed_point import weighted_levels_of
from verify.statistics import mean_interval, power_value, value_verdict
from verify.statistics.verdict import Verdict

SIZES = [(240, 180, 120), (240, 60, 120), (80, 180, 120), (240, 120, 120)]
P = np.array([0.01, 0.1, 0.5, 0.9, 0.99])


def squares(count):
    """Mid-quantiles of a squared standard normal, mean 1."""
    found = special.ndtri((np.arange(count) + 0.5) / count) ** 2
    return found / found.mean()


@lru_cache(maxsize=16)
def law_of(n, N, d, loudness, added=1.0):
    """Uneven columns, samples and rows."""
    base, gain = np.linspace(0.0, 0.6, d), np.linspace(1.2, 0.2, d)
    covariance = RandomCovariance(base=base, gain=gain, weights=squares(n))
    return spectral_law(covariance, N, row_weights=loudness * squares(N), added=added)


@pytest.mark.parametrize(("n", "N", "d"), SIZES)
def test_equal_weights_are_the_law_without_weights(n, N, d):
    """Two solvers: of three unknowns, and of two with what is added in the base."""
    covariance = RandomCovariance(base=np.linspace(0.1, 0.6, d), gain=np.ones(d), weights=squares(n))
    loud = RandomCovariance(base=2.0 * covariance.base, gain=2.0 * covariance.gain, weights=squares(n))
    plain = spectral_law(with_added(loud, 0.7), N)
    weighted = spectral_law(covariance, N, row_weights=np.full(N, 2.0), added=0.7)
    s = spectral_quantile(plain, P)
    np.testing.assert_allclose(spectral_cdf(weighted, s), spectral_cdf(plain, s), atol=1e-11)
    np.testing.assert_allclose(spectral_density(weighted, s), spectral_density(plain, s), rtol=1e-9)
    assert weighted.lower.value == pytest.approx(plain.lower.value, rel=1e-8)
    assert weighted.converged
    quieter = spectral_law(covariance, N, row_weights=np.full(N, 1.99), added=0.7)  # the lie
    assert np.max(np.abs(spectral_cdf(quieter, s) - spectral_cdf(plain, s))) > 1e-4
    same = spectral_law(loud, N, added=0.7)
    np.testing.assert_allclose(spectral_quantile(same, P), spectral_quantile(plain, P), rtol=1e-12)


@pytest.mark.parametrize(("N", "d"), [(180, 120), (60, 120)])
@pytest.mark.parametrize("loudness", [0.05, 2.0, 1e4])
def test_even_columns_are_the_transpose_of_a_known_covariance(N, d, loudness):
    """Y = diag(v)^(1/2) times Gaussian: as many rows of covariance diag(v) as there were columns."""
    weights = loudness * squares(N)
    even = RandomCovariance(base=np.ones(d), gain=np.zeros(d), weights=np.ones(1))
    law = spectral_law(even, N, row_weights=weights, added=1.0)
    other = spectral_law(RandomCovariance(base=1.0 + weights, gain=np.zeros(N), weights=np.ones(1)), d)
    np.testing.assert_allclose(
        spectral_cdf(law, spectral_quantile(other, P)), spectral_cdf(other, spectral_quantile(other, P)), atol=1e-10
    )  # fmt: skip
    assert law.upper.value == pytest.approx(other.upper.value, rel=1e-8)
    assert law.lower.value == pytest.approx(other.lower.value, rel=1e-6)


def moments(law):
    """int s^p density(s) ds, p = 0, 2, 4; s = mid - half cos(angle) takes the square roots off the ends."""
    x, w = np.polynomial.legendre.leggauss(24)
    edges = np.linspace(0.0, np.pi, 41)
    half = 0.5 * np.diff(edges)[:, None]
    angle = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * x).ravel()
    low, high = law.lower.value, law.upper.value
    s = low + 0.5 * (high - low) * (1 - np.cos(angle))
    mass = (half * w).ravel() * 0.5 * (high - low) * np.sin(angle) * spectral_density(law, s)
    return float(mass.sum()), float(mass @ s**2), float(mass @ s**4)


@pytest.mark.parametrize(("n", "N", "d"), SIZES)
@pytest.mark.parametrize("loudness", [0.2, 3.0])
def test_mass_and_first_two_moments_are_the_traces(n, N, d, loudness):
    """E tr (Y^T Y)^2 = tr (sum_i C_i)^2 + sum_i (tr C_i)^2 to leading order, C_i = added I + w_i Sigma."""
    law = law_of(n, N, d, loudness)
    base, gain, weights, w = law.covariance.base, law.covariance.gain, law.covariance.weights, law.row_weights
    trace = np.sum(base + gain)
    trace_2 = np.sum((base + gain) ** 2) + np.sum(gain) ** 2 * np.mean(weights**2) / n
    whole = d * N**2 + 2.0 * N * w.sum() * trace + w.sum() ** 2 * trace_2
    k = min(N, d)
    mass, square, fourth = moments(law)
    assert law.converged
    assert mass == pytest.approx(1.0, rel=1e-6)
    assert k * square == pytest.approx(np.sum(d + w * trace), rel=1e-6)
    assert k * fourth == pytest.approx(whole + np.sum((d + w * trace) ** 2), rel=1e-6)
    even = whole + N * np.mean(d + w * trace) ** 2  # the lie: rows of one noise
    assert k * fourth != pytest.approx(even, rel=1e-3)


@pytest.mark.parametrize(("n", "N", "d"), SIZES[:3])
@pytest.mark.parametrize("loudness", [1e-3, 1.0, 50.0])
def test_edges_are_where_the_density_ends(n, N, d, loudness):
    """The edges come from a real curve, the density from a complex fixed point: no shared equation solver."""
    law = law_of(n, N, d, loudness)
    for edge, sign in ((law.lower.value, 1), (law.upper.value, -1)):
        step = 1e-5 * edge
        d1, d2 = spectral_density(law, edge + sign * step * np.array([1.0, 2.0])) ** 2
        zero = edge + sign * step * (1 - d1 / (d2 - d1))
        assert zero == pytest.approx(edge, rel=1e-7)
    ends = np.array([0.5 * law.lower.value, 2 * law.upper.value])
    assert spectral_cdf(law, ends) == pytest.approx([0.0, 1.0], abs=1e-9)


def test_distribution_function_and_density_are_two_routes():
    law = law_of(240, 180, 120, 2.0)
    x, w = np.polynomial.legendre.leggauss(40)
    for low, high in pairwise(spectral_quantile(law, np.linspace(0.1, 0.9, 5))):
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        mass = half * w @ spectral_density(law, middle + half * x)
        rise = np.diff(spectral_cdf(law, np.array([low, high])))[0]
        assert rise == pytest.approx(mass, rel=1e-8)
        assert rise != pytest.approx(1.001 * mass, rel=1e-8)
    exact = spectral_quantile(law, P, method="exact")
    np.testing.assert_allclose(spectral_cdf(law, exact), P, atol=1e-11)
    np.testing.assert_allclose(spectral_quantile(law, P), exact, rtol=1e-3)


@pytest.mark.parametrize("loudness", [1e-8, 1e8])
@pytest.mark.parametrize("N", [60, 180])
def test_noise_that_is_next_to_nothing_or_all_there_is_converges(N, loudness):
    law = law_of(240, N, 120, loudness)
    assert law.converged
    assert np.all(np.diff(law.s) > 0.0)
    other = law_of(240, N, 120, loudness, 1e4)  # another unit of what is added and weighted
    if loudness < 1.0:
        np.testing.assert_allclose(spectral_quantile(other, P), 100.0 * spectral_quantile(law, P), rtol=1e-6)


def test_many_rows_share_their_levels():
    """Of 10,000 rows with weights all different: 4000 levels, and the same law to 1e-5."""
    covariance = RandomCovariance(base=np.zeros(50), gain=np.ones(50), weights=squares(100))
    weights = np.random.default_rng(0).exponential(size=10_000)
    levels = weighted_levels_of(covariance, 10_000, weights, 1.0)
    assert levels.rows.size == 4000
    assert levels.counts.sum() == 10_000
    law = spectral_law(covariance, 10_000, row_weights=weights, added=1.0, points=16)
    few = spectral_law(covariance, 10_000, row_weights=np.sort(weights)[::-1], added=1.0, points=16)
    s = spectral_quantile(law, P)
    np.testing.assert_allclose(spectral_cdf(few, s), spectral_cdf(law, s), atol=1e-12)
    first = (weights.sum() + 10_000) * 50.0
    fine = spectral_quantile(law, (np.arange(2000) + 0.5) / 2000)
    assert 50 * np.mean(fine**2) == pytest.approx(first, rel=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"row_weights": np.ones(5), "added": 1.0}, "row_weights must have N = 6 entries, got 5"),
        ({"row_weights": np.ones(6)}, "added must be > 0 for a lower edge of weighted rows"),
        ({"added": -1.0}, "added must be finite and >= 0, got -1.0"),
    ],
)
def test_bad_input_names_parameter_requirement_and_value(options, words):
    covariance = RandomCovariance(base=np.ones(4), gain=np.ones(4), weights=np.ones(3))
    with pytest.raises(ValueError, match=words):
        spectral_law(covariance, 6, **options)


# --- plain networks -----------------------------------------------------------------------------------------

LEVELS = np.linspace(0.05, 0.95, 19)
BOUND = 0.03  # on the distance of distribution functions, stated at d = 100: 2 % where d = 200
SEEDS = range(4000, 4120)


def mean_shares(rows, quantiles):
    """Per run, the share of singular values below each quantile."""
    return np.array([(values[:, None] < quantiles).mean(axis=0) for values in rows])


@pytest.mark.parametrize("loudness", [2.0, 50.0])
def test_a_step_of_gd_leaves_the_bulk_of_unequal_rows(loudness):
    """Largest distance of the runs' mean distribution function; that of one variance for all rows is 0.15 and more."""
    sizes = {"n": 200, "N": 150, "d": 100}
    record = predict(**sizes, optimiser="gd")
    operator, frobenius = gradient_norms(record.signal_noise)
    eta = math.sqrt(loudness * 150 * 100 / (frobenius**2 - operator**2))
    assert eta > 1.5 * record["critical_eta"].value  # so that the top value is the spike
    law = record.spectrum(eta)
    assert not any("variance" in flag for flag in law.flags)
    rows = []
    for seed in SEEDS:
        step = first_step(**sizes, seed=seed)
        rows.append(np.linalg.svd(step.W - eta * step.G, compute_uv=False)[1:])
    even = spectral_law(
        RandomCovariance(base=np.full(100, 1.0 + loudness), gain=np.zeros(100), weights=np.ones(1)), 150
    )
    distances = [
        np.max(np.abs(mean_shares(rows, spectral_quantile(each, LEVELS)).mean(axis=0) - LEVELS))
        for each in (law, even)
    ]
    assert distances[0] < BOUND < 4.0 * BOUND < distances[1]
    shares = mean_shares(rows, spectral_quantile(law, LEVELS))
    lie = float(np.max(np.abs(spectral_cdf(law, spectral_quantile(even, LEVELS)) - LEVELS)))
    for level, found in zip(LEVELS[[1, 9, 17]], shares.T[[1, 9, 17]], strict=True):
        spread, seeds = 0.025, len(rows)
        assert power_value(margin=BOUND, spread=spread, repeats=seeds, error_rate=1e-4, lie=lie) >= 0.99
        interval = mean_interval(found, error_rate=1e-4)
        assert value_verdict(interval, predicted=level, margin=BOUND) is Verdict.SUPPORTED
        assert value_verdict(interval, predicted=level + lie, margin=BOUND) is Verdict.REFUTED
