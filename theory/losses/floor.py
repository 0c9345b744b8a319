"""The test loss that no bias-free odd student gets below, at any step. `docs/derivations/losses.md`, eqs.
(15), (16).
"""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import integrate

from theory.checks import number

__all__ = ["even_part_energy", "odd_student_floor"]


def even_part_energy(teacher: Callable[[NDArray], NDArray], *, kinks: tuple[float, ...] = ()) -> float:
    """E[(even part of sigma_*)(z)**2], z ~ N(0, 1), by adaptive quadrature to about 1e-11.

    Parameters
    ----------
    teacher : callable
        sigma_*, vectorised.
    kinks : tuple of float
        Points where its derivative jumps.
    """

    def integrand(z: float) -> float:
        both = teacher(np.array([z, -z]))
        return float((0.5 * (both[0] + both[1])) ** 2 * math.exp(-0.5 * z * z))

    ends = sorted({0.0, 14.0, *(abs(k) for k in kinks if 0 < abs(k) < 14), 2.0, 5.0})
    pieces = [integrate.quad(integrand, lo, hi, epsabs=1e-13, epsrel=1e-12)[0] for lo, hi in pairwise(ends)]
    value = 2 * math.fsum(pieces) / math.sqrt(2 * math.pi)
    if not math.isfinite(value):
        raise ValueError(f"teacher must have a finite second moment, got {value!r}; it grows too fast")
    return value


def odd_student_floor(
    teacher: Callable[[NDArray], NDArray], *, noise: float, kinks: tuple[float, ...] = ()
) -> float:
    """Least test loss of any bias-free odd student, at every step: E[(even part of sigma_*)**2] + noise**2,
    eq. (16).
    """
    return even_part_energy(teacher, kinks=kinks) + number("noise", noise, least=0) ** 2
