"""ESD of W_1: Marchenko-Pastur, mass and moments, density against distribution function, edges, plain
networks."""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from support.plain_network import first_step

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.moments.moments import student_moments, teacher_moments
from theory.random_matrices import bulk
from theory.random_matrices.esd import (
    spectral_cdf,
    spectral_density,
    spectral_law,
    spectral_mid_quantiles,
    spectral_quantile,
)
from theory.random_matrices.random_covariance import RandomCovariance
from theory.spectrum.noise_spectra import weight_spectrum
from verify.statistics import mean_interval, power_value, value_verdict
from verify.statistics.verdict import Verdict

TEACHER = named("softplus")
STUDENT, LINK = student_moments(named("tanh")), teacher_moments(TEACHER)
SIZES = [(400, 300, 200), (400, 80, 200), (120, 300, 200), (400, 200, 200)]
P = np.array([0.002, 0.05, 0.3, 0.5, 0.8, 0.99])


def problem(n, N, d, parametrisation="ntk"):
    return signal_noise(
        n=n, N=N, d=d, student=STUDENT, teacher=LINK, noise=0.3, parametrisation=parametrisation
    )


@lru_cache(maxsize=32)
def law_of(n, N, d, eta, parametrisation="ntk"):
    return weight_spectrum(problem(n, N, d, parametrisation), TEACHER, eta)


@pytest.mark.parametrize(("n", "N", "d"), SIZES)
def test_no_step_gives_marchenko_pastur(n, N, d):
    law = law_of(n, N, d, 0.0)
    expected = np.sqrt(bulk.marchenko_pastur_quantile(P, N=N, d=d))
    exact = spectral_quantile(law, P, method="exact")
    np.testing.assert_allclose(exact, expected, rtol=1e-8)
    np.testing.assert_allclose(spectral_quantile(law, P), expected, rtol=1e-3)
    np.testing.assert_allclose(spectral_cdf(law, expected), P, atol=1e-10)
    density = 2 * expected * bulk.marchenko_pastur_density(expected**2, N=N, d=d)
    np.testing.assert_allclose(spectral_density(law, expected), density, rtol=1e-8)
    other = np.sqrt(bulk.marchenko_pastur_quantile(P, N=N + 3, d=d))  # a lie
    assert np.max(np.abs(exact / other - 1)) > 1e-3
    # Mean-field: the same in units of 1/sqrt d.
    field = spectral_quantile(law_of(n, N, d, 0.0, "mean-field"), P, method="exact")
    np.testing.assert_allclose(field * math.sqrt(d), exact, rtol=1e-9)


def moments(law):
    """int s^p density(s) ds, p = 0, 2, 4; s = mid - half cos(angle) takes the square roots off the ends."""
    x, w = np.polynomial.legendre.leggauss(24)
    edges = np.linspace(0.0, np.pi, 21)
    half = 0.5 * np.diff(edges)[:, None]
    angle = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * x).ravel()
    low, high = law.lower.value, law.upper.value
    s = low + 0.5 * (high - low) * (1 - np.cos(angle))
    mass = (half * w).ravel() * 0.5 * (high - low) * np.sin(angle) * spectral_density(law, s)
    return float(mass.sum()), float(mass @ s**2), float(mass @ s**4)


@pytest.mark.parametrize(("n", "N", "d"), SIZES)
@pytest.mark.parametrize("eta", [0.3, 1.0, 3.0])
def test_mass_and_first_two_moments_are_the_traces(n, N, d, eta):
    """E tr Y^T Y = N tr Sigma, E tr (Y^T Y)^2 = N^2 tr Sigma^2 + N (tr Sigma)^2, with E over Sigma in closed
    form."""
    law = law_of(n, N, d, eta)
    base, gain, weights = law.covariance.base, law.covariance.gain, law.covariance.weights
    first = np.sum(base + gain)
    second = np.sum((base + gain) ** 2) + np.sum(gain) ** 2 * np.mean(weights**2) / n
    k = min(N, d)
    assert law.converged
    mass, square, fourth = moments(law)
    assert mass == pytest.approx(1.0, rel=1e-7)
    assert k * square == pytest.approx(N * first, rel=1e-7)
    assert k * fourth == pytest.approx(N**2 * second + N * first**2, rel=1e-7)
    assert k * fourth != pytest.approx(
        N**2 * np.sum((base + gain) ** 2) + N * first**2, rel=1e-5
    )  # a lie: Sigma known


