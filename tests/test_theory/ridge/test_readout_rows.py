"""The rows of W_1 along the readout: their responses and the ridge losses by explicit matrices, and limits."""

import math
from functools import lru_cache

import numpy as np
import pytest
from support.loss_runs import assert_power, judge
from threadpoolctl import threadpool_limits

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.moments.moments import student_moments, teacher_moments
from theory.ridge.kernels import feature_kernels, normal_nodes, teacher_kernels
from theory.ridge.losses import ridge_losses
from theory.ridge.readout_rows import (
    GENERIC_ROWS,
    Places,
    ReadoutRows,
    RowResponse,
    kept_response,
    readout_rows,
    shortened_response,
)
from theory.ridge.resolvent_sums import identity_spectrum
from theory.ridge.stage import ridge_stage, seen_direction

ZETA, WEIGHTS = normal_nodes(81)
TANH, SOFTPLUS = named("tanh"), named("softplus")


def stage(*, n=4000, N=750, d=500, **options):
    moments = {"student": student_moments(TANH), "teacher": teacher_moments(SOFTPLUS)}
    sn = signal_noise(n=n, N=N, d=d, noise=0.3, **moments)
    return ridge_stage(sn, student=TANH, teacher=SOFTPLUS, **options)


# ---------------------------------------------------------------- what the rows are


def test_a_row_is_split_into_its_signal_and_the_rest():
    """Rows drawn with the covariances that m and m_2 stand for: lengths, and the parts along v' and b."""
    N, d, theta, m, m2, overlap, draws = 600, 400, 14.0, 9.0, 6.0, 0.45, 4000
    rng, root = np.random.default_rng(1), math.sqrt(600 * 400)
    rest = math.sqrt(1 - overlap**2)
    v = np.array([overlap, rest])  # in the plane of beta and the unit vector of v off it
    seen = seen_direction(shift=theta / root, correlation=m / root, overlap=overlap)
    rows = readout_rows(
        shift=theta / root, correlation=m / root, second=m2 / root, overlap=overlap, gamma=seen.gamma, N=N, tau_squared=1.0
    )  # fmt: skip
    first = -theta * v + np.array([0.0, m / rest])  # u^T W_1 in the plane: nothing of W_0 along beta
    second = np.array([0.0, m2 / rest])
    v_seen = -first / (seen.gamma * root)
    assert np.hypot(*v_seen) == pytest.approx(1.0, rel=1e-12)
    assert v_seen[0] == pytest.approx(seen.overlap, rel=1e-12)
    b = np.array([1.0, 0.0]) - v_seen[0] * v_seen
    b /= np.hypot(*b)
    e = second / np.hypot(*second)
    assert (e @ v_seen, e @ b) == pytest.approx((rows.along, rows.off), rel=1e-12)
    # A row of W_0 with mean m along v, 0 along beta and unit variance over all: the rest is shorter by that.
    scatter = rng.standard_normal((draws, d))
    scatter[:, :2] = 0.0
    assert rows.kept is not None
    for share, mean in ((1 - rows.kept, np.array([0.0, m / rest])), (rows.planted, second)):
        assert share == pytest.approx(float(mean @ mean) / d, rel=1e-12)
        shortened = np.sqrt(1 - share) * scatter
        whole = (shortened**2).sum(axis=1).mean() + float(mean @ mean)
        assert whole == pytest.approx(d, rel=0.01)


def test_no_step_and_no_correlation_leave_generic_rows():
    common = {"shift": 0.05, "overlap": 0.4, "gamma": 0.05, "N": 600.0, "tau_squared": 1.0}
    free = readout_rows(correlation=0.0, second=0.0, **common)
    assert (free.kept, free.planted) == (1.0, 0.0)
    noisy = readout_rows(correlation=0.01, second=0.01, **(common | {"tau_squared": 4.0}))
    quiet = readout_rows(correlation=0.01, second=0.01, **common)
    assert (noisy.kept, noisy.planted) == pytest.approx((quiet.kept / 4, quiet.planted / 4), rel=1e-12)
    assert readout_rows(correlation=0.1, second=0.1, **(common | {"gamma": 0.0})) == GENERIC_ROWS
    with pytest.raises(ValueError, match=r"tau_squared .*0"):
        readout_rows(correlation=0.0, second=0.0, **(common | {"tau_squared": 0.0}))


# ---------------------------------------------------------------- limits of the losses


