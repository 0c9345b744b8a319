"""Marchenko-Pastur, Johnstone's scaling and the null of Hill's alpha: two routes each, and drawn matrices."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from theory.random_matrices.bulk import (
    hill_alpha_null,
    marchenko_pastur_cdf,
    marchenko_pastur_density,
    marchenko_pastur_edges,
    marchenko_pastur_quantile,
    mid_quantiles,
)
from theory.random_matrices.johnstone import (
    johnstone_scaling,
    top_singular_value_p_value,
    top_singular_value_quantile,
)
from theory.random_matrices.tracy_widom import TRACY_WIDOM_MEAN, tracy_widom_cdf
from verify.statistics import mean_interval, power_value, value_verdict
from verify.statistics.verdict import Verdict

RATE = 1e-4
SHAPES = [(1500, 1000), (1000, 1500), (900, 900), (4000, 400), (3, 50000)]


@pytest.mark.parametrize(("N", "d"), SHAPES)
def test_cdf_closed_equals_integral(N, d):
    lower, upper = marchenko_pastur_edges(N=N, d=d, variance=0.7)
    points = np.linspace(0.9 * lower, 1.05 * upper, 41)
    closed = marchenko_pastur_cdf(points, N=N, d=d, variance=0.7)
    integral = marchenko_pastur_cdf(points, N=N, d=d, variance=0.7, method="integral")
    assert closed == pytest.approx(integral, abs=1e-12)
    assert closed[0] == 0.0
    assert closed[-1] == 1.0
    other = marchenko_pastur_cdf(points, N=1.02 * N, d=d, variance=0.7)  # the lie: another shape
    assert np.max(np.abs(closed - other)) > 1e-3


@pytest.mark.parametrize(
    ("N", "d"),
    [
        (2000, 1999), (1001, 1000), (1000, 1001), (2, 1), (70, 69), (10**6, 10**6 - 1), (500.0, 500.0 + 1e-9), (9, 9),
        (10**6, 900), (10**6, 1), (3, 10**9),
    ],
)  # fmt: skip
def test_both_routes_are_right_where_N_is_near_d_or_far_from_it(N, d):
    """Against mpmath's integral; far beyond the edge, and never above, 1."""
    angles = [1e-7, 3e-4, 0.02, 0.5, 1.5, 3.0, 3.1]
    with mpmath.workdps(25):
        ratio = mpmath.sqrt(mpmath.mpf(min(N, d)) / max(N, d))

        def eigenvalue(angle):
            return (1 - ratio) ** 2 + 4 * ratio * mpmath.sin(angle / 2) ** 2

        def density(angle):
            return 2 / mpmath.pi * mpmath.sin(angle) ** 2 / eigenvalue(angle)

        ends = sorted(
            [0, *(mpmath.mpf(10) ** k for k in range(-9, 0)), 0.25, 1.0, 2.0, *map(mpmath.mpf, angles)]
        )
        parts = [mpmath.quad(density, piece) for piece in itertools.pairwise(ends)]
        exact = [float(mpmath.fsum(parts[: ends.index(a)])) for a in angles]
        points = [float(max(N, d) * eigenvalue(mpmath.mpf(a))) for a in angles]
    far = max(points) * np.array([2.0, 500.0, 1e9])
    for method in ("closed", "integral"):
        cdf = marchenko_pastur_cdf(points, N=N, d=d, method=method)
        gap = abs(math.sqrt(N / d) - math.sqrt(d / N))
        lost = 3e-16 / gap if gap else 0.0  # of an angle, in l as float64 has it
        assert cdf[2:] == pytest.approx(exact[2:], abs=1e-12 + lost)
        assert cdf[:2] == pytest.approx(exact[:2], abs=1e-8 + lost)
        assert cdf.max() <= 1.0
        assert marchenko_pastur_cdf(far, N=N, d=d, method=method) == pytest.approx(1.0, abs=1e-12)
        assert marchenko_pastur_cdf(far, N=N, d=d, method=method).max() <= 1.0


@pytest.mark.parametrize(("N", "d"), SHAPES[:4])
def test_density_integrates_to_the_cdf(N, d):
    lower, upper = marchenko_pastur_edges(N=N, d=d)
    middle = 0.6 * lower + 0.4 * upper
    # l = r^2 takes the inverse square root at 0 (N = d) away
    mass, _ = integrate.quad(
        lambda r: 2.0 * r * float(marchenko_pastur_density(r**2, N=N, d=d)),
        math.sqrt(lower), math.sqrt(middle), epsabs=1e-12, epsrel=1e-12, limit=200,
    )  # fmt: skip
    assert mass == pytest.approx(float(marchenko_pastur_cdf(middle, N=N, d=d)), rel=1e-8)


def test_density_outside_and_at_zero():
    assert marchenko_pastur_density([0.0, 1e9, -1.0], N=15, d=10).tolist() == [0.0, 0.0, 0.0]
    assert math.isinf(marchenko_pastur_density(0.0, N=10, d=10))


