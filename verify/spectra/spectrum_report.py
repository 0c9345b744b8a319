"""Everything that is said of one spectrum: bulk, outliers, exponents with their nulls, rivals, phase."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from theory.random_matrices.edges import Edge
from verify.spectra.alphas import AlphaReport, alpha_reports
from verify.spectra.bulk_shape import BulkFit, fit_bulk, white_law
from verify.spectra.null_draws import NullDraws, top_excess
from verify.spectra.outliers import Outliers, find_outliers
from verify.spectra.phase import Phase, PhaseEvidence, phase_of
from verify.spectra.rival_laws import LikelihoodRatio, likelihood_ratios
from verify.spectra.truncated_fit import TruncatedFit, truncated_alpha

__all__ = ["SpectrumReport", "above_rounding", "report_spectrum"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpectrumReport:
    """One matrix's spectrum against its nulls.

    Attributes
    ----------
    shape : (rows, columns)
    eigenvalues : ndarray
        Squared singular values, ascending, zeros included.
    bulk : BulkFit
        Of the values without the outliers.
    deviation_p_value : float
        Share of null matrices, this one among them, whose bulk is at least as far from white noise.
    white_edge : float
        What the largest singular value of white noise, at the bulk's variance, passes with probability error_rate/m.
    beyond_white : int
        Values beyond it.
    ratios : tuple of LikelihoodRatio
        Of the KS tail; iid assumed.
    phase, phase_reason : str
    notes : tuple of str
        What could not be said, and why.
    """

    shape: tuple[int, int]
    eigenvalues: NDArray[np.float64]
    outliers: Outliers
    bulk: BulkFit
    deviation_p_value: float
    white_edge: float
    beyond_white: int
    hill: AlphaReport
    ks: AlphaReport
    truncated: TruncatedFit | None
    ratios: tuple[LikelihoodRatio, ...]
    evidence: PhaseEvidence
    phase: Phase
    phase_reason: str
    notes: tuple[str, ...]


def above_rounding(values: NDArray[np.float64], *, shape: tuple[int, int], eps: float) -> NDArray[np.float64]:
    """Squares of a matrix's singular values; 0 for those that rounding of its entries alone could have made.

    Parameters
    ----------
    values : ndarray, shape (min(shape),)
    eps : float
        Of the type that the entries were stored in.
    """
    rows, columns = shape
    spread = float(np.sqrt(np.sum(values**2) / (rows * columns)))
    noise = eps * spread * (rows**0.5 + columns**0.5)
    return np.where(values > noise, values, 0.0) ** 2


def report_spectrum(
    eigenvalues: NDArray[np.float64],
    *,
    shape: tuple[int, int],
    nulls: NullDraws | None,
    replicates: int = 0,
    error_rate: float = 1e-4,
    edge: Edge | None = None,
) -> SpectrumReport:
    """The report on a spectrum.

    Parameters
    ----------
    eigenvalues : ndarray, shape (min(shape),)
        Squared singular values, finite, not all 0; those that cannot be told from 0 are 0.
    shape : (int, int)
        Of the matrix.
    nulls : NullDraws, optional
        Of that shape (`draw_nulls`); None leaves nulls, z and phase open.
    replicates : int
        Of the bootstrap of each power law; 0 leaves it out.
    error_rate : float
        Of the outliers, over the whole spectrum.
    edge : Edge, optional
        The bulk's own, where it is known.

    Raises
    ------
    ValueError
        If the eigenvalues are not as said.
    """
    l = _checked(eigenvalues, shape)
    outliers = find_outliers(l, error_rate=error_rate, edge=edge)
    rest = l[: l.size - len(outliers.values)]
    law = white_law(max(shape), min(shape))
    bulk = fit_bulk(rest, law)
    top = law.top(bulk.variance, error_rate / l.size) if min(shape) > 1 else float("nan")
    hill, ks, missing = alpha_reports(l, rest, shape, nulls, replicates=replicates)
    evidence = _evidence(l, rest, outliers, bulk, int(np.count_nonzero(l > top)), hill, nulls)
    phase, reason = phase_of(evidence)
    return SpectrumReport(
        shape=shape,
        eigenvalues=l,
        outliers=outliers,
        bulk=bulk,
        deviation_p_value=_share_at_least(bulk.deviation, nulls),
        white_edge=float(np.sqrt(top)),
        beyond_white=evidence.beyond_white,
        hill=hill,
        ks=ks,
        truncated=truncated_alpha(l),
        ratios=likelihood_ratios(l, ks.x_min) if np.isfinite(ks.x_min) else (),
        evidence=evidence,
        phase=phase,
        phase_reason=reason,
        notes=(*missing, *((outliers.note,) if outliers.note else ())),
    )


def _checked(eigenvalues: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    l = np.sort(np.asarray(eigenvalues, dtype=np.float64))
    if l.size != min(shape) or not np.isfinite(l).all() or l[0] < 0.0 or l[-1] == 0.0:
        raise ValueError(
            f"eigenvalues must be the {min(shape)} squared singular values of a matrix of shape {shape}, "
            "finite and not all 0"
        )
    return l


def _share_at_least(deviation: float, nulls: NullDraws | None) -> float:
    if nulls is None:
        return float("nan")
    return float((1 + np.count_nonzero(nulls.deviation >= deviation)) / (nulls.deviation.size + 1))


def _evidence(
    l: NDArray[np.float64],
    rest: NDArray[np.float64],
    outliers: Outliers,
    bulk: BulkFit,
    beyond_white: int,
    hill: AlphaReport,
    nulls: NullDraws | None,
) -> PhaseEvidence:
    nan = float("nan")
    return PhaseEvidence(
        rank_share=float(np.count_nonzero(l) / l.size),
        outliers=len(outliers.values),
        beyond_white=beyond_white,
        deviation=bulk.deviation,
        deviation_null=nan if nulls is None else float(nulls.deviation.mean()),
        deviation_null_sd=nan if nulls is None else float(nulls.deviation.std()),
        hill=hill.without_outliers,
        hill_null=hill.null,
        top_excess=top_excess(rest) if np.count_nonzero(rest) else nan,
        top_excess_null=nan if nulls is None else float(nulls.top_excess.mean()),
    )
