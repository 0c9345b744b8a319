"""The same outlier by another route: zeros and residues of the secular determinant, by quadrature and root
finding.

Nothing here uses the closed formulas of `theory.spike`: the resolvent traces are integrals over the
Marchenko-Pastur law, the position is a root, the overlaps are residues with a derivative by a complex step.
docs/derivations/spike.md.
"""

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from theory.spike.formulas import Spike, SpikeTheory, checked_problem, checked_share, spike_of_roots

__all__ = ["resolvent_traces", "secular_determinant", "spike_by_secular_equation"]

_STEP = 1e-30  # complex step: no cancellation, so as small as one likes


def resolvent_traces(s: complex, *, N: float, d: float, tau: float) -> tuple[complex, complex]:
    """a_1 = tr s (s^2 - W W^T)^(-1)/N and a_2 = tr s (s^2 - W^T W)^(-1)/d of pure noise, by quadrature.

    Parameters
    ----------
    s : complex
        Off the bulk of singular values.
    N, d, tau : float
        Rows, columns, and the standard deviation of one entry.

    Returns
    -------
    a_1, a_2 : complex

    Notes
    -----
    docs/derivations/spike.md, eq. (4). The trapezoidal rule in the angle of the Marchenko-Pastur law
    converges exponentially; 1e-13 relative as long as |s - edge| > 1e-6 edge.
    """
    ratio = math.sqrt(min(N, d) / max(N, d))
    angles, sine2 = _angles()
    shape = 1.0 + ratio**2 - 2.0 * ratio * np.cos(angles)
    weights = sine2 / np.maximum(shape, 1e-300) * (2.0 / len(angles))
    mean = np.sum(
        weights * s / (s**2 - tau**2 * max(N, d) * shape)
    )  # over the min(N, d) non-zero eigenvalues
    long = ratio**2 * mean + (1.0 - ratio**2) / s  # the larger side has zero eigenvalues as well
    return (long, mean) if d <= N else (mean, long)


@lru_cache(maxsize=1)
def _angles() -> tuple[NDArray, NDArray]:
    angles = (np.arange(16384) + 0.5) * np.pi / 16384
    return angles, np.sin(angles) ** 2


def secular_determinant(
    s: complex, *, theta: float, N: float, d: float, m: float, m2: float, tau: float
) -> complex:
    """det(I - U^T R(s) U C): zero at the singular values of W_1 that lie off the bulk.

    Parameters
    ----------
    s : complex
        Off the bulk.
    theta, N, d, m, m2, tau : float
        As in `theory.spike.spike`.

    Returns
    -------
    determinant : complex

    Notes
    -----
    docs/derivations/spike.md, eqs. (5) to (10).
    """
    forms, coupling = _forms(s, theta=theta, N=N, d=d, m=m, m2=m2, tau=tau, teacher=0.0)
    return complex(np.linalg.det(np.eye(3) - forms @ coupling))


def spike_by_secular_equation(
    *,
    theta: float,
    N: float,
    d: float,
    m: float = 0.0,
    m2: float = 0.0,
    tau: float = 1.0,
    teacher_overlap_squared: float | None = None,
    theory: SpikeTheory = "two-row",
) -> Spike:
    """The record of `theory.spike.spike` from the secular determinant; the two agree to 1e-8.

    Parameters
    ----------
    theta, N, d, m, m2, tau, teacher_overlap_squared, theory
        As in `theory.spike.spike`.

    Returns
    -------
    Spike
        `strength` and `deflation_strength` are 1/(a_1 a_2) at the roots; without a root, the threshold and 0.

    Raises
    ------
    TypeError, ValueError
        As `theory.spike.spike`.
    """
    theta, N, d, m, m2, tau = checked_problem(theta=theta, N=N, d=d, m=m, m2=m2, tau=tau, theory=theory)
    share = checked_share("teacher_overlap_squared", teacher_overlap_squared)
    problem = {"theta": theta, "N": N, "d": d, "m": m, "m2": m2, "tau": tau}
    edge, lower_edge = tau * (math.sqrt(N) + math.sqrt(d)), tau * abs(math.sqrt(N) - math.sqrt(d))
    top = _root(problem, edge * (1.0 + 1e-9), edge + theta + 1.0)
    bottom = _root(problem, lower_edge * (1.0 - 1e-9), lower_edge * 1e-7) if d > N else None
    plain = spike_of_roots(
        strength=_strength(edge if top is None else top, N, d, tau, outside=top is not None),
        deflation_strength=0.0 if bottom is None else _strength(bottom, N, d, tau, outside=True),
        theta=theta, N=N, d=d, m=m, m2=m2, tau=tau, teacher_overlap_squared=share, theory=theory, flag=None,
    )  # fmt: skip
    left, right, teacher = (0.0, 0.0, 0.0) if top is None else _residues(problem, top)
    return replace(
        plain,
        outlier=top is not None,
        top=edge if top is None else top,
        left_overlap_squared=left,
        right_overlap_squared=right,
        teacher_factor=teacher,
        similarity=None if share is None else math.sqrt(min(teacher * share, 1.0)),
        deflated=bottom is not None,
        bottom=lower_edge if bottom is None else bottom,
    )


