"""Moments of the named functions as rigorous balls: Arb's integration, the Gaussian tail bounded by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from theory.functions.activations import NAMES

__all__ = ["BALL_MOMENTS", "MomentBall", "moment_ball"]

BALL_MOMENTS = (
    *("mu_1", "mu_2", "mu_3", "var_prime", "q", "s0", "sigma_sigma_prime_z"),
    *("c_0", "c_1", "c_2", "q_star", "fourth"),
)
_MOST_DIGITS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentBall:
    """A proved enclosure: the moment lies within `radius` of `middle` (both exact rationals)."""

    name: str
    which: str
    middle: Fraction
    radius: Fraction

    def contains(self, value: float, *, error: float = 0.0) -> bool:
        """Whether [value - error, value + error] meets the ball: False proves that a float route is off."""
        return abs(Fraction(value) - self.middle) <= self.radius + Fraction(error)

    def excludes_zero(self) -> bool:
        """Whether the moment is proved to be non-zero."""
        return abs(self.middle) > self.radius

    def decimal(self, digits: int = 25) -> str:
        """The middle, rounded to `digits` decimals."""
        scaled = round(self.middle * 10**digits)
        sign, whole = ("-" if scaled < 0 else ""), str(abs(scaled)).rjust(digits + 1, "0")
        return f"{sign}{whole[:-digits]}.{whole[-digits:]}"


def moment_ball(name: str, which: str, *, digits: int = 25) -> MomentBall:
    """A ball of radius below 10**-digits around a moment of a named function.

    Parameters
    ----------
    name : str
        One of `theory.functions.activations.NAMES`, or "centred-" before one.
    which : str
        A field of StudentMoments or TeacherMoments: mu_1, .., sigma_sigma_prime_z, c_0, .., fourth.
    digits : int in [1, 1000]

    Raises
    ------
    ModuleNotFoundError
        If python-flint (the extra `interval`) is not installed.
    ValueError
        If name, which or digits is none of these.

    Notes
    -----
    docs/derivations/moments.md, section 5. The integral over [-L, L] is Arb's, with a proved error; the rest is
    at most 46.08 (L^3 + 3 L + 3/L) phi(L), because |sigma| <= 1 + |z| and |sigma'| <= 6/5 for every name.
    """
    flint = _flint()
    plain = name.removeprefix("centred-")
    if plain not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, or centred-NAME, got {name!r}")
    if which not in BALL_MOMENTS:
        raise ValueError(f"which must be one of {', '.join(BALL_MOMENTS)}, got {which!r}")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= _MOST_DIGITS:
        raise ValueError(f"digits must be an int in [1, {_MOST_DIGITS}], got {digits!r}")
    before = flint.ctx.prec
    try:
        flint.ctx.prec = int(3.4 * digits) + 80
        ball = _centred_moment(plain, which, digits) if plain != name else _moment(plain, which, digits)
        middle, radius = _rational(ball.mid()), _rational(ball.rad())
    finally:
        flint.ctx.prec = before
    if radius >= Fraction(1, 10**digits):
        raise ArithmeticError(
            f"{name}: the ball of {which} has radius {float(radius):.3g}, wanted 1e-{digits}"
        )
    return MomentBall(name=name, which=which, middle=middle, radius=radius)


def _flint() -> Any:
    try:
        import flint
    except ImportError:
        raise ModuleNotFoundError(
            "rigorous balls need python-flint: install bulkspike with its extra 'interval'", name="flint"
        ) from None
    return flint


def _rational(exact: Any) -> Fraction:
    mantissa, exponent = exact.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _square(ball: Any) -> Any:
    return ball * ball  # python-flint's ** gives nan for a ball around zero


def _moment(name: str, which: str, digits: int) -> Any:
    if which == "var_prime":
        return _expect(name, "slope_2", digits) - _square(_expect(name, "mu_1", digits))
    return _expect(name, which, digits)


def _centred_moment(name: str, which: str, digits: int) -> Any:
    """Moments of sigma - c, c = E sigma, by expanding; z and z^2 - 1 have mean 0, so c_1, c_2 stay."""
    from flint import arb

    if which in ("s0", "c_0"):
        return arb(0)
    if which in ("q", "q_star"):
        return _expect(name, "q", digits) - _square(_expect(name, "s0", digits))
    if which == "sigma_sigma_prime_z":
        return _expect(name, which, digits) - _expect(name, "s0", digits) * _expect(name, "mu_2", digits)
    if which == "fourth":
        c, second = _expect(name, "s0", digits), _expect(name, "q", digits)
        fourth, third = _expect(name, "fourth", digits), _expect(name, "third", digits)
        return fourth - 4 * c * third + 6 * _square(c) * second - 3 * _square(_square(c))
    return _moment(name, which, digits)


_FACTORS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "mu_1": lambda z, s, p: p,
    "mu_2": lambda z, s, p: z * p,
    "mu_3": lambda z, s, p: (z * z - 1) * p,
    "slope_2": lambda z, s, p: p * p,
    "q": lambda z, s, p: s * s,
    "s0": lambda z, s, p: s,
    "sigma_sigma_prime_z": lambda z, s, p: z * s * p,
    "c_0": lambda z, s, p: s,
    "c_1": lambda z, s, p: z * s,
    "c_2": lambda z, s, p: (z * z - 1) * s,
    "q_star": lambda z, s, p: s * s,
    "third": lambda z, s, p: s * s * s,
    "fourth": lambda z, s, p: s * s * s * s,
}


def _expect(name: str, which: str, digits: int) -> Any:
    """E factor(z, sigma, sigma'), a ball: Arb's integral over [-L, L] plus a ball for the two tails."""
    from flint import acb, arb

    reach = math.ceil(math.sqrt(2.0 * math.log(10.0) * (digits + 12)))
    length, factor, pair = arb(reach), _FACTORS[which], _pairs()[name]

    def integrand(z: Any, analytic: bool) -> Any:
        s, p = pair(z, analytic)
        return factor(z, s, p) * (-z * z / 2).exp()

    start = 0 if name == "relu" else -reach  # relu vanishes on the left
    inner = acb.integral(integrand, acb(start), acb(reach)).real / (2 * arb.pi()).sqrt()
    density = (-length * length / 2).exp() / (2 * arb.pi()).sqrt()
    tail = arb(4608) / 100 * (length * length * length + 3 * length + 3 / length) * density
    return inner + arb(0, tail.upper())


def _pairs() -> dict[str, Callable[[Any, bool], tuple[Any, Any]]]:
    """sigma and sigma' on complex balls; with `analytic` the logarithm refuses a ball that meets its cut."""
    from flint import acb, arb

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + (-z).exp())

    def silu(z: Any, analytic: bool) -> tuple[Any, Any]:
        s = sigmoid(z)
        return z * s, s * (1 + z * (1 - s))

    def gelu(z: Any, analytic: bool) -> tuple[Any, Any]:
        share = (1 + (z / acb(2).sqrt()).erf()) / 2
        return z * share, share + z * (-z * z / 2).exp() / (2 * arb.pi()).sqrt()

    def tanh(z: Any, analytic: bool) -> tuple[Any, Any]:
        t = z.tanh()
        return t, 1 - t * t

    return {
        "tanh": tanh,
        "erf": lambda z, analytic: (z.erf(), 2 * (-z * z).exp() / arb.pi().sqrt()),
        "sin": lambda z, analytic: (z.sin(), z.cos()),
        "linear": lambda z, analytic: (z, acb(1)),
        "softplus": lambda z, analytic: ((1 + z.exp()).log(analytic=analytic), sigmoid(z)),
        "silu": silu,
        "relu": lambda z, analytic: (z, acb(1)),
        "gelu": gelu,
    }