@pytest.mark.parametrize("features", ["paper", "released"])
def test_limits(features, monkeypatch):
    monkeypatch.setattr("theory.ridge.stage._set_apart", lambda *_: (0.0, 0.0, 0.0))  # eq. (33) would hide it
    still = [stage(eta=0.0, features=features, rows=rows).test for rows in ("correlated", "first", "generic")]
    assert still == pytest.approx([still[0]] * 3, rel=1e-9)  # without a step any two rows may be set apart
    gd = [
        stage(eta=1000.0, optimiser="gd", features=features, rows=r)
        for r in ("correlated", "first", "generic")
    ]
    assert gd[0] == gd[1]  # u = a/|a|: there is no second row
    assert gd[2].test - gd[0].test > 1e-3
    large = [stage(eta=30.0, features=features, rows=rows).test for rows in ("correlated", "generic")]
    assert large[0] == pytest.approx(large[1], rel=2e-4)  # signals far above the row's noise
    assert stage(eta=0.14, rows="first", features=features).test > stage(eta=0.14, features=features).test
    with pytest.raises(ValueError, match="rows"):
        stage(eta=0.1, rows="second")


def test_generic_rows_are_the_plain_equations():
    kernels = feature_kernels(np.tanh, ZETA, om=1.0, tau=1.1, gamma=0.1)
    labels = teacher_kernels(SOFTPLUS.value, ZETA, overlap=0.5, noise=0.3)
    spectrum = identity_spectrum(N=300, d=200)
    plain, same, other = (
        ridge_losses(kernels, labels, spectrum, ZETA, WEIGHTS, n=800, ridge=0.01, rows=rows)
        for rows in (GENERIC_ROWS, ReadoutRows(along=0.3, off=-math.sqrt(0.91)), ReadoutRows(kept=0.5))
    )
    assert same == plain
    assert other.test < plain.test - 1e-4


# ---------------------------------------------------------------- explicit matrices


@threadpool_limits.wrap(limits=1)
def test_responses_along_a_short_row_of_a_drawn_matrix():
    N, d, A1, y, kappa, draws = 150, 100, 0.3, 0.2, 0.35, 400
    rng = np.random.default_rng(2)
    spectrum = identity_spectrum(N=N, d=d)
    found, generic = [], []
    for _ in range(draws):
        F = rng.standard_normal((N, d)) / math.sqrt(d)
        F[0] *= math.sqrt(kappa)
        R = np.linalg.inv(y * np.eye(N) + A1 * F @ F.T)
        entries = [R, R @ R, R @ F @ F.T @ R]
        found.append([entry[0, 0] for entry in entries])
        generic.append([np.mean(np.diag(entry)[1:]) for entry in entries])
    sums = spectrum.sums(y / A1)
    T12, T02 = sums.ratio_inverse / A1**2, sums.inverse_square / A1**2 + (N - d) / y**2
    trace = RowResponse(plain=sums.inverse / A1 + (N - d) / y, square=T02, linear=T12)
    M = (y / A1 * sums.inverse) / d
    at = Places(N=N, d=d, A1=A1, x=y / A1, M=M, sums=sums)
    got = kept_response(kappa, at)
    means, errors = np.mean(found, axis=0), np.std(found, axis=0) / math.sqrt(draws)
    for k, name in enumerate(("plain", "square", "linear")):
        predicted, rival = getattr(got, name) / N, getattr(trace, name) / N
        assert predicted == pytest.approx(means[k], abs=4 * errors[k] + 0.01 * predicted), name
        assert abs(rival - means[k]) > 10 * errors[k] + 0.05 * rival, name  # the lie: a generic row
        assert rival == pytest.approx(np.mean(generic, axis=0)[k], rel=0.02), name
    # Rows of identity covariance are isotropic: both forms are the same, and nothing missing is a generic row.
    for missing, other in ((1 - kappa, got), (0.0, trace), (0.0, kept_response(1.0, at))):
        again = shortened_response(missing, at, trace=trace)
        assert (again.plain, again.square, again.linear) == pytest.approx(
            (other.plain, other.square, other.linear), rel=1e-9
        )


PLANTED = ReadoutRows(kept=0.4, planted=0.4, along=0.6, off=-0.8)
OVERLAP, RIDGE, OM, TAU = 0.8, 0.01, 1.0, 1.1


@lru_cache
def kernels_at(d):
    kernels = feature_kernels(np.tanh, ZETA, om=OM, tau=TAU, gamma=1.5 / math.sqrt(d))
    return kernels, teacher_kernels(SOFTPLUS.value, ZETA, overlap=OVERLAP, noise=0.3)


def on_nodes(zeta, curve):
    """A smooth curve between its nodes."""
    return np.interp(zeta, ZETA, curve)


