"""What ||D_0||_F/sqrt(N d) of Adam's first step with eps > 0 scatters from run to run.

Derivation: docs/derivations/adam_eps.md, section 6. The mean of h(g_ij) = (|g_ij|/(|g_ij| + e'))**2 over a matrix whose
entries share a row factor a_i and a column factor t_j fluctuates with the rows drawn and with the columns drawn: a row
whose |a_i| is of the order of e' loses a share of order one, and such rows are few.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from theory.gradient.decomposition import SignalNoise, bulk_signal, entry_scale
from theory.gradient.norms import gradient_norm_spreads
from theory.update.adam_eps import NEGLIGIBLE, adam_frobenius_ratio, half_normal_rule
from theory.update.sign import uncorrected_factor

__all__ = ["adam_frobenius_spread", "column_share", "row_share"]

FAR = 9.0


def row_share(al: NDArray[np.float64], eps_relative: float) -> NDArray[np.float64]:
    """E_x[(al |x|/(al |x| + e'))**2], x ~ N(0, 1): what a row of scale `al` keeps of its length, squared, over d."""
    x, weight = half_normal_rule(eps_relative / (4.0 * FAR))
    product = np.multiply.outer(al, x)
    return (product / (product + eps_relative)) ** 2 @ weight


def column_share(tau: NDArray[np.float64], p: float, eps_relative: float) -> NDArray[np.float64]:
    """E[(g/(g + e'))**2], g = |al| |sqrt(p) tau + sqrt(1-p) e|, al and e ~ N(0, 1): the same for a column."""
    e, w_e = _symmetric_normal()
    scale = np.abs(math.sqrt(p) * tau[:, None] + math.sqrt(1.0 - p) * e)
    # One function of log(scale) serves all: tabulated, since there are 1e5 scales and a spread needs no ten digits.
    table = np.geomspace(1e-3 * eps_relative, 2.0 * FAR, 300)
    shares = np.interp(np.log(np.maximum(scale, table[0])), np.log(table), row_share(table, eps_relative))
    return shares @ w_e


def _symmetric_normal() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mid-quantiles of N(0, 1): the kink of |.| moves with tau, so no rule can respect it."""
    count = 400
    return special.ndtri((np.arange(count) + 0.5) / count), np.full(count, 1.0 / count)


def adam_frobenius_spread(
    sn: SignalNoise, eps: float, *, adam: Literal["corrected", "uncorrected"] = "corrected"
) -> float:
    """Standard deviation over runs of ||D_0||_F/sqrt(N d) (times 3.1623 without bias correction).

    Parameters
    ----------
    eps : float, >= 0
        0 gives 0: the ratio is then exact (as it is to 1e-8 for an eps below 1e-16 of the entries).

    Notes
    -----
    docs/derivations/adam_eps.md, eqs. (eps-8) and (eps-9). Rows and columns of the sample, and the scale of G_0 as a whole;
    the last is counted twice in part, so this is a few per cent too high where eps is no longer small.
    """
    if eps == 0.0:
        return 0.0
    factor = 1.0 if adam == "corrected" else uncorrected_factor()
    effective = eps if adam == "corrected" else eps / math.sqrt(1.0 - 0.999)
    total = bulk_signal(sn) + sn.nu**2
    p = bulk_signal(sn) / total
    eps_relative = effective / (2.0 * entry_scale(sn) * math.sqrt(total))
    if eps_relative < NEGLIGIBLE:
        return 0.0
    al, w = half_normal_rule(eps_relative / (4.0 * FAR))
    rows = _variance(row_share(al, eps_relative), w) / sn.N
    columns = _variance(column_share(al, p, eps_relative), w) / sn.d
    ratio = adam_frobenius_ratio(sn, eps, adam=adam) / factor
    step = 1.01
    more, less = (adam_frobenius_ratio(sn, eps * by, adam=adam) for by in (step, 1.0 / step))
    sensitivity = math.log(less / more) / (2.0 * math.log(step))
    scale = ratio * sensitivity * gradient_norm_spreads(sn)[1]
    return factor * math.sqrt((rows + columns) / (4.0 * ratio**2) + scale**2)


def _variance(values: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    mean = float(weight @ values)
    return float(weight @ (values - mean) ** 2)
