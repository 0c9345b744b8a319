"""Every reading of a first step against NumPy on the same draw, and later steps against plain optimisers."""

import numpy as np
import pytest
from support import plain_network

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.step import Position, moved_weights, start_position, take_step, update_matrix
from sim.optimisers.update import Update
from sim.runs import first_step as first_step_run
from sim.runs.first_step import OBSERVABLES, measure_first_step
from sim.setting import Setting

SIZES = {"n": 70, "N": 36, "d": 24}
TEST = 40
UPDATES = [
    Update(optimiser="adam", eta=0.3),
    Update(optimiser="gd", eta=40.0),
    Update(optimiser="adam", eta=2.0, adam="uncorrected", eps=1e-4),
    Update(optimiser="adam", eta=0.0),
    Update(optimiser="gd", eta=500.0),
]


def draw_of(parametrisation="ntk", dtype="float64", **sizes):
    setting = Setting(**(SIZES | sizes), parametrisation=parametrisation)
    return Draw(setting=setting, seed=7, dtype=dtype, threads=1)


def measured(draw, updates=UPDATES, observables=OBSERVABLES, name="numpy", **options):
    backend = get_backend(name, threads=options.pop("threads", 1))
    return measure_first_step(draw, updates, observables, backend=backend, test_samples=TEST, **options)


class Plain:
    """The same draw in NumPy, formula by formula."""

    def __init__(self, draw):
        s = self.setting = draw.setting
        self.W, self.a, self.beta = draw.weights(), draw.readout(), draw.teacher_direction()
        (self.X, self.y), (self.X_h, self.y_h) = (draw.sample_block(k, 0, s.n) for k in ("train", "holdout"))
        self.X_t, self.y_t = draw.sample_block("test", 0, TEST)
        self.scale = s.d**-0.5 if s.parametrisation == "ntk" else 1.0
        self.G = self.gradient(self.W)

    def gradient(self, W):
        s = self.setting
        Z = self.scale * self.X @ W.T
        r = np.tanh(Z) @ self.a / np.sqrt(s.N) - self.y
        slope = 1.0 / np.cosh(Z) ** 2
        return 2.0 * self.scale / (s.n * np.sqrt(s.N)) * (slope * r[:, None] * self.a).T @ self.X

    def D(self, update):
        if update.optimiser == "gd":
            return self.G
        b1, b2 = (0.0, 0.0) if update.adam == "corrected" else (0.9, 0.999)
        return (1 - b1) * self.G / (np.sqrt(1 - b2) * np.abs(self.G) + update.eps)

    def training_loss(self, W):
        return np.mean((np.tanh(self.scale * self.X @ W.T) @ self.a / np.sqrt(self.setting.N) - self.y) ** 2)

    def second_stage(self, W, extra, ridge=0.01):
        n, N = self.setting.n, self.setting.N
        Z, Z_t = (np.tanh(self.scale * extra * x @ W.T) / np.sqrt(N) for x in (self.X_h, self.X_t))
        stacked = np.vstack([Z, np.sqrt(ridge * n / N) * np.eye(N)])
        a_hat = np.linalg.lstsq(stacked, np.append(self.y_h, np.zeros(N)), rcond=None)[0]
        K = Z @ Z.T
        kta = self.y_h @ K @ self.y_h / (np.linalg.norm(K) * (self.y_h @ self.y_h))
        return np.mean((self.y_h - Z @ a_hat) ** 2), np.mean((self.y_t - Z_t @ a_hat) ** 2), kta


@pytest.fixture(scope="module", params=["ntk", "mean-field"])
def pair(request):
    draw = draw_of(request.param)
    return Plain(draw), measured(draw)


def test_the_order_is_that_of_the_updates(pair):
    assert [step.update for step in pair[1].steps] == UPDATES


@pytest.mark.parametrize("i", range(len(UPDATES)))
def test_norms_and_losses(pair, i):
    plain, first = pair
    step = first.steps[i]
    D = plain.D(UPDATES[i])
    W = plain.W - UPDATES[i].eta * D
    unit = np.sqrt(plain.setting.N * plain.setting.d)
    expected = {
        "update_operator_norm": np.linalg.norm(D, 2),
        "update_frobenius_norm": np.linalg.norm(D),
        "operator_norm_ratio": np.linalg.norm(D, 2) / unit,
        "frobenius_norm_ratio": np.linalg.norm(D) / unit,
        "training_loss": plain.training_loss(W),
        "relative_training_loss": plain.training_loss(W) / plain.training_loss(plain.W),
    }
    for observable, value in expected.items():
        np.testing.assert_allclose(step.value(observable), value, rtol=1e-8, err_msg=observable)
    extra = {"paper": 1.0, "released": plain.setting.d**-0.5}
    for features, factor in extra.items():
        stage = plain.second_stage(W, factor)
        for observable, value in zip(("holdout_loss", "test_loss", "kta"), stage, strict=True):
            np.testing.assert_allclose(step.value(observable, features), value, rtol=1e-7, err_msg=observable)
        swapped = plain.second_stage(W, extra["released" if features == "paper" else "paper"])
        assert abs(step.value("holdout_loss", features) / swapped[0] - 1.0) > 1e-3  # features divided twice
        assert abs(step.value("holdout_loss", features) / stage[1] - 1.0) > 0.01  # test for hold-out
    assert step.notes == ()