def test_moments_at_a_large_learning_rate():
    """eta = 30: two modes and next to nothing between them; by sums over fine quantiles, as quadrature would
    miss them."""
    law = law_of(400, 300, 200, 30.0)
    s = spectral_quantile(law, (np.arange(4000) + 0.5) / 4000)
    base, gain = law.covariance.base, law.covariance.gain
    assert 200 * np.mean(s**2) == pytest.approx(300 * np.sum(base + gain), rel=1e-4)


@pytest.mark.parametrize("eta", [0.5, 3.0])
def test_distribution_function_and_density_are_two_routes(eta):
    """The log-determinant against the integrated density, between quantiles."""
    law = law_of(400, 300, 200, eta)
    s = spectral_quantile(law, np.linspace(0.1, 0.9, 9))
    x, w = np.polynomial.legendre.leggauss(40)
    for low, high in pairwise(s):
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        mass = half * w @ spectral_density(law, middle + half * x)
        rise = np.diff(spectral_cdf(law, np.array([low, high])))[0]
        assert rise == pytest.approx(mass, rel=1e-8)
        assert rise != pytest.approx(1.001 * mass, rel=1e-8)


@pytest.mark.parametrize("eta", [1e-3, 1.0, 100.0])
@pytest.mark.parametrize(("n", "N", "d"), SIZES[:3])
def test_edges_are_where_the_density_ends(n, N, d, eta):
    """The edges come from a real minimum, the density from a complex fixed point: no shared equation
    solver."""
    law = law_of(n, N, d, eta)
    low, high = law.lower.value, law.upper.value
    inside = spectral_density(law, np.array([low * (1 + 1e-6), high * (1 - 1e-6)]))
    outside = spectral_density(law, np.array([low * (1 - 1e-6), high * (1 + 1e-6)]))
    assert np.all(outside < 1e-4 * inside)
    # Square-root ends: density^2 is linear in the distance, and extrapolates to zero at the edge.
    for edge, sign in ((low, 1), (high, -1)):
        step = 1e-5 * edge
        d1, d2 = spectral_density(law, edge + sign * step * np.array([1.0, 2.0])) ** 2
        zero = edge + sign * step * (1 - d1 / (d2 - d1))
        assert zero == pytest.approx(edge, rel=1e-8)
    assert spectral_cdf(law, np.array([0.5 * low, 2 * high])) == pytest.approx([0.0, 1.0], abs=1e-9)


def test_quantiles_invert_the_distribution_function():
    law = law_of(400, 300, 200, 2.0)
    p = np.linspace(0.005, 0.995, 40)
    exact = spectral_quantile(law, p, method="exact")
    np.testing.assert_allclose(spectral_cdf(law, exact), p, atol=1e-11)
    np.testing.assert_allclose(spectral_quantile(law, p), exact, rtol=2e-4)
    assert spectral_quantile(law, [0.0, 1.0]) == pytest.approx([law.lower.value, law.upper.value], rel=1e-15)
    middle = spectral_mid_quantiles(law)
    assert middle.shape == (200,)
    assert np.all(np.diff(middle) > 0)


