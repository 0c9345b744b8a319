"""What every optimiser keeps to, run over the table: a new one is tested by being listed.

Each check is a function of an optimiser and its options, so that optimisers that break it show that it can fail.
"""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.optimiser import Optimiser
from sim.optimisers.step import start_position, take_step, update_matrix
from sim.optimisers.table import OPTIMISER_NAMES, optimiser_named
from sim.optimisers.update import Update, update_of
from sim.runs.update_norms import first_update
from sim.setting import Setting

BACKENDS = (get_backend("numpy"), get_backend("array-api-strict"))
STEPS = 3


def values_of(constant):
    """All names that it may be; of a number the default, the ends and what is just above the default."""
    if constant.choices:
        return constant.choices
    tried = (
        constant.default,
        constant.least,
        constant.most,
        constant.default + 1e-8,
        constant.default + 1e-3,
    )
    return tuple(dict.fromkeys(x for x in tried if constant.least <= x <= constant.most and np.isfinite(x)))


def refused_of(constant):
    if constant.choices:
        return (f"{constant.default}ly", "")
    return (constant.least - 1e-8, 2 * constant.most + 1.0, float("nan"), float("inf"))


def updates_of(name):
    """One update per choice of the optimiser's constants."""
    constants = optimiser_named(name).constants
    names = [constant.name for constant in constants]
    return [
        update_of(name, dict(zip(names, chosen, strict=True)))
        for chosen in product(*(values_of(constant) for constant in constants))
    ]


UPDATES = [update for name in OPTIMISER_NAMES for update in updates_of(name)]
each_update = pytest.mark.parametrize("update", UPDATES, ids=lambda update: "-".join(map(str, update.rule)))


def gradients(dtype="float64", scale=1e-4):
    """Gradients that must not be written into, each with a zero in the same place."""
    rng = np.random.default_rng(0)
    found = [(scale * rng.standard_normal((6, 4))).astype(dtype) for _ in range(STEPS)]
    for G in found:
        G[1, 2] = 0.0
        G.flags.writeable = False
    return found


def path(optimiser, options, Gs, backend):
    """States and updates of a run, on the host."""
    state, states, moves = None, [], []
    for G in Gs:
        state, D = optimiser.step(state, backend.asarray(G), **options)
        states.append(state)
        moves.append(backend.to_numpy(D))
    return states, moves


def check_shape(optimiser, options):
    """D has shape, dtype and backend of G."""
    for backend, dtype in product(BACKENDS, ("float32", "float64")):
        state = None
        for G in gradients(dtype):
            there = backend.asarray(G)
            state, D = optimiser.step(state, there, **options)
            assert type(D) is type(there)
            assert D.shape == there.shape
            assert D.dtype == there.dtype
            assert np.isfinite(backend.to_numpy(D)).all()


def check_purity(optimiser, options):
    """No argument changes: the same state and gradient give the same update again."""
    Gs = gradients()
    copies = [G.copy() for G in Gs]
    for G in copies:
        G.flags.writeable = True  # one that writes is caught by what it leaves, on every backend
    for backend in BACKENDS:
        state = None
        for G, kept in zip(copies, Gs, strict=True):
            there = backend.asarray(G)
            first = backend.to_numpy(optimiser.step(state, there, **options)[1]).copy()
            following, again = optimiser.step(state, there, **options)
            np.testing.assert_array_equal(backend.to_numpy(again), first)
            np.testing.assert_array_equal(backend.to_numpy(there), kept)
            state = following


def check_state(optimiser, options):
    """The state is of the kind that the optimiser names, and a later update depends on it exactly if there is one."""
    states, moves = path(optimiser, options, gradients(), BACKENDS[0])
    fresh = BACKENDS[0].to_numpy(optimiser.step(None, gradients()[-1], **options)[1])
    if optimiser.state is None:
        assert states == [None] * STEPS
        np.testing.assert_array_equal(moves[-1], fresh)
    else:
        assert all(isinstance(state, optimiser.state) for state in states)
        assert not np.allclose(moves[-1], fresh, rtol=1e-3)


def check_zeros(optimiser, options):
    """An entry whose gradients are all zero stays where it is, and so does everything under a gradient of zeros."""
    for backend, dtype in product(BACKENDS, ("float32", "float64")):
        assert all(D[1, 2] == 0.0 for D in path(optimiser, options, gradients(dtype), backend)[1])
        nothing = [np.zeros((3, 2), dtype)] * STEPS
        assert not any(np.any(D) or np.isnan(D).any() for D in path(optimiser, options, nothing, backend)[1])


