"""The paper's assumptions B.2 (student) and B.3 (teacher): which part holds, which fails, and why."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from theory.functions.activations import NAMES, Function, parity_route
from theory.functions.narrow import marks_of
from theory.functions.regularity import jump_of, lipschitz_constant, supremum
from theory.moments.balls import moment_ball
from theory.moments.closed_forms import student_closed_forms, teacher_closed_forms
from theory.numerics.quadrature import MomentError, integrate_panels, moment, normal_density

__all__ = ["AssumptionPart", "AssumptionReport", "assumption_flag", "check_student", "check_teacher"]

Route = Literal["symbolic", "ball", "numeric"]
_NEGLIGIBLE = 1e-9  # on the numeric route a mean below this share of sqrt(E f^2) is taken for zero


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionPart:
    """One part of an assumption: whether it holds, why, and how that is known.

    route: "symbolic" (proved by sympy, or on the derivation page and again in the tests), "ball" (proved by
    interval arithmetic) or "numeric" (float64 quadrature or a grid: evidence, not proof).
    """

    part: str
    holds: bool
    reason: str
    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumptionReport:
    """B.2 of a student or B.3 of a teacher, part by part."""

    assumption: Literal["B.2", "B.3"]
    function: str
    parts: tuple[AssumptionPart, ...]

    @property
    def holds(self) -> bool:
        return all(part.holds for part in self.parts)

    @property
    def failures(self) -> tuple[AssumptionPart, ...]:
        return tuple(part for part in self.parts if not part.holds)

    def __str__(self) -> str:
        lines = [f"{self.assumption} for {self.function}: {'holds' if self.holds else 'fails'}"]
        lines += [f"  {'yes' if p.holds else 'NO '}  {p.part}: {p.reason} [{p.route}]" for p in self.parts]
        return "\n".join(lines)


def check_student(f: Function, *, rigorous: bool = False) -> AssumptionReport:
    """B.2, the normalised activation: three bounded derivatives, E sigma(z) = 0, E[z sigma(z)] != 0.

    Parameters
    ----------
    f : Function
    rigorous : bool
        Prove what is not symbolic by balls, where f is a named function (needs the extra `interval`).

    Raises
    ------
    MomentError
        If E sigma or E[z sigma] does not exist.

    Examples
    --------
    >>> from theory.functions.activations import named
    >>> check_student(named("tanh")).holds
    True
    >>> [part.part for part in check_student(named("relu")).failures]
    ['bounded derivatives', 'E sigma = 0']
    """
    mean, linear, size = _first_moments(f)
    parts = (
        _bounded_derivatives(f),
        _zero_mean(f, mean, size, rigorous),
        _linear_part(f, linear, size, rigorous),
    )
    return AssumptionReport(assumption="B.2", function=f.name, parts=parts)


def check_teacher(g: Function, *, rigorous: bool = False) -> AssumptionReport:
    """B.3, the teacher: sigma_* is Lipschitz, and 0 < E sigma_*(z)^2 < inf (its L2 norm is of order one).

    "Of order one" means that the norm does not move with n, N, d: for a fixed function, that it is finite and
    not zero. Parameters and errors as for `check_student`.
    """
    return AssumptionReport(
        assumption="B.3", function=g.name, parts=(_lipschitz(g), _finite_norm(g, rigorous))
    )


def assumption_flag(student: Function, teacher: Function) -> str | None:
    """One line "outside the paper's assumptions: ..." naming every part that fails; None if B.2 and B.3 hold.

    Examples
    --------
    >>> from theory.functions.activations import named
    >>> assumption_flag(named("tanh"), named("softplus")) is None
    True
    >>> assumption_flag(named("softplus"), named("tanh"))
    "outside the paper's assumptions: student softplus, B.2: E sigma = 0.806059, not 0"
    """
    problems = []
    for role, report in (("student", check_student(student)), ("teacher", check_teacher(teacher))):
        if report.failures:
            reasons = "; ".join(part.reason for part in report.failures)
            problems.append(f"{role} {report.function}, {report.assumption}: {reasons}")
    return f"outside the paper's assumptions: {'; '.join(problems)}" if problems else None


def _first_moments(f: Function) -> tuple[tuple[float, float], tuple[float, float], float]:
    """(E f, error), (E z f, error) and sqrt(E f^2), the last inf where it does not exist."""

    def raw(z: np.ndarray) -> np.ndarray:
        flat = f.value(z) * normal_density(z)
        return np.stack([flat, z * flat])

    values, errors = integrate_panels(raw, labels=("E f", "E z f"), kinks=marks_of(f).points, name=f.name)
    try:
        size = math.sqrt(moment(lambda z: f.value(z) ** 2, kinks=marks_of(f).points, name=f.name).value)
    except MomentError:
        size = math.inf
    return (float(values[0]), float(errors[0])), (float(values[1]), float(errors[1])), size


def _place(jump: tuple[float, float]) -> str:
    return f"{round(jump[0], 9) + 0.0:.6g}"


def _bounded_derivatives(f: Function) -> AssumptionPart:
    part = "bounded derivatives"
    for order, label in ((0, "sigma"), (1, "sigma'"), (2, "sigma''")):
        jump = jump_of(f, order)
        if jump is not None:
            reason = f"{label} jumps at z = {_place(jump)}, so its first three derivatives do not all exist"
            return AssumptionPart(
                part=part, holds=False, reason=reason, route="symbolic" if f.name in NAMES else "numeric"
            )
    suprema = [supremum(f, order) for order in (1, 2, 3)]
    route: Route = "symbolic" if all(s.route == "symbolic" for s in suprema) else "numeric"
    unbounded = [str(order) for order, s in enumerate(suprema, start=1) if not s.bounded]
    if unbounded:
        reason = f"derivative of order {', '.join(unbounded)} is unbounded"
        return AssumptionPart(part=part, holds=False, reason=reason, route=route)
    bounds = ", ".join(f"{s.value:.6g}" for s in suprema)
    return AssumptionPart(part=part, holds=True, reason=f"suprema of the first three: {bounds}", route=route)


def _zero_mean(f: Function, mean: tuple[float, float], size: float, rigorous: bool) -> AssumptionPart:
    part, (value, error) = "E sigma = 0", mean
    exact = student_closed_forms(f.name).get("s0")
    if exact is not None and (exact == 0.0 or not rigorous):
        holds = exact == 0.0
        reason = "E sigma = 0" if holds else f"E sigma = {exact:.6g}, not 0"
        return AssumptionPart(part=part, holds=holds, reason=reason, route="symbolic")
    kind, route = parity_route(f)
    if kind == "odd" and route == "symbolic":
        return AssumptionPart(part=part, holds=True, reason="sigma is odd", route="symbolic")
    if rigorous and f.name in NAMES and moment_ball(f.name, "s0").excludes_zero():
        return AssumptionPart(part=part, holds=False, reason=f"E sigma = {value:.6g}, not 0", route="ball")
    holds = abs(value) <= 10.0 * error + _NEGLIGIBLE * min(size, 1.0)
    reason = f"|E sigma| <= {abs(value) + error:.1g}" if holds else f"E sigma = {value:.6g}, not 0"
    return AssumptionPart(part=part, holds=holds, reason=reason, route="numeric")


def _linear_part(f: Function, linear: tuple[float, float], size: float, rigorous: bool) -> AssumptionPart:
    part, (value, error) = "E[z sigma] != 0", linear
    plain = f.name.removeprefix("centred-")
    exact = student_closed_forms(f.name).get("mu_1") if not f.kinks or plain in NAMES else None
    if exact is not None:
        holds = exact != 0.0
        reason = f"E[z sigma] = {exact:.6g}" if holds else "E[z sigma] = 0"
        return AssumptionPart(part=part, holds=holds, reason=reason, route="symbolic")
    if rigorous and plain in NAMES and moment_ball(f.name, "c_1").excludes_zero():
        return AssumptionPart(part=part, holds=True, reason=f"E[z sigma] = {value:.6g}", route="ball")
    kind, route = parity_route(f)
    if kind == "even" and route == "symbolic":
        return AssumptionPart(
            part=part, holds=False, reason="E[z sigma] = 0: sigma is even", route="symbolic"
        )
    holds = abs(value) > 10.0 * error + _NEGLIGIBLE * min(size, 1.0)
    reason = f"E[z sigma] = {value:.6g}" if holds else f"|E[z sigma]| <= {abs(value) + error:.1g}"
    return AssumptionPart(part=part, holds=holds, reason=reason, route="numeric")


def _lipschitz(g: Function) -> AssumptionPart:
    jump = jump_of(g, 0)
    if jump is not None:
        reason = f"sigma_* jumps at z = {_place(jump)}, so it is not Lipschitz"
        return AssumptionPart(part="Lipschitz", holds=False, reason=reason, route="numeric")
    constant = lipschitz_constant(g)
    reason = (
        f"constant {constant.value:.6g}"
        if constant.bounded
        else "sigma_*' is unbounded, so it is not Lipschitz"
    )
    route: Route = "symbolic" if constant.route == "symbolic" else "numeric"
    return AssumptionPart(part="Lipschitz", holds=constant.bounded, reason=reason, route=route)


def _finite_norm(g: Function, rigorous: bool) -> AssumptionPart:
    part = "L2 norm of order one"
    exact = teacher_closed_forms(g.name).get("q_star")
    route: Route = "numeric" if exact is None else "symbolic"
    if rigorous and exact is None and g.name.removeprefix("centred-") in NAMES:
        ball = moment_ball(g.name, "q_star")
        return AssumptionPart(
            part=part,
            holds=ball.excludes_zero(),
            reason=f"E sigma_*^2 = {float(ball.middle):.6g}",
            route="ball",
        )
    try:
        value = (
            exact
            if exact is not None
            else moment(lambda z: g.value(z) ** 2, kinks=marks_of(g).points, name=g.name).value
        )
    except MomentError as error:
        return AssumptionPart(part=part, holds=False, reason=str(error), route="numeric")
    holds = value > 0.0
    reason = f"E sigma_*^2 = {value:.6g}" if holds else "sigma_* = 0 almost everywhere"
    return AssumptionPart(part=part, holds=holds, reason=reason, route=route)
