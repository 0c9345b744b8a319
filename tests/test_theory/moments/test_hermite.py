"""Hermite coefficients: orthogonality, Parseval, closed forms, Stein, and what is refused."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.functions.activations import NAMES, from_callables, from_tree, named
from theory.moments.hermite import hermite_coefficients, hermite_functions, hermite_tail
from theory.moments.moments import student_moments, teacher_moments
from theory.numerics.quadrature import MomentError


@given(st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=8))
def test_a_series_gives_back_its_coefficients(c):
    f = named("hermite:" + ",".join(map(repr, c)))
    found = hermite_coefficients(f, len(c) + 2)
    for k, value in enumerate(found.values):
        exact = c[k] * math.factorial(k) if k < len(c) else 0.0
        scale = 1.0 + math.sqrt(
            sum(math.factorial(j) * cj * cj for j, cj in enumerate(c)) * math.factorial(k)
        )
        assert abs(value - exact) <= 1e-12 * scale
        assert abs(value - exact - 1e-6 * scale) > 1e-12 * scale


@given(st.floats(-1.5, 1.5), st.floats(-1.0, 1.0))
def test_parseval_of_an_exponential(a, b):
    """E exp(a z + b) He_k = a^k exp(a^2/2 + b), so sum_k of the squares over k! is exp(2 a^2 + 2 b) = E f^2."""
    f = from_callables(lambda z: np.exp(a * z + b), lambda z: a * np.exp(a * z + b), name="module:exp")
    found = hermite_coefficients(f, 40, normalised=True)
    for k, value in enumerate(found.values):
        exact = a**k * math.exp(a * a / 2.0 + b) / math.sqrt(math.factorial(k))
        assert abs(value - exact) <= 1e-11 * math.exp(a * a + b)
    assert math.fsum(c * c for c in found.values) == pytest.approx(teacher_moments(f).q_star, rel=1e-9)
    if abs(a) > 0.5:  # known lie: Parseval without the factorial
        plain = hermite_coefficients(f, 40)
        assert math.fsum(c * c for c in plain.values) != pytest.approx(teacher_moments(f).q_star, rel=1e-3)


@pytest.mark.parametrize("name", [*NAMES, "centred-silu"])
def test_the_first_coefficients_are_the_moments(name):
    f = named(name)
    s, t = student_moments(f), teacher_moments(f)
    assert hermite_coefficients(f, 3).values == pytest.approx((t.c_0, t.c_1, t.c_2, s.mu_3), abs=1e-13)
    assert t.c_1 == pytest.approx(s.mu_1, abs=1e-13)


def test_the_tail_is_positive_and_shrinks():
    f = named("softplus")
    tails = [hermite_tail(f, degree) for degree in (1, 2, 4, 8)]
    # the kernel bound: what no linear function of z explains
    assert tails[0].value == pytest.approx(0.021515, abs=1e-6)
    assert all(a.value > b.value > -b.error for a, b in itertools.pairwise(tails))
    assert hermite_tail(named("tanh"), 1).value == pytest.approx(0.027415, abs=1e-6)
    assert abs(hermite_tail(named("hermite:1,2,3"), 2).value) < 1e-13


def test_high_degrees_are_orthonormal_and_small():
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    rows = hermite_functions(nodes, 100) / np.exp(-nodes * nodes / 4.0) * (2.0 * math.pi) ** 0.25
    gram = (rows * weights / math.sqrt(2.0 * math.pi)) @ rows.T
    np.testing.assert_allclose(gram, np.eye(101), atol=1e-10)
    assert np.all(np.abs(hermite_functions(np.linspace(-30.0, 30.0, 2001), 300)) < 1.0)
    high = hermite_coefficients(named("relu"), 300, normalised=True)
    assert max(high.errors) < 1e-12
    k = 300  # E relu He_k = phi(0) He_{k-2}(0) for even k
    log_size = (
        math.lgamma(k - 1) - (k / 2 - 1) * math.log(2.0) - math.lgamma(k / 2) - math.lgamma(k + 1) / 2.0
    )
    assert abs(high.values[k]) == pytest.approx(math.exp(log_size) / math.sqrt(2.0 * math.pi), rel=1e-9)


def test_parity_is_exact():
    assert set(hermite_coefficients(named("tanh"), 9).values[::2]) == {0.0}
    assert set(hermite_coefficients(named("hermite:0,0,1,0,2"), 5).values[1::2]) == {0.0}


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"degree must lie in \[0, 170\], got 171"):
        hermite_coefficients(named("tanh"), 171)
    with pytest.raises(ValueError, match=r"got -1"):
        hermite_coefficients(named("tanh"), -1)
    with pytest.raises(TypeError, match="degree must be an int"):
        hermite_coefficients(named("tanh"), 2.0)
    square = from_tree(
        ("call", "exp", ("div", ("pow", ("z",), ("number", "2")), ("number", "3"))), name="expr:exp(z^2/3)"
    )
    with pytest.raises(MomentError):
        hermite_coefficients(square, 2)
