"""Adam's first step with eps > 0: Frobenius and operator norm of D_ij = G_ij/(|G_ij| + eps).

Derivation: docs/derivations/adam_eps.md. With eps = 0 this is the sign update; where eps dominates it is GD.
In units of the root mean square entry, |G_ij| = |al| |sqrt(p) tau + sqrt(1-p) e|, al = a_i, tau =
t_j/sqrt(v_t) and e independent N(0,1), and `eps_relative` e' stands for eps.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.checks import choice, number, ratio
from theory.gradient.decomposition import SignalNoise, bulk_signal, entry_scale, row_signal_noise
from theory.numerics.legendre import gauss_legendre
from theory.update.sign import sign_norm_ratio_refined, uncorrected_factor

__all__ = [
    "AdamNorms",
    "adam_norms",
    "adam_frobenius_ratio",
    "adam_norm_ratios",
    "eps_frobenius_ratio",
    "eps_operator_ratio",
]

NEGLIGIBLE = 1e-16  # relative eps below which nothing is left to integrate
FAR = 9.0  # |N(0,1)| beyond this has probability 2e-19


def adam_norm_ratios(
    sn: SignalNoise, eps: float, *, adam: Literal["corrected", "uncorrected"] = "corrected"
) -> tuple[float, float]:
    """||D_0||_F/sqrt(N d) and ||D_0||_2/sqrt(N d) of Adam's first step.

    Parameters
    ----------
    eps : float, >= 0
        Adam's eps; 0 is the exact sign: (1, `sign_norm_ratio_refined`).
    adam : {"corrected", "uncorrected"}
        Without bias correction the step is 3.1623 times the corrected one at eps/sqrt(1 - b2); the factor is
        part of the returned ratios.

    Notes
    -----
    docs/derivations/adam_eps.md, eps-2, eps-6, eps-7. Rows enter with their own noise nu_i (Gauss nodes for
    x_i**2). What finite size adds to the operator norm is known for the sign and scaled with the power of the
    noise, so that eps = 0 gives `sign_norm_ratio_refined` and a dominating eps GD's norms.
    """
    norms = adam_norms(sn, eps, adam=adam)
    return norms.frobenius, norms.operator


@dataclass(frozen=True, slots=True, kw_only=True)
class AdamNorms:
    """||D_0||_F and ||D_0||_2 over sqrt(N d), and by what share of itself the latter hangs on an interpolation."""

    frobenius: float
    operator: float
    interpolated: float


def adam_norms(
    sn: SignalNoise, eps: float, *, adam: Literal["corrected", "uncorrected"] = "corrected"
) -> AdamNorms:
    """`adam_norm_ratios`, with the share of the operator norm that no derivation gives.

    Its finite-size part is known at eps = 0 and where eps dominates; between them it is taken in proportion to the
    power of the noise. `interpolated` is what that part makes of the norm, times 1 - ||D_0||_F^2/(N d), which is how
    far the update is from the sign.
    """
    factor, effective = _corrected(eps, adam)
    sign_ratio = sign_norm_ratio_refined(sn)
    exact = AdamNorms(frobenius=factor, operator=factor * sign_ratio, interpolated=0.0)
    if effective == 0.0:
        return exact
    weight, p, eps_relative = _row_classes(sn, effective)
    if float(eps_relative.max()) < NEGLIGIBLE:  # the drift is then below 1e-12
        return exact
    frobenius_2 = _classes_frobenius_squared(weight, eps_relative)
    operator = _classes_operator_ratio(weight, p, eps_relative)
    at_zero = _classes_operator_ratio(weight, p, np.zeros_like(p))
    noise_share = (frobenius_2 - operator**2) / (1.0 - at_zero**2) if at_zero < 1.0 else 0.0
    finite_size = sign_ratio**2 - at_zero**2
    operator_2 = max(operator**2 + finite_size * noise_share, 0.0)
    open_part = abs(finite_size) * noise_share * (1.0 - frobenius_2)
    return AdamNorms(
        frobenius=factor * math.sqrt(frobenius_2),
        operator=factor * math.sqrt(operator_2),
        interpolated=0.5 * open_part / operator_2 if operator_2 > 0.0 else 0.0,
    )


def adam_frobenius_ratio(
    sn: SignalNoise, eps: float, *, adam: Literal["corrected", "uncorrected"] = "corrected"
) -> float:
    """The first of `adam_norm_ratios` alone: no operator norm is computed, which is most of their work."""
    factor, effective = _corrected(eps, adam)
    weight, _, eps_relative = _row_classes(sn, effective)
    if float(eps_relative.max()) < NEGLIGIBLE:
        return factor
    return factor * math.sqrt(_classes_frobenius_squared(weight, eps_relative))


def _corrected(eps: float, adam: str) -> tuple[float, float]:
    """Length of the step in units of the corrected one, and that one's eps."""
    eps = number("eps", eps, least=0)
    choice("adam", adam, ("corrected", "uncorrected"))
    return (1.0, eps) if adam == "corrected" else (uncorrected_factor(), eps / math.sqrt(1.0 - 0.999))


