"""Elementary functions on a disc around a real centre, or on the real line around it: value, slope and size."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["DISC", "SLOPES", "Bounds", "Panels", "log_of"]

DISC = 2.25  # radius of a disc in half widths of its panel: Gauss-Legendre of 20 nodes then gains 25 digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Panels:
    """Centres and half widths, and whether the real line alone is asked for."""

    centre: NDArray
    half: NDArray
    real: bool

    @property
    def log_radius(self) -> NDArray:
        return np.log(self.half if self.real else DISC * self.half)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The value, and logs: of it where it may overflow, of the largest slope, of least and largest size where known."""

    value: NDArray
    slope: NDArray
    log_value: NDArray | None = None
    least: NDArray | None = None
    largest: NDArray | None = None


def log_of(value: NDArray) -> NDArray:
    """log |value|."""
    return np.log(np.abs(value))


def _inner(c: NDArray, reach: NDArray) -> NDArray:
    """The least |x| there."""
    return np.maximum(np.abs(c) - reach, 0.0)


def _log_cosh(x: NDArray) -> NDArray:
    return np.abs(x) + np.log1p(np.exp(-2.0 * np.abs(x))) - math.log(2.0)


def _log_sinh(x: NDArray) -> NDArray:
    return np.abs(x) + np.log1p(-np.exp(-2.0 * np.abs(x))) - math.log(2.0)


def _least_cosh(c: NDArray, reach: NDArray, real: bool) -> NDArray:
    """log of the least |cosh w|; |cosh(x + i y)|**2 = sinh(x)**2 + cos(y)**2."""
    inner = _inner(c, reach)
    if real:
        return _log_cosh(inner)
    turned = np.where(reach < 0.5 * math.pi, 2.0 * np.log(np.cos(np.minimum(reach, 1.5707))), -math.inf)
    return 0.5 * np.logaddexp(2.0 * _log_sinh(inner), turned)


def _exp(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(value=np.ones_like(c), log_value=c, slope=c + reach, least=c - reach, largest=c + reach)


def _sinh(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    size = np.abs(c) + reach
    return Bounds(
        value=np.sign(c),
        log_value=_log_sinh(c),
        slope=_log_cosh(size),
        least=_log_sinh(_inner(c, reach)),
        largest=_log_cosh(size),
    )


def _cosh(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    size = _log_cosh(np.abs(c) + reach)
    return Bounds(
        value=np.ones_like(c),
        log_value=_log_cosh(c),
        slope=size,
        least=_least_cosh(c, reach, real),
        largest=size,
    )


def _tanh(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(value=np.tanh(c), slope=-2.0 * _least_cosh(c, reach, real))


def _log_sigmoid(x: NDArray) -> NDArray:
    return -np.logaddexp(0.0, -x)


def _largest_sigmoid(c: NDArray, reach: NDArray, real: bool) -> NDArray:
    """log of the largest |sigmoid w| = exp(x/2)/(2 |cosh(w/2)|)."""
    if real:
        return _log_sigmoid(c + reach)
    gap = _inner(c, reach)
    far = np.where(c < 0.0, -gap, 0.0) - np.log(-np.expm1(-gap))
    near = 0.5 * (c + reach) - math.log(2.0) - _least_cosh(0.5 * c, 0.5 * reach, real)
    return np.where(gap > 0.7, far, near)


def _sigmoid(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(
        value=special.expit(c),
        log_value=_log_sigmoid(c),
        slope=-math.log(4.0) - 2.0 * _least_cosh(0.5 * c, 0.5 * reach, real),
        least=_log_sigmoid(c - reach),
        largest=_largest_sigmoid(c, reach, real),
    )


def _softplus(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    def log_softplus(x: NDArray) -> NDArray:
        return np.where(x < -40.0, x, np.log(np.logaddexp(0.0, np.maximum(x, -40.0))))

    slope = _largest_sigmoid(c, reach, real)
    ends = (log_softplus(c - reach), log_softplus(c + reach)) if real else (None, None)
    return Bounds(
        value=np.ones_like(c), log_value=log_softplus(c), slope=slope, least=ends[0], largest=ends[1]
    )


def _erf_slope(c: NDArray, reach: NDArray, real: bool) -> NDArray:
    """exp(y**2 - x**2), largest on the circle."""
    outside = -(_inner(c, reach) ** 2)
    exponent = outside if real else np.where(np.abs(c) <= 2.0 * reach, reach**2 - 0.5 * c**2, outside)
    return math.log(2.0 / math.sqrt(math.pi)) + exponent


def _erf(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(value=special.erf(c), slope=_erf_slope(c, reach, real))


def _erfc(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(value=special.erfc(c), slope=_erf_slope(c, reach, real))


def _wave(function: Callable[[NDArray], NDArray], c: NDArray, reach: NDArray, real: bool) -> Bounds:
    size = np.zeros_like(c) if real else _log_cosh(reach)
    return Bounds(value=function(c), slope=size, largest=size)


def _positive(gap: NDArray) -> NDArray:
    return np.where(gap > 0.0, gap, math.nan)


def _tan(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    to_pole = np.abs(np.remainder(c, math.pi) - 0.5 * math.pi)
    return Bounds(value=np.tan(c), slope=-2.0 * np.log(np.sin(_positive(to_pole - reach))))


def _least_root(c: NDArray, reach: NDArray, real: bool) -> NDArray:
    """log of the least |1 + w**2|**(1/2)."""
    return np.log(np.hypot(1.0, _inner(c, reach))) if real else np.log(_positive(np.hypot(1.0, c) - reach))


def _atan(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(value=np.arctan(c), slope=-2.0 * _least_root(c, reach, real))


def _asinh(c: NDArray, reach: NDArray, real: bool) -> Bounds:
    return Bounds(value=np.arcsinh(c), slope=-_least_root(c, reach, real))


SLOPES: dict[str, Callable[[NDArray, NDArray, bool], Bounds]] = {
    "exp": _exp,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "Sigmoid": _sigmoid,
    "softplus": _softplus,
    "erf": _erf,
    "erfc": _erfc,
    "sin": lambda c, reach, real: _wave(np.sin, c, reach, real),
    "cos": lambda c, reach, real: _wave(np.cos, c, reach, real),
    "tan": _tan,
    "atan": _atan,
    "asinh": _asinh,
}
