"""How s_1(W_1) scatters from run to run above the threshold: predicted standard deviation, of order 1.

Two sources of the same order: the noise around the spike (the classical Gaussian fluctuation of a spiked
matrix) and the run's own theta, m and row norm. Given W_0's row along a, everything is an independent
Gaussian matrix plus a fixed rank-two matrix, and the linear response of the secular determinant gives the
variance. docs/derivations/spike.md.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.checks import size
from theory.gradient.decomposition import SignalNoise
from theory.gradient.norms import gradient_norms
from theory.spike.formulas import Spike
from theory.spike.inputs import SpikeInputs, spike_at, spike_inputs
from theory.spike.run_scatter import run_covariance, run_means, run_scales
from theory.update.optimisers import Optimiser, known_optimiser

__all__ = ["SpikeSpread", "spike_spread"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeSpread:
    """Standard deviations of s_1(W_1) over runs."""

    total: float  # everything random: weights, data, labels
    noise: float  # the run's theta, m and row norm given: the classical part
    update: float  # that of theta, m and the row norm alone
    flag: str | None


def spike_spread(
    sn: SignalNoise,
    *,
    eta: float,
    optimiser: Optimiser = "adam",
    inputs: SpikeInputs | None = None,
    nodes: int = 40,
) -> SpikeSpread:
    """Predicted standard deviation of s_1(W_1) over independent runs, above the threshold.

    Parameters
    ----------
    sn : SignalNoise
    eta : float
        Learning rate, above the critical one.
    optimiser : {"adam", "gd"}
        "adam" is the sign update (corrected, eps = 0).
    inputs : SpikeInputs, optional
        Of this problem and optimiser, such as with the m of finite width under mean-field, so that the threshold
        is the one that is asked about; `spike_inputs` by default.
    nodes : int
        Gauss-Hermite nodes per dimension of the coordinate average, >= 8.

    Returns
    -------
    SpikeSpread
        All nan, with a flag, where there is no outlier.

    Raises
    ------
    ValueError
        If `nodes` is below 8, or as `spike_inputs` and `spike_at`.

    Notes
    -----
    docs/derivations/spike.md, eqs. (26) to (33). Leading order in 1/d, odd students, beta spread over its
    coordinates; Gaussian as long as s_1 is several of these standard deviations above the edge (flagged
    otherwise).
    """
    optimiser = known_optimiser(optimiser)
    nodes = size("nodes", nodes, hint="")
    if nodes < 8:
        raise ValueError(f"nodes must be at least 8, got {nodes!r}; 40 are exact to four digits and more")
    inputs = spike_inputs(sn, optimiser=optimiser) if inputs is None else inputs
    at = spike_at(inputs, eta)
    if not at.outlier:
        nan = math.nan
        reason = f"no outlier at eta = {eta:.6g}: s_1 is the bulk edge, with Tracy-Widom fluctuations"
        return SpikeSpread(total=nan, noise=nan, update=nan, flag=reason)
    covariance, names = _covariance(sn, eta, optimiser, at, nodes)
    slopes = _response(sn, eta, optimiser, at, names)
    noise = float(slopes[_FORMS:] @ covariance[_FORMS:, _FORMS:] @ slopes[_FORMS:])
    total = float(slopes @ covariance @ slopes)
    return SpikeSpread(
        total=math.sqrt(total),
        noise=math.sqrt(noise),
        update=math.sqrt(max(total - noise, 0.0)),
        flag=_reasons(sn, inputs, at, math.sqrt(total)),
    )


def _reasons(sn: SignalNoise, inputs: SpikeInputs, at: Spike, total: float) -> str | None:
    """Why the deviation is not all that is to be said; None if it is."""
    reasons = [inputs.flag] if inputs.flag else []
    if sn.teacher_direction == "axis":
        reasons.append("axis-aligned teacher: its own column's part of the scatter is left out")
    if at.top - at.edge < 3.0 * total:
        reasons.append("s_1 is within three standard deviations of the edge: not Gaussian there")
    return "; ".join(reasons) or None


# The fluctuating numbers, in this order: the run's own (psi2 = mean psi^2, psi_row = mean psi y, row2 = mean
# y^2 over coordinates, cosine = u . a/|a|, size2 = |a|^2/E|a|^2), the update's noise in the row along a, and
# the resolvent forms.
_FORMS = 5
_NAMES = (
    "psi2", "psi_row", "row2", "cosine", "size2",
    "noise_along_v", "noise_row2", "left", "right_vv", "right_vr", "right_rr", "mixed_v", "mixed_r",
)  # fmt: skip


def _covariance(
    sn: SignalNoise, eta: float, optimiser: str, at: Spike, nodes: int
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    size = len(_NAMES)
    covariance = np.zeros((size, size))
    covariance[:_FORMS, :_FORMS] = run_covariance(sn, optimiser, nodes=nodes)
    tau2 = at.threshold / math.sqrt(sn.N * sn.d)
    _, t0, _ = run_scales(sn)
    extra = max(tau2 - t0, 0.0)  # variance of the update's noise in one entry
    psi2, psi_row = run_means(sn, optimiser, 1.0, 0.0)
    along = math.sqrt(t0) * psi_row / math.sqrt(psi2) * math.sqrt(sn.d)  # v . (row of W_0 along a)
    covariance[5, 5] = extra
    covariance[6, 6] = 4.0 * t0 * sn.d * extra + 2.0 * sn.d * extra**2
    covariance[5, 6] = covariance[6, 5] = 2.0 * along * extra
    left, right, mixed = _form_variances(at.top, sn.N, sn.d, tau2)
    covariance[7, 7] = 2.0 * left
    covariance[8, 8] = covariance[10, 10] = 2.0 * right
    covariance[9, 9] = right
    covariance[11, 11] = covariance[12, 12] = mixed
    return covariance, _NAMES


def _form_variances(s: float, N: float, d: float, tau2: float) -> tuple[float, float, float]:
    """Variances of x.R y for unit vectors: half that of a diagonal form (left, right), and of a mixed one."""
    a_1, a_2, slope_1, slope_2 = _traces(s, N, d, tau2)
    # sum 1/(s^2 - l)^2 from the derivative of a = s mean 1/(s^2 - l): a' = a/s - 2 s^2 mean 1/(s^2 - l)^2
    second_1, second_2 = (a_1 / s - slope_1) / (2.0 * s**2), (a_2 / s - slope_2) / (2.0 * s**2)
    left = (s**2 * second_1 - a_1**2) / N
    right = (s**2 * second_2 - a_2**2) / d
    mixed = (N * (s**2 * second_1 - a_1 / s)) / (N * d)  # sum l/(s^2 - l)^2 over the spectrum
    return left, right, mixed


def _traces(s: float, N: float, d: float, tau2: float) -> tuple[float, float, float, float]:
    """a_1, a_2 above the bulk and their derivatives, from s^2 = (L + tau^2 N)(L + tau^2 d)/L, L = 1/(a_1
    a_2)."""

    def pair(z: complex) -> tuple[complex, complex]:
        half = (z**2 - tau2 * (N + d)) / 2.0
        level = half + np.sqrt(half**2 - tau2**2 * N * d + 0j)
        return (1.0 + tau2 * d / level) / z, (1.0 + tau2 * N / level) / z

    step = 1e-30
    first, second = pair(s + 1j * step)
    return first.real, second.real, first.imag / step, second.imag / step


def _response(
    sn: SignalNoise, eta: float, optimiser: str, at: Spike, names: tuple[str, ...]
) -> NDArray[np.float64]:
    """d s_1/d(fluctuating number) at fixed others: -(dD/dx)/(dD/ds) of the secular determinant."""
    psi2, psi_row = run_means(sn, optimiser, 1.0, 0.0)
    cosine = math.sqrt(2.0 / math.pi) if optimiser == "adam" else 1.0
    centre = dict.fromkeys(names, 0.0) | {
        "psi2": psi2,
        "psi_row": psi_row,
        "row2": 1.0,
        "cosine": cosine,
        "size2": 1.0,
    }

    def determinant(s: float, values: dict[str, float]) -> float:
        return _determinant(sn, eta, optimiser, s, values)

    root = _polish(lambda s: determinant(s, centre), at.top)
    step = 1e-5 * root
    slope = (determinant(root + step, centre) - determinant(root - step, centre)) / (2.0 * step)
    slopes = []
    for name in names:
        if name == "cosine" and optimiser == "gd":  # u is a/|a| itself
            slopes.append(0.0)
            continue
        width = 1e-5 * (centre[name] if centre[name] else _width(name, root, sn.d))
        high = determinant(root, centre | {name: centre[name] + width})
        low = determinant(root, centre | {name: centre[name] - width})
        slopes.append(-(high - low) / (2.0 * width) / slope)
    return np.array(slopes)


def _width(name: str, s: float, d: float) -> float:
    return {"noise_along_v": s, "noise_row2": s**2}.get(name, 1.0 / s)


def _polish(function: Callable[[float], float], start: float) -> float:
    """Secant steps from the closed formula: the mean determinant's root differs from it by rounding (NTK) or
    by the small m that mean-field drops."""
    from scipy.optimize import newton

    return float(newton(function, start, x1=start * (1.0 + 1e-6), tol=1e-10 * start, maxiter=60))


def _determinant(sn: SignalNoise, eta: float, optimiser: str, s: float, v: dict[str, float]) -> float:
    """Secular determinant of W' + a p^T + b q^T: W' Gaussian without its row along a, p and q in span(v,
    row)."""
    _, t0, _ = run_scales(sn)
    N, d = sn.N, sn.d
    psi = math.sqrt(v["psi2"])
    if optimiser == "adam":
        theta = eta * math.sqrt(N * d) * psi
        tau2 = t0 + eta**2 * (1.0 - v["psi2"])
    else:
        scale = 1.0 if sn.parametrisation == "ntk" else math.sqrt(d / N)
        theta = eta * 2.0 * scale * abs(sn.student.mu_1) * math.sqrt(v["size2"] / d) * psi
        operator, frobenius = gradient_norms(sn)
        tau2 = t0 + eta**2 * (frobenius**2 - operator**2) / (N * d)
    along = math.sqrt(t0 * d) * v["psi_row"] / psi + v["noise_along_v"]
    row2 = t0 * d * v["row2"] + (tau2 - t0) * d + v["noise_row2"]
    rest = math.sqrt(max(row2 - along**2, 0.0))
    a_1, a_2, _, _ = _traces(s, N, d, tau2)
    sine = math.sqrt(1.0 - v["cosine"] ** 2)
    rows = np.array(
        [[along - theta * v["cosine"], rest], [-theta * sine, 0.0]]
    )  # p, q in the basis (v, rest of row)
    right = np.array([[a_2 + v["right_vv"], v["right_vr"]], [v["right_vr"], a_2 + v["right_rr"]]])
    gram = rows @ right @ rows.T
    left = np.diag([1.0 / s, a_1 + v["left"]])
    mixed = np.zeros((2, 2))
    mixed[1] = rows @ np.array([v["mixed_v"], v["mixed_r"]])
    eye = np.eye(2)
    return float(np.linalg.det(np.block([[eye - mixed, -left], [-gram, eye - mixed.T]])))