def test_known_covariance_of_two_levels_has_the_moments_of_its_mixture():
    law = spectral_law(
        RandomCovariance(base=np.repeat([1.0, 30.0], 60), gain=np.zeros(120), weights=np.ones(1)), 2000
    )
    # Far more rows than columns: two separate bulks of half the mass, a gap between them.
    assert spectral_cdf(law, [math.sqrt(2000) * 2.2]) == pytest.approx([0.5], abs=1e-9)
    assert spectral_density(law, [math.sqrt(2000) * 2.2])[0] < 1e-9


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: spectral_density(law_of(400, 300, 200, 1.0), [0.0]),
            "s must hold finite singular values > 0",
        ),
        (lambda: spectral_quantile(law_of(400, 300, 200, 1.0), 1.5), r"p must lie in \[0, 1\], got 1.5"),
        (
            lambda: spectral_quantile(law_of(400, 300, 200, 1.0), 0.5, method="x"),
            "method must be one of interpolated",
        ),
        (
            lambda: spectral_law(law_of(400, 300, 200, 1.0).covariance, 0),
            "N must be a positive integer, got 0",
        ),
        (
            lambda: spectral_law(law_of(400, 300, 200, 1.0).covariance, 5, points=4),
            "points must be >= 8, got 4",
        ),
        (
            lambda: weight_spectrum(problem(40, 30, 20), TEACHER, math.nan),
            "eta must be finite and >= 0, got nan",
        ),
    ],
)
def test_bad_input_names_parameter_requirement_and_value(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- plain networks -----------------------------------------------------------------------------------------

LEVELS = (0.1, 0.5, 0.9, 0.98)


@lru_cache(maxsize=4)
def simulated(d, eta, repeats):
    """Quantiles of the d - 1 singular values of W_1 off the spike, one row per seed, at LEVELS; N = 1.5 d, n
    = 2 d."""
    rows = []
    for seed in range(repeats):
        step = first_step(n=2 * d, N=3 * d // 2, d=d, seed=seed)
        values = np.sort(np.linalg.svd(step.W - eta * np.sign(step.G), compute_uv=False))[:-1]
        rows.append(np.interp(LEVELS, (np.arange(d - 1) + 0.5) / (d - 1), values))
    return np.array(rows)


def one_variance(d, eta):
    """The lie: every column of the sign noise has the mean variance 1 - c^2 and no correlation."""
    sn = problem(2 * d, 3 * d // 2, d)
    tau = math.sqrt(1 + eta**2 * (1 - 2 / math.pi * math.asin(sn.p)))
    return tau * np.sqrt(bulk.marchenko_pastur_quantile(LEVELS, N=sn.N, d=d))


def verdicts(values, predicted, margin):
    return [
        value_verdict(mean_interval(column / q, error_rate=1e-4 / len(LEVELS)), predicted=1.0, margin=margin)
        for column, q in zip(values.T, predicted, strict=True)
    ]


@pytest.mark.parametrize(("eta", "margin", "spread"), [(1.0, 0.03, 0.02), (3.0, 0.05, 0.035)])
def test_bulk_of_plain_networks(eta, margin, spread):
    """Quantiles at d = 200: finite-size shifts reach 1 %, one run scatters by up to `spread`; margins of 3
    and 5 %."""
    repeats, d = 60, 200
    rate = 1e-4 / len(LEVELS)
    for lie in (None, 2.5 * margin):
        assert power_value(margin=margin, spread=spread, repeats=repeats, error_rate=rate, lie=lie) >= 0.99
    values = simulated(d, eta, repeats)
    law = law_of(2 * d, 3 * d // 2, d, eta)
    predicted = spectral_quantile(law, LEVELS)
    assert verdicts(values, predicted, margin) == [Verdict.SUPPORTED] * len(LEVELS)
    assert Verdict.REFUTED in verdicts(
        values, 1.08 * predicted if eta == 1.0 else one_variance(d, eta), margin
    )


@pytest.mark.slow
def test_bulk_extrapolated_in_one_over_d():
    """eta = 3, d = 100 and 200: 2 q(200) - q(100) within 4 %, where one variance for all columns is off by
    10 to 40 %."""
    rows = {}
    for d in (100, 200):
        law = law_of(2 * d, 3 * d // 2, d, 3.0)
        rows[d] = (
            simulated(d, 3.0, 400) / spectral_quantile(law, LEVELS),
            one_variance(d, 3.0) / spectral_quantile(law, LEVELS),
        )
    limit = 2 * rows[200][0] - rows[100][0]
    rate = 1e-4 / len(LEVELS)
    for lie in (None, 0.1):
        assert power_value(margin=0.04, spread=0.1, repeats=400, error_rate=rate, lie=lie) >= 0.99
    assert verdicts(limit, np.ones(len(LEVELS)), 0.04) == [Verdict.SUPPORTED] * len(LEVELS)
    assert verdicts(limit, rows[200][1], 0.04) == [Verdict.REFUTED] * len(LEVELS)
