"""Gaussian moments of student and teacher: closed form where there is one, adaptive quadrature always."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from theory.checks import choice
from theory.functions.activations import NAMES, Function, parity
from theory.functions.narrow import line_rule, marks_of
from theory.moments.closed_forms import student_closed_forms, teacher_closed_forms
from theory.numerics.quadrature import (
    Moment,
    MomentError,
    check_growth,
    integrate_panels,
    moment,
    normal_density,
)

__all__ = [
    "Moment",
    "MomentError",
    "StudentMoments",
    "TeacherMoments",
    "moment",
    "student_moments",
    "teacher_moments",
]

Method = Literal["auto", "closed", "quadrature"]
STUDENT_FIELDS = ("mu_1", "mu_2", "mu_3", "var_prime", "q", "s0", "sigma_sigma_prime_z")
STEADY = (*NAMES, *(f"centred-{name}" for name in NAMES))
TEACHER_FIELDS = ("c_0", "c_1", "c_2", "q_star", "fourth")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentMoments:
    """Moments of sigma and its pointwise derivative sigma' under z ~ N(0,1).

    mu_1 = E sigma', mu_2 = E z sigma', mu_3 = E (z^2-1) sigma', var_prime = Var sigma', q = E sigma^2,
    s0 = E sigma, sigma_sigma_prime_z = E z sigma sigma'. steep_share = (E |sigma'|)^2/E sigma'^2 is small where
    few samples see all of the slope (1 is kept for named functions, none of which is so). `flag` says where sigma is
    narrower than was resolved.
    """

    name: str
    odd: bool
    mu_1: float
    mu_2: float
    mu_3: float
    var_prime: float
    q: float
    s0: float
    sigma_sigma_prime_z: float
    steep_share: float = 1.0
    flag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeacherMoments:
    """Moments of sigma_* under z ~ N(0,1).

    c_0 = E sigma_*, c_1 = E z sigma_*, c_2 = E (z^2-1) sigma_*, q_star = E sigma_*^2, fourth = E sigma_*^4;
    `flag` as in `StudentMoments`.
    """

    name: str
    c_0: float
    c_1: float
    c_2: float
    q_star: float
    fourth: float
    flag: str | None = None


def student_moments(f: Function, *, method: Method = "auto") -> StudentMoments:
    """The moments of a student.

    Parameters
    ----------
    f : Function
    method : {"auto", "closed", "quadrature"}
        "auto": each moment in closed form where the table has it, the rest by quadrature (1e-10 relative).
        "closed": ValueError where the table lacks one. The routes agree to 1e-8.

    Raises
    ------
    MomentError
        If E sigma^2 or E sigma'^2 does not exist (then the others need not), or sigma is not finite.

    Notes
    -----
    docs/derivations/moments.md.

    Examples
    --------
    >>> from theory.functions.activations import named
    >>> round(student_moments(named("tanh")).mu_1, 6)
    0.605706
    """
    symmetry = parity(f)
    known = _known(student_closed_forms(f.name), STUDENT_FIELDS, method, f.name)
    if len(known) < len(STUDENT_FIELDS):
        known = _student_quadrature(f)[0] | known
    if symmetry == "odd":
        known |= {"s0": 0.0, "mu_2": 0.0}
    elif symmetry == "even":
        known |= {"mu_1": 0.0, "mu_3": 0.0}
    share = 1.0 if f.name in STEADY else _steep_share(f)
    return StudentMoments(
        name=f.name, odd=symmetry == "odd", steep_share=share, flag=marks_of(f).flag, **known
    )


def teacher_moments(g: Function, *, method: Method = "auto") -> TeacherMoments:
    """The moments of a teacher; parameters and errors as for `student_moments` (E sigma_*^4 must exist).

    Examples
    --------
    >>> from theory.functions.activations import named
    >>> round(teacher_moments(named("softplus")).q_star, 6)
    0.921246
    """
    known = _known(teacher_closed_forms(g.name), TEACHER_FIELDS, method, g.name)
    if len(known) < len(TEACHER_FIELDS):
        known = _teacher_quadrature(g)[0] | known
    return TeacherMoments(name=g.name, flag=marks_of(g).flag, **known)


def _steep_share(f: Function) -> float:
    z, weight = line_rule(f)
    weight = weight * normal_density(z)
    slopes = np.abs(f.derivative(z))
    energy = float(weight @ slopes**2)
    return min(float(weight @ slopes) ** 2 / energy, 1.0) if energy > 0.0 else 1.0


def _known(table: dict[str, float], fields: tuple[str, ...], method: str, name: str) -> dict[str, float]:
    choice("method", method, ("auto", "closed", "quadrature"))
    if method == "quadrature":
        return {}
    missing = [field for field in fields if field not in table]
    if method == "closed" and missing:
        raise ValueError(
            f"{name}: no closed form for {', '.join(missing)}; use method='auto' or 'quadrature'"
        )
    return {field: table[field] for field in fields if field in table}


def _student_quadrature(f: Function) -> tuple[dict[str, float], dict[str, float]]:
    """Values and errors of all student moments."""
    check_growth(f.value, power=2, label="E f^2", name=f.name)
    check_growth(f.derivative, power=2, label="E f'^2", name=f.name)

    def raw(z: NDArray) -> NDArray:
        value, slope = f.value(z), f.derivative(z)
        density, root = normal_density(z), normal_density(z, root=2)
        s, p, d = value * root, slope * root, slope * density
        return np.stack([d, z * d, (z * z - 1.0) * d, p * p, s * s, value * density, z * s * p])

    labels = ("E f'", "E z f'", "E (z^2-1) f'", "E f'^2", "E f^2", "E f", "E z f f'")
    values, errors = integrate_panels(raw, labels=labels, kinks=marks_of(f).points, name=f.name)
    mean = values[0]

    def spread(
        z: NDArray,
    ) -> NDArray:  # Var f' from E f'^2 - (E f')^2 would lose its digits where f is nearly linear
        return (((f.derivative(z) - mean) * normal_density(z, root=2)) ** 2)[None, :]

    # f' - mean carries the rounding of f': so does the panel error, in proportion to mean and standard deviation
    rounding = np.finfo(np.float64).eps * abs(mean)
    deviation = max(math.sqrt(max(values[3] - mean * mean, 0.0)), 1e-8 * abs(mean))
    variance, variance_error = integrate_panels(
        spread,
        labels=("Var f'",),
        kinks=marks_of(f).points,
        name=f.name,
        floor=max(16.0 * rounding * deviation, 1e-290),
    )
    values[3], errors[3] = variance[0], variance_error[0] + errors[0] ** 2
    return _as_dict(STUDENT_FIELDS, values), _as_dict(STUDENT_FIELDS, errors)


def _teacher_quadrature(g: Function) -> tuple[dict[str, float], dict[str, float]]:
    """Values and errors of all teacher moments."""
    check_growth(g.value, power=4, label="E f^4", name=g.name)

    def raw(z: NDArray) -> NDArray:
        value = g.value(z)
        root = normal_density(z, root=4)
        flat = value * normal_density(z)
        return np.stack(
            [flat, z * flat, (z * z - 1.0) * flat, (value * root * root) ** 2, (value * root) ** 4]
        )

    labels = ("E f", "E z f", "E (z^2-1) f", "E f^2", "E f^4")
    values, errors = integrate_panels(raw, labels=labels, kinks=marks_of(g).points, name=g.name)
    return _as_dict(TEACHER_FIELDS, values), _as_dict(TEACHER_FIELDS, errors)


def _as_dict(fields: tuple[str, ...], numbers: NDArray) -> dict[str, float]:
    return {field: float(number) for field, number in zip(fields, numbers, strict=True)}