@pytest.mark.parametrize(("N", "d"), SHAPES)
def test_moments_of_the_nonzero_law(N, d):
    """E l = max(N, d), E l^2 = max^2 + N d, exactly; from the quantiles."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    # p = 3 u^2 - 2 u^3 smooths both edges
    u = (nodes + 1.0) / 2.0
    p, jacobian = 3.0 * u**2 - 2.0 * u**3, 3.0 * u * (1.0 - u) * weights
    values = marchenko_pastur_quantile(p, N=N, d=d)
    size = max(N, d)
    assert float(jacobian @ values) == pytest.approx(size, rel=1e-8)
    assert float(jacobian @ values**2) == pytest.approx(size**2 + N * d, rel=1e-8)
    assert float(jacobian @ values) != pytest.approx(0.99 * size, rel=1e-3)


@given(p=st.floats(0.0, 1.0), N=st.integers(1, 10**6), d=st.integers(1, 10**6))
def test_quantile_inverts_the_cdf(p, N, d):
    value = marchenko_pastur_quantile(p, N=N, d=d)
    lower, upper = marchenko_pastur_edges(N=N, d=d)
    assert lower * (1 - 1e-12) <= value <= upper * (1 + 1e-12)
    ratio = math.sqrt(min(N, d) / max(N, d))
    assert float(marchenko_pastur_cdf(value, N=N, d=d)) == pytest.approx(p, abs=1e-13 / ratio + 1e-10)


@given(N=st.integers(2, 10**5), d=st.integers(2, 10**5), variance=st.floats(1e-6, 1e6))
def test_edges_and_units(N, d, variance):
    lower, upper = marchenko_pastur_edges(N=N, d=d, variance=variance)
    assert 0.0 <= lower < upper
    assert marchenko_pastur_edges(N=d, d=N, variance=variance) == (lower, upper)
    middle = (lower + upper) / 2.0
    one = marchenko_pastur_cdf(middle / variance, N=N, d=d)
    assert float(marchenko_pastur_cdf(middle, N=N, d=d, variance=variance)) == pytest.approx(
        float(one), abs=1e-9
    )


@pytest.mark.parametrize(
    ("ratio", "expected"), [(1.5, 2.4492), (2 / 3, 2.4492), (1.0, 2.1217), (10.0, 4.8731), (0.1, 4.8731)]
)
def test_hill_null(ratio, expected):
    integral = hill_alpha_null(N=ratio, d=1.0)
    assert integral == pytest.approx(expected, abs=5e-5)
    assert integral == pytest.approx(hill_alpha_null(N=ratio, d=1.0, method="quantiles"), rel=1e-8)
    assert integral != pytest.approx(hill_alpha_null(N=1.02 * ratio, d=1.0), rel=1e-4)


def test_hill_null_by_adaptive_quadrature():
    """A third route that shares no formula: quad over the density, the median by root finding."""
    N, d = 1.5, 1.0
    from scipy.optimize import brentq

    lower, upper = marchenko_pastur_edges(N=N, d=d)

    def density(value):
        return math.sqrt((upper - value) * (value - lower)) / (2.0 * math.pi * d * value)

    def mass(value):
        return integrate.quad(density, lower, value, epsabs=1e-12, epsrel=1e-12)[0]

    median = brentq(lambda value: mass(value) - 0.5, lower + 0.01, upper - 0.01, xtol=1e-13)
    tail = integrate.quad(lambda value: density(value) * math.log(value), median, upper, epsabs=1e-12)[0]
    assert hill_alpha_null(N=N, d=d) == pytest.approx(1.0 + 1.0 / (2.0 * tail - math.log(median)), rel=1e-7)


def test_finite_hill_null_tends_to_the_limit():
    errors = [
        abs(hill_alpha_null(N=1.5 * m, d=m, method="finite") - hill_alpha_null(N=1.5, d=1))
        for m in (100, 200, 400)
    ]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] == pytest.approx(errors[1] / 2.0, rel=0.2)  # the index convention costs O(1/m)


def hill_alpha(values):
    """PL_Alpha_Hill as the paper's code computes it, on ascending eigenvalues."""
    first = len(values) // 2
    logs = np.log(values[first:])
    return 1.0 + len(logs) / np.sum(logs - logs[0])


def test_hill_null_of_drawn_matrices():
    N, d, repeats = 300, 200, 30
    drawn = []
    for seed in range(repeats):
        W = np.random.default_rng([seed, 5]).standard_normal((N, d))
        drawn.append(hill_alpha(np.sort(np.linalg.svd(W, compute_uv=False) ** 2)))
    predicted = hill_alpha_null(N=N, d=d, method="finite")
    margin, spread = 0.05, 0.03  # the margin: a tenth of the fall that the paper reads as a heavy tail
    assert power_value(margin=margin, spread=spread, repeats=repeats, error_rate=RATE) > 0.99
    interval = mean_interval(np.array(drawn), error_rate=RATE)
    assert value_verdict(interval, predicted=predicted, margin=margin) is Verdict.SUPPORTED
    square = hill_alpha_null(N=1, d=1)  # the lie: one null for every shape
    assert value_verdict(interval, predicted=square, margin=margin) is Verdict.REFUTED


