"""The ridge stage against explicit least squares, and the KTA against an explicit kernel."""

import numpy as np
import pytest
from support import plain_network

from sim.backend import get_backend
from sim.measures.readout import RidgeError, feature_scales, second_stage

N_HOLDOUT, N_TEST, WIDTH, D, RIDGE = 90, 40, 30, 20, 0.01


class Tanh:
    """Stands in for `sim.functions.activations`, so that this file tests the second stage alone."""

    def value(self, backend, z, /):
        return backend.xp.tanh(z)


class Linear:
    def value(self, backend, z, /):
        return z


def frozen(array):
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


@pytest.fixture(scope="module")
def problem():
    step = plain_network.first_step(n=N_HOLDOUT, N=WIDTH, d=D, seed=5)
    rng = np.random.default_rng(6)
    X_test = rng.standard_normal((N_TEST, D))
    y_test = np.logaddexp(0.0, X_test @ step.beta) + 0.3 * rng.standard_normal(N_TEST)
    W = step.W - 0.4 * np.sign(step.G)
    return W, step.X, step.y, X_test, y_test


def blocks_of(W, X, y, backend, dtype="float64", rows=25):
    products = X @ W.T
    parts = [
        tuple(backend.asarray(frozen(array[s : s + rows].astype(dtype))) for array in (products, y))
        for s in range(0, len(y), rows)
    ]
    return lambda: parts


def run(problem, *, name="numpy", dtype="float64", rows=25, ridge=RIDGE, scales=None, activation=None):
    W, X, y, X_test, y_test = problem
    backend = get_backend(name)
    return second_stage(
        blocks_of(W, X, y, backend, dtype, rows),
        blocks_of(W, X_test, y_test, backend, dtype, rows),
        activation=activation or Tanh(),
        scales=scales or feature_scales("ntk", D),
        ridge=ridge,
        backend=backend,
    )


def explicit(problem, scale, ridge=RIDGE, extra=1.0):
    """(hold-out loss, test loss, KTA, a_hat) by lstsq on the stacked system and by the n x n kernel."""
    W, X, y, X_test, y_test = problem
    n, N = len(y), len(W)
    Z, Z_test = (np.tanh(scale * (x @ W.T)) / np.sqrt(N) * extra for x in (X, X_test))
    stacked = np.vstack([Z, np.sqrt(ridge * n / N) * np.eye(N)])
    a_hat = np.linalg.lstsq(stacked, np.concatenate([y, np.zeros(N)]), rcond=None)[0]
    K, Y = Z @ Z.T, np.outer(y, y)
    kta = np.sum(K * Y) / (np.linalg.norm(K) * np.linalg.norm(Y))
    return np.mean((y - Z @ a_hat) ** 2), np.mean((y_test - Z_test @ a_hat) ** 2), kta, a_hat


@pytest.mark.parametrize("name", ["numpy", "array-api-strict"])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 2e-6)])
@pytest.mark.parametrize("rows", [25, 90])
def test_losses_and_kta_are_the_explicit_ones(problem, name, dtype, tolerance, rows):
    stages = run(problem, name=name, dtype=dtype, rows=rows)
    assert set(stages) == {"paper", "released"}
    for features, scale in (("paper", D**-0.5), ("released", 1.0 / D)):
        holdout, test, kta, a_hat = explicit(problem, scale)
        stage = stages[features]
        assert stage.features == features
        np.testing.assert_allclose(
            (stage.holdout_loss, stage.test_loss, stage.kta), (holdout, test, kta), rtol=tolerance
        )
        np.testing.assert_allclose(
            stage.coefficients, a_hat, rtol=0, atol=30 * tolerance * np.abs(a_hat).max()
        )
        assert stage.refinement <= 1e-7


def test_the_usual_mistakes_would_be_seen(problem):
    stage = run(problem)["paper"]
    W, X, y, X_test, y_test = problem
    lies = {
        "features divided twice by sqrt d": explicit(problem, 1.0 / D),
        "features not divided by sqrt N": explicit(problem, D**-0.5, extra=np.sqrt(WIDTH)),
        "ridge without n/N": explicit(problem, D**-0.5, ridge=RIDGE * WIDTH / N_HOLDOUT),
        "test set for hold-out set": explicit((W, X_test, y_test, X, y), D**-0.5),
    }
    for lie, (holdout, test, _, _) in lies.items():
        assert abs(stage.holdout_loss / holdout - 1.0) > 1e-3, lie
        assert abs(stage.test_loss / test - 1.0) > 1e-3, lie
    assert abs(stage.test_loss / stage.holdout_loss - 1.0) > 0.1
    centred = explicit((W, X, y - y.mean(), X_test, y_test), D**-0.5)[2]
    assert abs(stage.kta / centred - 1.0) > 0.1


