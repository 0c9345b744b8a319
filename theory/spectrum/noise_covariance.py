"""Covariance of a row of the noise in G_0 and in sign(G_0): with the data, and as a law before they are
drawn.

docs/derivations/edges.md, section 4. Units: the sign's noise as it is, the gradient's in units of nu^2.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from theory import checks
from theory.random_matrices.random_covariance import RandomCovariance

__all__ = [
    "gradient_noise",
    "normal_mid_quantiles",
    "sign_noise",
    "sign_noise_covariance",
    "signed_noise",
    "weight_noise",
]


def normal_mid_quantiles(count: int) -> NDArray[np.float64]:
    """The quantiles of N(0,1) at (i - 1/2)/count, i = 1..count, ascending."""
    count = checks.size("count", count)
    return special.ndtri((np.arange(count) + 0.5) / count)


def sign_noise_covariance(Sigma_E: ArrayLike, t: ArrayLike, *, mu_1: float) -> NDArray[np.float64]:
    """Covariance Sigma_S of a row of sign(G_0) given the data: diag(1 - psi^2 - D^2) + D (Sigma_E/nu^2) D.

    Parameters
    ----------
    Sigma_E : array_like, shape (d, d)
        Of a row of the gradient's noise (`theory.gradient.noise_covariance`); nu^2 is its mean diagonal.
    t : array_like, shape (d,)
        X^T r/n.
    mu_1 : float

    Returns
    -------
    Sigma_S : ndarray, shape (d, d)

    Raises
    ------
    ValueError
        If the shapes do not match or Sigma_E has no positive diagonal.

    Notes
    -----
    docs/derivations/edges.md, eqs. (25), (26): the linear term of the signs' covariance in the noise's
    correlations, the diagonal exact.
    """
    Sigma_E, t = np.asarray(Sigma_E, dtype=np.float64), np.asarray(t, dtype=np.float64)
    if Sigma_E.ndim != 2 or Sigma_E.shape != (t.size, t.size):
        raise ValueError(
            f"Sigma_E must be square with the length of t, got shapes {Sigma_E.shape} and {t.shape}"
        )
    nu_2 = float(np.mean(np.diag(Sigma_E)))
    if not nu_2 > 0.0:
        raise ValueError(
            f"Sigma_E must have a positive mean diagonal, got {nu_2!r}; without noise every sign is known"
        )
    plain, D = _sign_parts(mu_1 * t / math.sqrt(nu_2))
    return np.diag(plain) + D[:, None] * (Sigma_E / nu_2) * D


def sign_noise(
    kappa: float, d: int, residual_squares: ArrayLike, *, isotropic: float = 0.0
) -> RandomCovariance:
    """Law of Sigma_S before the data are drawn.

    Parameters
    ----------
    kappa : float, >= 0
        Signal-to-noise ratio of one entry.
    d : int
        Columns: mid-quantiles of N(0,1) stand for t_j/sqrt(v_t).
    residual_squares : array_like, shape (n,)
        r_k^2 (mid-quantiles of their law, or measured ones); only their ratios matter.
    isotropic : float, default 0
        Share of nu^2 that does not come through R; 0 for students with mu_2 = 0.

    Returns
    -------
    covariance : RandomCovariance

    Raises
    ------
    TypeError, ValueError
        If a parameter is outside its domain.

    Notes
    -----
    docs/derivations/edges.md, eq. (28).
    """
    kappa = checks.number("kappa", kappa, least=0.0)
    return signed_noise(kappa * normal_mid_quantiles(d), residual_squares, isotropic=isotropic)


def signed_noise(tau: NDArray, residual_squares: ArrayLike, *, isotropic: float = 0.0) -> RandomCovariance:
    """The same for columns of signal-to-noise tau, shape (d,)."""
    plain, D = _sign_parts(tau)
    return _shared(plain, D**2, residual_squares, isotropic)


def gradient_noise(d: int, residual_squares: ArrayLike, *, isotropic: float = 0.0) -> RandomCovariance:
    """Law of Sigma_E/nu^2 before the data are drawn; parameters as in `sign_noise`."""
    d = checks.size("d", d)
    return _shared(np.zeros(d), np.ones(d), residual_squares, isotropic)


def weight_noise(noise: RandomCovariance, eta: float, *, initial_variance: float = 1.0) -> RandomCovariance:
    """Law of the covariance of a row of W_0 - eta S off the spike: t0 I + eta^2 Sigma_S.

    Parameters
    ----------
    noise : RandomCovariance
        Of S.
    eta : float, >= 0
        Learning rate; 3.1623 times it for the uncorrected first step.
    initial_variance : float, > 0, default 1
        Of an entry of W_0: 1/d under mean-field.

    Returns
    -------
    covariance : RandomCovariance
    """
    eta = checks.number("eta", eta, least=0.0)
    t0 = checks.number("initial_variance", initial_variance, above=0.0)
    return RandomCovariance(
        base=t0 + eta**2 * noise.base, gain=eta**2 * noise.gain, weights=noise.weights, flags=noise.flags
    )


def _sign_parts(tau: NDArray) -> tuple[NDArray, NDArray]:
    """max(0, 1 - psi^2 - D^2) and D at signal-to-noise tau: variance of the sign beyond, and slope of, its
    linear part."""
    D = 2.0 / math.sqrt(2.0 * math.pi) * np.exp(-0.5 * tau**2)
    x = np.abs(tau) / math.sqrt(2.0)
    miss = special.erfc(
        x
    )  # 1 - psi^2 = (1 - |psi|)(1 + |psi|), without cancellation where the sign is nearly sure
    return np.maximum(0.0, miss * (2.0 - miss) - D**2), D


def _shared(
    plain: NDArray, through: NDArray, residual_squares: ArrayLike, isotropic: float
) -> RandomCovariance:
    isotropic = checks.number("isotropic", isotropic, least=0.0, most=1.0)
    squares = checks.levels("residual_squares", residual_squares)
    return RandomCovariance(
        base=plain + isotropic * through, gain=(1.0 - isotropic) * through, weights=squares / squares.mean()
    )
