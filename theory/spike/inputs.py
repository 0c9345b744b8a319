"""What the spike's formulas need, a priori: ||D||_2, the noise it leaves, m, m2 and (v . beta)^2 of one
problem.

Takes the `SignalNoise` record of `theory.gradient`; `spike_at` and `critical_eta` then need only eta.
docs/derivations/spike.md, section "A priori".
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf

from theory.checks import choice, number
from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise
from theory.gradient.norms import gradient_norms
from theory.spike.formulas import SIGN_SECOND_ROW, Spike, SpikeTheory, spike
from theory.update.direction import teacher_overlap
from theory.update.optimisers import Optimiser, known_optimiser
from theory.update.sign import sign_norm_ratio, uncorrected_factor

__all__ = ["SpikeInputs", "critical_eta", "spike_at", "spike_inputs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeInputs:
    """theta = eta * update_norm, tau^2 = initial_variance + eta^2 * noise_variance, and the correlations
    with W_0.

    `teacher_overlap_squared` is the mean of (v . beta)^2 over runs, `teacher_overlap_mean` that of |v . beta|,
    which sim follows; None for the root of the former.
    """

    N: float
    d: float
    update_norm: float
    noise_variance: float
    initial_variance: float
    m: float
    m2: float
    teacher_overlap_squared: float
    flag: str | None
    teacher_overlap_mean: float | None = None
    teacher_flag: str | None = None


def spike_inputs(
    sn: SignalNoise,
    *,
    optimiser: Optimiser = "adam",
    adam: Literal["corrected", "uncorrected"] = "corrected",
    norm_ratio: float | None = None,
    finite_width: bool = False,
    teacher: Function | None = None,
) -> SpikeInputs:
    """The a priori inputs of the spike's formulas for the first step of GD or of Adam with eps = 0.

    Parameters
    ----------
    sn : SignalNoise
        From `theory.gradient.signal_noise`.
    optimiser : {"adam", "gd"}
        "adam" is the sign update.
    adam : {"corrected", "uncorrected"}
        The uncorrected first step is 3.1623 times as long.
    norm_ratio : float, optional
        ||D||_2/sqrt(N d) of the sign update, in (0, 1], where a better one than the leading order is known.
    finite_width : bool
        Mean-field only: keep m, which is of order 1/sqrt N there, instead of its limit 0. s_1 moves by -0.4
        % at the paper's size.
    teacher : Function, optional
        That of `sn`: the overlap with beta then contains its scatter over runs, which is all of it where c_1
        = 0; without it, the limit, which vanishes there.

    Returns
    -------
    SpikeInputs
        With a flag for students that are not odd, and for everything that `sn` flags.

    Raises
    ------
    ValueError
        If a word is unknown, `norm_ratio` is outside (0, 1] or given for GD, or the signal vanishes (mu_1 =
        0).

    Notes
    -----
    docs/derivations/spike.md, eqs. (20) to (24); with `teacher`, (39) to (43).
    """
    optimiser = known_optimiser(optimiser)
    choice("adam", adam, ("corrected", "uncorrected"))
    if sn.student.mu_1 == 0.0:
        raise ValueError(
            "mu_1 must not be 0: a student with E sigma' = 0 has no rank-one signal in G_0, so no spike"
        )
    initial = 1.0 if sn.parametrisation == "ntk" else 1.0 / sn.d
    if optimiser == "gd":
        if norm_ratio is not None:
            raise ValueError(f"norm_ratio must be None for optimiser='gd', got {norm_ratio!r}")
        found = _gd_inputs(sn, initial, finite_width)
    else:
        length = uncorrected_factor() if adam == "uncorrected" else 1.0
        found = _sign_inputs(sn, initial, finite_width, norm_ratio, length)
    return found if teacher is None else _with_scatter(found, sn, teacher, optimiser, norm_ratio)


def _with_scatter(
    found: SpikeInputs, sn: SignalNoise, teacher: Function, optimiser: Optimiser, norm_ratio: float | None
) -> SpikeInputs:
    """The inputs with an overlap with beta that contains its scatter over runs."""
    ratio = float(sign_norm_ratio(sn.kappa)) if norm_ratio is None else norm_ratio
    overlap = teacher_overlap(sn, teacher, optimiser=optimiser, sign_norm_ratio=ratio)
    return replace(
        found,
        teacher_overlap_squared=overlap.squared,
        teacher_overlap_mean=overlap.mean,
        teacher_flag=overlap.flag,
    )


def _gd_inputs(sn: SignalNoise, initial: float, finite_width: bool) -> SpikeInputs:
    operator, frobenius = gradient_norms(sn)
    return SpikeInputs(
        N=sn.N,
        d=sn.d,
        update_norm=operator,
        noise_variance=max(frobenius**2 - operator**2, 0.0) / (sn.N * sn.d),
        initial_variance=initial,
        m=_own_output(sn, finite_width) / math.sqrt(sn.v_t),
        m2=0.0,
        teacher_overlap_squared=min(sn.teacher.c_1**2 / (sn.d * sn.v_t), 1.0),
        flag=_flag(sn),
    )


def _sign_inputs(
    sn: SignalNoise, initial: float, finite_width: bool, norm_ratio: float | None, length: float
) -> SpikeInputs:
    if norm_ratio is None:
        norm_ratio = float(sign_norm_ratio(sn.kappa))
    norm_ratio = number("norm_ratio", norm_ratio, above=0, most=1)
    axis = sn.teacher_direction == "axis"
    bulk_v_t = sn.v_t - (sn.teacher.c_1**2 / sn.d if axis else 0.0)  # all columns but the teacher's own
    ratio = math.sqrt(sn.p)  # kappa/sqrt(1 + kappa^2)
    m = (2.0 / math.pi) * _own_output(sn, finite_width) * ratio / (math.sqrt(bulk_v_t) * norm_ratio)
    if axis:
        # column 1 holds +-1 up to the flips of its own noise: psi_1 = erf(mu_1 c_1/(sqrt 2 nu))
        own = float(erf(sn.student.mu_1 * sn.teacher.c_1 / (math.sqrt(2.0) * sn.nu))) if sn.nu > 0.0 else 1.0
        teacher = own**2 / (norm_ratio**2 * sn.d)
    else:
        teacher = sn.teacher.c_1**2 / (sn.d * sn.v_t) * (2.0 / math.pi) * sn.p / norm_ratio**2
    return SpikeInputs(
        N=sn.N,
        d=sn.d,
        update_norm=length * norm_ratio * math.sqrt(sn.N * sn.d),
        noise_variance=length**2 * (1.0 - norm_ratio**2),
        initial_variance=initial,
        m=m,
        m2=SIGN_SECOND_ROW * m,
        teacher_overlap_squared=min(teacher, 1.0),
        flag=_flag(sn),
    )


def _own_output(sn: SignalNoise, finite_width: bool) -> float:
    """mu_1 sqrt(d) times the share of the network's own output in b; the sqrt(d) is that of an entry of W_0.

    The sign of mu_1 is left out, as u and v are oriented by D ~ +u v^T and v . W_0^T a has the sign of
    mu_1^2.
    """
    if sn.parametrisation == "ntk":
        return abs(sn.student.mu_1)
    return abs(sn.student.mu_1) / math.sqrt(sn.N * sn.d) if finite_width else 0.0


def _flag(sn: SignalNoise) -> str | None:
    reasons = list(sn.flags)
    if not sn.student.odd:
        reasons.append(
            f"student {sn.student.name} is not odd: W_0 and the noise of the update are then correlated "
            "(mu_2 or E sigma not 0), which the spike's formulas leave out"
        )
    return "; ".join(reasons) or None


def spike_at(inputs: SpikeInputs, eta: float, *, theory: SpikeTheory = "two-row") -> Spike:
    """The spike of W_1 = W_0 - eta D.

    Parameters
    ----------
    inputs : SpikeInputs
    eta : float
        Learning rate, >= 0.
    theory : {"two-row", "one-row", "independent"}

    Returns
    -------
    Spike

    Raises
    ------
    ValueError
        If `eta` is negative or not finite.
    """
    eta = number("eta", eta, least=0)
    mean = inputs.teacher_overlap_mean
    return spike(
        theta=eta * inputs.update_norm,
        N=inputs.N,
        d=inputs.d,
        m=inputs.m,
        m2=inputs.m2,
        tau=_tau(inputs, eta),
        teacher_overlap_squared=inputs.teacher_overlap_squared if mean is None else mean**2,
        theory=theory,
        flag=inputs.flag,
    )


def critical_eta(
    inputs: SpikeInputs,
    *,
    theory: SpikeTheory = "two-row",
    method: Literal["quartic", "root"] = "quartic",
) -> float:
    """The smallest eta at which W_1 has an outlier; inf if there is none at any eta.

    Parameters
    ----------
    inputs : SpikeInputs
    theory : {"two-row", "one-row", "independent"}
    method : {"quartic", "root"}
        Smallest positive root of the quartic that Lambda = tau(eta)^2 sqrt(N d) is, or a search for the first
        sign change of Lambda - tau(eta)^2 sqrt(N d) on a grid; they agree to 1e-10. The search misses an outlier
        that lasts for less than 2 % in eta.

    Returns
    -------
    eta_c : float, > 0

    Raises
    ------
    ValueError
        If a word is unknown.

    Notes
    -----
    docs/derivations/spike.md, eq. (25).
    """
    choice("theory", theory, ("two-row", "one-row", "independent"))
    if choice("method", method, ("quartic", "root")) == "root":
        return _critical_eta_by_root(inputs, theory)
    root = math.sqrt(inputs.N * inputs.d)
    unit = math.sqrt(inputs.initial_variance * root)  # of theta: its square is the threshold at eta = 0
    m = 0.0 if theory == "independent" else inputs.m / unit
    m2 = inputs.m2 / unit if theory == "two-row" else 0.0
    noise = inputs.noise_variance * root / inputs.update_norm**2
    surplus = noise - 1.0
    if abs(surplus) < 1e-14:  # rounding: noise and signal grow alike
        surplus = 0.0
    excess = np.polynomial.Polynomial(
        [1.0, 2.0 * m, 2.0 * noise - 1.0 - m2**2, 2.0 * m * noise, noise * surplus]
    )
    return _first_root(excess) * unit / inputs.update_norm


def _first_root(excess: np.polynomial.Polynomial) -> float:
    """Smallest x > 0 with excess(x) = 0, for excess(0) = 1: between the extrema it is monotone; inf without one."""
    turns = excess.deriv().roots()
    turns = np.sort(turns.real[(turns.real > 0.0) & (np.abs(turns.imag) <= 1e-9 * np.abs(turns))])
    left = 0.0
    for right in turns.tolist():
        if excess(right) <= 0.0:
            return float(brentq(excess, left, right, xtol=1e-300, rtol=1e-14))
        left = right
    right = 2.0 * max(left, 1.0)
    while excess(right) > 0.0:
        right *= 2.0
        if right > 1e60:
            return math.inf  # the noise of the update outgrows its signal
    return float(brentq(excess, left, right, xtol=1e-300, rtol=1e-14))


def _critical_eta_by_root(inputs: SpikeInputs, theory: SpikeTheory) -> float:
    def excess(eta: float) -> float:
        at = spike_at(inputs, eta, theory=theory)
        return at.strength / at.threshold - 1.0

    start = math.sqrt(inputs.initial_variance) / inputs.update_norm
    grid = start * np.logspace(-3.0, 9.0, 1201)
    for left, right in zip(grid[:-1].tolist(), grid[1:].tolist(), strict=True):
        if excess(right) > 0.0:
            return float(brentq(excess, left, right, xtol=1e-300, rtol=1e-14))
    return math.inf


def _tau(inputs: SpikeInputs, eta: float) -> float:
    return math.sqrt(inputs.initial_variance + eta**2 * inputs.noise_variance)
