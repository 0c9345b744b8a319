"""Exponents off a ray and rival laws: weighted least squares with one pooled scale."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from verify.statistics.cells import cells_verdict, intervals_within, within_scale
from verify.statistics.decisions import value_verdict
from verify.statistics.inputs import (
    as_cells,
    as_numbers,
    check_rate,
    check_sizes,
    check_spread,
    usable_cells,
)
from verify.statistics.intervals import Interval, around, no_interval
from verify.statistics.verdict import Verdict

__all__ = [
    "ExponentFit",
    "NotIdentified",
    "exponent_fit",
    "exponents_verdict",
    "rival_verdict",
    "rival_fit",
    "weighted_mean",
]

_RANK_TOLERANCE = 1e-9
RIVAL_MARGIN = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class NotIdentified:
    """Says that the cells of a run cannot tell a coefficient from others."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentFit:
    """Fit of z on (1, log size - centre ...).

    Attributes
    ----------
    exponents : dict of Interval
        Of the identified exponents, by name; simultaneous: each at error_rate / (number of sizes).
    not_identified : tuple of str
        Names of the sizes whose exponent the cells do not identify.
    constant : Interval
        Of z at the centre, at error_rate.
    centre : dict of float
        Sizes at the centre: the geometric means over cells with weights 1/spread^2.
    misfits : tuple of Interval
        Mean of every cell less the fitted law, the scale pooled within cells, simultaneous at error_rate:
        the exponents mean something only as far as these lie near 0. Empty when no cell is left over.
    scale : float
        Observed over predicted standard deviation, pooled; near 1 when the predicted spread is right.
    """

    exponents: dict[str, Interval]
    not_identified: tuple[str, ...]
    constant: Interval
    centre: dict[str, float]
    misfits: tuple[Interval, ...]
    scale: float
    repeats: int
    dof: float


class DesignMatrix(NamedTuple):
    """What a design matrix over cells fixes before any data, for unit scale and one seed."""

    matrix: NDArray[np.float64]  # (cells, p)
    solver: NDArray[np.float64]  # (p, cells): coefficients of the cell means
    errors: NDArray[np.float64]  # (p,): standard errors with one seed
    identified: NDArray[np.bool_]  # (p,)
    rank: int


def design_matrix(matrix: NDArray[np.float64], spread: NDArray[np.float64]) -> DesignMatrix:
    """Weighted least squares with weights 1/spread^2: solver, unit standard errors, what is identified."""
    weighted = matrix / spread[:, None]
    norms = np.sqrt(np.sum(weighted**2, axis=0))
    # A column that centring has emptied down to rounding is an empty column.
    empty = norms <= _RANK_TOLERANCE * norms[0]
    norms = np.where(empty, 1.0, norms)
    scaled = np.where(empty, 0.0, weighted / norms)
    left, s, right = np.linalg.svd(scaled, full_matrices=True)
    rank = int(np.sum(s > _RANK_TOLERANCE * s[0]))
    # A coefficient is identified when its unit vector is orthogonal to the null space of the design.
    null = right[rank:]
    identified = np.sqrt(np.sum(null**2, axis=0)) <= 1e-6
    inverse = (right[:rank].T / s[:rank]) @ left[:, :rank].T / norms[:, None]
    errors = np.sqrt(np.sum(inverse**2, axis=1))
    return DesignMatrix(matrix, inverse / spread, errors, identified, rank)


class Fit(NamedTuple):
    """Coefficients of one weighted fit with their pooled scale; not `usable` when the record allows none."""

    coefficients: NDArray[np.float64]
    errors: NDArray[np.float64]
    scale: float
    dof: float
    usable: bool


def fit(z: NDArray[np.float64], spread: NDArray[np.float64], design: DesignMatrix) -> Fit:
    """Weighted fit of z, shape (cells, seeds), on the columns of `design`; one pooled scale."""
    cells, seeds = z.shape
    dof = float(cells * seeds - design.rank)
    size = len(design.errors)
    if not np.isfinite(z).all():
        return Fit(np.full(size, np.nan), np.full(size, np.nan), np.nan, dof, False)
    coefficients = design.solver @ z.mean(axis=1)
    residuals = (z - (design.matrix @ coefficients)[:, None]) / spread[:, None]
    scale = float(np.sqrt(np.sum(residuals**2) / dof))
    return Fit(coefficients, scale * design.errors / np.sqrt(seeds), scale, dof, usable_cells(z))


