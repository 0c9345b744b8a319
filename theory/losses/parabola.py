"""Training loss of the first step, its best and its break-even learning rate, and GD's stability limit.

`docs/derivations/losses.md` derives all of it; the equation numbers below are that page's.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theory.checks import choice, number
from theory.gradient.decomposition import NOT_ODD, PARAMETRISATIONS, Parametrisation
from theory.update.direction import update_overlaps
from theory.update.optimisers import Optimiser, known_optimiser

if TYPE_CHECKING:
    from theory.gradient.decomposition import SignalNoise

__all__ = [
    "LossParabola",
    "adam_loss",
    "break_even_eta",
    "first_step_loss",
    "gd_loss",
    "gd_stability_limit",
    "loss_ratio",
    "memory",
    "optimal_eta",
    "optimal_loss_ratio",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LossParabola:
    """L(eta) = initial * (1 - 2 eta linear + eta**2 quadratic), the training loss after one step.

    Attributes
    ----------
    initial : float
        L(0) = E r^2.
    linear, quadratic : float
        Per unit of eta and eta**2.
    valid_to : float
        Largest eta at which the student may still be linearised around its initial preactivations.
    stability_limit : float
        GD: 2 over the top curvature of the linearised loss. nan for FB-Adam, which has none.
    flag : str or None
        What is outside the derivation's assumptions; None if nothing is.
    """

    initial: float
    linear: float
    quadratic: float
    valid_to: float
    stability_limit: float = math.nan
    flag: str | None = None


def memory(*, n: float, d: float, entry_scale: float) -> float:
    """Response Bm of a training point's own preactivation to its residual, in D_0 = sign(G_0).

    Parameters
    ----------
    n, d : float
    entry_scale : float
        sqrt(mu_1**2 v_t + nu**2), the spread of an entry of H.

    Notes
    -----
    Eq. (7): (sqrt(d)/n) sqrt(2/pi)/entry_scale, which is (sqrt(d)/(n nu)) sqrt(2/pi)/sqrt(1 + kappa**2); a
    fresh point has none of it.
    """
    n, d = number("n", n, above=0), number("d", d, above=0)
    return math.sqrt(d) / n * math.sqrt(2 / math.pi) / number("entry_scale", entry_scale, above=0)


def adam_loss(
    *,
    n: float,
    N: float,
    d: float,
    mu_1: float,
    var_prime: float,
    residual_2: float,
    b_overlap: float,
    entry_scale: float,
    sign_norm_ratio: float,
    parametrisation: Parametrisation = "ntk",
    flag: str | None = None,
) -> LossParabola:
    """Training loss after one step of bias-corrected FB-Adam (eps = 0): the sign update.

    Parameters
    ----------
    n, N, d : float
        Samples, width, input dimension.
    mu_1, var_prime : float
        E sigma' and Var sigma' of the student.
    residual_2 : float
        E r**2.
    b_overlap : float
        v.b, v the top right direction of the update with v.b >= 0 (`direction_overlap`), whatever the sign of
        mu_1: -sigma learns as sigma does.
    entry_scale : float
        sqrt(mu_1**2 v_t + nu**2), the spread of an entry of H.
    sign_norm_ratio : float
        c = ||sign G_0||_2/sqrt(N d).
    parametrisation : {"ntk", "mean-field"}
    flag : str, optional
        Handed on to the record.

    Notes
    -----
    Eq. (9). Odd students. For the uncorrected update put 3.1623 eta for eta. `valid_to` is eta = 0.1
    (mean-field: 0.1/sqrt(d)), where the parabola is 2 % above `theory.losses.integral` at the paper's size; at
    0.3 it is 14 % above.
    """
    _check(
        n=n, N=N, d=d, mu_1=mu_1, var_prime=var_prime, residual_2=residual_2, parametrisation=parametrisation
    )
    b_overlap = number("b_overlap", b_overlap)
    signal = abs(mu_1) * number("sign_norm_ratio", sign_norm_ratio, least=0, most=1)
    own = memory(n=n, d=d, entry_scale=entry_scale) * (mu_1**2 + var_prime)
    amplitude = math.sqrt(2 * (N if parametrisation == "ntk" else d) / math.pi)
    linear = amplitude * (signal * b_overlap + own * residual_2) / residual_2
    square = signal**2 + 2 * signal * own * b_overlap + own**2 * residual_2
    return LossParabola(
        initial=residual_2,
        linear=linear,
        quadratic=amplitude**2 * square / residual_2,
        valid_to=0.1 if parametrisation == "ntk" else 0.1 / math.sqrt(d),
        flag=flag,
    )


def gd_loss(
    *,
    n: float,
    N: float,
    d: float,
    mu_1: float,
    var_prime: float,
    residual_2: float,
    b_squared: float,
    parametrisation: Parametrisation = "ntk",
    flag: str | None = None,
) -> LossParabola:
    """Training loss after one step of gradient descent (factor 2 in the gradient).

    Parameters
    ----------
    n, N, d, mu_1, var_prime, residual_2, parametrisation, flag
        As in `adam_loss`.
    b_squared : float
        |b|**2, the squared length of the residual's linear part; at most `residual_2`.

    Notes
    -----
    Eq. (13), with h = eta/d (mean-field: eta/N). Odd students; the linearised network. At `valid_to` one step
    moves a preactivation by a tenth of its spread.
    """
    _check(
        n=n, N=N, d=d, mu_1=mu_1, var_prime=var_prime, residual_2=residual_2, parametrisation=parametrisation
    )
    b_squared = number("b_squared", b_squared, least=0, most=residual_2 * (1 + 1e-12))
    ntk = parametrisation == "ntk"
    unit = d if ntk else N
    shift = (
        2 * abs(mu_1) * math.sqrt(b_squared + residual_2 * d / n) / (unit * (math.sqrt(N) if ntk else 1.0))
    )
    own = (mu_1**2 + var_prime) * d / n
    linear_share = b_squared / residual_2
    half_linear = own + mu_1**2 * linear_share
    quarter_quadratic = own**2 + 2 * mu_1**2 * own * linear_share + mu_1**4 * (linear_share + d / n)
    return LossParabola(
        initial=residual_2,
        linear=2 * half_linear / unit,
        quadratic=4 * quarter_quadratic / unit**2,
        valid_to=0.1 / shift if shift > 0 else math.inf,
        stability_limit=gd_stability_limit(
            n=n, N=N, d=d, mu_1=mu_1, var_prime=var_prime, parametrisation=parametrisation
        ),
        flag=flag,
    )


def gd_stability_limit(
    *,
    n: float,
    N: float,
    d: float,
    mu_1: float,
    var_prime: float,
    parametrisation: Parametrisation = "ntk",
) -> float:
    """2 over the top curvature of the linearised loss: GD's largest stable learning rate, eq. (14)."""
    _check(n=n, N=N, d=d, mu_1=mu_1, var_prime=var_prime, residual_2=1.0, parametrisation=parametrisation)
    curvature = mu_1**2 * (1 + math.sqrt(d / n)) ** 2 + var_prime * d / n
    if not curvature > 0:
        raise ValueError(
            f"mu_1 and var_prime must not both vanish, got {mu_1!r}, {var_prime!r}: a constant student"
        )
    return (d if parametrisation == "ntk" else N) / curvature


