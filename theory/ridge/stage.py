"""The ridge stage after one step in a setting of one's own: both losses and the kernel-target alignment.

`docs/derivations/ridge.md`, eqs. (1) to (3), (26) to (28) and (33), says what the features see of the step; the rest is
`theory.ridge`.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.checks import choice, number
from theory.functions.activations import Function
from theory.functions.narrow import few_marks
from theory.gradient.decomposition import NOT_ODD, SignalNoise
from theory.gradient.norms import gradient_norms
from theory.gradient.residual_law import residual_law_of, residual_square_quantiles
from theory.numerics.normal_panels import zeta_nodes
from theory.ridge.kernels import FeatureKernels, feature_kernels, gaussian_shift_kernels, teacher_kernels
from theory.ridge.kta import kernel_target_alignment
from theory.ridge.losses import ridge_losses
from theory.ridge.readout_rows import GENERIC_ROWS, ReadoutRows, readout_rows
from theory.ridge.resolvent_sums import FeatureSpectrum, identity_spectrum, sign_noise_spectrum
from theory.update.direction import update_overlaps
from theory.update.optimisers import Optimiser, known_optimiser

__all__ = ["RidgeStage", "SeenDirection", "ridge_stage", "seen_direction"]

Features = Literal["paper", "released"]
RowRule = Literal["correlated", "first", "generic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDirection:
    """What u^T W_1 is to the features: shift `gamma` of a preactivation per unit of v'.x, and `overlap` =
    v'.beta.
    """

    gamma: float
    overlap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeStage:
    """Means over draws of what the ridge stage measures, and what they were computed from.

    Attributes
    ----------
    test, holdout : float
        Mean squared error on fresh data, and on the data that the readout was fitted to.
    kta : float
        Kernel-target alignment.
    zero : float
        Test loss of predicting zero, q_* + rho^2.
    gamma, overlap, tau : float
        See `SeenDirection`; tau is the spread of a preactivation off that direction.
    numerical_error : float
        Largest difference of two quadratures of the kernels.
    flag : str or None
        What is outside the derivation's assumptions; None if nothing is.
    """

    test: float
    holdout: float
    kta: float
    zero: float
    gamma: float
    overlap: float
    tau: float
    numerical_error: float
    flag: str | None


def seen_direction(
    *, shift: float, correlation: float, overlap: float, beta_part: bool = True
) -> SeenDirection:
    """The direction v' along which the features see W_1, eqs. (2), (3).

    Parameters
    ----------
    shift : float
        theta/sqrt(N d) = eta ||D||_2/sqrt(N d), >= 0.
    correlation : float
        m/sqrt(N d), m = u^T W_0 v; 0 under mean-field.
    overlap : float
        v.beta, in [0, 1).
    beta_part : bool
        False leaves out what W_0^T u has along beta off v: the rival in which the signal along beta is theta
        - m in place of theta. It exists to be refuted.
    """
    shift, correlation = number("shift", shift, least=0), number("correlation", correlation)
    overlap = number("overlap", overlap, least=0, most=1 - 1e-12)
    along = shift - correlation
    off = correlation * overlap / math.sqrt((1 - overlap) * (1 + overlap)) if beta_part else 0.0
    gamma = math.hypot(along, off)
    if gamma == 0:
        return SeenDirection(gamma=0.0, overlap=0.0)
    signal = (shift if beta_part else along) * overlap
    return SeenDirection(gamma=gamma, overlap=signal / gamma)


def ridge_stage(
    sn: SignalNoise,
    *,
    student: Function,
    teacher: Function,
    eta: float,
    optimiser: Optimiser = "adam",
    ridge: float = 0.01,
    features: Features = "paper",
    sign_norm_ratio: float | None = None,
    residual_squares: ArrayLike | None = None,
    spectrum: FeatureSpectrum | None = None,
    beta_part: bool = True,
    rows: RowRule = "correlated",
    nodes: int = 121,
) -> RidgeStage:
    """Test and hold-out loss and kernel-target alignment after one step of size `eta`, then ridge with `ridge`.

    Parameters
    ----------
    sn : SignalNoise
        Of this student and this teacher; its n is the hold-out set's size, too.
    eta, ridge : float
        eta >= 0, for uncorrected FB-Adam 3.1623 times as large; lambda of eq. 6 of the paper, > 0.
    optimiser : {"adam", "gd"}
        Bias-corrected FB-Adam with eps = 0, or gradient descent.
    features : {"paper", "released"}
        sigma(W x/sqrt d) as in eq. 6, or the released code's sigma(W x/d).
    sign_norm_ratio, residual_squares, spectrum : optional
        c, by default its limit; mid-quantiles of the law of r**2, by default n of them from the teacher; eigenvalues,
        such as one measured W_1's, by default those expected a priori.
    beta_part : bool
        See `seen_direction`.
    rows : {"correlated", "first", "generic"}
        Whether the rows of W_1 along the readout are those that the signals leave, both (under GD there is one),
        or the one along u alone, or generic ones: the rivals of `theory.ridge.readout_rows`.
    nodes : int
        Nodes for v'.x (`theory.numerics.normal_panels.zeta_nodes`).

    Notes
    -----
    Odd students (others: flag). Means agree with simulations to 3 %; single draws scatter by 2 to 9 %.
    """
    eta = number("eta", eta, least=0)
    optimiser = known_optimiser(optimiser)
    choice("features", features, ("paper", "released"))
    choice("rows", rows, ("correlated", "first", "generic"))
    eta = eta if sn.parametrisation == "ntk" else eta * math.sqrt(sn.d)  # then mean-field weights are NTK's
    c = math.sqrt(2 / math.pi * math.asin(sn.p)) if sign_norm_ratio is None else sign_norm_ratio
    if spectrum is None:
        spectrum = _spectrum(sn, teacher, optimiser, eta, residual_squares)
    task = _Task(
        sn=sn, student=student, teacher=teacher, optimiser=optimiser, ridge=ridge, rows=rows, nodes=nodes,
        om=1.0 if features == "paper" else sn.d**-0.5,
    )  # fmt: skip
    return _after(task, _step(sn, optimiser, eta, c), spectrum, beta_part)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """What of the ridge stage does not depend on the step."""

    sn: SignalNoise
    student: Function
    teacher: Function
    optimiser: Optimiser
    om: float
    ridge: float
    rows: RowRule
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    """The three means, the kernels' error, and whether the fixed point converged."""

    test: float
    holdout: float
    kta: float
    error: float
    converged: bool


