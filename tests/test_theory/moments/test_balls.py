"""Rigorous balls: every float route meets them; the digits are right; without python-flint the message says so."""

import math
import sys
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from theory.functions.activations import NAMES, named
from theory.functions.regularity import supremum
from theory.moments.balls import BALL_MOMENTS, MomentBall, moment_ball
from theory.moments.moments import _student_quadrature, _teacher_quadrature, student_moments, teacher_moments

pytest.importorskip("flint", reason="the extra `interval` is not installed")
ALL = (*NAMES, *(f"centred-{name}" for name in ("softplus", "silu", "relu", "gelu", "tanh")))


def float_routes(name):
    """Quadrature with its error, and the default route with a few units in the last place, per moment."""
    f = named(name)
    values, errors = (a | b for a, b in zip(_student_quadrature(f), _teacher_quadrature(f), strict=True))
    default = {}
    for record in (student_moments(f), teacher_moments(f)):
        default |= {field: getattr(record, field) for field in BALL_MOMENTS if hasattr(record, field)}
    scale = {key: 1e-15 * (1.0 + abs(value)) for key, value in values.items()}
    return [
        (values, {k: errors[k] + scale[k] for k in values}),
        (default, {k: errors[k] + scale[k] for k in values}),
    ]


@pytest.mark.parametrize("name", ALL)
def test_both_float_routes_meet_every_ball(name):
    for values, errors in float_routes(name):
        for which in BALL_MOMENTS:
            ball = moment_ball(name, which)
            assert ball.radius < Fraction(1, 10**25)
            assert ball.contains(values[which], error=errors[which])
            assert errors[which] < 1e-12 * (1.0 + abs(values[which]))
            off = (
                values[which] * (1.0 + 1e-9) + 1e-9
            )  # known lie: a ball wide enough for this would prove nothing
            assert not ball.contains(off, error=errors[which])


CLOSED = {
    ("erf", "q"): lambda: 2 / mpmath.pi * mpmath.asin(mpmath.mpf(2) / 3),
    ("erf", "var_prime"): lambda: 4 / mpmath.pi * (1 / mpmath.sqrt(5) - mpmath.mpf(1) / 3),
    ("sin", "mu_1"): lambda: mpmath.exp(mpmath.mpf(-1) / 2),
    ("sin", "fourth"): lambda: mpmath.mpf(3) / 8 - mpmath.exp(-2) / 2 + mpmath.exp(-8) / 8,
    ("relu", "c_2"): lambda: 1 / mpmath.sqrt(2 * mpmath.pi),
    ("linear", "fourth"): lambda: mpmath.mpf(3),
    ("softplus", "mu_1"): lambda: mpmath.mpf(1) / 2,
}


@pytest.mark.parametrize(("name", "which"), CLOSED)
def test_the_digits_are_those_of_the_closed_form(name, which):
    with mpmath.workdps(60):
        exact = CLOSED[name, which]()
        mantissa, exponent = exact.man_exp
        rational = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    for digits in (10, 25, 50):
        ball = moment_ball(name, which, digits=digits)
        assert abs(ball.middle - rational) <= ball.radius + Fraction(1, 10**55)
        assert abs(ball.middle - rational - Fraction(1, 10 ** (digits - 1))) > ball.radius
        assert ball.decimal(8) == f"{float(rational):.8f}"


def test_more_digits_lie_inside_fewer():
    wide, narrow = (moment_ball("tanh", "mu_1", digits=digits) for digits in (25, 100))
    assert abs(wide.middle - narrow.middle) <= wide.radius + narrow.radius
    assert narrow.radius < Fraction(1, 10**100)
    assert wide.decimal() == "0.6057055096021588255835402"


def test_the_tail_bound_covers_the_true_tail():
    """46.08 (L^3 + 3L + 3/L) phi(L) against the exact two tails of every integrand's bound 1.44 (1 + |z|)^4."""
    for reach in (2.0, 5.0, 12.0):
        with mpmath.workdps(30):
            density = mpmath.exp(-(mpmath.mpf(reach) ** 2) / 2) / mpmath.sqrt(2 * mpmath.pi)
            exact = 2 * mpmath.quad(
                lambda z: mpmath.mpf("1.44") * (1 + z) ** 4 * mpmath.npdf(z), [reach, reach + 3, reach + 20]
            )
            bound = mpmath.mpf("46.08") * (reach**3 + 3 * reach + 3 / reach) * density
        assert exact <= bound
        assert exact > bound / 40  # and the bound is no blanket
    z = np.linspace(-50.0, 50.0, 2001)
    for name in NAMES:  # the premises
        assert supremum(named(name), 1).value <= 1.2
        assert np.all(np.abs(named(name).value(z)) <= 1.0 + np.abs(z))


def test_proof_of_non_zero():
    assert moment_ball("tanh", "mu_1").excludes_zero()
    assert not moment_ball("tanh", "s0").excludes_zero()
    assert not MomentBall(name="x", which="q", middle=Fraction(1), radius=Fraction(2)).excludes_zero()


def test_decimals_of_negative_and_small_balls():
    ball = MomentBall(name="x", which="q", middle=Fraction(-1, 400), radius=Fraction(0))
    assert ball.decimal(4) == "-0.0025"
    assert ball.contains(-0.0025, error=1e-18)
    assert math.isclose(float(ball.middle), -0.0025)


def test_the_working_precision_is_given_back():
    import flint

    before = flint.ctx.prec
    moment_ball("tanh", "q", digits=60)
    assert flint.ctx.prec == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("swish", "mu_1"), "name must be one of tanh"),
        (("hermite:0,1", "mu_1"), "name must be one of tanh"),
        (("tanh", "mu_4"), "which must be one of mu_1"),
    ],
)
def test_unknown_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        moment_ball(*arguments)
    for digits in (0, 2.5, True, 10**6):
        with pytest.raises(ValueError, match="digits must be an int"):
            moment_ball("tanh", "mu_1", digits=digits)


def test_without_the_extra_the_message_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(ModuleNotFoundError, match="extra 'interval'"):
        moment_ball("tanh", "mu_1")
