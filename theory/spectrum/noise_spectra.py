"""Noise edges, ESD and nullity for one problem: what the plain-number functions say of a SignalNoise and its
teacher.

docs/derivations/edges.md, esd.md and nullity.md. `residual_squares` may be handed in where several of these
are asked for, as it is most of the work.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory.functions.activations import Function
from theory.gradient.decomposition import SignalNoise
from theory.gradient.norms import gradient_norms, residual_matrix_error
from theory.gradient.residual_law import residual_law_of, residual_square_quantiles
from theory.random_matrices.edges import Edge
from theory.random_matrices.esd import SpectralLaw, spectral_law
from theory.random_matrices.random_covariance import RandomCovariance, lower_edge, upper_edge
from theory.spectrum.noise_covariance import gradient_noise, normal_mid_quantiles, sign_noise, weight_noise
from theory.spectrum.nullity import Nullity, nullity
from theory.spectrum.unflipped import lost_counts, noise_beside_unflipped

__all__ = [
    "gradient_weight_edges",
    "gradient_weight_spectrum",
    "LeastValue",
    "isotropic_share",
    "least_weight_value",
    "nullity_of",
    "rank_one_error",
    "residual_squares_of",
    "second_singular_value",
    "sign_noise_of",
    "weight_edges",
    "weight_spectrum",
]

NO_NOISE = "the gradient has no noise that could turn a sign: sign(G_0) has rank one"
MEAN_SQUARE = "mu_2 != 0: (X^T diag(r) X/n)^2 is replaced by its mean, so edges come out low (by 7 to 30 %)"
GD_SQUARES = (
    "GD with mu_2 != 0: (X^T diag(r) X/n)^2 is replaced by its mean, and after large steps second values were measured "
    "up to 45 % above their prediction, least values far below"
)
STAYING = (
    "so few values stay small after a large step, or so nearly none, that runs differ: some may have none"
)
BETWEEN = (
    "N < d: between W_0's bulk and the mode that stays least values were measured up to 6 % above this one"
)
FARTHEST = 1e5  # times the deviation of an entry of W_0
CERTAIN = 9.0  # standard deviations: beyond, an entry's sign differs with probability 2e-19, and its variance rounds to 0
TWO_COVARIANCES = "mu_2 != 0: W_0 and the sign noise are correlated, rows with a > 0 and a < 0 differ"
MANY_SAMPLES = "n/d is not small against d: the noise that stays at n = infinity is left out"
AXIS = "axis-aligned teacher: its own column is treated like the others"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastValue:
    """The least singular value of W_1 over runs: its mean, its standard deviation, and what is not derived."""

    value: float
    sd: float
    flags: tuple[str, ...]


def residual_squares_of(sn: SignalNoise, teacher: Function) -> NDArray[np.float64]:
    """n mid-quantiles of the law of r^2 (ones where the residual's law is degenerate)."""
    if sn.residual_2 == 0.0:
        return np.ones(sn.n)
    if sn.output_2 - (sn.student.s0 * sn.offset) ** 2 + sn.noise**2 <= 0.0:
        values = np.asarray(teacher.value(normal_mid_quantiles(sn.n)), dtype=np.float64)
        return np.sort((sn.student.s0 * sn.offset - values) ** 2)
    return residual_square_quantiles(residual_law_of(sn, teacher), sn.n)


def isotropic_share(sn: SignalNoise) -> float:
    """Share of nu^2 that does not come through X^T diag(r^2) X: 0 for mu_2 = 0. docs/derivations/edges.md,
    eq. (29)."""
    if sn.student.mu_2 == 0.0 or sn.nu == 0.0:
        return 0.0
    through = (sn.student.var_prime - sn.student.mu_2**2) * sn.residual_2 / (sn.n * sn.nu**2)
    return min(max(1.0 - through, 0.0), 1.0)


def sign_noise_of(
    sn: SignalNoise, teacher: Function, *, residual_squares: ArrayLike | None = None
) -> RandomCovariance | None:
    """Law of Sigma_S, with flags; None where the gradient has no noise, or too little to turn a sign."""
    if math.isinf(sn.kappa) or sn.nu == 0.0:
        return None
    if sn.kappa * float(np.min(np.abs(normal_mid_quantiles(sn.d)))) > CERTAIN:
        return None
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    law = sign_noise(sn.kappa, sn.d, squares, isotropic=isotropic_share(sn))
    return _flagged(law, _flags(sn))


def second_singular_value(
    sn: SignalNoise, teacher: Function, *, residual_squares: ArrayLike | None = None
) -> Edge:
    """Edge of the noise of S = sign(G_0): `value` as n, N, d grow, `expected` the second singular value at
    this size.

    Parameters
    ----------
    sn : SignalNoise
    teacher : Function
        The one whose moments `sn` holds.
    residual_squares : array_like, shape (n,), optional
        r_k^2 to use in place of their mid-quantiles.

    Returns
    -------
    edge : Edge
        With flags; 0 where the gradient has no noise.

    Notes
    -----
    docs/derivations/edges.md, eqs. (23), (28). 3 % at d of 1000, 5 % at d = 100.
    """
    law = sign_noise_of(sn, teacher, residual_squares=residual_squares)
    if law is None:
        return Edge(value=0.0, scale=0.0, argument=math.nan, flags=(NO_NOISE,))
    return upper_edge(law, sn.N)


def weight_edges(
    sn: SignalNoise, teacher: Function, eta: float, *, residual_squares: ArrayLike | None = None
) -> tuple[Edge, Edge]:
    """Lower and upper edge of the bulk of W_1 = W_0 - eta sign(G_0). docs/derivations/edges.md, eqs. (23),
    (24).

    `eta` >= 0 is that of the corrected first step with eps = 0. Flags for students with mu_2 != 0. At the lower edge
    columns without a flipped sign have no noise, which times eta^2 decides in the end: docs/derivations/nullity.md,
    section 7.
    """
    upper = upper_edge(_weights(sn, teacher, eta, residual_squares), sn.N)
    modes = nullity_of(sn)
    low, high = (
        _lower_edge(sn, teacher, eta, residual_squares, f(modes.lost)) for f in (math.floor, math.ceil)
    )
    share = modes.lost - math.floor(modes.lost)
    value, scale, unit = (
        (1.0 - share) * getattr(low, name) + share * getattr(high, name)
        for name in ("value", "scale", "unit")
    )
    return replace(low, value=value, scale=scale, unit=unit), upper


def least_weight_value(
    sn: SignalNoise,
    teacher: Function,
    eta: float,
    *,
    residual_squares: ArrayLike | None = None,
    modes: Nullity | None = None,
) -> LeastValue:
    """The least singular value of W_1 = W_0 - eta sign(G_0), over runs with more and fewer columns without a flip.

    Parameters
    ----------
    sn : SignalNoise
    teacher : Function
        That of `sn`.
    eta : float, >= 0
        As in `weight_edges`.
    residual_squares : array_like, shape (n,), optional
    modes : Nullity, optional
        How many columns are lost, where a better number is known than `nullity_of`'s.

    Notes
    -----
    docs/derivations/nullity.md, eq. (nullity-17).
    """
    modes = nullity_of(sn) if modes is None else modes
    edges = [
        (share, _lower_edge(sn, teacher, eta, residual_squares, lost))
        for lost, share in lost_counts(modes, sn.d)
    ]
    mean = sum(share * edge.expected for share, edge in edges)
    square = sum(share * (edge.expected**2 + edge.sd**2) for share, edge in edges)
    few = min(abs(sn.N - sn.d + modes.lost), modes.lost) < 3.0 * modes.lost_sd
    flags = edges[0][1].flags
    if few and eta**2 > _initial_variance(sn):
        flags = (*flags, STAYING)
    if sn.d > sn.N and eta**2 > 2.0 * _initial_variance(sn) and not eta > modes.separation:
        flags = (*flags, BETWEEN)
    return LeastValue(value=mean, sd=math.sqrt(max(square - mean**2, 0.0)), flags=flags)


def _lower_edge(
    sn: SignalNoise, teacher: Function, eta: float, residual_squares: ArrayLike | None, lost: int
) -> Edge:
    """That of W_1 where so many columns have no flipped sign."""
    whole = _weights(sn, teacher, eta, residual_squares)
    if whole.is_known or eta == 0.0:
        return lower_edge(whole, sn.N)
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    noise = noise_beside_unflipped(
        sn.kappa, sn.N, sn.d, min(lost, sn.d - 1), squares, isotropic=isotropic_share(sn)
    )
    # beyond, what stays has its limit to 1e-8, and float64 would lose the columns without noise beside the others
    held = min(eta, FARTHEST * math.sqrt(_initial_variance(sn)))
    law = weight_noise(noise, held, initial_variance=_initial_variance(sn))
    edge = lower_edge(_flagged(law, whole.flags), sn.N)
    if eta == held or min(lost, sn.N - sn.d + lost) > 0:
        return edge
    grown = eta / held
    return replace(edge, value=edge.value * grown, scale=edge.scale * grown**2, unit=edge.unit * grown)


def gradient_weight_edges(
    sn: SignalNoise, teacher: Function, eta: float, *, residual_squares: ArrayLike | None = None
) -> tuple[Edge, Edge]:
    """Lower and upper edge of the bulk of W_1 = W_0 - eta G_0, a step of GD. docs/derivations/edges.md, section 4.

    `eta` >= 0. Row i has the noise's covariance times a_i^2, mid-quantiles of N(0,1), on top of W_0's variance.
    """
    law, weights, added = _gradient_weights(sn, teacher, eta, residual_squares)
    return (
        lower_edge(law, sn.N, row_weights=weights, added=added),
        upper_edge(law, sn.N, row_weights=weights, added=added),
    )


def gradient_weight_spectrum(
    sn: SignalNoise, teacher: Function, eta: float, *, residual_squares: ArrayLike | None = None
) -> SpectralLaw:
    """Law of the singular values of W_1 = W_0 - eta G_0, off the spike; its ends are `gradient_weight_edges`.

    Notes
    -----
    docs/derivations/esd.md, section 8.
    """
    law, weights, added = _gradient_weights(sn, teacher, eta, residual_squares)
    return spectral_law(law, sn.N, row_weights=weights, added=added)


def _gradient_weights(
    sn: SignalNoise, teacher: Function, eta: float, residual_squares: ArrayLike | None
) -> tuple[RandomCovariance, NDArray[np.float64] | None, float]:
    """Covariance, row weights and added variance of W_0 - eta G_0 off the spike; no weights where it does not move."""
    operator, frobenius = gradient_norms(sn)
    loudness = eta**2 * max(frobenius**2 - operator**2, 0.0) / (sn.N * sn.d)
    added = _initial_variance(sn)
    flags = tuple(GD_SQUARES if flag == MEAN_SQUARE else flag for flag in _flags(sn))
    if not loudness > 0.0:
        still = RandomCovariance(
            base=np.full(sn.d, added), gain=np.zeros(sn.d), weights=np.ones(1), flags=flags
        )
        return still, None, 0.0
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    law = _flagged(gradient_noise(sn.d, squares, isotropic=isotropic_share(sn)), flags)
    rows = _readout_squares(sn.N)
    return law, loudness * rows / rows.mean(), added


def _readout_squares(N: int) -> NDArray[np.float64]:
    """Squares of N mid-quantiles of N(0, 1); the middle one of an odd N, 0, which no a_i is, is the least to expect."""
    if N == 1:
        return np.ones(1)
    squares = normal_mid_quantiles(N) ** 2
    if N % 2:
        squares[N // 2] = special.ndtri(0.5 + 0.5 / N) ** 2
    return squares


def weight_spectrum(
    sn: SignalNoise, teacher: Function, eta: float, *, residual_squares: ArrayLike | None = None
) -> SpectralLaw:
    """Law of the singular values of W_1 = W_0 - eta sign(G_0), off the spike. docs/derivations/esd.md."""
    return spectral_law(_weights(sn, teacher, eta, residual_squares), sn.N)


def rank_one_error(sn: SignalNoise, teacher: Function, *, residual_squares: ArrayLike | None = None) -> Edge:
    """Sharp ||G_0 - A||_2/||G_0||_2 for the residual matrix A, as an Edge: `value` in the limit, `expected`
    at this size.

    Rows are weighted by a_i^2, the squares of mid-quantiles of N(0,1). Infinite where mu_1 = 0.
    docs/derivations/edges.md, eq. (30).
    """
    flags = _flags(sn)
    if sn.nu == 0.0:
        return Edge(value=0.0, scale=0.0, argument=math.nan, flags=(NO_NOISE,))
    squares = residual_squares_of(sn, teacher) if residual_squares is None else residual_squares
    law = gradient_noise(sn.d, squares, isotropic=isotropic_share(sn))
    edge = upper_edge(law, sn.N, row_weights=normal_mid_quantiles(sn.N) ** 2 if sn.N > 1 else np.ones(1))
    unit = sn.nu * residual_matrix_error(sn, weighted_edge=1.0)
    return Edge(value=edge.value * unit, scale=edge.scale * unit**2, argument=edge.argument, flags=flags)


def nullity_of(sn: SignalNoise) -> Nullity:
    """Rank of sign(G_0) and the two modes of W_1 at huge eta. docs/derivations/nullity.md."""
    return nullity(sn.kappa, N=sn.N, d=sn.d, initial_variance=_initial_variance(sn))


def _initial_variance(sn: SignalNoise) -> float:
    return 1.0 if sn.parametrisation == "ntk" else 1.0 / sn.d


def _weights(
    sn: SignalNoise, teacher: Function, eta: float, residual_squares: ArrayLike | None
) -> RandomCovariance:
    law = sign_noise_of(sn, teacher, residual_squares=residual_squares)
    if law is None:
        law = RandomCovariance(
            base=np.full(sn.d, 1.0), gain=np.zeros(sn.d), weights=np.ones(1), flags=(NO_NOISE,)
        )
        return weight_noise(law, 0.0, initial_variance=_initial_variance(sn))
    if sn.student.mu_2 != 0.0:
        law = _flagged(law, (*law.flags, TWO_COVARIANCES))
    return weight_noise(law, eta, initial_variance=_initial_variance(sn))


def _flags(sn: SignalNoise) -> tuple[str, ...]:
    flags = []
    if sn.student.mu_2 != 0.0:
        flags.append(MEAN_SQUARE)
    # What mu_3 leaves in every row even of the population gradient, against the noise of n samples.
    if sn.student.mu_3**2 * sn.b_squared / sn.d**2 > 0.02 * sn.nu**2:
        flags.append(MANY_SAMPLES)
    if sn.teacher_direction == "axis":
        flags.append(AXIS)
    return tuple(flags)


def _flagged(law: RandomCovariance, flags: tuple[str, ...]) -> RandomCovariance:
    return RandomCovariance(base=law.base, gain=law.gain, weights=law.weights, flags=flags)