def _after(task: _Task, step: "_Step", spectrum: FeatureSpectrum, beta_part: bool) -> RidgeStage:
    """What the ridge stage measures after the step."""
    seen = seen_direction(
        shift=step.shift, correlation=step.correlation, overlap=step.overlap, beta_part=beta_part
    )
    found = _solved(task, step, seen, spectrum)
    apart = _set_apart(task, step, beta_part)
    return RidgeStage(
        test=found.test - apart[0],
        holdout=found.holdout - apart[1],
        kta=found.kta - apart[2],
        zero=task.sn.teacher.q_star + task.sn.noise**2,
        gamma=seen.gamma,
        overlap=seen.overlap,
        tau=math.sqrt(spectrum.tau_squared),
        numerical_error=found.error,
        flag=_flag(task.sn, task.optimiser, seen, found.error, found.converged),
    )


def _solved(task: "_Task", step: "_Step", seen: SeenDirection, spectrum: FeatureSpectrum) -> _Solved:
    n, noise, teacher = task.sn.n, task.sn.noise, task.teacher
    zeta, weights = zeta_nodes(task.nodes)
    tau = math.sqrt(spectrum.tau_squared)
    features = _features(task.student, zeta, task.optimiser, om=task.om, tau=tau, gamma=seen.gamma)
    labels = teacher_kernels(teacher.value, zeta, overlap=seen.overlap, noise=noise, kinks=few_marks(teacher))
    special = _rows(step, seen, task.rows, N=task.sn.N, tau_squared=spectrum.tau_squared)
    losses = ridge_losses(features, labels, spectrum, zeta, weights, n=n, ridge=task.ridge, rows=special)
    return _Solved(
        test=losses.test,
        holdout=losses.holdout,
        kta=kernel_target_alignment(features, labels, spectrum, zeta, weights, n=n),
        error=max(features.error, labels.error),
        converged=losses.converged,
    )