@pytest.mark.parametrize("i", range(len(UPDATES)))
def test_spectrum_and_vectors(pair, i):
    plain, first = pair
    step = first.steps[i]
    D = plain.D(UPDATES[i])
    U, s, Vt = np.linalg.svd(plain.W - UPDATES[i].eta * D)
    P, _, Qt = np.linalg.svd(D)
    np.testing.assert_allclose(step.singular_values, s, rtol=1e-8)
    np.testing.assert_allclose(step.value("top_singular_value"), s[0], rtol=1e-7)
    np.testing.assert_allclose(step.value("second_singular_value"), s[1], rtol=1e-7)
    np.testing.assert_allclose(step.value("least_singular_value"), s[-1], rtol=1e-7)
    assert abs(step.value("least_singular_value") / s[-2] - 1.0) > 1e-3  # the lie: the one before it
    assert step.value("nullity") == 0.0
    np.testing.assert_allclose(step.value("update_second_singular_value"), np.linalg.svd(D)[1][1], rtol=1e-8)
    assert step.value("update_nullity") == 24 - np.linalg.matrix_rank(D)
    np.testing.assert_allclose(step.value("sim"), abs(Vt[0] @ plain.beta), atol=1e-4)
    np.testing.assert_allclose(step.value("left_overlap"), (U[:, 0] @ P[:, 0]) ** 2, atol=1e-4)
    np.testing.assert_allclose(step.value("right_overlap"), (Vt[0] @ Qt[0]) ** 2, atol=1e-4)
    l = np.sort(s**2)
    half = len(l) // 2
    hill = 1 + (len(l) - half) / np.sum(np.log(l[half:] / l[half]))
    np.testing.assert_allclose(step.value("alpha_hill"), hill, rtol=1e-7)
    assert step.value("alpha_ks") > 1.0
    assert 0.0 < step.value("ks_distance") < 1.0


def test_left_and_right_are_not_swapped(pair):
    _, first = pair
    assert abs(first.steps[0].value("left_overlap") - first.steps[0].value("right_overlap")) > 1e-3


def test_readings_of_the_gradient(pair):
    plain, first = pair
    found = {reading.observable: reading.value for reading in first.gradient}
    np.testing.assert_allclose(found["gradient_operator_norm"], np.linalg.norm(plain.G, 2), rtol=1e-9)
    np.testing.assert_allclose(found["gradient_frobenius_norm"], np.linalg.norm(plain.G), rtol=1e-12)
    np.testing.assert_allclose(found["initial_loss"], plain.training_loss(plain.W), rtol=1e-12)
    r = np.tanh(plain.scale * plain.X @ plain.W.T) @ plain.a / np.sqrt(plain.setting.N) - plain.y
    for reading, signal in (("residual", plain.X.T @ r), ("label", -plain.X.T @ plain.y)):
        A = (
            2
            * 0.6057055096
            * plain.scale
            / (plain.setting.n * np.sqrt(plain.setting.N))
            * np.outer(plain.a, signal)
        )
        np.testing.assert_allclose(
            found[f"sign_agreement_{reading}"], np.mean(np.sign(A) == np.sign(plain.G))
        )
        distance = np.linalg.norm(plain.G - A, 2) / np.linalg.norm(plain.G, 2)
        np.testing.assert_allclose(found[f"rank_one_distance_{reading}"], distance, rtol=1e-6)


def test_a_step_of_length_zero_changes_nothing(pair):
    plain, first = pair
    step = first.steps[UPDATES.index(Update(optimiser="adam", eta=0.0))]
    assert step.value("relative_training_loss") == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(step.singular_values, np.linalg.svd(plain.W, compute_uv=False), rtol=1e-10)


def values_of(first):
    return np.array([reading.value for step in first.steps for reading in step.readings])