def _classes_frobenius_squared(weight: NDArray[np.float64], eps_relative: NDArray[np.float64]) -> float:
    return float(sum(w * eps_frobenius_ratio(e) ** 2 for w, e in zip(weight, eps_relative, strict=True)))


def eps_frobenius_ratio(eps_relative: float, *, method: Literal["bessel", "product"] = "bessel") -> float:
    """sqrt(E[(g/(|g| + e'))**2]) for g = al * x, both N(0, 1).

    Parameters
    ----------
    eps_relative : float, >= 0
        eps over the root mean square entry of G_0.
    method : {"bessel", "product"}
        One integral over the density (1/pi) K_0(|g|) of the product, or two over the factors; equal to 1e-10.
    """
    eps_relative = ratio("eps_relative", eps_relative)
    choice("method", method, ("bessel", "product"))
    if method == "bessel":
        g, weight = graded_rule(min(eps_relative / 64.0, 1e-5), 60.0)  # graded for K_0's logarithm as well
        density = (2.0 / math.pi) * special.k0(g)
        return math.sqrt(float((weight * density) @ _shrink(g, eps_relative) ** 2))
    al, w_al = half_normal_rule(eps_relative / (4.0 * FAR))
    x, w_x = half_normal_rule(eps_relative / (4.0 * FAR))
    return math.sqrt(float(w_al @ _shrink(np.outer(al, x), eps_relative) ** 2 @ w_x))


def eps_operator_ratio(
    kappa: float, eps_relative: float, *, method: Literal["kernel", "hermite", "plain"] = "kernel"
) -> float:
    """Top singular value of k(al, tau) = E_e[g/(|g| + e')], g = |al| (sqrt(p) tau + sqrt(1-p) e), rows alike.

    Parameters
    ----------
    kappa : float, >= 0
        Signal-to-noise ratio; p = kappa**2/(1 + kappa**2).
    eps_relative : float, >= 0
        eps over the root mean square entry of G_0.
    method : {"kernel", "hermite", "plain"}
        Nodes graded towards the kinks, uniformly good in kappa and e'; Mehler's series in p (kappa <= 4);
        mid-quantiles for |al| and e and Gauss-Hermite for tau, good to 1e-4.

    Notes
    -----
    docs/derivations/adam_eps.md, eps-3 to eps-5.
    """
    kappa, eps_relative = ratio("kappa", kappa), ratio("eps_relative", eps_relative)
    choice("method", method, ("kernel", "hermite", "plain"))
    p = 1.0 if math.isinf(kappa) else kappa**2 / (1.0 + kappa**2)
    if method == "kernel":
        return _classes_operator_ratio(np.ones(1), np.array([p]), np.array([eps_relative]))
    if method == "hermite":
        return _hermite_operator_ratio(p, eps_relative)
    return _plain_operator_ratio(p, eps_relative)


