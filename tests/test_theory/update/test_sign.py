"""The constant of the sign update: formula against quadrature, finite-size terms against plain networks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special
from support.first_gradient_runs import power, runs, spread_verdict, verdict

from theory.functions.activations import named
from theory.gradient.decomposition import row_signal_noise, signal_noise
from theory.gradient.fluctuations import sample_covariance, scale_variance
from theory.moments.moments import student_moments, teacher_moments
from theory.update.sign import (
    noise_along_signal,
    paired_rows_ratio_squared,
    sign_agreement,
    sign_agreement_refined,
    sign_norm_ratio,
    sign_norm_ratio_refined,
    sign_norm_spread,
    uncorrected_factor,
)


def problem(n=2000, N=1500, d=1000, student="tanh", teacher="softplus", noise=0.3, **options):
    return signal_noise(
        n=n, N=N, d=d, student=student_moments(named(student)), teacher=teacher_moments(named(teacher)),
        noise=noise, **options,
    )  # fmt: skip


def test_numbers_at_the_defaults():
    assert float(sign_norm_ratio(problem().kappa)) == pytest.approx(0.8244, abs=5e-5)
    assert float(sign_norm_ratio(problem(parametrisation="mean-field").kappa)) == pytest.approx(
        0.8035, abs=5e-5
    )
    assert float(sign_norm_ratio(problem(teacher_direction="axis").kappa)) == pytest.approx(0.8052, abs=5e-5)
    assert float(sign_agreement(problem().kappa)) == pytest.approx(0.8855, abs=5e-5)
    assert sign_norm_ratio_refined(problem()) == pytest.approx(0.8245, abs=1e-4)
    for d, c, share in ((100, 0.9710, 0.9807), (1000, 0.9909, 0.9939), (10**4, 0.9971, 0.9981)):
        endless = problem(10**15, 3 * d // 2, d)
        assert math.sqrt(paired_rows_ratio_squared(endless)) == pytest.approx(c, abs=5e-5)
        assert sign_agreement_refined(endless) == pytest.approx(share, abs=1e-4)
    assert uncorrected_factor() == pytest.approx(math.sqrt(10.0), rel=1e-12)


@given(st.floats(0.0, 1e6))
def test_formula_equals_quadrature(kappa):
    formula, quadrature = sign_norm_ratio(kappa), sign_norm_ratio(kappa, method="quadrature")
    assert formula == pytest.approx(float(quadrature), rel=1e-8, abs=1e-7)
    assert 0.0 <= formula <= 1.0


@given(st.floats(0.0, 1e8), st.floats(1e-6, 1.0))
def test_ratio_and_agreement_increase_with_kappa(kappa, step):
    more = kappa * (1.0 + step) + step
    assert sign_norm_ratio(more) >= sign_norm_ratio(kappa)
    assert sign_agreement(more) >= sign_agreement(kappa)
    assert 0.5 <= sign_agreement(kappa) <= 1.0


def test_limits_in_kappa():
    small = np.array([1e-12, 1e-6, 1e-3])
    assert sign_norm_ratio(small) == pytest.approx(math.sqrt(2.0 / math.pi) * small, rel=1e-5)
    assert sign_norm_ratio(math.inf) == 1.0
    assert sign_norm_ratio(0.0) == 0.0
    large = 1e7  # 1 - c^2 = (2 sqrt 2/pi)/kappa
    assert (1.0 - float(sign_norm_ratio(large))) * large == pytest.approx(math.sqrt(2.0) / math.pi, rel=1e-4)
    assert sign_agreement([0.0, math.inf]) == pytest.approx([0.5, 1.0])


@pytest.mark.parametrize("bad", [-1e-3, math.nan, [1.0, -1.0]])
def test_kappa_outside_its_domain_is_refused(bad):
    with pytest.raises(ValueError, match="kappa"):
        sign_norm_ratio(bad)
    with pytest.raises(ValueError, match="kappa"):
        sign_agreement(bad)
    with pytest.raises(ValueError, match="method"):
        sign_norm_ratio(1.0, method="guess")


@pytest.mark.parametrize("kappa", [0.3, 1.0, 2.65784, 40.0])
def test_agreement_by_integration(kappa):
    share, _ = integrate.quad(
        lambda g: 2.0 * special.ndtr(kappa * g) * math.exp(-0.5 * g * g) / math.sqrt(2.0 * math.pi),
        0.0, 12.0, epsabs=1e-13, epsrel=1e-13, points=[1.0 / kappa],
    )  # fmt: skip
    assert float(sign_agreement(kappa)) == pytest.approx(share, rel=1e-10)


@pytest.mark.parametrize("cell", [(500, 250, 250), (12800, 150, 100), (10**12, 150, 100)])
def test_pairs_of_rows_by_the_columns_instead(cell):
    """Given a column's t, rows are independent: c^2 = E_t (E_x erf(kappa_x t/sqrt 2))^2, no arcsine."""
    sn = problem(*cell)
    node, weight = np.polynomial.legendre.leggauss(60)
    edges = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 14), [2.0, 4.0, 6.0, 9.0]])
    half = 0.5 * np.diff(edges)
    g = ((edges[:-1] + half)[:, None] + half[:, None] * node).ravel()
    w = (half[:, None] * weight).ravel() * np.exp(-0.5 * g**2) * math.sqrt(2.0 / math.pi)
    third = np.polynomial.legendre.leggauss(20)
    x = ((edges[:-1] + half)[:, None] + half[:, None] * third[0]).ravel()
    w_x = (half[:, None] * third[1]).ravel() * np.exp(-0.5 * x**2) * math.sqrt(2.0 / math.pi)
    kappa = row_signal_noise(sn, x).kappa
    psi = special.erf(np.outer(g, kappa) / math.sqrt(2.0)) @ w_x
    assert paired_rows_ratio_squared(sn) == pytest.approx(float(w @ psi**2), rel=1e-8)
    assert sign_agreement_refined(sn) == pytest.approx(
        float(w_x @ (0.5 + np.arctan(kappa) / np.pi)), rel=1e-8
    )


