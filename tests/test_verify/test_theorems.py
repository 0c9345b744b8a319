"""Theorems as properties, on the public strategies: what must hold for every network and matrix, and lies that do not.

Each property has its lie: a statement close by for which hypothesis must find a counterexample.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, find, given
from hypothesis import strategies as st
from support.counterexamples import UNSHRUNK, is_refuted

from sim.optimisers.adam import adam_update
from sim.optimisers.gd import gd_update
from verify import strategies as vs


def adam(G, *, eps=0.0, convention="corrected"):
    return adam_update(None, G, adam=convention, eps=eps)[1]


def close(A, B, *, factor=1e-10):
    scale = max(float(np.max(np.abs(A), initial=0.0)), float(np.max(np.abs(B), initial=0.0)), 1e-300)
    return float(np.max(np.abs(A - B), initial=0.0)) <= factor * scale


def decided(*matrices):
    """Whether every entry's sign is beyond rounding: then equal gradients have equal signs."""
    return all(bool(np.all(np.abs(G) > 1e-9 * np.max(np.abs(G)))) for G in matrices if np.any(G))


def with_permutation(size_of, **options):
    return vs.networks(**options).flatmap(
        lambda net: st.tuples(st.just(net), vs.permutations(size_of(net.setting)))
    )


def with_rotation(**options):
    return vs.networks(**options).flatmap(
        lambda net: st.tuples(st.just(net), vs.orthogonal_matrices(net.setting.d))
    )


# -- the update's exact identities ------------------------------------------------------------------------------------


@given(vs.networks(largest=8), st.integers(0, 2**32 - 1))
def test_the_gradient_is_the_derivative_of_the_loss(net, seed):
    V = np.random.default_rng(seed).standard_normal(net.W.shape)
    h = 1e-4 / max(1.0, float(np.max(np.abs(V))))
    slope = (loss_of(net, h * V) - loss_of(net, -h * V)) / (2 * h)
    claimed = float(np.sum(vs.gradient_of(net) * V))
    scale = max(abs(slope), abs(claimed), vs.loss_of(net), 1e-3)
    assert abs(slope - claimed) <= 1e-5 * scale


def test_without_the_factor_two_it_is_not():
    net = find(
        vs.networks(largest=6),
        lambda net: float(np.max(np.abs(vs.gradient_of(net)))) > 1e-2,
        settings=UNSHRUNK,
    )
    G = vs.gradient_of(net)
    h = 1e-5
    slope = (loss_of(net, h * G) - loss_of(net, -h * G)) / (2 * h)
    assert slope == pytest.approx(float(np.sum(G * G)), rel=1e-4)
    assert slope != pytest.approx(0.5 * float(np.sum(G * G)), rel=0.1)


def loss_of(net, shift):
    return vs.loss_of(net.but(W=net.W + shift))


@given(vs.networks())
def test_the_sign_update_has_the_frobenius_norm_of_its_entries(net):
    G = vs.gradient_of(net)
    D = adam(G)
    assert np.array_equal(D, np.sign(G))
    assert np.linalg.norm(D) == pytest.approx(math.sqrt(np.count_nonzero(G)), abs=1e-12)
    long = adam(G, convention="uncorrected")
    assert close(long, 0.1 / math.sqrt(0.001) * D, factor=1e-14)
    assert close(adam(G, eps=1e-3), G / (np.abs(G) + 1e-3), factor=1e-14)
    assert gd_update(None, G)[1] is G


def test_with_eps_inside_the_root_the_update_is_another():
    assert is_refuted(
        vs.networks(), lambda net: close(adam(G := vs.gradient_of(net), eps=1e-3), G / np.sqrt(G**2 + 1e-3))
    )


@given(vs.networks(largest=8), st.integers(0, 2**32 - 1))
def test_the_second_adam_step_has_its_closed_form(net, seed):
    g0 = vs.gradient_of(net)
    g1 = g0 * np.random.default_rng(seed).standard_normal(g0.shape)
    assume(bool(np.all((g0 != 0) & (g1 != 0))))
    state, _ = adam_update(None, g0, adam="corrected", eps=0.0)
    _, D = adam_update(state, g1, adam="corrected", eps=0.0)
    b1, b2 = 0.9, 0.999
    formula = (b1 * g0 + g1) / (1 + b1) * math.sqrt(1 + b2) / np.sqrt(b2 * g0**2 + g1**2)
    assert close(D, formula, factor=1e-12)
    assert np.max(np.abs(D)) <= 1.00136
    assert not close(D, np.sign(g1), factor=1e-3)  # the lie: the second step is a sign update again


@given(vs.networks(), st.floats(1e-3, 1e3))
def test_the_sign_update_ignores_the_scale_of_the_loss(net, scale):
    G = vs.gradient_of(net)
    assert np.array_equal(adam(scale * G), adam(G))
    assert close(gd_update(None, scale * G)[1], scale * gd_update(None, G)[1])


def test_with_eps_it_does_not():
    assert is_refuted(
        vs.networks(), lambda net: close(adam(1e-3 * (G := vs.gradient_of(net)), eps=1e-3), adam(G, eps=1e-3))
    )


# -- equivariance -----------------------------------------------------------------------------------------------------


@given(with_permutation(lambda setting: setting.N))
def test_permuting_neurons_permutes_rows(pair):
    net, order = pair
    assert close(vs.gradient_of(net.but(W=net.W[order], a=net.a[order])), vs.gradient_of(net)[order])


def test_permuting_neurons_without_their_readout_does_not():
    def holds(pair):
        net, order = pair
        return close(vs.gradient_of(net.but(W=net.W[order])), vs.gradient_of(net)[order])

    assert is_refuted(with_permutation(lambda setting: setting.N), holds)