def _forms(
    s: complex, *, theta: float, N: float, d: float, m: float, m2: float, tau: float, teacher: float
) -> tuple[NDArray, NDArray]:
    """U^T R(s) U for U = (u, v, beta) and the coupling C of the perturbation -theta (u v^T + v u^T)."""
    a_1, a_2 = resolvent_traces(s, N=N, d=d, tau=tau)
    row = math.hypot(m, m2)  # v . (row of W_0 along a)
    share = row**2 / (tau**2 * d)  # squared overlap of v with the direction of W^T a, of length tau sqrt d
    leverage = s * a_1 - 1.0  # a^T W (s^2 - W^T W)^(-1) W^T a for unit a
    left_right = m * leverage / (tau**2 * d)
    right_right = (1.0 - share) * a_2 + share * s * leverage / (tau**2 * d)
    forms = np.array(
        [
            [a_1, left_right, 0.0],
            [left_right, right_right, teacher * a_2],
            [0.0, teacher * a_2, a_2],
        ],
        dtype=np.complex128,
    )
    coupling = np.zeros((3, 3))
    coupling[0, 1] = coupling[1, 0] = -theta
    return forms, coupling


def _root(problem: dict[str, float], at_edge: float, far: float) -> float | None:
    def determinant(s: float) -> float:
        return secular_determinant(s, **problem).real

    if at_edge <= 0.0 or determinant(at_edge) >= 0.0:
        return None
    if determinant(far) <= 0.0:  # the singular value is 0 to the accuracy of the bracket
        return far
    return float(brentq(determinant, min(at_edge, far), max(at_edge, far), xtol=1e-13, rtol=1e-14))


def _strength(s: float, N: float, d: float, tau: float, *, outside: bool) -> float:
    if not outside:
        return tau**2 * math.sqrt(N * d)
    a_1, a_2 = resolvent_traces(s, N=N, d=d, tau=tau)
    return abs(1.0 / (a_1 * a_2))


def _residues(problem: dict[str, float], s: float) -> tuple[float, float, float]:
    """Squared overlaps of u, v with the top singular vectors, and of beta per (v . beta)^2.

    Residue of (I - K C)^(-1) K at the root, times 2: an eigenvector of the doubled matrix is (u_1, v_1)/sqrt
    2.
    """
    slope = secular_determinant(s + 1j * _STEP, **problem).imag / _STEP
    overlap = 0.5  # any teacher overlap: the result is proportional to its square
    forms, coupling = _forms(s, teacher=overlap, **problem)
    matrix = (np.eye(3) - forms @ coupling).real
    cofactors = np.array(
        [[_cofactor(matrix, row, column) for column in range(3)] for row in range(3)]
    )  # cofactors.T is the adjugate
    residue = 2.0 * (cofactors.T @ forms.real) / slope
    return float(residue[0, 0]), float(residue[1, 1]), float(residue[2, 2]) / overlap**2


def _cofactor(matrix: NDArray, row: int, column: int) -> float:
    minor = np.delete(np.delete(matrix, row, axis=0), column, axis=1)
    return float((-1) ** (row + column) * (minor[0, 0] * minor[1, 1] - minor[0, 1] * minor[1, 0]))