def _set_apart(task: "_Task", step: "_Step", beta_part: bool) -> tuple[float, float, float]:
    """What it costs the equations to set a direction of W_0 apart, known where there is no step: eq. (33)."""
    if step.correlation == 0.0:
        return 0.0, 0.0, 0.0
    none = replace(step, shift=0.0)
    seen = seen_direction(shift=0.0, correlation=step.correlation, overlap=step.overlap, beta_part=beta_part)
    spectrum = identity_spectrum(N=task.sn.N, d=task.sn.d)
    apart = _solved(task, none, seen, spectrum)
    generic = _solved(task, none, SeenDirection(gamma=0.0, overlap=0.0), spectrum)
    return apart.test - generic.test, apart.holdout - generic.holdout, apart.kta - generic.kta


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """theta, m and m_2, each over sqrt(N d), and v.beta."""

    shift: float
    correlation: float
    second: float
    overlap: float


def _step(sn: SignalNoise, optimiser: Optimiser, eta: float, c: float) -> _Step:
    _, of_beta, of_output = update_overlaps(sn, optimiser=optimiser, sign_norm_ratio=c)
    root = math.sqrt(sn.N * sn.d)
    norm = c if optimiser == "adam" else gradient_norms(sn)[0] / root
    # u^T W_0 v: E|a| = sqrt(2/pi) for u = sign(a)/sqrt(N), 1 for u = a/|a|, times sqrt(d) v.wbar, eq. (1).
    share = math.sqrt(2 / math.pi) if optimiser == "adam" else 1.0
    whole = math.sqrt(sn.d) * of_output / root if sn.parametrisation == "ntk" else 0.0
    return _Step(
        shift=eta * norm,
        correlation=share * whole,
        second=math.sqrt(1 - share**2) * whole,
        overlap=min(of_beta, 1 - 1e-9),
    )


def _rows(step: _Step, seen: SeenDirection, rows: RowRule, *, N: int, tau_squared: float) -> ReadoutRows:
    if rows == "generic":
        return GENERIC_ROWS
    return readout_rows(
        shift=step.shift, correlation=step.correlation, second=step.second if rows == "correlated" else 0.0,
        overlap=step.overlap, gamma=seen.gamma, N=N, tau_squared=tau_squared,
    )  # fmt: skip


def _spectrum(
    sn: SignalNoise, teacher: Function, optimiser: Optimiser, eta: float, residual_squares: ArrayLike | None
) -> FeatureSpectrum:
    if optimiser == "gd":
        return identity_spectrum(N=sn.N, d=sn.d)
    if residual_squares is None:
        residual_squares = residual_square_quantiles(residual_law_of(sn, teacher), sn.n)
    return sign_noise_spectrum(
        n=sn.n, N=sn.N, d=sn.d, eta=eta, kappa=sn.kappa, residual_squares=residual_squares
    )


def _features(
    student: Function, zeta: NDArray[np.float64], optimiser: Optimiser, *, om: float, tau: float, gamma: float
) -> FeatureKernels:
    if optimiser == "gd":
        return gaussian_shift_kernels(student.value, zeta, om=om, gamma=gamma, kinks=few_marks(student))
    return feature_kernels(student.value, zeta, om=om, tau=tau, gamma=gamma, kinks=few_marks(student))


def _flag(
    sn: SignalNoise, optimiser: Optimiser, seen: SeenDirection, error: float, converged: bool
) -> str | None:
    reasons = list(sn.flags) if sn.student.odd else [NOT_ODD, *sn.flags]
    if optimiser == "gd" and seen.gamma > 0.5:
        reasons.append(
            f"GD moves preactivations by {seen.gamma:.2g} of their spread: to third order in that shift only"
        )
    if error > 1e-8:
        reasons.append(
            f"the kernels are known to {error:.1e} only: the student is too rough, or grows too far, at this eta"
        )
    if not converged:
        reasons.append("the ridge fixed point did not converge")
    return "; ".join(reasons) or None
