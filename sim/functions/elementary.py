"""Elementary functions with their derivatives as array code: a pair (value, derivative) from one pass.

An entry takes ``(backend, z)`` and returns both in the dtype of `z`, finite wherever the function is: no
intermediate exp overflows.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from sim.backend import Array, Backend

__all__ = ["ELEMENTARY", "Pair", "hermite"]

Pair = Callable[[Backend, Array], tuple[Array, Array]]


def _sigmoid_parts(backend: Backend, z: Array) -> tuple[Array, Array]:
    """The logistic function of z and exp(-|z|), which never overflows."""
    xp = backend.xp
    e = xp.exp(-xp.abs(z))
    return xp.where(z >= 0, xp.ones_like(e), e) / (1 + e), e


def tanh(backend: Backend, z: Array) -> tuple[Array, Array]:
    t = backend.xp.tanh(z)
    return t, 1 - t * t


def erf(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.erf(z), (2 / math.sqrt(math.pi)) * backend.xp.exp(-z * z)


def erfc(backend: Backend, z: Array) -> tuple[Array, Array]:
    value, derivative = erf(backend, z)
    return 1 - value, -derivative


def sin(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.sin(z), backend.xp.cos(z)


def cos(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.cos(z), -backend.xp.sin(z)


def tan(backend: Backend, z: Array) -> tuple[Array, Array]:
    t = backend.xp.tan(z)
    return t, 1 + t * t


def linear(backend: Backend, z: Array) -> tuple[Array, Array]:
    return z, backend.xp.ones_like(z)


def softplus(backend: Backend, z: Array) -> tuple[Array, Array]:
    xp = backend.xp
    sigmoid_z, e = _sigmoid_parts(backend, z)
    return xp.where(z > 0, z, xp.zeros_like(z)) + xp.log1p(e), sigmoid_z


def sigmoid(backend: Backend, z: Array) -> tuple[Array, Array]:
    s, e = _sigmoid_parts(backend, z)
    return s, e / ((1 + e) * (1 + e))


def silu(backend: Backend, z: Array) -> tuple[Array, Array]:
    s, e = _sigmoid_parts(backend, z)
    return z * s, s + z * (e / ((1 + e) * (1 + e)))


def gelu(backend: Backend, z: Array) -> tuple[Array, Array]:
    """z Phi(z), not its approximation by tanh."""
    share = 0.5 * (1 + backend.erf(math.sqrt(0.5) * z))
    return z * share, share + z * (backend.xp.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def relu(backend: Backend, z: Array) -> tuple[Array, Array]:
    xp = backend.xp
    zero = xp.zeros_like(z)
    return xp.where(z > 0, z, zero), xp.where(z > 0, xp.ones_like(z), zero)


def exp(backend: Backend, z: Array) -> tuple[Array, Array]:
    e = backend.xp.exp(z)
    return e, e


def log(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.log(z), 1 / z


def sqrt(backend: Backend, z: Array) -> tuple[Array, Array]:
    root = backend.xp.sqrt(z)
    return root, 0.5 / root


def sinh(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.sinh(z), backend.xp.cosh(z)


def cosh(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.cosh(z), backend.xp.sinh(z)


def atan(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.atan(z), 1 / (1 + z * z)


def asinh(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.asinh(z), 1 / backend.xp.hypot(z, backend.xp.ones_like(z))


def absolute(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.abs(z), backend.xp.sign(z)


def sign(backend: Backend, z: Array) -> tuple[Array, Array]:
    return backend.xp.sign(z), backend.xp.zeros_like(z)


def hermite(coefficients: tuple[float, ...], backend: Backend, z: Array) -> tuple[Array, Array]:
    """The series sum_k c_k He_k(z) of probabilists' Hermite polynomials; He_k' = k He_(k-1)."""
    xp = backend.xp
    value = xp.full_like(z, coefficients[0])
    derivative = xp.zeros_like(z)
    before, current = xp.zeros_like(z), xp.ones_like(z)
    for k, coefficient in enumerate(coefficients[1:], start=1):
        before, current = current, z * current - (k - 1) * before
        value = value + coefficient * current
        derivative = derivative + (coefficient * k) * before
    return value, derivative


ELEMENTARY: Mapping[str, Pair] = MappingProxyType(
    {
        "tanh": tanh,
        "erf": erf,
        "erfc": erfc,
        "sin": sin,
        "cos": cos,
        "tan": tan,
        "linear": linear,
        "softplus": softplus,
        "sigmoid": sigmoid,
        "silu": silu,
        "gelu": gelu,
        "relu": relu,
        "exp": exp,
        "log": log,
        "sqrt": sqrt,
        "sinh": sinh,
        "cosh": cosh,
        "atan": atan,
        "asinh": asinh,
        "abs": absolute,
        "sign": sign,
    }
)