def coefficient_interval(found: Fit, index: int, *, error_rate: float, repeats: int) -> Interval:
    """Student interval of one coefficient."""
    estimate, error = float(found.coefficients[index]), float(found.errors[index])
    if not found.usable:
        return no_interval(repeats=repeats, dof=found.dof, estimate=estimate, error=error)
    return around(estimate, error, error_rate=error_rate, repeats=repeats, dof=found.dof)


def misfits(
    z: NDArray[np.float64],
    spread: NDArray[np.float64],
    design: DesignMatrix,
    found: Fit,
    *,
    error_rate: float,
) -> tuple[Interval, ...]:
    """Intervals of each cell's mean less the fitted law; none for designs that fit every cell exactly."""
    cells, seeds = z.shape
    if design.rank >= cells:
        return ()
    means = z.mean(axis=1) if np.isfinite(z).all() else np.full(cells, np.nan)
    # A residual of the fit has variance spread^2 (1 - leverage); a cell of leverage 1 has none.
    leverage = np.einsum("cp,pc->c", design.matrix, design.solver)
    room = np.sqrt(np.clip(1 - leverage, 1e-12, None))
    return intervals_within(
        means - design.matrix @ found.coefficients,
        spread * room / np.sqrt(seeds),
        scale=within_scale(z, spread),
        error_rate=error_rate,
        repeats=seeds,
    )


def exponent_design(
    sizes: Mapping[str, NDArray[np.float64]], spread: NDArray[np.float64]
) -> tuple[DesignMatrix, dict[str, float]]:
    """Design matrix (1, log size - centre ...), in the order of `sizes`, and the sizes at its centre."""
    weights = spread**-2 / np.sum(spread**-2)
    logs = {name: np.log(values) for name, values in sizes.items()}
    centres = {name: float(weights @ values) for name, values in logs.items()}
    columns = [np.ones(len(spread))] + [values - centres[name] for name, values in logs.items()]
    return design_matrix(np.stack(columns, axis=1), spread), {k: float(np.exp(v)) for k, v in centres.items()}


def exponent_fit(
    z: ArrayLike, sizes: Mapping[str, ArrayLike], *, spread: ArrayLike, error_rate: float
) -> ExponentFit:
    """Exponents of z = log(measured/predicted) in the sizes, with simultaneous intervals.

    Parameters
    ----------
    z : array_like, shape (cells, seeds)
        Every cell and seed drawn independently; seeds >= 2.
    sizes : mapping of str to array_like, shape (cells,)
        Sizes per cell by name (n, N, d); an empty mapping fits the constant alone.
    spread : float or array_like, shape (cells,)
        Predicted standard deviation of z in one run; only its ratios between cells matter.
    error_rate : float
        Of the family of exponents (split equally among the sizes), and of the constant.

    Returns
    -------
    fit : ExponentFit
        Intervals without ends when a value is not finite or the seeds of a cell are all equal.

    Notes
    -----
    docs/statistics.md, eqs. (8) to (11). cells * seeds - rank degrees of freedom; misfit enters the scale.
    """
    check_rate(error_rate)
    array = as_cells(z, "z")
    cells, seeds = array.shape
    sigma = check_spread(spread, cells)
    arrays = check_sizes(sizes, cells)
    design, centre = exponent_design(arrays, sigma)
    found = fit(array, sigma, design)
    repeats = cells * seeds
    share = error_rate / max(len(arrays), 1)
    exponents, missing = {}, []
    for index, name in enumerate(arrays, start=1):
        if design.identified[index]:
            exponents[name] = coefficient_interval(found, index, error_rate=share, repeats=repeats)
        else:
            missing.append(name)
    return ExponentFit(
        exponents=exponents,
        not_identified=tuple(missing),
        constant=coefficient_interval(found, 0, error_rate=error_rate, repeats=repeats),
        centre=centre,
        misfits=misfits(array, sigma, design, found, error_rate=error_rate),
        scale=found.scale,
        repeats=repeats,
        dof=found.dof,
    )


