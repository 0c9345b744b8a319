"""Every reading of a first step against NumPy on the same draw, and later steps against plain optimisers."""

import numpy as np
import pytest
from support.plain_steps import SIZES, TEST, Plain, draw_of

from sim.backend import get_backend
from sim.optimisers.step import start_position, take_step
from sim.optimisers.update import Update
from sim.runs import first_step as first_step_run
from sim.runs.first_step import OBSERVABLES, measure_first_step

UPDATES = [
    Update(optimiser="adam", eta=0.3),
    Update(optimiser="gd", eta=40.0),
    Update(optimiser="adam", eta=2.0, adam="uncorrected", eps=1e-4),
    Update(optimiser="adam", eta=0.0),
    Update(optimiser="gd", eta=500.0),
]


def measured(draw, updates=UPDATES, observables=OBSERVABLES, name="numpy", **options):
    backend = get_backend(name, threads=options.pop("threads", 1))
    return measure_first_step(draw, updates, observables, backend=backend, test_samples=TEST, **options)


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