def test_wide_networks_and_few_samples(problem):
    W, X, y, X_test, y_test = problem
    few = (W, X[:12], y[:12], X_test, y_test)  # n < N: S is singular, the ridge is not
    stage = run(few)["paper"]
    np.testing.assert_allclose(
        (stage.holdout_loss, stage.test_loss, stage.kta), explicit(few, D**-0.5)[:3], rtol=1e-8
    )


def test_more_neurons_than_one_block_of_the_solver():
    rng = np.random.default_rng(9)
    W, X, X_test = (
        rng.standard_normal((300, 12)),
        rng.standard_normal((200, 12)),
        rng.standard_normal((50, 12)),
    )
    problem = (W, X, X @ W[0] + 1.0, X_test, X_test @ W[0] + 1.0)
    stage = run(problem, scales={"paper": 12**-0.5}, rows=64)["paper"]
    np.testing.assert_allclose(
        (stage.holdout_loss, stage.test_loss, stage.kta), explicit(problem, 12**-0.5)[:3], rtol=1e-7
    )


def test_a_small_ridge_in_float32_falls_back_to_float64_products():
    rng = np.random.default_rng(3)
    W = rng.standard_normal((40, 8)) + 20.0 * rng.standard_normal((40, 1)) * rng.standard_normal(8)
    X, X_test = (rng.standard_normal((m, 8)) for m in (120, 30))
    y, y_test = (np.tanh(x[:, 0]) for x in (X, X_test))
    problem = (W, X, y, X_test, y_test)
    stage = run(problem, dtype="float32", ridge=1e-7, scales={"paper": 0.1})["paper"]
    assert stage.refinement <= 1e-7
    as_stored = np.tanh((X @ W.T).astype(np.float32) * np.float32(0.1)).astype(float)
    stacked = np.vstack([as_stored, np.sqrt(1e-7 * 120) * np.eye(40)])
    x = np.linalg.lstsq(stacked, np.concatenate([y.astype(np.float32), np.zeros(40)]), rcond=None)[0]
    np.testing.assert_allclose(stage.holdout_loss, np.mean((y - as_stored @ x) ** 2), rtol=1e-3)


def test_limits_of_the_ridge(problem):
    _, _, y, _, y_test = problem
    huge = run(problem, ridge=1e9)["paper"]
    np.testing.assert_allclose(
        (huge.holdout_loss, huge.test_loss), (np.mean(y**2), np.mean(y_test**2)), rtol=1e-6
    )
    assert run(problem, ridge=1e-3)["paper"].holdout_loss < run(problem)["paper"].holdout_loss


def test_divergence_is_a_value(problem):
    W, X, y, X_test, y_test = problem
    with np.errstate(all="ignore"):
        blown_up = (W * np.inf, X, y, X_test, y_test)
        stage = run(blown_up)["paper"]
    assert np.isnan((stage.holdout_loss, stage.test_loss, stage.kta, *stage.coefficients)).all()
    overflow = run((W * 1e30, X, y, X_test, y_test), dtype="float32", activation=Linear())["paper"]
    assert np.isnan(overflow.holdout_loss)


def test_labels_or_features_of_zero(problem):
    W, X, y, X_test, y_test = problem
    silent = run((W, X, 0.0 * y, X_test, y_test))["paper"]
    assert silent.holdout_loss == 0.0
    assert np.isnan(silent.kta)
    dead = run((0.0 * W, X, y, X_test, y_test))["paper"]
    np.testing.assert_allclose(dead.holdout_loss, np.mean(y**2))
    assert np.isnan(dead.kta)


@pytest.mark.parametrize("ridge", [0.0, -1.0, np.nan, np.inf])
def test_bad_ridges_are_refused(problem, ridge):
    with pytest.raises(ValueError, match="ridge must be finite and > 0"):
        run(problem, ridge=ridge)


def test_a_ridge_below_the_rounding_is_refused(problem):
    W, X, y, X_test, y_test = problem
    twice = np.vstack([W, W, W])
    with pytest.raises(RidgeError, match="take a larger ridge"):
        run((twice, X, y, X_test, y_test), ridge=1e-300)


def test_no_samples_are_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        second_stage(
            lambda: [],
            lambda: [],
            activation=Tanh(),
            scales={"paper": 1.0},
            ridge=1.0,
            backend=get_backend("numpy"),
        )


def test_feature_scales():
    assert feature_scales("ntk", 100) == {"paper": 0.1, "released": pytest.approx(0.01)}
    assert feature_scales("mean-field", 100) == {"paper": 1.0, "released": 0.1}
    with pytest.raises(ValueError, match="parametrisation"):
        feature_scales("mf", 100)
