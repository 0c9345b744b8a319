"""Edges of the noise: two routes for each number, limits, and the figures of the derivation."""

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special
from support.named_problems import problem

from theory.functions.activations import named
from theory.gradient.residual_law import (
    residual_cdf,
    residual_law,
    residual_law_of,
    residual_square_quantiles,
)
from theory.random_matrices.edges import population_edge, weighted_edge
from theory.random_matrices.random_covariance import RandomCovariance, covariance_edge, lower_edge, upper_edge
from theory.spectrum.noise_covariance import gradient_noise, sign_noise, sign_noise_covariance, weight_noise
from theory.spectrum.noise_spectra import (
    rank_one_error,
    residual_squares_of,
    second_singular_value,
    weight_edges,
)

TEACHER = named("softplus")
SPECTRUM = np.random.default_rng(5).exponential(size=300)
WEIGHTS = np.random.default_rng(6).standard_normal(450) ** 2


def noise_law(n=400, N=300, d=200, eta=None, **options):
    sn = problem(n=n, N=N, d=d, **options)
    law = sign_noise(sn.kappa, d, residual_squares_of(sn, TEACHER))
    return law if eta is None else weight_noise(law, eta)


# --- known covariance ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("N", "d"), [(1500, 1000), (100, 1000), (7, 7), (3, 400)])
def test_identity_covariance_gives_the_marchenko_pastur_edge(N, d):
    edge = population_edge(np.ones(d), N)
    assert edge.value == pytest.approx(math.sqrt(N) + math.sqrt(d), rel=1e-14)
    # Johnstone's scale, up to his N - 1.
    scale = (math.sqrt(N) + math.sqrt(d)) * (1 / math.sqrt(N) + 1 / math.sqrt(d)) ** (1 / 3)
    assert edge.scale == pytest.approx(scale, rel=1e-12)
    assert weighted_edge(np.ones(d), np.ones(N)).value == pytest.approx(edge.value, rel=1e-14)


@pytest.mark.parametrize("N", [1, 20, 450, 20000])
def test_zero_of_the_derivative_and_least_value_are_one_edge(N):
    edge = population_edge(SPECTRUM, N)
    assert population_edge(SPECTRUM, N, method="minimum").value == pytest.approx(edge.value, rel=1e-12)

    # A third route: bisection on F' in exact arithmetic's own words, no shared code.
    def slope(x):
        return -1 / x**2 + np.sum((SPECTRUM / (1 - x * SPECTRUM)) ** 2) / N

    x = optimize.bisect(slope, 1e-9, (1 - 1e-12) / SPECTRUM.max(), xtol=1e-16, rtol=1e-15, maxiter=400)
    square = N * (1 / x + np.sum(SPECTRUM / (1 - x * SPECTRUM)) / N)
    assert edge.value == pytest.approx(math.sqrt(square), rel=1e-12)
    assert edge.argument == pytest.approx(x, rel=1e-6)
    assert abs(population_edge(SPECTRUM * 1.01, N).value / math.sqrt(square) - 1) > 1e-3  # a lie


def test_weighted_edge_is_symmetric_in_rows_and_columns_and_has_plain_rows_as_a_case():
    plain = population_edge(SPECTRUM, 450)
    equal = weighted_edge(SPECTRUM, np.ones(450))
    assert (equal.value, equal.scale) == pytest.approx((plain.value, plain.scale), rel=1e-11)
    edge, mirrored = weighted_edge(SPECTRUM, WEIGHTS), weighted_edge(WEIGHTS, SPECTRUM)
    assert (mirrored.value, mirrored.scale) == pytest.approx((edge.value, edge.scale), rel=1e-11)
    assert weighted_edge(SPECTRUM, WEIGHTS, method="minimum").value == pytest.approx(edge.value, rel=1e-12)
    rescaled = weighted_edge(3.0 * SPECTRUM, 5.0 * WEIGHTS)
    assert rescaled.value == pytest.approx(math.sqrt(15.0) * edge.value, rel=1e-12)
    assert rescaled.scale == pytest.approx(15.0 * edge.scale, rel=1e-10)
    assert abs(weighted_edge(SPECTRUM, np.full(450, WEIGHTS.mean())).value / edge.value - 1) > 0.05  # a lie