def weighted_mean(z: ArrayLike, *, spread: ArrayLike, error_rate: float) -> Interval:
    """Interval of the mean of z over cells with weights 1/spread^2 and one pooled scale (no exponents).

    Notes
    -----
    docs/statistics.md, eq. (11): what is judged along a ray, where exponents are not identified.
    """
    return exponent_fit(z, {}, spread=spread, error_rate=error_rate).constant


def exponents_verdict(
    found: ExponentFit, *, margin: float, predicted: Mapping[str, float] | None = None
) -> Verdict:
    """SUPPORTED when every exponent is identified and inside, REFUTED when one is disjoint.

    At most INCONCLUSIVE when a cell lies more than `margin` off the fitted power law: what is none can
    have the right exponents by symmetry (N + d has those of sqrt(N d) over a square of N and d).

    Parameters
    ----------
    found : ExponentFit
    margin : float
        Of each exponent.
    predicted : mapping of str to float, optional
        Predicted exponents of z, 0 where absent (z is already divided by the prediction).
    """
    expected = dict(predicted or {})
    unknown = sorted(set(expected) - set(found.exponents) - set(found.not_identified))
    if unknown:
        raise ValueError(f"predicted must name sizes of the fit, got {', '.join(unknown)}")
    verdicts = [
        value_verdict(interval, predicted=expected.get(name, 0.0), margin=margin)
        for name, interval in found.exponents.items()
    ]
    if Verdict.REFUTED in verdicts:
        return Verdict.REFUTED
    fits = cells_verdict(found.misfits, margin=margin) is not Verdict.REFUTED
    everything = bool(verdicts) and not found.not_identified and fits
    supported = everything and all(verdict is Verdict.SUPPORTED for verdict in verdicts)
    return Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE


def rival_fit(
    z: ArrayLike, log_ratio: ArrayLike, *, spread: ArrayLike, error_rate: float
) -> Interval | NotIdentified:
    """Coefficient of z on log(rival law / claimed law), beside a free constant: 0 is the claim, 1 the rival.

    Parameters
    ----------
    z : array_like, shape (cells, seeds)
        log(measured/claimed).
    log_ratio : array_like, shape (cells,)
        log(rival/claimed) per cell, for instance log L - log sqrt(N d).
    spread, error_rate
        As for `exponent_fit`.

    Returns
    -------
    coefficient : Interval or NotIdentified
        NotIdentified when the rival is proportional to the claim on these cells.

    Notes
    -----
    docs/statistics.md, eq. (12).
    """
    check_rate(error_rate)
    array = as_cells(z, "z")
    cells, seeds = array.shape
    sigma = check_spread(spread, cells)
    design = rival_matrix(log_ratio, sigma)
    if not design.identified[1]:
        return NotIdentified(reason="the rival law is proportional to the claimed one on these cells")
    return coefficient_interval(fit(array, sigma, design), 1, error_rate=error_rate, repeats=cells * seeds)


def rival_matrix(log_ratio: ArrayLike, spread: NDArray[np.float64]) -> DesignMatrix:
    """Design matrix (1, log_ratio - weighted mean)."""
    ratio = as_numbers(log_ratio, "log_ratio")
    if ratio.shape != spread.shape or not np.isfinite(ratio).all():
        raise ValueError(f"log_ratio must be finite, one per cell ({spread.size}), got {ratio.tolist()}")
    weights = spread**-2 / np.sum(spread**-2)
    return design_matrix(np.stack([np.ones(len(spread)), ratio - weights @ ratio], axis=1), spread)


def rival_verdict(coefficient: Interval | NotIdentified, *, margin: float = RIVAL_MARGIN) -> Verdict:
    """Verdict on the rival of `rival_fit`: REFUTED when the interval is disjoint from 1 +- margin."""
    if isinstance(coefficient, NotIdentified):
        return Verdict.INCONCLUSIVE
    return value_verdict(coefficient, predicted=1.0, margin=margin)
