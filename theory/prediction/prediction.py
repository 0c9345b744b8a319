"""Everything that the theory says of a first step, for one problem: `predict`.

Derivations: docs/derivations/; which equation a number comes from is part of the record. Assembled here from
`theory.prediction.update`, `theory.prediction.weights` and `theory.prediction.losses`.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from theory import checks
from theory.functions.activations import Function, named
from theory.functions.narrow import marks_of
from theory.gradient.decomposition import SignalNoise, signal_noise
from theory.moments.moments import student_moments, teacher_moments
from theory.prediction.catalogue import SECTIONS
from theory.prediction.losses import loss_quantities, ridge_quantities, training_quantities
from theory.prediction.problem import FAR, LARGEST, Problem
from theory.prediction.quantity import Quantity
from theory.prediction.record import ProblemPrediction
from theory.prediction.step import step_quantities
from theory.prediction.update import gradient_quantities, moment_quantities, update_quantities
from theory.prediction.weights import initial_quantities, spike_quantities
from theory.spectrum.noise_spectra import residual_squares_of
from theory.update.optimisers import Optimiser, known_optimiser
from theory.update.sign import uncorrected_factor

__all__ = ["ProblemPrediction", "Quantity", "predict"]

LARGEST_RIDGE = 1e12  # beyond it the ridge predicts 0, and float64 has no digits left for the rest


def predict(
    *,
    n: int,
    N: int,
    d: int,
    student: str | Function = "tanh",
    teacher: str | Function = "softplus",
    noise: float = 0.3,
    parametrisation: Literal["ntk", "mean-field"] = "ntk",
    optimiser: Optimiser = "adam",
    adam: Literal["corrected", "uncorrected"] = "corrected",
    eps: float = 0.0,
    eta: float | Sequence[float] | None = None,
    ridge: float = 0.01,
    teacher_direction: Literal["sphere", "axis"] = "sphere",
    offset: float = 0.0,
) -> ProblemPrediction:
    """Every quantity of a first full-batch step that applies to this problem.

    Parameters
    ----------
    n, N, d : int, >= 1
        Samples, width, input dimension.
    student, teacher : str or Function
        A name of `theory.named`, a function, or what `verify.problem.resolve_function` makes of "expr:FORMULA IN z" or
        "module:object".
    noise, ridge : float
        Standard deviation of the label noise, >= 0; lambda of the ridge stage, > 0 and <= 1e12, where it predicts 0.
    adam, eps : {"corrected", "uncorrected"}, float >= 0
        Adam with bias correction, or as its equations stand; its eps: formulas for W_1 are derived for 0 and flagged
        elsewhere. Neither means anything to GD.
    eta : float, sequence of float, or None
        Learning rates, >= 0, for what depends on one; None for what does not.
    teacher_direction : {"sphere", "axis"}
        beta uniform on the sphere, or e_1.
    offset : float
        A = sum(a)/sqrt(N). Where E sigma != 0 everything is conditional on it (a flag says so); nothing is elsewhere.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or outside its domain, a name is unknown, or a moment does not exist.

    Examples
    --------
    >>> record = predict(n=2000, N=1500, d=1000, eta=[0.1, 1.0])
    >>> round(record["sign_norm_ratio"].value, 4), round(record["critical_eta"].value, 4)
    (0.8244, 0.0466)
    """
    student, teacher = _function("student", student), _function("teacher", teacher)
    sn = signal_noise(
        n=n, N=N, d=d, student=student_moments(student), teacher=teacher_moments(teacher),
        noise=checks.number("noise", noise, least=0, most=FAR), parametrisation=parametrisation,
        offset=checks.number("offset", offset, least=-FAR, most=FAR), teacher_direction=teacher_direction,
    )  # fmt: skip
    problem = _problem(
        sn=sn, student=student, teacher=teacher, optimiser=optimiser, adam=adam, eps=eps, ridge=ridge
    )
    return _predicted(problem, _etas(eta))


def _predicted(problem: Problem, etas: tuple[float, ...]) -> ProblemPrediction:
    """The problem and its quantities, each with a flag where the problem is outside its derivation."""
    sn = problem.sn
    return ProblemPrediction(
        n=sn.n,
        N=sn.N,
        d=sn.d,
        student=problem.student,
        teacher=problem.teacher,
        noise=sn.noise,
        parametrisation=sn.parametrisation,
        teacher_direction=sn.teacher_direction,
        optimiser=problem.optimiser,
        adam=problem.adam,
        eps=problem.eps,
        etas=etas,
        ridge=problem.ridge,
        offset=sn.offset,
        signal_noise=sn,
        quantities=_quantities(problem, etas),
        flags=_assumption_flags(problem.student, problem.teacher),
    )


def _quantities(problem: Problem, etas: tuple[float, ...]) -> tuple[Quantity, ...]:
    found = moment_quantities(problem) + gradient_quantities(problem) + update_quantities(problem)
    found += spike_quantities(problem) + loss_quantities(problem) + initial_quantities(problem)
    for each in etas:
        found += step_quantities(problem, each)
        found += training_quantities(problem, each) + ridge_quantities(problem, each)
    return tuple(sorted(found, key=lambda quantity: SECTIONS.index(quantity.section)))


def _problem(
    *,
    sn: SignalNoise,
    student: Function,
    teacher: Function,
    optimiser: Literal["adam", "gd"],
    adam: Literal["corrected", "uncorrected"],
    eps: float,
    ridge: float,
) -> Problem:
    if sn.residual_2 == 0.0:
        raise ValueError(
            "noise must be > 0, or teacher or student must not vanish: the residual is 0, so there is no gradient"
        )
    optimiser = known_optimiser(optimiser)
    checks.choice("adam", adam, ("corrected", "uncorrected"))
    fits = sn.n + sn.N + sn.d <= LARGEST
    return Problem(
        sn=sn,
        student=student,
        teacher=teacher,
        optimiser=optimiser,
        adam=adam,
        eps=checks.number("eps", eps, least=0, most=FAR),
        ridge=checks.number("ridge", ridge, above=0, most=LARGEST_RIDGE),
        length=uncorrected_factor() if optimiser == "adam" and adam == "uncorrected" else 1.0,
        residual_squares=residual_squares_of(sn, teacher) if fits else None,
    )


def _function(role: str, given: str | Function) -> Function:
    given = getattr(given, "theory", given)  # what verify.problem.resolve_function returns holds both forms
    if isinstance(given, Function):
        return given
    if not isinstance(given, str):
        raise TypeError(
            f"{role} must be a name or a theory.Function, got {type(given).__name__}; "
            "theory.from_callables makes a Function of a callable and its derivative, "
            "verify.problem.resolve_function one of 'expr:FORMULA IN z'"
        )
    try:
        return named(given)
    except ValueError as error:
        raise ValueError(f"{role}: {error}") from None


def _etas(eta: float | Sequence[float] | None) -> tuple[float, ...]:
    if eta is None:
        return ()
    if isinstance(eta, str | bytes):
        raise TypeError(f"eta must be a number >= 0, a sequence of them, or None, got {eta!r}")
    values = np.ravel(np.asarray(eta, dtype=object)).tolist()
    return tuple(dict.fromkeys(checks.number("eta", each, least=0, most=FAR) for each in values))


def _assumption_flags(student: Function, teacher: Function) -> tuple[str, ...]:
    from theory.assumptions.report import assumption_flag

    flags = (assumption_flag(student, teacher), marks_of(student).flag, marks_of(teacher).flag)
    return tuple(dict.fromkeys(flag for flag in flags if flag is not None))
