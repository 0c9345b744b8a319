"""||G_0||_2 at a weak signal: its limits, its edge, drawn matrices whose rows have weights, and plain networks."""

import math
from itertools import pairwise

import numpy as np
import pytest
from support import plain_network
from support.first_gradient_runs import power, top, verdict

from theory.functions.activations import from_tree, named
from theory.gradient.decomposition import signal_noise
from theory.gradient.norms import gradient_norm_spreads, gradient_norms
from theory.moments.moments import student_moments, teacher_moments
from theory.prediction.prediction import predict
from theory.spectrum.gradient_top import gradient_top
from theory.spectrum.noise_spectra import rank_one_error

SOFTPLUS = named("softplus")


def sine(factor):
    """sin(factor z): E sigma' = factor exp(-factor**2/2), as near to 0 as one likes."""
    tree = ("call", "sin", ("mul", ("number", repr(factor)), ("z",)))
    return from_tree(tree, name=f"expr:sin({factor}*z)")


def problem(student, *, n=800, N=600, d=400, **options):
    return signal_noise(
        n=n, N=N, d=d, student=student_moments(student), teacher=teacher_moments(SOFTPLUS), noise=0.3, **options
    )  # fmt: skip


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_no_signal_leaves_the_edge_of_the_noise(parametrisation):
    sn = problem(sine(5.0), parametrisation=parametrisation)
    found = gradient_top(sn, SOFTPLUS)
    assert not found.is_outlier
    edge = rank_one_error(sn, SOFTPLUS).expected * gradient_norms(sn)[0]
    assert found.value == pytest.approx(
        edge, rel=3e-3
    )  # there the mid-quantiles' squares have a mean below 1
    assert found.value > 1e3 * gradient_norms(sn)[0]  # what the limit would have said


@pytest.mark.parametrize("sizes", [(1000, 750, 500), (500, 250, 1000), (4000, 2000, 250)])
def test_a_strong_signal_gives_the_limit_and_a_term_of_order_one_over_d(sizes):
    n, N, d = sizes
    sn = problem(named("tanh"), n=n, N=N, d=d)
    found = gradient_top(sn, SOFTPLUS)
    assert found.is_outlier
    excess = found.value / gradient_norms(sn)[0] - 1.0
    assert 0.0 < excess < 10.0 / (sn.kappa**2 * min(N, d))
    larger = problem(named("tanh"), n=4 * n, N=4 * N, d=4 * d)
    smaller = gradient_top(larger, SOFTPLUS).value / gradient_norms(larger)[0] - 1.0
    assert smaller == pytest.approx(excess / 4.0, rel=0.15)


def test_the_outlier_leaves_the_edge_without_a_jump():
    """From sin(3 z) to sin(2 z) the signal grows, the noise falls; the norm over the edge starts at its Tracy-Widom mean."""
    ratios, outliers = [], []
    for step in range(21):
        sn = problem(sine(3.0 - 0.05 * step))
        found = gradient_top(sn, SOFTPLUS)
        outliers.append(found.is_outlier)
        ratios.append(found.value / (rank_one_error(sn, SOFTPLUS).value * gradient_norms(sn)[0]))
    assert outliers == sorted(outliers)
    assert not outliers[0]
    assert outliers[-1]
    assert 0.95 < ratios[0] < 1.0
    assert all(1.0 - 1e-9 <= b / a < 1.09 for a, b in pairwise(ratios))


def test_rows_with_weights_in_drawn_matrices():
    """diag(a) (mu_1 t + rows of covariance Sigma_E), X and r drawn: within 4 % in the mean; rows alike are refuted."""
    n, N, d = 1600, 300, 200
    sn = problem(sine(2.2), n=n, N=N, d=d)
    predicted = gradient_top(sn, SOFTPLUS)
    assert predicted.is_outlier
    drawn, alike = [], []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        X, a = rng.standard_normal((n, d)), rng.standard_normal(N)
        own = sn.student.mu_1 * X[:, 1] + math.sqrt(sn.output_2 - sn.student.mu_1**2) * rng.standard_normal(n)
        r = own - np.logaddexp(0.0, X[:, 0]) + 0.3 * rng.standard_normal(n)
        noise = (rng.standard_normal((N, n)) * r) @ X * math.sqrt(sn.student.var_prime) / n
        H = sn.student.mu_1 * (X.T @ r) / n + noise
        unit = 2.0 / math.sqrt(N * d) / predicted.value
        drawn.append(unit * top(a[:, None] * H))
        alike.append(unit * top(H))
    assert np.mean(drawn) == pytest.approx(1.0, abs=0.04)
    assert abs(np.mean(alike) - 1.0) > 0.06


@pytest.mark.parametrize(("factor", "outlier"), [(5.0, False), (2.25, False), (2.0, True)])
def test_plain_networks(factor, outlier, monkeypatch):
    """Within 8 % at d = 100 (edges are known to 5 % there); the lie is the limit in which the noise adds nothing."""
    functions = (lambda z: np.sin(factor * z), lambda z: factor * np.cos(factor * z))
    monkeypatch.setitem(plain_network.FUNCTIONS, "sine", functions)
    cell, repeats, margin = (200, 150, 100), 150, 0.08
    sn = problem(sine(factor), **dict(zip("nNd", cell, strict=True)))
    found = gradient_top(sn, SOFTPLUS)
    assert found.is_outlier is outlier
    lie = gradient_norms(sn)[0] / found.value
    spread = gradient_norm_spreads(sn)[0]
    assert power(spread, repeats, margin) >= 0.99
    assert power(spread, repeats, margin, distance=1.0 - lie) >= 0.99
    values = [
        top(plain_network.first_step(n=cell[0], N=cell[1], d=cell[2], seed=seed, student="sine").G)
        / found.value
        for seed in range(repeats)
    ]
    assert verdict(values, 1.0, margin) == "supported"
    assert verdict(values, lie, margin) == "refuted"


def test_predict_names_what_it_is():
    for optimiser in ("adam", "gd"):
        record = predict(n=400, N=300, d=200, student=sine(5.0), optimiser=optimiser)
        norm = record["gradient_operator_norm"]
        assert norm.value == pytest.approx(
            gradient_top(problem(sine(5.0), n=400, N=300, d=200), SOFTPLUS).value
        )
        assert "the top singular value is the noise's" in norm.flag
        assert math.isnan(norm.sd)
        assert record["rank_one_distance_residual"].value == pytest.approx(1.0, rel=3e-3)
    assert record["operator_norm"].value == norm.value
    outlier = predict(n=400, N=300, d=200, student=sine(2.0))["gradient_operator_norm"]
    assert outlier.valid
    assert outlier.sd > 0.0
    even = predict(n=400, N=300, d=200, student="hermite:0,0.1,1")["gradient_operator_norm"]
    assert "a lower bound" in even.flag


def test_what_is_not_derived_is_refused():
    with pytest.raises(ValueError, match="must be odd"):
        gradient_top(problem(SOFTPLUS), SOFTPLUS)
    with pytest.raises(ValueError, match="must have noise"):
        gradient_top(problem(named("linear")), SOFTPLUS)