@pytest.mark.parametrize(("N", "d"), [(100, 60), (60, 100), (80, 80)])
def test_johnstone_of_drawn_matrices(N, d):
    law = johnstone_scaling(N=N, d=d)
    repeats = 400
    rng = np.random.default_rng([N, d])
    tops = np.array([np.linalg.norm(rng.standard_normal((N, d)), 2) for _ in range(repeats)]) ** 2
    shifted = (tops - law.centre) / law.scale
    margin = 0.45  # of a Tracy-Widom unit; the classical edge is 1.2 units off
    assert power_value(margin=margin, spread=1.27, repeats=repeats, error_rate=RATE) > 0.99
    interval = mean_interval(shifted, error_rate=RATE)
    assert value_verdict(interval, predicted=TRACY_WIDOM_MEAN, margin=margin) is Verdict.SUPPORTED
    assert value_verdict(interval, predicted=0.0, margin=margin) is Verdict.REFUTED
    assert float(np.mean(tops)) == pytest.approx(law.mean, rel=0.02)
    assert float(np.std(tops)) == pytest.approx(law.sd, rel=0.2)


def test_p_value_of_an_outlier():
    law = johnstone_scaling(N=1500, d=1000)
    top = math.sqrt(law.centre + 2.02344928 * law.scale)
    assert float(top_singular_value_p_value(top, N=1500, d=1000)) == pytest.approx(0.01, rel=1e-6)
    assert float(top_singular_value_quantile(0.99, N=1500, d=1000)) == pytest.approx(top, rel=1e-9)
    assert float(top_singular_value_p_value(75.0, N=1500, d=1000)) < 1e-30  # a spike
    assert float(top_singular_value_p_value(7.5, N=1500, d=1000, variance=0.01)) == pytest.approx(
        float(top_singular_value_p_value(75.0, N=1500, d=1000)), rel=1e-6, abs=0.0
    )
    assert (
        float(tracy_widom_cdf((70.3526**2 - law.centre) / law.scale)) > 0.8
    )  # the bare edge is a high quantile


def test_mid_quantiles_are_the_rigid_spectrum():
    values = mid_quantiles(200, N=300, d=200)
    assert np.all(np.diff(values) > 0.0)
    assert float(marchenko_pastur_cdf(values[49], N=300, d=200)) == pytest.approx(49.5 / 200, abs=1e-12)
    W = np.random.default_rng(3).standard_normal((300, 200))
    drawn = np.sort(np.linalg.svd(W, compute_uv=False) ** 2)
    ranks = (np.arange(200) + 0.5) / 200
    # rigid: off by a few spacings at most, where independent points would be off by sqrt(200)/200
    assert np.max(np.abs(marchenko_pastur_cdf(drawn, N=300, d=200) - ranks)) < 3.0 / 200
    assert np.max(np.abs(marchenko_pastur_cdf(drawn, N=330, d=200) - ranks)) > 9.0 / 200  # the lie


@pytest.mark.parametrize(
    ("function", "arguments", "kind", "words"),
    [
        (marchenko_pastur_edges, {"N": 0, "d": 1}, ValueError, "N must be"),
        (marchenko_pastur_edges, {"N": 1, "d": math.nan}, ValueError, "d must be"),
        (marchenko_pastur_edges, {"N": 1, "d": 1, "variance": -1}, ValueError, "variance must be"),
        (marchenko_pastur_edges, {"N": "1", "d": 1}, TypeError, "N must be"),
        (johnstone_scaling, {"N": 1, "d": 5}, ValueError, "N must be"),
        (hill_alpha_null, {"N": 9, "d": 20, "method": "finite"}, ValueError, "at least 10"),
        (hill_alpha_null, {"N": 9, "d": 20, "method": "guess"}, ValueError, "method must be"),
    ],
)
def test_bad_input_is_named(function, arguments, kind, words):
    with pytest.raises(kind, match=words):
        function(**arguments)


def test_bad_arrays_are_named():
    with pytest.raises(ValueError, match="p must lie in"):
        marchenko_pastur_quantile([0.5, 1.5], N=2, d=3)
    with pytest.raises(ValueError, match="l must hold numbers"):
        marchenko_pastur_cdf(np.nan, N=2, d=3)
    with pytest.raises(ValueError, match="method must be"):
        marchenko_pastur_cdf(1.0, N=2, d=3, method="table")
    with pytest.raises(ValueError, match="s must be a singular value"):
        top_singular_value_p_value(-1.0, N=20, d=30)
    with pytest.raises(ValueError, match="count must be"):
        mid_quantiles(0, N=20, d=30)