def test_refined_tends_to_the_leading_order():
    for factor in (10**2, 10**4):
        sn = problem(2000 * factor, 1500 * factor, 1000 * factor)
        difference = sign_norm_ratio_refined(sn) - float(sign_norm_ratio(sn.kappa))
        assert abs(difference) < 0.2 / sn.d


@given(
    n=st.integers(50, 10**6), N=st.integers(50, 10**4), d=st.integers(50, 10**4),
    student=st.sampled_from(["tanh", "erf", "softplus", "relu", "linear", "centred-silu"]),
    parametrisation=st.sampled_from(["ntk", "mean-field"]), direction=st.sampled_from(["sphere", "axis"]),
    offset=st.floats(-2, 2),
)  # fmt: skip
def test_refined_numbers_stay_in_range(n, N, d, student, parametrisation, direction, offset):
    sn = problem(
        n, N, d, student, parametrisation=parametrisation, teacher_direction=direction, offset=offset
    )
    assert 0.0 <= sign_norm_ratio_refined(sn) <= 1.0
    assert 0.5 <= sign_agreement_refined(sn) <= 1.0
    assert 0.0 <= sign_norm_spread(sn) < 0.5
    assert noise_along_signal(sn) >= -1e-12


def test_linear_and_even_students():
    assert sign_norm_ratio_refined(problem(student="linear")) == 1.0
    assert sign_norm_spread(problem(student="linear")) == 0.0
    even = problem(student="hermite:0,0,1")
    assert sign_norm_ratio_refined(even) == 0.0
    assert math.isnan(sign_norm_spread(even))


