"""The part of `theory.predict` that is about losses: training loss of the step, ridge stage, floors."""

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from theory.functions.narrow import few_marks
from theory.losses.floor import odd_student_floor
from theory.losses.integral import adam_loss_integral_with_error
from theory.losses.parabola import (
    LossParabola,
    break_even_eta,
    first_step_loss,
    loss_ratio,
    optimal_eta,
    optimal_loss_ratio,
)
from theory.prediction.problem import TOO_LARGE, Problem, flag_of, quantity
from theory.ridge.stage import ridge_stage

if TYPE_CHECKING:
    from theory.prediction.quantity import Quantity

__all__ = ["loss_quantities", "ridge_quantities", "training_quantities"]

CONSTANT = "sigma' = 0: the step changes nothing"
NO_ROTATION = "mu_1 = E sigma' = 0: the sign update has no rank-one part that the loss could follow"
BEYOND_NETWORKS = "the integral was compared with networks up to eta = 1 (mean-field: 1/sqrt d)"
COARSE = "the loss integral's quadrature may be off by {:.1g} of it: student or teacher are too steep or grow too fast"
BEYOND_PARABOLA = "beyond the step up to which the network may be linearised"
FINITE_WIDTH = (
    "finite N: drawn networks lie about {:.0%} above it, 7 sqrt(eta/N)/kappa^2: measured, not derived"
)
NEAR_ZERO = (
    "GD: drawn networks lie about 2/d of the first loss above it, {:.0%} of it here: measured, not derived"
)
LARGEST_EXCESS = 0.05  # of the loss
LARGEST_ERROR = 1e-3  # of the loss: a fiftieth of the margin that simulations are judged by
LARGE_STEP = "the optimum lies beyond the step up to which the network may be linearised"


def loss_quantities(problem: Problem) -> list["Quantity"]:
    """Best and break-even learning rate, GD's stability limit, and what no step gets below."""
    sn, length = problem.sn, problem.length
    names = ("optimal_eta", "optimal_relative_training_loss", "break_even_eta")
    parabola = _parabola(problem)
    if parabola is None or not parabola.quadratic > 0.0:
        found = [quantity(problem, name, math.nan, flag=_no_parabola(problem)) for name in names]
    else:
        best = optimal_eta(parabola)
        flag = flag_of(parabola.flag, problem.step_flag, LARGE_STEP if best > parabola.valid_to else None)
        far = flag_of(flag, LARGE_STEP if 2.0 * best > parabola.valid_to else None)
        least = optimal_loss_ratio(parabola)
        values = (best / length, least, break_even_eta(parabola) / length)
        flags = (flag, flag_of(flag, _near_zero(problem, least)), far)
        found = [
            quantity(problem, name, value, flag=each)
            for name, value, each in zip(names, values, flags, strict=True)
        ]
        if not problem.is_adam:
            limit = parabola.stability_limit
            found.append(
                quantity(
                    problem, "gd_stability_limit", limit, flag=flag_of(parabola.flag, problem.leading_flag)
                )
            )
    if sn.student.odd:
        floor = odd_student_floor(problem.teacher.value, noise=sn.noise, kinks=few_marks(problem.teacher))
        found.append(quantity(problem, "test_loss_floor", floor, sd=0.0))
    found.append(quantity(problem, "zero_loss", sn.teacher.q_star + sn.noise**2, sd=0.0))
    return found


def _parabola(problem: Problem) -> LossParabola | None:
    """None where the student is constant: no curvature, no optimum."""
    student = problem.sn.student
    if student.mu_1 == 0.0 and student.var_prime == 0.0:
        return None
    if problem.sn.kappa == 0.0 and problem.is_adam:
        return None
    return first_step_loss(problem.sn, optimiser=problem.optimiser)


def _no_parabola(problem: Problem) -> str:
    return CONSTANT if problem.sn.student.var_prime == 0.0 else NO_ROTATION


def training_quantities(problem: Problem, eta: float) -> list["Quantity"]:
    """Training loss at W_1: the Gaussian integral for FB-Adam on odd students, else the parabola."""
    sn = problem.sn
    names = ("relative_training_loss", "training_loss")
    parabola = _parabola(problem)
    if parabola is None:
        return [quantity(problem, name, math.nan, eta=eta, flag=_no_parabola(problem)) for name in names]
    step = eta * problem.length
    if problem.is_adam and sn.student.odd:
        with np.errstate(over="ignore", invalid="ignore"):  # a polynomial student may overflow: nan, flagged
            found = adam_loss_integral_with_error(
                sn, student=problem.student, teacher=problem.teacher, eta=step
            )
        ratio = found.ratio
        unit = 1.0 if sn.parametrisation == "ntk" else math.sqrt(sn.d)
        coarse = None if found.error <= LARGEST_ERROR or math.isnan(ratio) else COARSE.format(found.error)
        reason = flag_of(
            coarse, BEYOND_NETWORKS if step * unit > 1.0 else None, _finite_width(problem, step * unit)
        )
    else:
        ratio = float(loss_ratio(parabola, step))
        reason = flag_of(BEYOND_PARABOLA if step > parabola.valid_to else None, _near_zero(problem, ratio))
    overflow = None if math.isfinite(ratio) else "the loss is not finite in float64"
    flag = flag_of(parabola.flag, problem.step_flag, reason, overflow)
    return [
        quantity(problem, name, value, eta=eta, flag=flag)
        for name, value in zip(names, (ratio, ratio * sn.residual_2), strict=True)
    ]


def _finite_width(problem: Problem, step: float) -> str | None:
    """What the mean over infinitely many neurons misses at a large step; eta sqrt(d) for `step` under mean-field."""
    sn = problem.sn
    if not step > 0.2 or not sn.kappa > 0.0:
        return None
    excess = 7.0 * math.sqrt(min(step, 1.0) / sn.N) / sn.kappa**2
    return FINITE_WIDTH.format(excess) if excess > LARGEST_EXCESS else None


def _near_zero(problem: Problem, ratio: float) -> str | None:
    """Where so little of the loss is left that what is of order 1/d of L(0) counts."""
    if problem.is_adam or not 0.0 < ratio < 1.0:
        return None
    excess = 2.0 / (problem.sn.d * ratio)
    return NEAR_ZERO.format(excess) if excess > LARGEST_EXCESS else None


def ridge_quantities(problem: Problem, eta: float) -> list["Quantity"]:
    """Test and hold-out loss and kernel-target alignment of the ridge stage, in both feature scalings."""
    scalings: tuple[Literal["paper", "released"], ...] = ("paper", "released")
    return [found for features in scalings for found in _ridge(problem, eta, features)]


def _ridge(problem: Problem, eta: float, features: Literal["paper", "released"]) -> list["Quantity"]:
    names = ("test_loss", "holdout_loss", "kta")
    values, flag = (math.nan,) * 3, flag_of(problem.step_flag, TOO_LARGE)
    if problem.residual_squares is not None:
        try:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                found = ridge_stage(
                    problem.sn,
                    student=problem.student,
                    teacher=problem.teacher,
                    eta=eta * problem.length,
                    optimiser=problem.optimiser,
                    ridge=problem.ridge,
                    features=features,
                    residual_squares=problem.residual_squares,
                )
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            reason = str(error).replace("; ", ", ")  # which parts reasons
            flag = flag_of(problem.step_flag, f"the ridge stage has no solution here ({reason})")
        else:
            values = (found.test, found.holdout, found.kta)
            flag = flag_of(found.flag, problem.step_flag)
    return [
        quantity(problem, name, value, eta=eta, features=features, flag=flag)
        for name, value in zip(names, values, strict=True)
    ]