def check_precision(optimiser, options):
    """float32 and both backends give what float64 gives, to rounding."""
    exact = path(optimiser, options, gradients(), BACKENDS[0])[1]
    for backend, dtype in product(BACKENDS, ("float32", "float64")):
        found = path(optimiser, options, gradients(dtype), backend)[1]
        for D, expected in zip(found, exact, strict=True):
            np.testing.assert_allclose(
                D, expected, rtol=1e-4 if dtype == "float32" else 1e-12, atol=1e-9 * np.abs(expected).max()
            )


def check_descent(optimiser, options):
    """The first update goes down: W - eta D lowers the loss to first order."""
    (G, *_) = gradients()
    D = np.asarray(optimiser.step(None, G, **options)[1], np.float64)
    assert float((D * G).sum()) > 0.1 * np.linalg.norm(D) * np.linalg.norm(G)


CHECKS = (check_shape, check_purity, check_state, check_zeros, check_precision, check_descent)


@each_update
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_to(check, update):
    check(optimiser_named(update.optimiser), update.options)


@each_update
def test_runs_take_it_by_its_name(update):
    """By hand, as a norm is measured, and as training goes on from a position."""
    backend, optimiser = BACKENDS[0], optimiser_named(update.optimiser)
    draw = Draw(setting=Setting(n=12, N=6, d=4), seed=3, dtype="float64", threads=1)
    moving = replace(update, eta=0.25)
    start = start_position(draw, backend=backend)
    one = take_step(draw, start, moving, backend=backend)
    by_hand = optimiser.step(None, one.gradient.G, **update.options)[1]
    for D in (one.D, first_update(one.gradient.G, update), update_matrix(update, None, one.gradient.G)[1]):
        np.testing.assert_array_equal(D, by_hand)
    np.testing.assert_array_equal(one.W, start.W - 0.25 * by_hand)
    two = take_step(draw, one, moving, backend=backend)
    np.testing.assert_array_equal(two.D, optimiser.step(one.state, two.gradient.G, **update.options)[1])


@pytest.mark.parametrize("name", OPTIMISER_NAMES)
def test_bad_constants_are_refused(name):
    for constant in optimiser_named(name).constants:
        for value in refused_of(constant):
            with pytest.raises(ValueError, match=constant.name):
                update_of(name, {constant.name: value})
            with pytest.raises(ValueError, match=constant.name):
                optimiser_named(name).step(
                    None, gradients()[0], **(Update(optimiser=name).options | {constant.name: value})
                )


# optimisers that break what is checked


def _lie(step, **fields):
    return Optimiser(name="lie", title="lie", step=step, **fields)


def _momentum(state, G, *, forgets=False, writes=False):
    """Heavy-ball momentum, right but for what is asked for."""
    if state is None or forgets:
        return [G], G
    if writes:
        state[0] += G
        return state, state[0]
    return [state[0] + G], state[0] + G


def _scaled_in_place(state, G):
    G *= 2.0
    return state, G


def _over_its_size(state, G):
    return state, G / abs(G)


LIES = [
    (check_shape, _lie(lambda state, G: (state, np.asarray(G, np.float64)))),
    (check_shape, _lie(lambda state, G: (state, G[:1, :]))),
    (check_purity, _lie(_scaled_in_place)),
    (check_purity, _lie(lambda state, G: _momentum(state, G, writes=True), state=list)),
    (check_state, _lie(lambda state, G: _momentum(state, G, forgets=True), state=list)),
    (check_state, _lie(_momentum)),
    (check_zeros, _lie(lambda state, G: (state, G + 1e-12))),
    (check_zeros, _lie(_over_its_size)),
    (check_precision, _lie(lambda state, G: (state, G * 1e-36 * 1e36))),
    (check_descent, _lie(lambda state, G: (state, -G))),
]


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("check", "optimiser"), LIES)
def test_a_check_sees_the_optimiser_that_breaks_it(check, optimiser):
    with pytest.raises(AssertionError):
        check(optimiser, {})


def test_an_honest_optimiser_with_memory_passes():
    for check in CHECKS:
        check(_lie(_momentum, state=list), {})