@given(with_permutation(lambda setting: setting.n))
def test_permuting_samples_changes_nothing(pair):
    net, order = pair
    assert close(vs.gradient_of(net.but(X=net.X[order], y=net.y[order])), vs.gradient_of(net))


def test_permuting_samples_without_their_labels_changes_something():
    def holds(pair):
        net, order = pair
        return close(vs.gradient_of(net.but(X=net.X[order])), vs.gradient_of(net))

    assert is_refuted(with_permutation(lambda setting: setting.n), holds)


def rotated(net, Q):
    """Inputs, weights and teacher in other coordinates; the labels are the same numbers."""
    return net.but(X=net.X @ Q.T, W=net.W @ Q.T, beta=Q @ net.beta)


@given(with_permutation(lambda setting: setting.d), st.integers(0, 2**32 - 1))
def test_permuting_and_reflecting_coordinates_commutes_with_both_updates(pair, seed):
    net, order = pair
    flips = np.random.default_rng(seed).choice([-1.0, 1.0], net.setting.d)
    Q = np.eye(net.setting.d)[order] * flips
    G, moved = vs.gradient_of(net), vs.gradient_of(rotated(net, Q))
    assert close(moved, G @ Q.T)
    if decided(G, moved):
        assert np.array_equal(adam(moved), adam(G) @ Q.T)


@given(with_rotation())
def test_gradient_descent_commutes_with_rotations(pair):
    net, Q = pair
    assert close(vs.gradient_of(rotated(net, Q)), vs.gradient_of(net) @ Q.T)


def test_without_the_weights_it_does_not():
    def holds(pair):
        net, Q = pair
        return close(vs.gradient_of(net.but(X=net.X @ Q.T, beta=Q @ net.beta)), vs.gradient_of(net) @ Q.T)

    assert is_refuted(with_rotation(), holds)


def test_adam_does_not_commute_with_rotations():
    def holds(pair):
        net, Q = pair
        return close(adam(vs.gradient_of(rotated(net, Q))), adam(vs.gradient_of(net)) @ Q.T)

    assert is_refuted(with_rotation(), holds)


@given(vs.networks(odd=True).flatmap(lambda net: st.tuples(st.just(net), vs.signs(net.setting.N))))
def test_an_odd_student_may_flip_neurons_with_their_readout(pair):
    net, flips = pair
    moved = net.but(W=net.W * flips[:, None], a=net.a * flips)
    assert close(vs.gradient_of(moved), vs.gradient_of(net) * flips[:, None])


def test_other_students_may_not():
    def holds(pair):
        net, flips = pair
        moved = net.but(W=net.W * flips[:, None], a=net.a * flips)
        return close(vs.gradient_of(moved), vs.gradient_of(net) * flips[:, None])

    odd_less = vs.networks(odd=False).flatmap(lambda n: st.tuples(st.just(n), vs.signs(n.setting.N)))
    assert is_refuted(odd_less, holds)


@given(vs.networks())
def test_flipping_readout_and_labels_changes_nothing(net):
    assert close(vs.gradient_of(net.but(a=-net.a, y=-net.y)), vs.gradient_of(net))


def test_flipping_the_readout_alone_does():
    assert is_refuted(
        vs.networks(),
        lambda net: any(close(vs.gradient_of(net.but(a=-net.a)), s * vs.gradient_of(net)) for s in (1, -1)),
    )


@given(vs.networks(odd=True))
def test_flipping_the_weights_of_an_odd_student_and_the_labels_flips_the_gradient(net):
    assert close(vs.gradient_of(net.but(W=-net.W, y=-net.y)), -vs.gradient_of(net))


def test_of_another_student_it_does_not():
    assert is_refuted(
        vs.networks(odd=False),
        lambda net: close(vs.gradient_of(net.but(W=-net.W, y=-net.y)), -vs.gradient_of(net)),
    )


@given(vs.networks(), st.floats(0.1, 10.0))
def test_scaling_labels_noise_and_readout_scales_the_gradient_by_the_square(net, scale):
    moved = net.but(y=scale * net.y, a=scale * net.a)
    assert close(vs.gradient_of(moved), scale**2 * vs.gradient_of(net))


@given(vs.networks(), st.floats(0.1, 10.0))
def test_the_gradient_is_affine_in_the_labels(net, scale):
    start = vs.gradient_of(net.but(y=0 * net.y))
    moved = vs.gradient_of(net.but(y=scale * net.y))
    assert close(moved - start, scale * (vs.gradient_of(net) - start), factor=1e-7)


def test_it_is_not_linear_in_the_labels_alone():
    assert is_refuted(
        vs.networks(), lambda net: close(vs.gradient_of(net.but(y=2 * net.y)), 2 * vs.gradient_of(net))
    )


# -- rank one ---------------------------------------------------------------------------------------------------------


@given(vs.networks(odd=True))
def test_a_linear_student_has_a_gradient_of_rank_one_and_the_largest_sign_norm(net):
    net = net.but(setting=_linear(net.setting))
    G = vs.gradient_of(net)
    assume(decided(G) and np.any(G))
    s = np.linalg.svd(G, compute_uv=False)
    assert np.all(s[1:] <= 1e-10 * s[0])
    N, d = G.shape
    assert np.linalg.norm(adam(G), 2) == pytest.approx(math.sqrt(N * d), rel=1e-10)


def _linear(setting):
    from dataclasses import replace

    return replace(setting, student="linear")


def test_a_tanh_student_has_not():
    def holds(net):
        s = np.linalg.svd(vs.gradient_of(net), compute_uv=False)
        return net.setting.sigma.name == "linear" or bool(np.all(s[1:] <= 1e-3 * s[0]))

    assert is_refuted(vs.networks(odd=True), holds)
