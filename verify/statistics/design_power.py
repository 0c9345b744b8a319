"""Power of the regression design, from predicted spreads alone: what a number of seeds can decide."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from verify.statistics.inputs import check_count, check_positive, check_rate, check_sizes, check_spread
from verify.statistics.intervals import student_quantile
from verify.statistics.power import check_lie, estimate_power, least_count, scale_nodes
from verify.statistics.regression import RIVAL_MARGIN, exponent_design, rival_matrix

__all__ = ["ExponentPower", "exponent_power", "seeds_needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExponentPower:
    """Probabilities of the right verdicts of one regression design.

    Attributes
    ----------
    exponents : float
        P(all exponents SUPPORTED | they are as claimed), a lower bound; 0 when one is not identified,
        nan when no size was named.
    constant : float
        P(constant SUPPORTED | it is as claimed); nan without a margin for it.
    rivals : dict of float
        P(rival law REFUTED | the claim is true); 0 for one that is not identified.
    constant_lies : dict of float
        P(constant REFUTED | the truth is that far off).
    not_identified : tuple of str
        Sizes and rivals.
    """

    exponents: float
    constant: float
    rivals: dict[str, float]
    constant_lies: dict[str, float]
    not_identified: tuple[str, ...]

    @property
    def least(self) -> float:
        """The smallest probability among those that were asked for."""
        asked = [self.exponents, self.constant, *self.rivals.values(), *self.constant_lies.values()]
        return min((p for p in asked if not math.isnan(p)), default=math.nan)


def exponent_power(
    sizes: Mapping[str, ArrayLike],
    *,
    spread: ArrayLike,
    seeds: int,
    error_rate: float,
    margin: float,
    constant_margin: float | None = None,
    rivals: Mapping[str, ArrayLike] | None = None,
    constant_lies: Mapping[str, float] | None = None,
    rival_margin: float = RIVAL_MARGIN,
) -> ExponentPower:
    """Power of `exponent_fit` with `exponents_verdict`, of its constant, and of `rival_fit` with `rival_verdict`.

    Parameters
    ----------
    sizes : mapping of str to array_like, shape (cells,)
        As for `exponent_fit`; with an empty mapping, `spread` must be one per cell.
    spread : float or array_like, shape (cells,)
        Predicted standard deviation of z in one run; here its size matters too.
    seeds : int
        Per cell, >= 2.
    error_rate, margin : float
        Of the exponents.
    constant_margin, constant_lies : float, mapping of str to float, optional
        Of the constant at the centre; distances of its lies, in z.
    rivals : mapping of str to array_like, shape (cells,), optional
        log(rival/claimed) per cell.

    Notes
    -----
    docs/statistics.md, eqs. (13) and (14). Exact for normal z but for the exponents' joint probability, which
    is a lower bound (Sidak's inequality given the scale).
    """
    check_rate(error_rate)
    check_positive(margin, "margin")
    count = check_count(seeds, "seeds", 2)
    arrays = check_sizes(sizes)
    cells = len(next(iter(arrays.values()))) if arrays else np.asarray(spread).size
    sigma = check_spread(spread, cells)
    design, _ = exponent_design(arrays, sigma)
    dof = cells * count - design.rank
    errors = design.errors / math.sqrt(count)
    known = dict(zip(arrays, design.identified[1:], strict=True))
    missing = [name for name, is_known in known.items() if not is_known]
    share = error_rate / max(len(arrays), 1)
    joint = math.nan if not arrays else 0.0 if missing else _joint(errors[1:], dof, margin, share)
    constant, lies = _constant_power(float(errors[0]), dof, error_rate, constant_margin, constant_lies or {})
    rates = {"margin": rival_margin, "error_rate": error_rate}
    caught = {name: _rival_power(ratio, sigma, count, **rates) for name, ratio in (rivals or {}).items()}
    return ExponentPower(
        exponents=joint,
        constant=constant,
        rivals={name: power or 0.0 for name, power in caught.items()},
        constant_lies=lies,
        not_identified=(*missing, *(name for name, power in caught.items() if power is None)),
    )


def _rival_power(
    log_ratio: ArrayLike, sigma: NDArray[np.float64], seeds: int, *, margin: float, error_rate: float
) -> float | None:
    """P(rival law refuted | the claim is true); None where the cells do not tell them apart."""
    rival = rival_matrix(log_ratio, sigma)
    if not rival.identified[1]:
        return None
    return estimate_power(
        margin=margin,
        standard_error=float(rival.errors[1]) / math.sqrt(seeds),
        dof=len(sigma) * seeds - 2,
        error_rate=error_rate,
        offset=-1.0,
    )[1]


def _joint(errors: NDArray[np.float64], dof: float, margin: float, share: float) -> float:
    """Lower bound on P(all |b_j| <= margin - t s e_j), b_j normal around 0, s the common estimated scale."""
    t = student_quantile(error_rate=share, dof=dof)
    s, w = scale_nodes(dof, highest=margin / (t * float(np.max(errors))))
    room = (margin - t * np.outer(errors, s)) / errors[:, None]
    inside = np.clip(special.ndtr(room) - special.ndtr(-room), 0.0, 1.0)
    return min(float(np.sum(w * np.prod(inside, axis=0))), 1.0)


def _constant_power(
    error: float, dof: float, error_rate: float, margin: float | None, lies: Mapping[str, float]
) -> tuple[float, dict[str, float]]:
    """P(SUPPORTED) of the constant, and P(REFUTED) of each of its lies."""
    if margin is None:
        if lies:
            raise ValueError("constant_lies need constant_margin: without a margin nothing is refuted")
        return math.nan, {}
    supported, _ = estimate_power(margin=margin, standard_error=error, dof=dof, error_rate=error_rate)
    refuted = {}
    for name, distance in lies.items():
        refuted[name] = estimate_power(
            margin=margin, standard_error=error, dof=dof, error_rate=error_rate, offset=check_lie(distance)
        )[1]
    return supported, refuted


def seeds_needed(
    sizes: Mapping[str, ArrayLike],
    *,
    spread: ArrayLike,
    error_rate: float,
    margin: float,
    constant_margin: float | None = None,
    rivals: Mapping[str, ArrayLike] | None = None,
    constant_lies: Mapping[str, float] | None = None,
    rival_margin: float = RIVAL_MARGIN,
    power: float = 0.99,
) -> int | None:
    """Least number of seeds a cell at which every probability of `exponent_power` reaches `power`.

    Returns
    -------
    seeds : int or None
        None when no number of seeds does: something is not identified, or a lie lies within its margin.
    """
    check_rate(power, "power")

    def found(seeds: int) -> ExponentPower:
        return exponent_power(
            sizes,
            spread=spread,
            seeds=seeds,
            error_rate=error_rate,
            margin=margin,
            constant_margin=constant_margin,
            rivals=rivals,
            constant_lies=constant_lies,
            rival_margin=rival_margin,
        )

    first = found(2)
    if math.isnan(first.least):
        raise ValueError("sizes, constant_margin or rivals must be given: nothing is asked for")
    within = [lie for lie in (constant_lies or {}).values() if abs(lie) <= (constant_margin or math.inf)]
    if first.not_identified or within:
        return None
    return least_count(lambda seeds: found(seeds).least >= power, name="seeds")
