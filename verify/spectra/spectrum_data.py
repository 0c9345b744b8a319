"""A spectrum report as plain data: the keys that JSON and tables have."""

import math
from typing import Any

from verify.spectra.alphas import AlphaReport
from verify.spectra.spectrum_report import SpectrumReport

__all__ = ["plain", "spectrum_data"]


def spectrum_data(report: SpectrumReport | None) -> dict[str, Any]:
    """A report as plain data by the names of `verify.measure --json`; None stands where there is none."""
    r = report
    hill, ks = (None, None) if r is None else (r.hill, r.ks)
    alphas = _of_alpha("alpha_hill", hill) | _of_alpha("alpha_ks", ks)
    tops = [math.sqrt(l) for l in r.eigenvalues[::-1][:5]] if r else []
    return {
        "top_values": tops,
        "rank": round(r.evidence.rank_share * min(r.shape)) if r else None,
        "outliers": [{"value": each.value, "p_value": each.p_value} for each in r.outliers.values]
        if r
        else [],
        "bulk_edge": r and r.outliers.edge,
        "beyond_white": r and r.beyond_white,
        "white_edge": r and r.white_edge,
        "bulk_variance": r and r.bulk.variance,
        "bulk_deviation": r and r.bulk.deviation,
        "bulk_deviation_p_value": r and r.deviation_p_value,
        **alphas,
        "alpha_truncated": r and r.truncated and r.truncated.alpha,
        "likelihood_ratios": [
            {"rival": each.rival, "ratio": each.ratio, "p_value": each.p_value}
            for each in (r.ratios if r else ())
        ],
        "phase": r and r.phase,
        "phase_reason": r and r.phase_reason,
    }


def _of_alpha(name: str, alpha: AlphaReport | None) -> dict[str, Any]:
    """The keys of one exponent; `_p_value` is the bootstrap's, iid assumed, `_matrix_p_value` counts matrices."""
    a = alpha
    return {
        name: a and a.alpha,
        f"{name}_null": a and a.null,
        f"{name}_null_sd": a and a.null_sd,
        f"{name}_null_limit": a and a.null_limit,
        f"{name}_z": a and a.z,
        f"{name}_matrix_p_value": a and a.matrix_p_value,
        f"{name}_p_value": a and a.goodness and a.goodness.p_value,
        f"{name}_without_outliers": a and a.without_outliers,
    }


def plain(value: Any) -> Any:
    """Nested data with None for every number that is not finite."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value
