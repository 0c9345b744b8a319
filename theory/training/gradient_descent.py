"""T steps of gradient descent below its stability limit: training loss and spike of every W_t.

The student stays linear around W_0, so each direction of the data shrinks by its own factor a step, and sums
over directions are integrals over the Marchenko-Pastur law. docs/derivations/later-steps.md.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from theory.checks import number, size
from theory.losses.parabola import gd_stability_limit
from theory.spike.formulas import Spike, spike

if TYPE_CHECKING:
    from theory.gradient.decomposition import SignalNoise

__all__ = ["GdStep", "gd_steps"]

_NODES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class GdStep:
    """What is predicted of W_t.

    Attributes
    ----------
    step : int
        t, 0 for the start.
    training_loss : float
        E r_t**2.
    theta, m : float
        Length of the signal in W_0 - W_t, and u^T W_0 v of its directions; both 0 at the start.
    teacher_overlap_squared : float
        (v . beta)**2; 0 at the start.
    spike : Spike
        Top singular value and overlaps of W_t.
    """

    step: int
    training_loss: float
    theta: float
    m: float
    teacher_overlap_squared: float
    spike: Spike


def gd_steps(sn: "SignalNoise", *, eta: float, steps: int) -> tuple[GdStep, ...]:
    """Training loss and spike of W_0 .. W_steps under gradient descent.

    Parameters
    ----------
    sn : theory.gradient.SignalNoise
        NTK, an odd student.
    eta : float
        Above 0 and below the stability limit.
    steps : int

    Raises
    ------
    TypeError, ValueError
        If an argument is outside its domain; not predicted are mean-field, students that are not odd, and
        learning rates from the stability limit on.

    Notes
    -----
    Eqs. (4) to (8). Wide and lazy: the drift of the kernel, of order 1/N per step, is dropped.
    """
    steps = size("steps", steps, hint="")
    eta = number("eta", eta, above=0)
    _check(sn, eta)
    mu_1, step_size, ratio = sn.student.mu_1, eta / sn.d, sn.d / sn.n
    rest = max(sn.residual_2 - sn.b_squared, 0.0)
    x, weights = _data_spectrum(ratio)
    shrink = 1 - 2 * step_size * (mu_1**2 * x + sn.student.var_prime * ratio)
    outside_share = max(1 - ratio, 0.0)  # of the samples' directions, those that X does not reach
    outside_shrink = (1 - 2 * step_size * sn.student.var_prime * ratio) ** 2
    power, total = np.ones_like(x), np.zeros_like(x)  # shrink^t, and the sum of shrink^s over s < t
    found = []
    for t in range(steps + 1):
        loss = sn.b_squared * float(weights @ (x * power**2))
        loss += rest * (ratio * float(weights @ power**2) + outside_share * outside_shrink**t)
        along = float(weights @ (total * x))
        length_2 = float(weights @ (total**2 * x * (sn.b_squared * x + ratio * rest)))
        found.append(_row(sn, eta, t, loss, along, length_2))
        total = total + power
        power = power * shrink
    return tuple(found)


def _row(sn: "SignalNoise", eta: float, t: int, loss: float, along: float, length_2: float) -> GdStep:
    theta = 2 * eta * abs(sn.student.mu_1) * math.sqrt(length_2 / sn.d)
    m = 2 * eta * sn.student.mu_1**2 * along / theta if theta > 0 else 0.0
    teacher = min(sn.teacher.c_1**2 * along**2 / length_2, 1.0) if length_2 > 0 else 0.0
    top = spike(theta=theta, N=sn.N, d=sn.d, m=m, teacher_overlap_squared=teacher)
    return GdStep(
        step=t, training_loss=loss, theta=theta, m=m, teacher_overlap_squared=teacher, spike=top
    )  # fmt: skip


def _check(sn: "SignalNoise", eta: float) -> None:
    if sn.parametrisation != "ntk":
        raise ValueError(f"parametrisation must be 'ntk', got {sn.parametrisation!r}: not predicted")
    if not sn.student.odd:
        raise ValueError(f"the student must be odd, {sn.student.name} is not: not predicted")
    limit = gd_stability_limit(
        n=sn.n, N=sn.N, d=sn.d, mu_1=sn.student.mu_1, var_prime=sn.student.var_prime
    )  # fmt: skip
    if not eta < limit:
        raise ValueError(f"eta must be below the stability limit {limit:.6g}, got {eta!r}: not predicted")


def _data_spectrum(ratio: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Non-zero eigenvalues of X^T X/n as nodes, with weights that sum to min(1, 1/ratio)."""
    angle = (np.arange(_NODES) + 0.5) * (math.pi / _NODES)
    x = (1 - math.sqrt(ratio)) ** 2 + 4 * math.sqrt(ratio) * np.cos(angle / 2) ** 2
    return x, 2 / _NODES * np.sin(angle) ** 2 / x
