"""An exponent beside what it means something against: its value on pure noise of the same shape."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.measures.tails import TailFit, hill_alpha, ks_alpha
from theory.random_matrices.bulk import hill_alpha_null, mid_quantiles
from verify.spectra.bootstrap import Goodness, hill_goodness, ks_goodness
from verify.spectra.null_draws import NullDraws

__all__ = ["AlphaReport", "alpha_reports", "matrix_p_value"]

_RIGID = 5_000  # eigenvalues that stand for infinitely many


@dataclass(frozen=True, slots=True, kw_only=True)
class AlphaReport:
    """One exponent of one matrix; nan where there is none.

    Attributes
    ----------
    alpha, x_min : float
    tail : int
        Eigenvalues from x_min on.
    null_limit : float
        On infinitely large pure noise of this aspect ratio.
    null, null_sd : float
        Mean and standard deviation over draws of pure noise of this shape.
    z : float
        (alpha - null)/null_sd.
    matrix_p_value : float
        Share of null matrices, this one among them, with an alpha at least as small: one matrix is one repeat.
    goodness : Goodness, optional
        The bootstrap of the power law itself: iid assumed.
    without_outliers : float
        The exponent of the rest.
    """

    alpha: float
    x_min: float
    tail: int
    null_limit: float
    null: float
    null_sd: float
    z: float
    matrix_p_value: float
    goodness: Goodness | None
    without_outliers: float


def alpha_reports(
    eigenvalues: NDArray[np.float64],
    rest: NDArray[np.float64],
    shape: tuple[int, int],
    nulls: NullDraws | None,
    *,
    replicates: int,
) -> tuple[AlphaReport, AlphaReport, tuple[str, ...]]:
    """Hill's and the KS exponent with their nulls, and why one is missing.

    Parameters
    ----------
    eigenvalues, rest : ndarray
        Squared singular values, and those without the outliers.
    nulls : NullDraws, optional
        None leaves the nulls nan.
    replicates : int
        Of the bootstrap; 0 leaves it out.
    """
    positive = eigenvalues[eigenvalues > 0.0]
    limits = null_limits(*shape)
    drawn = (None, None) if nulls is None else (nulls.hill, nulls.ks)
    goodness = (hill_goodness, ks_goodness)
    found, missing = [], dict[str, None]()
    for name, limit, null, judge in zip(("hill", "ks"), limits, drawn, goodness, strict=True):
        fit, why = _fitted(positive, name)
        good = judge(positive, replicates=replicates) if fit is not None and replicates else None
        found.append(_report(fit, _alpha_of(rest, name), limit, null, good))
        missing |= {why: None} if why else {}
    hill, ks = found
    return hill, ks, tuple(missing)


@lru_cache(maxsize=64)
def null_limits(N: int, d: int) -> tuple[float, float]:
    """Both exponents of infinitely large pure noise of this aspect ratio; the KS one on 5,000 rigid values."""
    ratio = max(N, d) / min(N, d)
    values = mid_quantiles(_RIGID, N=ratio, d=1.0)
    return hill_alpha_null(N=ratio, d=1.0), ks_alpha(values).alpha


def matrix_p_value(value: float, nulls: NDArray[np.float64]) -> float:
    """Share of the null draws, the value itself among them, that are at least as small."""
    return float((1 + np.count_nonzero(nulls <= value)) / (nulls.size + 1))


def _fitted(values: NDArray[np.float64], which: str) -> tuple[TailFit | None, str]:
    try:
        return (hill_alpha if which == "hill" else ks_alpha)(values), ""
    except ValueError as error:
        return None, str(error)


def _alpha_of(values: NDArray[np.float64], which: str) -> float:
    fit, _ = _fitted(values[values > 0.0], which)
    return float("nan") if fit is None else fit.alpha


def _report(
    fit: TailFit | None,
    without: float,
    limit: float,
    nulls: NDArray[np.float64] | None,
    goodness: Goodness | None,
) -> AlphaReport:
    nan = float("nan")
    alpha = nan if fit is None else fit.alpha
    known = nulls is not None and nulls.size > 1 and fit is not None
    mean, sd = (
        (float(nulls.mean()), float(nulls.std(ddof=1)))
        if nulls is not None and nulls.size > 1
        else (nan, nan)
    )
    return AlphaReport(
        alpha=alpha,
        x_min=nan if fit is None else fit.x_min,
        tail=0 if fit is None else fit.tail,
        null_limit=limit,
        null=mean,
        null_sd=sd,
        z=(alpha - mean) / sd if known and sd > 0 else nan,
        matrix_p_value=matrix_p_value(alpha, nulls) if known and nulls is not None else nan,
        goodness=goodness,
        without_outliers=without,
    )