def independent_columns_spread(sn):
    """sd(c) with t along b as noisy as elsewhere and independent of mean r^2 (quadrature); then the rest."""
    node, weight = np.polynomial.hermite_e.hermegauss(48)
    weight = weight / weight.sum()
    x, y, z = np.meshgrid(node, node, node, indexing="ij")
    w3 = weight[:, None, None] * weight[:, None] * weight
    width = 1.0 if sn.parametrisation == "ntk" else float(sn.N)
    m1, c1, q = sn.student.mu_1 / math.sqrt(width), sn.teacher.c_1, sn.student.q / width
    V, e, kappa = sn.d * sn.v_t, sn.d * sn.residual_2 / sn.n, sn.kappa
    slope = (2 / math.pi) * kappa**2 / ((1 + kappa**2) ** 2 * math.sqrt(1 - sn.p**2))
    sl = slope * (e / V - 1.0)
    T = -c1 * x + m1 * y + math.sqrt(e) * z
    w = special.erf(kappa * T / math.sqrt(2 * V)) ** 2
    w = w + sl * (-2 * c1 * m1 * x * y + m1**2 * (y**2 - 1)) / sn.residual_2
    mean = (w3 * w).sum()
    V1 = ((w3 * w**2).sum() - mean**2 - (w3 * w * (x**2 - 1)).sum() ** 2 / 2) / sn.d
    V2 = scale_variance(sn, slope * (m1**2 / V + (e / V - 1) * q / sn.residual_2))
    V3 = (sn.residual_4 / sn.residual_2**2 - 1) * sl**2 / sn.n
    c = float(sign_norm_ratio(kappa))
    # What that leaves out: the true variance along b and its covariance with mean r^2.
    along, energy = 2 * slope / V, sl / sn.residual_2
    covariance = sample_covariance(sn)
    extra = (
        along**2 * (covariance[0, 0] - sn.b_squared * sn.residual_2) + 2 * along * energy * covariance[0, 1]
    )
    return math.sqrt(V1 + V2 + V3) / (2 * c), math.sqrt(V1 + V2 + V3 + extra / sn.n) / (2 * c)


def test_spread_by_quadrature_over_the_columns():
    cases = [
        (problem(), 0.216), (problem(8000), 0.178), (problem(parametrisation="mean-field"), 0.223),
    ]  # fmt: skip
    for sn, independent in cases:
        without, complete = independent_columns_spread(sn)
        assert without * math.sqrt(sn.d) == pytest.approx(independent, abs=6e-4)
        assert sign_norm_spread(sn) == pytest.approx(complete, rel=2e-4)
        assert sign_norm_spread(sn) < without  # by 2 to 4 %


@pytest.mark.parametrize("cell", [(25, 100, 50), (100, 75, 50), (800, 75, 50), (6400, 75, 50)])
def test_ratio_of_plain_networks(cell):
    """Margin 0.5/min(n, d): the terms of order 1/d, 1/n that are left out (0.3/d at most was seen)."""
    n, _, d = cell
    repeats = {25: 1000, 100: 1000, 800: 400, 6400: 150}[n]
    sn, seen = problem(*cell), runs(*cell, repeats=repeats)
    predicted, margin = sign_norm_ratio_refined(sn), 0.5 / min(n, d)
    spread = sign_norm_spread(sn)
    assert power(spread, repeats, margin) >= 0.99
    assert verdict(seen["ratio"], predicted, margin) == "supported"
    assert verdict(seen["ratio"], 1.05 * predicted, margin) == "refuted"
    assert verdict(seen["agreement"], sign_agreement_refined(sn), margin) == "supported"
    if n / d >= 16:  # lie: leading order where rows differ
        assert verdict(seen["ratio"], float(sign_norm_ratio(sn.kappa)), margin) != "supported"
    if n / d >= 128:
        assert verdict(seen["ratio"], float(sign_norm_ratio(sn.kappa)), margin) == "refuted"
        assert verdict(seen["agreement"], float(sign_agreement(sn.kappa)), margin / 2) == "refuted"


def test_noise_of_the_signs_adds_to_the_norm():
    cell, repeats = (25, 100, 50), 1000
    sn, seen = problem(*cell), runs(*cell, repeats=repeats)
    assert verdict(seen["ratio"], math.sqrt(paired_rows_ratio_squared(sn)), 0.3 / cell[2]) == "refuted"


def test_spread_of_plain_networks():
    cell, repeats = (100, 75, 50), 1000
    sn, seen = problem(*cell), runs(*cell, repeats=repeats)
    assert spread_verdict(seen["ratio"], sign_norm_spread(sn), 0.2) == "supported"
    assert spread_verdict(seen["ratio"], 1.4 * sign_norm_spread(sn), 0.2) == "refuted"