def _check(
    *,
    n: float,
    N: float,
    d: float,
    mu_1: float,
    var_prime: float,
    residual_2: float,
    parametrisation: Parametrisation,
) -> None:
    for name, value in (("n", n), ("N", N), ("d", d), ("residual_2", residual_2)):
        number(name, value, above=0)
    number("mu_1", mu_1)
    number("var_prime", var_prime, least=0)
    choice("parametrisation", parametrisation, PARAMETRISATIONS)


def loss_ratio(parabola: LossParabola, eta: ArrayLike) -> NDArray:
    """L(eta)/L(0), shape of `eta`; ValueError where eta is negative or not finite."""
    eta = np.asarray(eta, dtype=float)
    bad = eta[~(np.isfinite(eta) & (eta >= 0))]
    if bad.size:
        raise ValueError(f"eta must be finite and >= 0, got {float(bad.flat[0])!r}; a learning rate")
    return 1 - 2 * eta * parabola.linear + eta**2 * parabola.quadratic


def optimal_eta(parabola: LossParabola) -> float:
    """The learning rate of least loss after one step."""
    return parabola.linear / parabola.quadratic


def break_even_eta(parabola: LossParabola) -> float:
    """The learning rate beyond which one step raises the training loss."""
    return 2 * optimal_eta(parabola)


def optimal_loss_ratio(parabola: LossParabola) -> float:
    """L(optimal eta)/L(0), in [0, 1)."""
    return 1 - parabola.linear**2 / parabola.quadratic


def first_step_loss(
    sn: "SignalNoise", *, optimiser: Optimiser = "adam", sign_norm_ratio: float | None = None
) -> LossParabola:
    """Training loss after the first step in the setting of `sn`, flagged where the derivation does not hold.

    Parameters
    ----------
    sn : theory.gradient.SignalNoise
    optimiser : {"adam", "gd"}
        Bias-corrected FB-Adam with eps = 0, or gradient descent.
    sign_norm_ratio : float, optional
        c; by default its limit sqrt((2/pi) asin p).
    """
    optimiser = known_optimiser(optimiser)
    flag = "; ".join(([] if sn.student.odd else [NOT_ODD]) + list(sn.flags)) or None
    parametrisation = sn.parametrisation
    if optimiser == "gd":
        return gd_loss(
            n=sn.n, N=sn.N, d=sn.d, mu_1=sn.student.mu_1, var_prime=sn.student.var_prime,
            residual_2=sn.residual_2, b_squared=sn.b_squared, parametrisation=parametrisation, flag=flag,
        )  # fmt: skip
    c = math.sqrt(2 / math.pi * math.asin(sn.p)) if sign_norm_ratio is None else sign_norm_ratio
    b_overlap, _, _ = update_overlaps(sn, optimiser="adam", sign_norm_ratio=c)
    spread = sn.v_t - (sn.teacher.c_1**2 / sn.d if sn.teacher_direction == "axis" else 0.0)
    return adam_loss(
        n=sn.n, N=sn.N, d=sn.d, mu_1=sn.student.mu_1, var_prime=sn.student.var_prime,
        residual_2=sn.residual_2, b_overlap=b_overlap, sign_norm_ratio=c, parametrisation=parametrisation,
        entry_scale=math.sqrt(sn.student.mu_1**2 * spread + sn.nu**2), flag=flag,
    )  # fmt: skip
