"""Theorems past one step: what holds of every network's run, and lies that do not."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from support.counterexamples import is_refuted

from sim.optimisers.update import Update
from sim.runs.training import Rule
from verify import strategies as vs

STEPS = 4
ADAM = Rule(update=Update(optimiser="adam", eta=0.1, eps=1e-3), gamma=0.9)
GD = Rule(update=Update(optimiser="gd", eta=0.5), gamma=0.9)
EXACT = Rule(update=Update(optimiser="adam", eta=0.1, eps=0.0))
RULES = st.sampled_from([ADAM, GD])


def of(net, rule=ADAM):
    return vs.trained_of(net, rule, STEPS)


def close(A, B, factor=1e-7):
    scale = max(float(np.abs(A).max(initial=0.0)), float(np.abs(B).max(initial=0.0)), 1e-300)
    return float(np.abs(A - B).max(initial=0.0)) <= factor * scale


def with_permutation(size_of):
    return vs.networks(largest=8).flatmap(
        lambda net: st.tuples(st.just(net), vs.permutations(size_of(net.setting)))
    )


def with_rotation():
    return vs.networks(largest=8).flatmap(
        lambda net: st.tuples(st.just(net), vs.orthogonal_matrices(net.setting.d))
    )


def rotated(net, Q):
    return net.but(X=net.X @ Q.T, W=net.W @ Q.T, beta=Q @ net.beta)


@given(with_permutation(lambda setting: setting.N), RULES)
def test_permuted_neurons_are_trained_to_permuted_rows(pair, rule):
    net, order = pair
    assert close(of(net.but(W=net.W[order], a=net.a[order]), rule), of(net, rule)[order])


def test_without_their_readout_they_are_not():
    def holds(pair):
        net, order = pair
        return close(of(net.but(W=net.W[order])), of(net)[order])

    assert is_refuted(with_permutation(lambda setting: setting.N), holds)


@given(with_permutation(lambda setting: setting.n), RULES)
def test_the_order_of_samples_changes_nothing(pair, rule):
    net, order = pair
    assert close(of(net.but(X=net.X[order], y=net.y[order]), rule), of(net, rule))


def test_without_their_labels_it_does():
    def holds(pair):
        net, order = pair
        return close(of(net.but(X=net.X[order])), of(net))

    assert is_refuted(with_permutation(lambda setting: setting.n), holds)


@given(with_permutation(lambda setting: setting.d), RULES, st.integers(0, 2**32 - 1))
def test_permuting_and_reflecting_coordinates_commutes_with_training(pair, rule, seed):
    net, order = pair
    flips = np.random.default_rng(seed).choice([-1.0, 1.0], net.setting.d)
    Q = np.eye(net.setting.d)[order] * flips
    assert close(of(rotated(net, Q), rule), of(net, rule) @ Q.T)


@given(with_rotation())
def test_gradient_descent_commutes_with_rotations_at_every_step(pair):
    net, Q = pair
    assert close(of(rotated(net, Q), GD), of(net, GD) @ Q.T)


def test_adam_does_not():
    def holds(pair):
        net, Q = pair
        return close(of(rotated(net, Q)), of(net) @ Q.T)

    assert is_refuted(with_rotation(), holds)


def with_signs(**options):
    return vs.networks(largest=8, **options).flatmap(
        lambda net: st.tuples(st.just(net), vs.signs(net.setting.N))
    )


@given(with_signs(odd=True), RULES)
def test_an_odd_students_neurons_may_be_flipped_with_their_readout(pair, rule):
    net, flips = pair
    moved = net.but(W=net.W * flips[:, None], a=net.a * flips)
    assert close(of(moved, rule), of(net, rule) * flips[:, None])


def test_another_students_may_not():
    def holds(pair):
        net, flips = pair
        moved = net.but(W=net.W * flips[:, None], a=net.a * flips)
        return close(of(moved), of(net) * flips[:, None])

    assert is_refuted(with_signs(), holds)


@given(vs.networks(largest=8), RULES)
def test_the_signs_of_readout_and_labels_cancel(net, rule):
    assert close(of(net.but(a=-net.a, y=-net.y), rule), of(net, rule))


def test_the_signs_of_the_readout_alone_do_not():
    assert is_refuted(vs.networks(largest=8), lambda net: close(of(net.but(a=-net.a)), of(net)))


@given(vs.networks(largest=8))
def test_without_eps_adam_knows_no_scale_of_the_loss(net):
    G = vs.gradient_of(net)
    assume(np.all(np.abs(G) > 1e-6 * np.abs(G).max()))  # a first gradient of 0 has no sign to keep
    assert close(of(net, replace(EXACT, loss="sum")), of(net, EXACT), factor=1e-5)


def test_with_eps_it_does_and_so_does_gradient_descent():
    for rule in (ADAM, GD):
        assert is_refuted(
            vs.networks(largest=8),
            lambda net, rule=rule: close(of(net, replace(rule, loss="sum")), of(net, rule)),
        )