@pytest.mark.parametrize(
    ("student", "parametrisation", "direction"),
    [
        ("softplus", "ntk", "sphere"), ("relu", "ntk", "sphere"), ("tanh", "mean-field", "sphere"),
        ("tanh", "ntk", "axis"),
    ],
)  # fmt: skip
def test_other_networks_given_their_offset(student, parametrisation, direction):
    cell, repeats = (100, 75, 50), 400
    seen = runs(*cell, repeats=repeats, student=student, parametrisation=parametrisation, direction=direction)
    sns = [
        problem(*cell, student, parametrisation=parametrisation, teacher_direction=direction, offset=A)
        for A in (seen["offset"] if student != "tanh" else [0.0])
    ]
    predicted = np.array([sign_norm_ratio_refined(sn) for sn in sns])
    spreads = np.array([sign_norm_spread(sn) for sn in sns])
    assert verdict(seen["ratio"], predicted, 0.7 / cell[2]) == "supported"
    assert verdict(seen["ratio"], 1.05 * predicted, 0.7 / cell[2]) == "refuted"
    assert spread_verdict((seen["ratio"] - predicted) / spreads, 1.0, 0.25) == "supported"
    if student != "tanh":  # lie: the offset is a number like any other, no condition needed
        blind = problem(*cell, student)
        z = (seen["ratio"] - sign_norm_ratio_refined(blind)) / sign_norm_spread(blind)
        assert spread_verdict(z, 1.0, 0.25) == "refuted"


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: sign_norm_ratio([0.1] * 9 + [-1.0]), ValueError, r"kappa must be >= 0, got -1\.0; it is a ratio of"),
        (lambda: sign_norm_ratio("a"), TypeError, "kappa must be a number or an array of numbers, got 'a'"),
        (lambda: sign_norm_ratio(None), TypeError, "kappa must be a number or an array of numbers, got None"),
        (lambda: sign_norm_ratio([[1.0], [1.0, 2.0]]), TypeError, r"kappa must be .*, got \[\[1\.0\], \[1\.0, 2\.0\]\]"),
        (lambda: sign_norm_ratio(1.0, method="guess"), ValueError, "method must be one of formula, quadrature, got 'guess'"),
        (lambda: sign_agreement([1.0, math.nan]), ValueError, "kappa must be >= 0, got nan"),
        (lambda: uncorrected_factor("a"), TypeError, "b1 must be a number, got str"),
        (lambda: problem(100, 75, 50, noise=None), TypeError, "noise must be a number, got NoneType"),
        (lambda: problem(100, 75, 50, noise=-0.1), ValueError, r"noise must be finite and >= 0, got -0\.1"),
        (lambda: problem(100, 75, 50, parametrisation="x"), ValueError, "parametrisation must be one of ntk, mean-field"),
        (lambda: problem(100, 75, 50, teacher_direction="x"), ValueError, "teacher_direction must be one of sphere, axis"),
    ],
)  # fmt: skip
def test_bad_input_is_one_short_line_with_parameter_requirement_and_value(call, kind, words):
    with pytest.raises(kind, match=words) as caught:
        call()
    assert len(str(caught.value)) < 120


@pytest.mark.slow
@pytest.mark.parametrize("ratios", [(0.5, 2.0), (2.0, 1.5), (16.0, 1.0)])
def test_ratio_extrapolated_in_one_over_d(ratios):
    """The deviation from the refined c, extrapolated from two sizes as const + 1/d: the constant is 0."""
    deviations = []
    for d, repeats in ((50, 3000), (200, 600)):
        cell = (round(ratios[0] * d), round(ratios[1] * d), d)
        seen = runs(*cell, repeats=repeats)
        deviations.append((seen["ratio"] - sign_norm_ratio_refined(problem(*cell)), d))
    small, large = deviations
    limit = (large[0].mean() * large[1] - small[0].mean() * small[1]) / (large[1] - small[1])
    error = math.hypot(
        *(x.std(ddof=1) / math.sqrt(len(x)) * d / (large[1] - small[1]) for x, d in deviations)
    )
    assert abs(limit) < 3.9 * error
    assert 3.9 * error < 0.01  # so that one per cent of c would be seen
    assert abs(limit + 0.02) > 3.9 * error


@pytest.mark.slow
@pytest.mark.parametrize("N", [250, 2000])
@pytest.mark.parametrize(("n", "d"), [(500, 250), (500, 1000), (4000, 250), (4000, 1000)])
def test_every_cell_off_the_ray(n, N, d):
    """Forty seeds, 3.9 standard errors (predicted): the design's demand."""
    sn, seen = problem(n, N, d), runs(n, N, d, repeats=40)
    error = sign_norm_spread(sn) / math.sqrt(40)
    deviation = seen["ratio"].mean() - sign_norm_ratio_refined(sn)
    assert abs(deviation) < 3.9 * error
    assert abs(deviation - 0.05) > 3.9 * error