def graded_rule(
    finest: float, end: float, *, width: float = 1.5, floor: float = 1e-11
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre rule on (0, end): panels that double from `finest` on, none wider than `width`."""
    first = min(max(finest, floor), width, end)
    edges = [0.0, first]
    while edges[-1] < end:
        step = min(edges[-1], width)
        edges.append(min(edges[-1] + step, end))
    node, weight = gauss_legendre(8)
    corners = np.array(edges)
    half = 0.5 * np.diff(corners)
    x = (corners[:-1] + half)[:, None] + half[:, None] * node
    return x.ravel(), (half[:, None] * weight).ravel()


def half_normal_rule(finest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights for means over |g|, g ~ N(0, 1), panels graded down to `finest`."""
    x, weight = graded_rule(finest, FAR)
    weight = weight * np.exp(-0.5 * x**2)
    return x, weight / weight.sum()


def _shrink(x: NDArray[np.float64], eps_relative: float) -> NDArray[np.float64]:
    """x/(x + e') for x > 0."""
    return x / (x + eps_relative) if eps_relative > 0.0 else np.ones_like(x)


def _row_classes(
    sn: SignalNoise, eps: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Share, p and e' of the classes of rows: four nodes for x_i**2, or one where all rows are alike."""
    node, weight = np.polynomial.hermite_e.hermegauss(8)
    x, weight = node[4:], weight[4:] / weight[4:].sum()
    nu_2 = row_signal_noise(sn, x).nu ** 2
    if nu_2[0] == nu_2[-1]:
        weight, nu_2 = np.ones(1), nu_2[:1]
    signal_2 = bulk_signal(sn)
    total = signal_2 + nu_2
    return weight, signal_2 / total, eps / (2.0 * entry_scale(sn) * np.sqrt(total))


def _classes_operator_ratio(
    weight: NDArray[np.float64], p: NDArray[np.float64], eps_relative: NDArray[np.float64]
) -> float:
    """Top singular value of the kernel with rows of several classes, between L2(class, |al|) and L2(tau)."""
    if np.all(p == 0.0):
        return 0.0
    finest = float(np.sqrt((1.0 - p) / np.maximum(p, 1e-300)).min())
    smallest = float(eps_relative.min()) / (4.0 * FAR)
    tau, w_tau = _tau_rule(finest, smallest)
    al, w_al = half_normal_rule(smallest) if eps_relative.any() else (np.ones(1), np.ones(1))
    gram = np.zeros((len(tau), len(tau)))
    for share, p_row, e in zip(weight, p, eps_relative, strict=True):
        k = _smoothed(al, tau, float(p_row), float(e))
        gram += share * (k.T * w_al) @ k
    root = np.sqrt(w_tau)
    return math.sqrt(float(np.linalg.eigvalsh(root[:, None] * gram * root)[-1]))


def _tau_rule(noise: float, smallest: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes for |tau|: even panels as far as the noise smooths the kernel, doubling ones beyond."""
    near = min(12.0 * noise, FAR)
    if near <= smallest:
        return half_normal_rule(smallest)
    panels = math.ceil(near / min(1.5 * noise, 1.5))
    node, weight = gauss_legendre(8)
    edges = [near * i / panels for i in range(panels + 1)]
    while edges[-1] < FAR:
        edges.append(min(edges[-1] + min(edges[-1], 1.5), FAR))
    half = 0.5 * np.diff(edges)
    tau = ((np.array(edges[:-1]) + half)[:, None] + half[:, None] * node).ravel()
    w = (half[:, None] * weight).ravel() * np.exp(-0.5 * tau**2)
    return tau, w / w.sum()


def _smoothed(
    al: NDArray[np.float64], tau: NDArray[np.float64], p: float, eps_relative: float
) -> NDArray[np.float64]:
    """E_e[g/(|g| + e')], g = al (sqrt(p) tau + sqrt(1-p) e), shape (len(al), len(tau)); tau > 0."""
    mean, s = math.sqrt(p) * tau, math.sqrt(1.0 - p)
    if eps_relative == 0.0:
        row = special.erf(mean / s / math.sqrt(2.0)) if s else np.ones_like(tau)
        return np.broadcast_to(row, (len(al), len(tau)))
    result = np.empty((len(al), len(tau)))
    far = mean >= 12.0 * s
    node, weight = np.polynomial.hermite_e.hermegauss(20)
    x = mean[far][:, None] + s * node
    result[:, far] = _shrink(al[:, None, None] * x, eps_relative) @ (weight / weight.sum())
    if not far.all():
        # In units of the noise; the sign's jump at 0 is where the graded panels begin.
        xi, w = graded_rule(eps_relative / (4.0 * al.max() * s), 21.0)
        m = mean[~far] / s
        density = np.exp(-0.5 * (xi[:, None] - m) ** 2) - np.exp(-0.5 * (xi[:, None] + m) ** 2)
        kernel = _shrink(al[:, None] * (s * xi), eps_relative) * (w / math.sqrt(2.0 * math.pi))
        result[:, ~far] = kernel @ density
    return result


def _hermite_operator_ratio(p: float, eps_relative: float) -> float:
    """The same by Mehler's formula: sum over odd m of p**m h_m(al) h_m(al'), h_m Hermite coefficients."""
    if p > 0.95:
        raise ValueError(f"the Hermite series converges too slowly for p = {p:.4f}; use method='kernel'")
    orders = max(3, math.ceil(math.log(1e-13) / math.log(p))) if p > 0.0 else 1
    smallest = eps_relative / (4.0 * FAR)
    al, w_al = half_normal_rule(smallest)
    x, w_x = graded_rule(smallest, 30.0, width=0.25)
    values = _shrink(np.outer(al, x), eps_relative) * w_x
    previous, current = np.zeros_like(x), np.exp(-0.25 * x**2)  # Hermite functions: no overflow at high order
    density = np.exp(-0.25 * x**2) * math.sqrt(2.0 / math.pi)
    gram = np.zeros((len(al), len(al)))
    for m in range(1, orders + 1):
        previous, current = current, (x * current - math.sqrt(m - 1) * previous) / math.sqrt(m)
        if m % 2:
            h = values @ (current * density)
            gram += p**m * np.outer(h, h)
    root = np.sqrt(w_al)
    return math.sqrt(float(np.linalg.eigvalsh(root[:, None] * gram * root)[-1]))


def _plain_operator_ratio(p: float, eps_relative: float, *, size: int = 300, inner: int = 2000) -> float:
    """The same with |al| and e at mid-quantiles and tau at 100 Gauss-Hermite nodes."""
    al = special.ndtri(0.5 + (np.arange(size) + 0.5) / (2.0 * size))
    e = special.ndtri((np.arange(inner) + 0.5) / inner)
    tau, weight = np.polynomial.hermite_e.hermegauss(100)
    x = math.sqrt(p) * tau[:, None] + math.sqrt(1.0 - p) * e
    k = np.stack([np.mean(x * value / (np.abs(x) * value + eps_relative), axis=1) for value in al])
    scaled = k * np.sqrt(weight / weight.sum()) / math.sqrt(size)
    return float(np.linalg.norm(scaled, 2))
