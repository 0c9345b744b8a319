"""Bounds on matrices and monotone predictions as properties, on the public strategies; each with a lie that fails."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.counterexamples import is_refuted

import theory.random_matrices.inequalities as bounds
from sim.optimisers.adam import adam_update
from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.gradient.norms import gradient_norms
from theory.moments.moments import student_moments, teacher_moments
from theory.spike.formulas import critical_theta
from theory.spike.inputs import SpikeInputs, critical_eta
from theory.update.sign import sign_agreement, sign_norm_ratio, sign_norm_ratio_refined
from verify import strategies as vs

EPS = 1e-9


def adam(G):
    return adam_update(None, G, adam="corrected", eps=0.0)[1]


# -- Forster and Weyl -------------------------------------------------------------------------------------------------

shapes = st.tuples(st.integers(1, 10), st.integers(1, 10)).flatmap(
    lambda size: st.tuples(st.just(size), st.integers(1, min(size)))
)
low_rank = shapes.flatmap(lambda s: vs.low_rank_matrices(s[1], rows=s[0][0], columns=s[0][1]))


@given(low_rank)
def test_forsters_bound(found):
    X = found.matrix
    assume(bool(np.all(np.abs(X) > 1e-12 * np.max(np.abs(X)))))
    bound = bounds.forster_bound(rows=X.shape[0], columns=X.shape[1], rank=found.rank)
    assert np.linalg.norm(np.sign(X), 2) >= bound.value * (1 - EPS)


def test_with_the_root_of_the_rank_in_place_of_the_rank_it_fails():
    def holds(found):
        X = found.matrix
        return np.linalg.norm(np.sign(X), 2) >= math.sqrt(X.size / math.sqrt(found.rank)) * (1 - EPS)

    assert is_refuted(low_rank, holds)


@given(shapes.flatmap(lambda s: vs.sign_matrices(*s[0])))
def test_sign_matrices_lie_between_their_bounds(S):
    low, high = bounds.sign_norm_interval(rows=S.shape[0], columns=S.shape[1])
    assert low * (1 - EPS) <= np.linalg.norm(S, 2) <= high * (1 + EPS)


def test_the_upper_bound_needs_rank_one():
    assert is_refuted(
        shapes.flatmap(lambda s: vs.sign_matrices(*s[0])),
        lambda S: np.linalg.norm(S, 2) >= math.sqrt(S.size) * (1 - EPS),
    )


@given(vs.networks(), st.floats(0.0, 10.0), st.sampled_from(["adam", "gd"]))
def test_weyls_inequalities_between_weights_update_and_moved_weights(net, eta, optimiser):
    G = vs.gradient_of(net)
    D = adam(G) if optimiser == "adam" else G
    s_0, s_D, s_1 = (np.linalg.svd(A, compute_uv=False) for A in (net.W, eta * D, net.W - eta * D))
    slack = 1e-10 * (s_0[0] + s_D[0] + 1e-12)
    low, high = bounds.weyl_interval(s_0, perturbation_norm=float(s_D[0]))
    assert np.all(s_1 >= low - slack)
    assert np.all(s_1 <= high + slack)
    assert np.all(s_1 <= bounds.weyl_sum_bounds(s_0, s_D) + slack)
    rank = max(int(np.sum(s_D > 1e-12 * max(s_D[0], 1e-300))), 1)
    below, above = bounds.interlacing_interval(s_0, rank=rank)
    assert np.all(s_1 >= below - slack)
    assert np.all(s_1 <= above + slack)


def test_singular_values_do_not_just_add():
    def holds(net):
        D = adam(vs.gradient_of(net))
        top = [np.linalg.norm(A, 2) for A in (net.W, D, net.W - D)]
        return top[2] >= top[0] + top[1] - 1e-6

    assert is_refuted(vs.networks(), holds)


@given(vs.singular_values().flatmap(lambda s: vs.matrices_with_singular_values(s, rows=len(s) + 2)))
def test_given_singular_values_are_those_of_the_matrix(found):
    s = np.linalg.svd(found.matrix, compute_uv=False)
    assert np.allclose(s, found.singular_values, rtol=0, atol=1e-10 * max(s[0], 1.0))
    assert found.rank <= len(s)
    lower, upper = bounds.norm_interval(frobenius=float(np.linalg.norm(s)), rank=max(found.rank, 1))
    assert lower - 1e-9 <= s[0] <= upper + 1e-9


# -- monotone predictions ---------------------------------------------------------------------------------------------

kappas = st.floats(0.0, 50.0)


@given(kappas, kappas)
def test_constant_and_agreement_rise_with_kappa(one, other):
    low, high = sorted((one, other))
    for law, least in ((sign_norm_ratio, 0.0), (sign_agreement, 0.5)):
        assert least <= float(law(low)) <= float(law(high)) <= 1.0
    if high > low * (1 + 1e-6) + 1e-6:
        assert float(sign_agreement(low)) < float(sign_agreement(high))


def test_they_do_not_rise_in_proportion():
    assert is_refuted(kappas, lambda k: float(sign_norm_ratio(2 * k)) >= 1.5 * float(sign_norm_ratio(k)))


def noise_of(student, teacher, n_d, N_d, d=1000, noise=0.3):
    return signal_noise(
        n=max(round(n_d * d), 1), N=max(round(N_d * d), 1), d=d, student=student_moments(named(student)),
        teacher=teacher_moments(named(teacher)), noise=noise,
    )  # fmt: skip


curved = st.sampled_from(["tanh", "erf", "sin"])


@given(curved, vs.ratios(), vs.ratios(), vs.ratios(), st.sampled_from(["softplus", "tanh"]))
def test_the_constant_rises_with_samples_and_gradients_fall(student, one, other, N_d, teacher):
    low, high = sorted((one, other))
    few, many = (noise_of(student, teacher, ratio, N_d) for ratio in (low, high))
    assert float(sign_norm_ratio(few.kappa)) <= float(sign_norm_ratio(many.kappa)) + 1e-15
    assert sign_norm_ratio_refined(few) <= sign_norm_ratio_refined(many) + 1e-9
    for norm_few, norm_many in zip(gradient_norms(few), gradient_norms(many), strict=True):
        assert norm_many <= norm_few * (1 + 1e-12)


def test_the_constant_is_not_that_of_the_square_root_of_the_ratio():
    """The lie: c^2 doubles when n/d does."""
    assert is_refuted(
        vs.ratios(), lambda r: float(sign_norm_ratio(noise_of("tanh", "tanh", 2 * r, 1.5).kappa)) >= 1.0
    )


def inputs_of(update_norm, noise_variance, m, m2, N=1500.0, d=1000.0):
    return SpikeInputs(
        N=N, d=d, update_norm=update_norm, noise_variance=noise_variance, initial_variance=1.0, m=m, m2=m2,
        teacher_overlap_squared=0.1, flag=None,
    )  # fmt: skip


spiked = st.fixed_dictionaries(
    {
        "update_norm": st.floats(500.0, 1224.0), "noise_variance": st.floats(0.0, 0.4),
        "m": st.floats(0.0, 20.0), "m2": st.floats(0.0, 15.0),
    }
)  # fmt: skip


@given(spiked, st.floats(1.01, 1.5))
def test_the_critical_eta_is_monotone_in_each_argument(at, factor):
    eta = critical_eta(inputs_of(**at))
    assert math.isfinite(eta)
    for name, sign in (("update_norm", -1), ("noise_variance", 1), ("m", 1), ("m2", -1)):
        moved = critical_eta(inputs_of(**(at | {name: at[name] * factor})))
        assert sign * (moved - eta) >= -1e-12 * eta
    for name in ("N", "d"):
        larger = critical_eta(inputs_of(**at, **{name: factor * {"N": 1500.0, "d": 1000.0}[name]}))
        assert larger > eta


def test_the_second_row_does_not_raise_the_threshold():
    """The lie: every correlation with W_0 makes the spike later."""

    def holds(at):
        more = at | {"m2": at["m2"] + 5.0}
        return critical_eta(inputs_of(**more)) >= critical_eta(inputs_of(**at))

    assert is_refuted(spiked, holds)


@given(st.floats(0.0, 30.0), st.floats(0.0, 30.0), st.floats(0.1, 4.0))
def test_one_row_is_never_before_two_rows_nor_before_independence(m, m2, tau):
    at = {t: critical_theta(N=1500, d=1000, m=m, m2=m2, tau=tau, theory=t)
          for t in ("two-row", "one-row", "independent")}  # fmt: skip
    assert at["two-row"] <= at["one-row"] * (1 + 1e-12)
    assert at["independent"] <= at["one-row"] * (1 + 1e-12)


# -- the strategies themselves ----------------------------------------------------------------------------------------


@given(vs.ratios(0.25, 4.0), vs.cells(largest=5), vs.teachers(), vs.students(odd=False))
def test_strategies_keep_their_word(ratio, sizes, teacher, student):
    from sim.functions.activations import named as array_code

    assert 0.25 <= ratio <= 4.0
    assert all(1 <= size <= 5 for size in sizes)
    assert student not in vs.ODD_STUDENTS
    assert array_code(teacher).name == named(teacher).name == teacher


@given(vs.networks(largest=5))
def test_networks_are_read_only(net):
    with pytest.raises(ValueError, match="read-only"):
        net.W[0, 0] = 1.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: vs.ratios(2.0, 1.0), "low and high"),
        (lambda: vs.low_rank_matrices(4, rows=3, columns=9), "rank must be"),
        (lambda: vs.matrices_with_singular_values([1.0, -1.0]), "values must be"),
        (lambda: vs.matrices_with_singular_values([1.0, 1.0], rows=1), "rows and columns"),
    ],
)
def test_bad_arguments_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_without_hypothesis_the_error_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "hypothesis.strategies", None)
    with pytest.raises(ImportError, match=r"bulkspike\[test\]"):
        vs.ratios()
