"""Tracy-Widom 1 by Fredholm determinant, Painleve II, Airy tail, published values and draws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from theory.random_matrices.tracy_widom import (
    TRACY_WIDOM_MEAN,
    TRACY_WIDOM_VARIANCE,
    tracy_widom_cdf,
    tracy_widom_pdf,
    tracy_widom_quantile,
    tracy_widom_upper_quantile,
    tracy_widom_upper_tail,
)
from verify.statistics import kolmogorov_distance, kolmogorov_radius


def by_another_grid(s, nodes=140):
    """1 - F_1 and F_1 with other nodes, another interval and LU instead of eigenvalues."""
    x, w = special.roots_legendre(nodes)
    length = 20.0 + max(-s, 0.0)
    x, w = length * (x + 1.0) / 2.0, np.sqrt(length * w / 2.0)
    return float(np.linalg.det(np.eye(nodes) - w[:, None] * w * special.airy(x[:, None] + x + s)[0]))


def test_published_values():
    assert float(tracy_widom_cdf(0.0)) == pytest.approx(0.831908066, abs=1e-9)
    # percentage points as they are widely tabulated (R's RMTstat among others)
    table = {0.01: -3.89543267, 0.3: -1.91037974, 0.5: -1.26857461, 0.95: 0.97931605, 0.99: 2.02344928}
    for p, s in table.items():
        assert float(tracy_widom_quantile(p)) == pytest.approx(s, abs=2e-8)
    assert float(tracy_widom_cdf(0.0)) != pytest.approx(0.9694, abs=0.1)  # the lie: F_2(0)


@pytest.mark.parametrize("s", [-11.0, -8.0, -6.0, -4.0, -2.5, -1.0, 0.0, 0.7, 2.0, 5.0, 9.0])
def test_cdf_on_two_grids_to_1e12(s):
    assert float(tracy_widom_cdf(s)) == pytest.approx(by_another_grid(s), abs=1e-12)
    assert (
        abs(float(tracy_widom_cdf(s)) - by_another_grid(s + 1e-10)) > 1e-13 or abs(s) > 4.5
    )  # it would see it


def test_cdf_equals_painleve():
    s = np.array([-3.9, -3.0, -2.0, -1.0, 0.0, 1.5, 4.0, 7.9, 9.0, 14.0])
    assert tracy_widom_cdf(s, method="painleve") == pytest.approx(tracy_widom_cdf(s), abs=1e-9, rel=1e-9)


@pytest.mark.parametrize(("s", "tolerance"), [(4.0, 3e-6), (8.0, 1e-9), (20.0, 1e-11), (60.0, 1e-10)])
def test_upper_tail_equals_half_the_airy_integral(s, tolerance):
    determinant, trace = float(tracy_widom_upper_tail(s)), float(tracy_widom_upper_tail(s, method="trace"))
    assert determinant == pytest.approx(trace, rel=tolerance, abs=0.0)
    naive = 1.0 - float(tracy_widom_cdf(s))
    assert s < 8.5 or naive != pytest.approx(
        determinant, rel=1e-5, abs=0.0
    )  # the lie: a difference of numbers near 1


def test_upper_tail_at_20_by_asymptotic_series():
    """(1/2) int_s^inf Ai from its own asymptotic expansion: no Airy routine, no quadrature."""
    s = 20.0
    zeta = 2.0 / 3.0 * s**1.5
    terms, u = [], 1.0
    # int_s^inf Ai ~ e^-zeta/(2 sqrt pi s^(3/4)) sum (-1)^k a_k zeta^-k (DLMF 9.10.6), a_k by its recursion
    a, c = [1.0], [1.0]
    for k in range(1, 20):
        u = c[-1] * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216.0 * k * (2 * k - 1))
        c.append(u)
        a.append(u + (k - 0.5) * a[-1])
    for k in range(20):
        terms.append((-1) ** k * a[k] * zeta ** (-k))
    series = math.exp(-zeta) / (2.0 * math.sqrt(math.pi) * s**0.75) * sum(terms)
    assert float(tracy_widom_upper_tail(s)) == pytest.approx(series / 2.0, rel=1e-5, abs=0.0)
    assert series / 2.0 == pytest.approx(float(tracy_widom_upper_tail(s)), rel=1e-9, abs=0.0)
    assert series != pytest.approx(float(tracy_widom_upper_tail(s)), rel=0.1, abs=0.0)  # the lie: int Ai


def test_mean_and_variance():
    x, w = special.roots_legendre(160)
    s, w = -12.0 + 12.0 * (x + 1.0), 12.0 * w
    density = tracy_widom_pdf(s)
    mean = float(w @ (density * s))
    assert float(w @ density) == pytest.approx(1.0, abs=1e-12)
    assert mean == pytest.approx(TRACY_WIDOM_MEAN, abs=1e-11)
    assert mean == pytest.approx(-1.206534, abs=1e-6)
    variance = float(w @ (density * (s - mean) ** 2))
    assert variance == pytest.approx(TRACY_WIDOM_VARIANCE, abs=1e-11)
    assert variance == pytest.approx(1.607781, abs=1e-6)


@settings(max_examples=30)
@given(st.floats(-9.0, 12.0))
def test_pdf_is_the_slope_of_the_cdf(s):
    h = 1e-3
    at = s + h * np.array([-2.0, -1.0, 1.0, 2.0])
    slope = float(np.array([1.0, -8.0, 8.0, -1.0]) @ tracy_widom_cdf(at)) / (12.0 * h)
    assert float(tracy_widom_pdf(s)) == pytest.approx(slope, abs=1e-10)
    assert float(tracy_widom_pdf(s)) >= 0.0


@settings(max_examples=20)
@given(st.floats(1e-9, 1.0 - 1e-9))
def test_quantile_inverts_the_cdf(p):
    s = tracy_widom_quantile(p)
    assert float(tracy_widom_cdf(s)) == pytest.approx(p, abs=1e-12)
    assert float(tracy_widom_upper_quantile(1.0 - p)) == pytest.approx(float(s), abs=1e-6)


@pytest.mark.parametrize("p", [1e-280, 1e-40, 1e-7, 0.3, 0.7])
def test_upper_quantile_inverts_the_tail(p):
    assert float(tracy_widom_upper_tail(tracy_widom_upper_quantile(p))) == pytest.approx(p, rel=1e-9, abs=0.0)


def test_cdf_rises_and_its_ends():
    s = np.linspace(-14.5, 14.5, 120)
    F = tracy_widom_cdf(s)
    assert np.all(np.diff(F) >= -1e-13)
    assert tracy_widom_cdf([-np.inf, np.inf]).tolist() == [0.0, 1.0]
    assert tracy_widom_upper_tail([-np.inf, np.inf, 200.0]).tolist() == [1.0, 0.0, 0.0]
    assert tracy_widom_pdf([-np.inf, np.inf]).tolist() == [0.0, 0.0]


def test_many_points_at_once_are_the_same_numbers():
    s = np.linspace(-13.0, 30.0, 216)
    few = np.concatenate([tracy_widom_cdf(part) for part in np.array_split(s, 2)])
    assert np.max(np.abs(tracy_widom_cdf(s) - few)) < 1e-12
    tail = np.concatenate([tracy_widom_upper_tail(part) for part in np.array_split(s, 2)])
    assert np.max(np.abs(tracy_widom_upper_tail(s) / tail - 1.0)) < 1e-9
    assert np.max(np.abs(tracy_widom_upper_tail(s + 1e-6) / tail - 1.0)) > 1e-7  # it would see a shift


def test_shapes_and_repeated_points():
    s = np.array([[0.0, 1.0, 0.0], [-2.0, 1.0, 3.0]])
    assert tracy_widom_cdf(s).shape == (2, 3)
    assert tracy_widom_cdf(s)[0, 0] == tracy_widom_cdf(0.0)
    assert tracy_widom_cdf([]).shape == (0,)
    assert tracy_widom_quantile(np.full((2, 1), 0.5)).shape == (2, 1)


def test_bad_input_is_named():
    for function in (tracy_widom_cdf, tracy_widom_pdf, tracy_widom_upper_tail):
        with pytest.raises(ValueError, match="s must hold numbers"):
            function([0.0, np.nan])
    with pytest.raises(ValueError, match=r"p must lie in \[1e-11, 1\)"):
        tracy_widom_quantile(1.0)
    with pytest.raises(ValueError, match="p must lie in"):
        tracy_widom_upper_quantile(0.0)
    with pytest.raises(ValueError, match="method must be"):
        tracy_widom_cdf(0.0, method="table")
    with pytest.raises(ValueError, match="at least -8"):
        tracy_widom_cdf(-9.0, method="painleve")


def test_draws_of_the_tridiagonal_ensemble():
    """Largest eigenvalue of GOE(300) in Dumitriu and Edelman's tridiagonal form, up to a small shift."""
    rng = np.random.default_rng(7)
    n, draws = 300, 1500
    sites = 120  # only the corner near the edge matters: the eigenvector dies over n^(1/3) sites
    diagonal = rng.standard_normal((sites, draws)) * math.sqrt(2.0)
    squares = rng.chisquare(n - 1.0 - np.arange(sites - 1)[:, None], (sites - 1, draws))
    low, high = np.full(draws, -8.0), np.full(draws, 8.0)
    for _ in range(30):
        middle = (low + high) / 2.0
        x = 2.0 * math.sqrt(n) + middle * n ** (-1.0 / 6.0)
        pivot = diagonal[0] - x  # Sturm: the top eigenvalue is below x when every pivot is negative
        below = pivot < 0.0
        for i in range(1, sites):
            pivot = diagonal[i] - x - squares[i - 1] / pivot
            below &= pivot < 0.0
        low, high = np.where(below, low, middle), np.where(below, middle, high)
    found = (low + high) / 2.0
    radius = kolmogorov_radius(draws, error_rate=1e-4)
    allowance = 0.03  # O(n^(-1/3)) shift of the law; the lie below is far outside
    assert kolmogorov_distance(found, tracy_widom_cdf) < radius + allowance
    lie = kolmogorov_distance(found, lambda s: tracy_widom_cdf(np.asarray(s) - 0.6))
    assert lie > radius + allowance
