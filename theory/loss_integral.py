"""Training loss after one FB-Adam step of any size, as a Gaussian integral: the parabola of `theory.losses`
is its expansion to second order in eta. `docs/derivations/losses.md`, eqs. (10), (11).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline

from theory._domain import number
from theory.activations import Function
from theory.legendre import gauss_legendre
from theory.losses import memory
from theory.ridge_kernels import normal_nodes
from theory.update_direction import update_overlaps

if TYPE_CHECKING:
    from theory.decomposition import SignalNoise

__all__ = ["LossIntegral", "adam_loss_integral", "adam_loss_integral_with_error"]

Curve = Callable[[NDArray], NDArray]
_REACH = 8.7  # 3e-18 of the mass of N(0, 1) lies beyond
_SPLIT = 1e-9  # a panel is halved while its two rules differ by more, relative
_MOST_PANELS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class LossIntegral:
    """L(eta)/L(0) and the relative difference of two quadratures of it."""

    ratio: float
    error: float


def adam_loss_integral(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
    nodes: int = 16,
) -> float:
    """L(eta)/L(0) on the training set after one step of bias-corrected FB-Adam, eps = 0.

    Parameters
    ----------
    sn : SignalNoise
        Of this student (odd) and this teacher.
    student, teacher : Function
    eta : float
        >= 0; the quadrature holds to 1e-5 up to eta = 1 (mean-field: eta sqrt(d) = 1) for tanh and softplus;
        `adam_loss_integral_with_error` says how well it holds for any other.
    sign_norm_ratio : float, optional
        c; by default its limit.
    nodes : int
        Nodes per smooth dimension: Gauss-Hermite, or half of them on each panel.

    Notes
    -----
    The shift of a preactivation at a training point is eta (zt + U + Bm r sigma'(z)): common to all neurons,
    a neuron's own, and the point's memory of itself. A teacher axis is handled as in
    `theory.update_direction`. Only the sign of mu_1 times sigma enters: -sigma learns as sigma does.
    """
    return _ratio(sn, student, teacher, eta, sign_norm_ratio, nodes)


def adam_loss_integral_with_error(
    sn: "SignalNoise",
    *,
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None = None,
) -> LossIntegral:
    """`adam_loss_integral` beside its error: the difference from a coarser quadrature, relative."""
    fine, coarse = (_ratio(sn, student, teacher, eta, sign_norm_ratio, nodes) for nodes in (16, 12))
    return LossIntegral(ratio=fine, error=abs(fine - coarse) / abs(fine) if fine else abs(coarse))


def _ratio(
    sn: "SignalNoise",
    student: Function,
    teacher: Function,
    eta: float,
    sign_norm_ratio: float | None,
    nodes: int,
) -> float:
    eta = number("eta", eta, least=0)
    ntk = sn.parametrisation == "ntk"
    step = eta if ntk else eta * math.sqrt(sn.d)
    amplitude = math.sqrt(2 * (sn.N if ntk else 1) / math.pi)
    c = math.sqrt(2 / math.pi * math.asin(sn.p)) if sign_norm_ratio is None else sign_norm_ratio
    spread = sn.v_t - (sn.teacher.c_1**2 / sn.d if sn.teacher_direction == "axis" else 0.0)
    own = memory(n=sn.n, d=sn.d, entry_scale=math.sqrt(sn.student.mu_1**2 * spread + sn.nu**2))

    # zt = c v.x from beta.x, from the rest of the residual, and from noise; r from the first two.
    rest = math.sqrt(sn.output_2 + sn.noise**2)
    _, of_beta, of_output = update_overlaps(sn, optimiser="adam", sign_norm_ratio=c)
    own_mu = abs(sn.student.mu_1) / (1.0 if ntk else math.sqrt(sn.N))
    # Mean-field: v.wbar is smaller by sqrt(N), as the output is.
    along_output = c * of_output * own_mu / rest * (1.0 if ntk else 1 / math.sqrt(sn.N)) if rest > 0 else 0.0
    along_beta = -math.copysign(c * of_beta, sn.teacher.c_1)
    free = math.sqrt(max(c**2 - along_beta**2 - along_output**2, 0.0))
    x, w = _panel_rule(_probes(teacher.value), kinks=teacher.kinks, order=max(nodes // 2, 4), tolerance=1e-6)
    y, v = normal_nodes(nodes)
    mass = (w[:, None, None] * v[None, :, None] * v[None, None, :]).ravel()
    keep = mass > 1e-14
    flat = lambda values: np.broadcast_to(values, (len(x), nodes, nodes)).ravel()[keep]  # noqa: E731
    r = flat(-teacher.value(x)[:, None, None] + rest * y[None, :, None])
    zt = flat(along_beta * x[:, None, None] + along_output * y[None, :, None] + free * y[None, None, :])
    mass = mass[keep]
    change = _mean_change(
        student, sign=math.copysign(1.0, sn.student.mu_1), step=step, own=own,
        noise=math.sqrt(max(1 - c**2, 0.0)), r=r, zt=zt, nodes=nodes,
    )  # fmt: skip
    return float(mass @ (r + amplitude * change) ** 2 / (mass @ r**2))


def _mean_change(
    student: Function,
    *,
    sign: float,
    step: float,
    own: float,
    noise: float,
    r: NDArray,
    zt: NDArray,
    nodes: int,
) -> NDArray:
    """E over z and U of sign sigma(z - step (zt + noise U + sign own r sigma'(z))) at each pair r, zt.

    zt and U enter by their sum, so z is integrated on a grid of r and of that sum, where the mean over z is
    smooth, and splines serve the rest.
    """
    u, weights = normal_nodes(nodes)
    r_grid = np.linspace(r.min(), r.max(), 2 * nodes + 1)
    zt_grid = np.linspace(zt.min(), zt.max(), 4 * nodes + 1)
    reach = noise * float(u[-1])
    sums = np.linspace(zt_grid[0] - reach, zt_grid[-1] + reach, 5 * nodes + 1)

    def shifted(z: NDArray, r_at: NDArray, sum_at: NDArray) -> NDArray:
        slope = sign * np.asarray(student.derivative(z), dtype=float)
        return sign * np.asarray(student.value(z - step * (sum_at + own * r_at * slope)), dtype=float)

    corners = [(a, b) for a in (-2.0, 0.0, 1.5) for b in (-1.0, 0.0, 2.0)]

    def probes(z: NDArray) -> NDArray:
        return np.stack([shifted(z, np.array(a), np.array(b)) for a, b in corners])

    z, z_weights = _panel_rule(probes, kinks=student.kinks, order=max(nodes // 2, 4), tolerance=_SPLIT)
    table = np.stack([shifted(z, at, sums[:, None]) @ z_weights for at in r_grid])
    if not np.all(np.isfinite(table)):
        return np.full_like(r, math.nan)
    inner = RectBivariateSpline(r_grid, sums, table, kx=5, ky=5)
    mean = sum(
        weight * inner(r_grid, zt_grid + noise * each) for each, weight in zip(u, weights, strict=True)
    )
    return RectBivariateSpline(r_grid, zt_grid, mean, kx=5, ky=5).ev(r, zt)


def _probes(curve: Curve) -> Curve:
    """The curve and its square, as rows."""

    def rows(z: NDArray) -> NDArray:
        values = np.asarray(curve(z), dtype=float)
        return np.stack([values, values**2])

    return rows


def _panel_rule(
    probes: Curve, *, kinks: tuple[float, ...], order: int, tolerance: float
) -> tuple[NDArray, NDArray]:
    """Nodes and weights for E over N(0, 1) on panels halved until they resolve every row of `probes`."""
    edges = np.unique(
        np.concatenate([np.linspace(-_REACH, _REACH, 13), [k for k in kinks if abs(k) < _REACH]])
    )
    fine, coarse = (gauss_legendre(k) for k in (order, order - 2))
    left, right = edges[:-1], edges[1:]
    while len(left) < _MOST_PANELS:
        values = []
        for rule in (fine, coarse):
            z, weights = _on_panels(left, right, rule)
            rows = np.asarray(probes(z.ravel())).reshape(-1, *z.shape)
            values.append((rows * weights).sum(axis=2))
        size = np.abs(values[0]).sum(axis=1, keepdims=True) + 1e-300
        split = (np.abs(values[0] - values[1]) > tolerance * size).any(axis=0)
        split &= right - left > 1e-6
        if not split.any():
            break
        middle = 0.5 * (left[split] + right[split])
        left, right = (
            np.concatenate([left[~split], left[split], middle]),
            np.concatenate([right[~split], middle, right[split]]),
        )
    z, weights = _on_panels(left, right, fine)
    return z.ravel(), weights.ravel() / weights.sum()


def _on_panels(left: NDArray, right: NDArray, rule: tuple[NDArray, NDArray]) -> tuple[NDArray, NDArray]:
    half = 0.5 * (right - left)[:, None]
    z = 0.5 * (right + left)[:, None] + half * rule[0]
    return z, half * rule[1] * np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
