"""||sign(G_0)||_2 at a weak signal: its limits, its edge, and the closed form where the noise is white."""

import math
from itertools import pairwise

import pytest

from theory.functions.activations import from_tree, named
from theory.gradient.decomposition import signal_noise
from theory.moments.moments import student_moments, teacher_moments
from theory.spectrum.noise_spectra import second_singular_value
from theory.spectrum.sign_top import is_weak, sign_top
from theory.update.sign import paired_rows_ratio_squared, sign_norm_ratio_refined

SOFTPLUS = named("softplus")


def sine(factor):
    """sin(factor z): E sigma' = factor exp(-factor**2/2), as near to 0 as one likes."""
    tree = ("call", "sin", ("mul", ("number", repr(factor)), ("z",)))
    return from_tree(tree, name=f"expr:sin({factor}*z)")


def problem(student, *, n=800, N=600, d=400, **options):
    return signal_noise(
        n=n,
        N=N,
        d=d,
        student=student_moments(student),
        teacher=teacher_moments(SOFTPLUS),
        noise=0.3,
        **options,
    )


def test_no_signal_leaves_the_edge_of_the_noise():
    sn = problem(sine(5.0))
    top = sign_top(sn, SOFTPLUS)
    edge = second_singular_value(sn, SOFTPLUS)
    assert not top.is_outlier
    assert top.value == pytest.approx(edge.expected / math.sqrt(sn.N * sn.d), rel=1e-12)
    assert top.value > 1.3 * sign_norm_ratio_refined(sn)  # what first order would have said


@pytest.mark.parametrize("sizes", [(1000, 750, 500), (500, 250, 1000), (4000, 2000, 250)])
def test_a_strong_signal_gives_the_refined_ratio(sizes):
    n, N, d = sizes
    sn = problem(named("tanh"), n=n, N=N, d=d)
    top = sign_top(sn, SOFTPLUS)
    assert top.is_outlier
    assert top.value == pytest.approx(sign_norm_ratio_refined(sn), rel=2e-3)


def test_many_samples_give_the_closed_form_of_white_noise():
    """n/d large: Sigma_S is (1 - c^2) I, s^2 = (theta^2 + tau^2 N)(theta^2 + tau^2 d)/theta^2."""
    sn = problem(sine(2.9), n=800 * 400, N=600, d=400)
    c_2 = paired_rows_ratio_squared(sn)
    root = math.sqrt(sn.N * sn.d)
    white = math.sqrt((c_2 * root**2 + (1 - c_2) * sn.N) * (c_2 * root**2 + (1 - c_2) * sn.d) / c_2) / root**2
    assert white > math.sqrt(c_2) * 1.02  # the noise matters here
    assert sign_top(sn, SOFTPLUS).value == pytest.approx(white, rel=0.01)


def test_the_outlier_leaves_the_edge_without_a_jump():
    """From sin(3 z) to sin(2 z) the signal grows; the norm starts at the edge and only rises."""
    found = [sign_top(problem(sine(3.0 - 0.05 * step)), SOFTPLUS) for step in range(21)]
    assert [top.is_outlier for top in found] == sorted(top.is_outlier for top in found)
    values = [top.value for top in found]
    assert not found[0].is_outlier
    assert found[-1].is_outlier
    # `expected` lies a Tracy-Widom mean below the edge, and the outlier's equation knows no such shift
    assert max(b / a for a, b in pairwise(values)) < 1.1
    assert all(b > 0.995 * a for a, b in pairwise(values))


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_both_parametrisations(parametrisation):
    sn = problem(sine(2.25), parametrisation=parametrisation)
    top = sign_top(sn, SOFTPLUS)
    assert sign_norm_ratio_refined(sn) < top.value < 1.1 * sign_norm_ratio_refined(sn)


def test_where_the_signal_is_weak():
    assert is_weak(problem(sine(5.0)))
    assert not is_weak(problem(named("tanh")))
    assert not is_weak(problem(named("tanh"), n=20, N=15, d=10))  # tiny, but no weak signal
    assert not is_weak(problem(named("linear")))


def test_what_is_not_derived_is_refused():
    with pytest.raises(ValueError, match="must be odd"):
        sign_top(problem(SOFTPLUS), SOFTPLUS)
    with pytest.raises(ValueError, match="must have noise"):
        sign_top(problem(named("linear")), SOFTPLUS)