def test_tracy_widom_scale_is_the_curvature_of_the_edge():
    """The scale again from the square-root coefficient of the density, by complex continuation below the
    edge."""
    edge = weighted_edge(SPECTRUM, WEIGHTS)
    square = edge.value**2

    def coefficient(gap):
        z, x = square * (1 - gap + 1e-13j), 1e-3 - 1e-3j
        for _ in range(20_000):
            e = np.sum(WEIGHTS / (1 - WEIGHTS * x))
            new = np.sum(SPECTRUM / (z - e * SPECTRUM))
            if abs(new - x) < 1e-13 * abs(x):
                break
            x = 0.5 * (x + new)
        return -np.sum(1 / (z - e * SPECTRUM)).imag / math.sqrt(gap * square)

    limit = 2 * coefficient(5e-4) - coefficient(1e-3)  # the correction is linear in the gap
    assert limit ** (-2 / 3) == pytest.approx(edge.scale, rel=1e-3)


@given(st.lists(st.floats(0.0, 50.0), min_size=1, max_size=12), st.integers(1, 60))
def test_edge_lies_between_its_bounds(levels, N):
    """Between sqrt(N max ev) and sqrt(max ev) (sqrt N + sqrt d), and monotone in every eigenvalue."""
    ev = np.array(levels)
    ev[0] = max(ev[0], 0.1)
    value = population_edge(ev, N).value
    top = math.sqrt(ev.max())
    assert top * math.sqrt(N) <= value * (1 + 1e-12)
    assert value <= top * (math.sqrt(N) + math.sqrt(ev.size)) * (1 + 1e-12)
    assert population_edge(ev + 0.1, N).value > value


# --- covariance that is not drawn yet -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "law", [noise_law(), noise_law(n=50), noise_law(eta=0.01), noise_law(eta=3.0), noise_law(eta=1e3)]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_a_priori_edge_by_two_routes(law, weighted):
    weights = special.ndtri((np.arange(300) + 0.5) / 300) ** 2 if weighted else None
    edge = upper_edge(law, 300, row_weights=weights)
    other = upper_edge(law, 300, row_weights=weights, method="minimum")
    assert other.value == pytest.approx(edge.value, rel=1e-10)
    assert covariance_edge(law, method="minimum") == pytest.approx(covariance_edge(law), rel=1e-12)
    equal = upper_edge(law, 300, row_weights=np.ones(300))
    plain = upper_edge(law, 300)
    assert (equal.value, equal.scale) == pytest.approx((plain.value, plain.scale), rel=1e-10)


def test_a_priori_edge_from_the_written_equations():
    """theory's section 5 word by word with SciPy's scalar routines: nested roots and minima, no derivative,
    no levels."""
    law, N = noise_law(), 300
    d, n = law.base.size, law.weights.size

    def z_of(h):
        pop = law.base + law.gain * np.mean(law.weights / (1 + law.weights * h))
        high = pop.max() + law.gain.sum() / (n * -h)
        low = np.max(pop + 0.5 * law.gain / (n * -h))
        z = optimize.brentq(lambda z: np.sum(law.gain / (pop - z)) / n - h, low, high, xtol=1e-15, rtol=1e-14)
        return z, pop

    least = -1 / law.weights.max()
    h_S = optimize.minimize_scalar(
        lambda h: z_of(h)[0], bounds=(least * 0.9999, least * 1e-4), method="bounded"
    ).x

    def square(h):
        z, pop = z_of(h)
        return z * (N - d - z * np.sum(1 / (pop - z)))

    found = optimize.minimize_scalar(
        square, bounds=(h_S, h_S * 1e-3), method="bounded", options={"xatol": 1e-10}
    )
    assert upper_edge(law, N).value == pytest.approx(math.sqrt(found.fun), rel=1e-10)
    assert covariance_edge(law) == pytest.approx(z_of(h_S)[0], rel=1e-8)
    one_over = RandomCovariance(
        base=law.base, gain=law.gain, weights=np.ones(n)
    )  # a lie: all residuals alike
    assert abs(upper_edge(one_over, N).value / math.sqrt(found.fun) - 1) > 0.02