def test_kept_products_threads_and_backends_agree():
    draw = draw_of()
    reference = values_of(measured(draw))
    for options in (
        {"keep_products": False},
        {"threads": 2},
        {"name": "array-api-strict"},
        {"block_rows": 256},
    ):
        other = values_of(measured(draw, **options))
        np.testing.assert_allclose(other, reference, rtol=2e-6, atol=2e-6, err_msg=str(options))
    assert np.isfinite(reference).all()
    alone = measured(draw, [UPDATES[1]])
    np.testing.assert_allclose(
        values_of(alone), [r.value for r in measured(draw).steps[1].readings], rtol=1e-9
    )


def test_float32_keeps_the_losses():
    updates = [Update(optimiser="adam", eta=e) for e in (0.1, 10.0, 3000.0)]
    sizes = {"n": 300, "N": 200, "d": 120}
    single, double = (measured(draw_of(dtype=dtype, **sizes), updates) for dtype in ("float32", "float64"))
    for one, two in zip(
        single.steps[:2], double.steps[:2], strict=True
    ):  # the sign flips at rounding level beyond
        for observable in ("holdout_loss", "test_loss", "kta"):
            for features in ("paper", "released"):
                np.testing.assert_allclose(
                    one.value(observable, features),
                    two.value(observable, features),
                    rtol=3e-3,
                    err_msg=observable,
                )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divergence_is_recorded(dtype):
    huge = float(np.finfo(dtype).max)
    first = measured(
        draw_of(dtype=dtype), [Update(optimiser="adam", eta=huge, adam="uncorrected"), UPDATES[0]]
    )
    assert first.steps[0].notes[0].startswith("W_1 is not finite")
    assert np.isnan(first.steps[0].value("training_loss"))
    assert np.isnan(first.steps[0].value("holdout_loss", "paper"))
    assert np.isnan(first.steps[0].value("top_singular_value"))
    assert np.isnan(first.steps[0].value("alpha_hill"))
    assert first.steps[0].singular_values is None
    assert {(r.observable, r.features) for r in first.steps[0].readings} == {
        (r.observable, r.features) for r in first.steps[1].readings
    }
    assert np.isfinite(first.steps[1].value("training_loss"))


def test_too_few_eigenvalues_are_recorded_with_the_reason():
    step = measured(draw_of(d=6), UPDATES[:1], ["tails"]).steps[0]
    assert np.isnan(step.value("alpha_hill"))
    assert any("at least 10 positive eigenvalues, got 6" in note for note in step.notes)
    assert step.singular_values is None


def test_only_what_was_asked_for():
    first = measured(draw_of(), UPDATES[:1], ["ridge"], features=["paper"])
    assert first.gradient == ()
    assert {r.observable for r in first.steps[0].readings} == {"holdout_loss", "test_loss", "kta"}
    assert {r.features for r in first.steps[0].readings} == {"paper"}
    with pytest.raises(KeyError, match="no reading"):
        first.steps[0].value("sim")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"updates": []}, ValueError, "updates must name"),
        ({"observables": ["everything"]}, ValueError, "observables must be among"),
        ({"features": ["mine"]}, ValueError, "features must be"),
        ({"test_samples": 0}, ValueError, "test_samples must be at least 1"),
        ({"test_samples": 2.5}, TypeError, "test_samples must be an integer"),
        ({"ridge": 0.0}, ValueError, "ridge must be finite"),
    ],
)
def test_bad_requests_are_refused(change, error, message):
    arguments = {"updates": UPDATES[:1], "observables": ["ridge"]} | change
    with pytest.raises(error, match=message):
        measure_first_step(draw_of(), **arguments, backend=get_backend("numpy"))


def test_an_update_without_an_eta_moves_no_weights():
    draw, backend = draw_of(), get_backend("numpy")
    with pytest.raises(ValueError, match="must have a learning rate eta"):
        measure_first_step(draw, [Update()], ("update",), backend=backend)
    with pytest.raises(ValueError, match="must have a learning rate eta"):
        take_step(draw, start_position(draw, backend=backend), Update(), backend=backend)


# the second step


