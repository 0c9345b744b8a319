"""The ridge stage on mirrored hold-out sets: sim's numbers where nothing is mirrored, the same means where it is."""

import math
from dataclasses import replace

import numpy as np
import pytest
from support.prediction_runs import problem, small

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from sim.optimisers.update import Update
from sim.runs.first_step import measure_first_step
from verify.measurements.mirrored_ridge import mirrored_key, mirrored_ridge, mirrored_ridge_at

STEPS = (("adam", 0.15), ("gd", 60.0))
NAMES = ("test_loss", "holdout_loss", "kta")


def measured(draw, **options):
    backend = get_backend("numpy", threads=1)
    given = {"steps": STEPS, "test_samples": 300, "ridge": 0.01, "choices": 8} | options
    return mirrored_ridge(draw, first_gradient(draw, backend=backend), backend, **given)


def draw_of(cell, seed, **options):
    return Draw(setting=replace(problem().setting(cell), **options), seed=seed, threads=1)


@pytest.mark.parametrize("options", [{}, {"teacher": "relu"}, {"parametrisation": "mean-field"}])
def test_nothing_mirrored_is_what_sim_measures(options):
    draw = draw_of(small(60), 3, **options)
    backend = get_backend("numpy", threads=1)
    updates = [Update(optimiser=o, eta=eta) for o, eta in (("adam", 0.0), *STEPS)]
    found = measure_first_step(draw, updates, ("ridge",), backend=backend, test_samples=300)
    ours = measured(draw)
    for step in found.steps:
        for name in NAMES:
            for features in ("paper", "released"):
                at = (name, features, step.update.optimiser, step.update.eta)
                assert ours[mirrored_key(*at, plain=True)] == pytest.approx(
                    step.value(name, features), rel=1e-6
                )
                assert ours[mirrored_key(*at)] != pytest.approx(step.value(name, features), rel=1e-6)


def test_a_mirrored_set_is_a_set_of_its_own():
    """Ridge regression on explicitly mirrored inputs, one choice at a time, by plain NumPy."""
    draw = draw_of(small(30), 5)
    setting, choices, n = draw.setting, 3, 60
    X, y = (part.astype(float) for part in draw.sample_block("holdout", 0, n))
    T, spare = (part.astype(float) for part in draw.sample_block("test", 0, 40))
    W, beta = draw.weights().astype(float), draw.teacher_direction().astype(float)
    rng = np.random.default_rng(np.random.SeedSequence(5, spawn_key=(0, 2**31)))
    signs = 1 - 2 * rng.integers(0, 2, size=(n, choices))
    signs[:, 0] = 1

    def soft(z):
        return np.logaddexp(0, z)

    losses = []
    for sign in np.concatenate([signs, -signs], axis=1).T:
        turned, labels = sign[:, None] * X, y - soft(X @ beta) + soft(sign * (X @ beta))
        phi, far = (np.tanh(Z @ W.T / math.sqrt(30)) for Z in (turned, np.concatenate([T, -T])))
        w = np.linalg.solve(phi.T @ phi + 0.01 * n * np.eye(len(W)), phi.T @ labels)
        noise = spare - soft(T @ beta)
        truth = np.concatenate([spare, noise + soft(-T @ beta)])
        K = phi @ phi.T
        kta = labels @ K @ labels / (np.linalg.norm(K) * labels @ labels)
        losses.append([np.mean((truth - far @ w) ** 2), np.mean((labels - phi @ w) ** 2), kta])
    ours = measured(draw, choices=choices, test_samples=40)
    for name, mean in zip(NAMES, np.mean(losses, axis=0), strict=True):
        assert ours[mirrored_key(name, "paper", "adam", 0.0)] == pytest.approx(mean, rel=2e-5)
        assert setting.sigma.name == "tanh"


def test_means_agree_and_scatter_is_cut():
    """Paired with eta = 0, over 60 seeds of each reading: no difference beyond 4 standard errors, a third of the scatter."""
    found = [measured(draw_of(small(40), seed), choices=32) for seed in range(60)]
    for name in ("test_loss", "holdout_loss"):
        change = {
            plain: np.array([
                one[mirrored_key(name, "paper", "gd", 60.0, plain=plain)]
                - one[mirrored_key(name, "paper", "adam", 0.0, plain=plain)]
                for one in found
            ])
            for plain in (False, True)
        }  # fmt: skip
        difference = change[True] - change[False]
        assert abs(difference.mean()) < 4 * difference.std(ddof=1) / math.sqrt(60)
        assert change[False].std() < 0.5 * change[True].std()


def test_a_student_that_is_not_odd_is_refused():
    with pytest.raises(ValueError, match=r"odd.*relu"):
        measured(draw_of(small(20), 0, student="relu"))


def test_the_name_holds_what_the_numbers_depend_on():
    names = {
        mirrored_ridge_at(STEPS),
        mirrored_ridge_at(STEPS[:1]),
        mirrored_ridge_at(STEPS, test_samples=200),
        mirrored_ridge_at(STEPS, ridge=0.1),
        mirrored_ridge_at(STEPS, choices=8),
    }
    assert len(names) == 5
    assert mirrored_ridge_at(STEPS) in names