def test_random_covariance_limits():
    d, N = 120, 200
    known = RandomCovariance(base=np.ones(d), gain=np.zeros(d), weights=np.ones(3))
    assert upper_edge(known, N).value == pytest.approx(math.sqrt(N) + math.sqrt(d), rel=1e-14)
    assert lower_edge(known, N).value == pytest.approx(math.sqrt(N) - math.sqrt(d), rel=1e-12)
    assert lower_edge(known, 60).value == pytest.approx(math.sqrt(d) - math.sqrt(60), rel=1e-12)
    assert lower_edge(known, d).value == pytest.approx(0.0, abs=1e-6)
    # Infinitely many samples of any weights: R -> I.
    many = RandomCovariance(base=np.zeros(d), gain=np.ones(d), weights=np.ones(10**7))
    assert upper_edge(many, N).value == pytest.approx(math.sqrt(N) + math.sqrt(d), rel=2e-3)
    # Equal weights, no base: a product of two Gaussian matrices over sqrt n, symmetric in n and N.
    one = upper_edge(RandomCovariance(base=np.zeros(d), gain=np.ones(d), weights=np.ones(90)), N).value
    two = upper_edge(RandomCovariance(base=np.zeros(d), gain=np.ones(d), weights=np.ones(N)), 90).value
    assert one * math.sqrt(90) == pytest.approx(two * math.sqrt(N), rel=1e-12)
    # Small gain: the edges go over into those of `base` alone.
    for eta in (1e-2, 1e-4):
        law = noise_law(eta=eta)
        assert upper_edge(law, 300).value == pytest.approx(math.sqrt(300) + math.sqrt(200), rel=eta**2)
        assert lower_edge(law, 300).value == pytest.approx(math.sqrt(300) - math.sqrt(200), rel=2 * eta**2)


def test_figures_of_the_derivation():
    for n, figure in ((800, 1.980), (400, 2.355), (3200, 1.633)):
        edge = second_singular_value(problem(n=n, N=600, d=400), TEACHER)
        assert edge.value / 20.0 == pytest.approx(figure, abs=5e-4)
    paper = second_singular_value(problem(), TEACHER)
    assert paper.value == pytest.approx(63.1, abs=0.05)
    assert paper.expected == pytest.approx(62.23, abs=0.01)
    assert rank_one_error(problem(), TEACHER).value == pytest.approx(0.0435, abs=5e-5)
    field = problem(parametrisation="mean-field")
    assert second_singular_value(field, TEACHER).value == pytest.approx(64.94, abs=0.01)
    low, high = weight_edges(field, TEACHER, 0.0)
    unit = math.sqrt(1000)
    assert (low.value, high.value) == pytest.approx(
        ((math.sqrt(1500) - unit) / unit, (math.sqrt(1500) + unit) / unit), rel=1e-12
    )


def test_flags_and_degenerate_students():
    assert second_singular_value(problem(), TEACHER).flags == ()
    skewed = second_singular_value(problem(student="centred-softplus"), TEACHER)
    assert any("mu_2" in flag for flag in skewed.flags)
    assert skewed.value > 0
    assert len(weight_edges(problem(student="centred-softplus"), TEACHER, 1.0)[1].flags) == 2
    assert any("n/d" in flag for flag in second_singular_value(problem(n=10**5, N=150, d=100), TEACHER).flags)
    still = second_singular_value(problem(student="linear"), TEACHER)
    assert (still.value, still.expected) == (0.0, 0.0)
    assert "no noise" in still.flags[0]
    tiny = second_singular_value(problem(n=1, N=1, d=1), TEACHER)
    assert math.isfinite(tiny.value)