def surrogate_losses(rng, rows, n, N, d, F, u, second, draws):
    """Test and hold-out loss of ridge on drawn Gaussian features with these rows; test error by quadrature."""
    kernels, labels = kernels_at(d)
    F = F - np.outer(u, u @ F) - np.outer(second, second @ F)
    F += np.outer(u, math.sqrt(1.0 if rows.kept is None else rows.kept) * draws["u"])
    plane = np.zeros(d) if rows.planted else draws["plane"].copy()
    plane[:2] += math.sqrt(rows.planted) * np.array([rows.along, rows.off])
    F += np.outer(second, math.sqrt(1 - rows.planted) * draws["second"] + plane)
    zeta, x = draws["x"][:, 0], draws["x"]
    k0, k1, ks = (on_nodes(zeta, c) for c in (kernels.k0, kernels.k1, np.sqrt(kernels.ks_squared)))
    phi = math.sqrt(N) * np.outer(k0, u) + k1[:, None] * (x @ F.T) + ks[:, None] * draws["eps"]
    w = np.linalg.solve(phi.T @ phi / n + RIDGE * np.eye(N), phi.T @ draws["y"] / n)
    holdout = np.mean((draws["y"] - phi @ w) ** 2)
    P, answers = math.sqrt(N) * (u @ w), F.T @ w
    th_v, th_b, Q1, Q2 = answers[0], answers[1], np.sum(answers[2:] ** 2, axis=0), np.sum(w**2, axis=0)
    linear = kernels.k0[:, None] * P + (kernels.k1 * ZETA)[:, None] * th_v
    error = labels.Y2[:, None] - 2 * labels.Y0[:, None] * linear + linear**2
    error += -2 * np.outer(kernels.k1 * labels.Y1, th_b) + np.outer(kernels.k1**2, th_b**2 + Q1)
    error += np.outer(kernels.ks_squared, Q2)
    return float(np.mean(WEIGHTS @ error)), float(holdout)


@threadpool_limits.wrap(limits=1)  # small matrices: a second thread only waits
def surrogate_effects(d, repeats, *, n_over_d=4, N_over_d=1.5, choices=16):
    """What planting the rows changes in both losses, one row per draw; the same numbers with and without."""
    n, N = round(n_over_d * d), round(N_over_d * d)
    effects = []
    for repeat in range(repeats):
        rng = np.random.default_rng((d, repeat))
        basis = np.linalg.qr(rng.standard_normal((N, 2)))[0]
        x, eps = rng.standard_normal((n, d)), rng.standard_normal((n, N))
        inner = OVERLAP * x[:, 0] + math.sqrt(1 - OVERLAP**2) * x[:, 1]
        # Mirrored samples, as features and inputs are odd: labels o + s e with signs s, and their opposites.
        rest = SOFTPLUS.value(inner) - 0.5 * inner + 0.3 * rng.standard_normal(n)
        signs = 1.0 - 2.0 * rng.integers(0, 2, (n, choices))
        y = np.concatenate([0.5 * inner[:, None] + s * signs * rest[:, None] for s in (1, -1)], axis=1)
        unit = 1 / math.sqrt(d)
        draws = {"x": x, "eps": eps, "y": y, "plane": np.zeros(d)}
        for name in ("u", "second"):
            draws[name] = unit * rng.standard_normal(d)
            draws[name][:2] = 0.0
        draws["plane"][:2] = unit * rng.standard_normal(2)
        F = unit * rng.standard_normal((N, d))
        both = [surrogate_losses(rng, rows, n, N, d, F, *basis.T, draws) for rows in (PLANTED, GENERIC_ROWS)]
        effects.append(np.subtract(*both))
    kernels, labels = kernels_at(d)
    found = [
        ridge_losses(kernels, labels, identity_spectrum(N=N, d=d), ZETA, WEIGHTS, n=n, ridge=RIDGE, rows=rows)
        for rows in (PLANTED, ReadoutRows(kept=PLANTED.kept), GENERIC_ROWS)
    ]
    predicted = [np.array([one.test - found[2].test, one.holdout - found[2].holdout]) for one in found[:2]]
    return np.array(effects), predicted[0], predicted[1]


def test_planted_rows_change_both_losses_as_the_equations_say():
    """d = 80: finite sizes cost 3 %. One row alone has two thirds of the effect, generic rows none."""
    repeats = 800
    effects, predicted, one = surrogate_effects(80, repeats)
    for k, (margin, spread) in enumerate([(0.1, 0.42), (0.13, 0.54)]):
        value = predicted[k]
        assert abs(one[k] / value - 1) > 0.3
        assert_power(
            spread=spread * abs(value), repeats=repeats, margin=margin * abs(value), lie=one[k] - value
        )
        assert judge(effects[:, k], value, margin * abs(value)) == "supported"
        for lie in (one[k], 0.0):
            assert judge(effects[:, k], lie, margin * abs(value)) == "refuted"
