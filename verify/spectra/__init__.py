"""One matrix's spectrum against its nulls: tails, outliers, bulk, phase."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "alphas": ["AlphaReport", "alpha_reports"],
        "bootstrap": ["Goodness", "hill_goodness", "ks_goodness"],
        "bulk_shape": ["BulkFit", "WhiteLaw", "fit_bulk"],
        "null_draws": ["NullDraws", "draw_nulls", "null_spectrum"],
        "outliers": ["Outlier", "Outliers", "find_outliers"],
        "phase": ["PHASES", "Phase", "PhaseEvidence", "phase_of"],
        "rival_laws": ["LikelihoodRatio", "likelihood_ratios"],
        "spectrum_data": ["plain", "spectrum_data"],
        "spectrum_report": ["SpectrumReport", "above_rounding", "report_spectrum"],
        "truncated_fit": ["TruncatedFit", "truncated_alpha"],
    },
)