def test_prediction_is_fast():
    """One thread's budget is 50 ms with nothing else running; ten times that cannot fail by a busy machine
    alone."""
    sn = problem()
    second_singular_value(sn, TEACHER)
    least = math.inf
    for _ in range(5):
        start = time.perf_counter()
        second_singular_value(sn, TEACHER)
        least = min(least, time.perf_counter() - start)
    assert least < 0.5


# --- the residual's law -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("teacher", "noise", "parametrisation"),
    [("softplus", 0.3, "ntk"), ("softplus", 0.3, "mean-field"), ("relu", 0.3, "ntk"), ("tanh", 1.0, "ntk")],
)
def test_residual_quantiles_against_adaptive_quadrature(teacher, noise, parametrisation):
    link = named(teacher)
    sn = problem(teacher=teacher, noise=noise, parametrisation=parametrisation)
    law = residual_law_of(sn, link)
    squares = residual_square_quantiles(law, 500)
    assert np.all(np.diff(squares) > 0)

    def below(u, spread):
        def integrand(z):
            mean = float(link.value(np.array([z]))[0])
            mass = special.ndtr((u + mean) / spread) - special.ndtr((mean - u) / spread)
            return mass * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)

        return integrate.quad(integrand, -9, 9, points=[-1, 0, 1], epsabs=1e-13, epsrel=1e-12, limit=200)[0]

    for k in (0, 40, 249, 400, 499):
        p, u = (k + 0.5) / 500, math.sqrt(squares[k])
        assert below(u, law.spread) == pytest.approx(p, rel=1e-8)
        assert float(residual_cdf(law, u)) == pytest.approx(p, rel=1e-8)
        assert below(u, 1.02 * law.spread) != pytest.approx(p, rel=1e-7)  # a lie
    # Their mean is E r^2 but for the tail beyond the last quantile.
    assert squares.mean() == pytest.approx(sn.residual_2, rel=5e-3)
    assert squares.mean() < sn.residual_2


def test_residual_of_a_linear_teacher_is_normal():
    law = residual_law(lambda z: 2.0 * z, spread=1.5)
    squares = residual_square_quantiles(law, 1000)
    normal = special.ndtri(0.5 + 0.5 * (np.arange(1000) + 0.5) / 1000) ** 2 * (4 + 1.5**2)
    np.testing.assert_allclose(squares, normal, rtol=1e-8)


# --- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: population_edge([], 3), "eigenvalues must be a non-empty vector"),
        (lambda: population_edge([1.0, -1.0], 3), "eigenvalues must be >= 0, got -1.0"),
        (lambda: population_edge([0.0], 3), "eigenvalues must hold a value > 0"),
        (lambda: population_edge([math.nan], 3), "eigenvalues must be finite, got"),
        (lambda: population_edge([1.0], 0), "N must be a positive integer, got 0"),
        (
            lambda: population_edge([1.0], 2, method="newton"),
            "method must be one of root, minimum, got 'newton'",
        ),
        (lambda: weighted_edge([1.0], [math.inf]), "row_weights must be finite"),
        (
            lambda: upper_edge(noise_law(), 300, row_weights=np.ones(4)),
            "row_weights must have N = 300 entries, got 4",
        ),
        (lambda: lower_edge(gradient_noise(3, [1.0]), 4), "base must be > 0 in every column"),
        (lambda: sign_noise(-1.0, 5, [1.0]), "kappa must be finite and >= 0, got -1.0"),
        (lambda: weight_noise(noise_law(), -0.1), "eta must be finite and >= 0, got -0.1"),
        (
            lambda: gradient_noise(3, [1.0], isotropic=2.0),
            "isotropic must be finite and >= 0 and <= 1, got 2.0",
        ),
        (lambda: residual_law(np.tanh, spread=0.0), "spread must be finite and > 0, got 0.0"),
        (lambda: sign_noise_covariance(np.eye(3), np.ones(2), mu_1=1.0), "Sigma_E must be square"),
    ],
)
def test_bad_input_names_parameter_requirement_and_value(call, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        call()
    with pytest.raises(TypeError, match="N must be a positive integer, got str"):
        population_edge([1.0], "3")