def plain_adam(plain, etas, *, corrected=True, eps=1e-6):
    """Adam as its paper writes it, in NumPy; returns W after every step."""
    W, M, V, path = plain.W.copy(), 0.0, 0.0, []
    for t, eta in enumerate(etas, start=1):
        G = plain.gradient(W)
        M, V = 0.9 * M + 0.1 * G, 0.999 * V + 0.001 * G * G
        m, v = (M / (1 - 0.9**t), V / (1 - 0.999**t)) if corrected else (M, V)
        W = W - eta * m / (np.sqrt(v) + eps)
        path.append(W)
    return path


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
def test_three_adam_steps(adam):
    draw, backend, etas = draw_of(), get_backend("numpy", threads=1), (0.1, 0.05, 0.02)
    position = start_position(draw, backend=backend)
    path = plain_adam(Plain(draw), etas, corrected=adam == "corrected")
    for eta, W in zip(etas, path, strict=True):
        before = position.W.copy()
        update = Update(optimiser="adam", eta=eta, adam=adam, eps=1e-6)
        following = take_step(draw, position, update, backend=backend)
        assert np.array_equal(position.W, before)
        position = following
        np.testing.assert_allclose(position.W, W, rtol=0, atol=1e-8)
    assert position.step == 3
    forgetful = take_step(draw, Position(W=path[0], a=draw.readout(), step=0), update, backend=backend)
    assert (
        np.abs(forgetful.W - path[1]).max() > 1e-3
    )  # the lie: a second step without the first one's moments


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_two_gd_steps_and_one_gradient_for_many(parametrisation):
    draw, backend = draw_of(parametrisation), get_backend("numpy", threads=1)
    plain = Plain(draw)
    start = start_position(draw, backend=backend)
    one = take_step(draw, start, Update(optimiser="gd", eta=5.0), backend=backend)
    two = take_step(draw, one, Update(optimiser="gd", eta=3.0), backend=backend)
    W = plain.W - 5.0 * plain.G
    np.testing.assert_allclose(one.W, W, atol=1e-12)
    np.testing.assert_allclose(two.W, W - 3.0 * plain.gradient(W), atol=1e-11)
    assert np.abs(two.W - (W - 3.0 * plain.G)).max() > 1e-3  # the lie: the old gradient once more
    same = take_step(
        draw, start, Update(optimiser="gd", eta=5.0), backend=backend, gradient_here=one.gradient
    )
    assert np.array_equal(same.W, one.W)
    assert same.gradient is one.gradient


def test_a_step_from_a_diverged_position_stays_a_value():
    draw, backend = draw_of(dtype="float32"), get_backend("numpy", threads=1)
    start = start_position(draw, backend=backend)
    D = update_matrix(UPDATES[0], None, np.ones((36, 24), np.float32))[1]
    W = moved_weights(start.W, D, 3.4e38 * 10)
    assert np.isinf(W).any()
    after = take_step(
        draw, Position(W=W, a=start.a, step=1), Update(optimiser="gd", eta=1.0), backend=backend
    )
    assert not np.isfinite(after.W).all()


def test_plain_network_is_the_same_formula():
    """The two plain routes of the tests agree, so that neither is wrong alone."""
    step = plain_network.first_step(**SIZES, seed=3)
    plain = Plain.__new__(Plain)
    plain.setting, plain.scale = Setting(**SIZES), SIZES["d"] ** -0.5
    plain.X, plain.y, plain.a = step.X, step.y, step.a
    np.testing.assert_allclose(plain.gradient(step.W), step.G, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(plain.training_loss(step.W), plain_network.training_loss(step, step.W))


def test_nullity_of_the_update_is_that_of_the_sign_matrix_not_of_the_gradient():
    draw = draw_of(n=2000, N=24, d=16)
    updates = [Update(optimiser="adam", eta=1.0), Update(optimiser="gd", eta=1.0)]
    adam, gd = measured(draw, updates, ("update_spectrum", "spectrum")).steps
    S = np.sign(Plain(draw).G)
    missing = 16 - np.linalg.matrix_rank(S)
    assert missing > 0  # columns that follow their sign everywhere are one direction
    assert adam.value("update_nullity") == missing
    assert gd.value("update_nullity") == 0.0
    assert adam.value("nullity") == 0.0  # W_1 has W_0 in it
    np.testing.assert_allclose(adam.value("update_second_singular_value"), np.linalg.svd(S)[1][1], rtol=1e-8)


def test_one_decomposition_of_the_weights_serves_second_and_least_value_and_tails(monkeypatch):
    found, calls = first_step_run.singular_values, []
    monkeypatch.setattr(
        first_step_run, "singular_values", lambda W, **how: calls.append(W.shape) or found(W, **how)
    )
    updates = [Update(optimiser="adam", eta=0.3), Update(optimiser="gd", eta=30.0)]
    first, second = measured(draw_of(), updates, ("spectrum", "tails")).steps
    assert calls == [(SIZES["N"], SIZES["d"])] * 2  # one per update
    assert first.value("least_singular_value") == first.singular_values[-1]
    assert first.value("least_singular_value") != second.value("least_singular_value")
