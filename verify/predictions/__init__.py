"""Theory asked about one problem, cell and update, for claims and figures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "curves": [
            "RidgeCurve",
            "bulk_density",
            "eta_grid",
            "ridge_curve",
            "sim_curve",
            "spike_position",
            "top_curve",
        ],
        "noise": ["has_spike", "noise_reach", "count_of", "outlier_count"],
        "norms": [
            "adam_ratios",
            "factor_of",
            "frobenius",
            "gradient_frobenius",
            "gradient_operator",
            "identity_value",
            "operator",
            "predictions_of",
            "rank_one_value",
            "root",
            "sign_constant",
        ],
        "optimisers": ["known", "missing_theory"],
        "regime": ["is_weak", "missing_prediction"],
        "ridge": ["ridge_level", "ridge_change", "similarity", "level"],
        "spike": [
            "title",
            "inputs_of",
            "spike_of",
            "expected_top",
            "overlap_below",
            "sim_below",
            "random_overlap",
            "threshold_of",
            "spread_of",
            "top_prediction",
            "certain",
            "even_bulk",
            "outside_prediction",
        ],
        "step": [
            "gap_of",
            "hill_null",
            "largest_gd_eta",
            "loss_ratio_of",
            "outliers_of",
            "ridge_of",
            "similarity_of",
        ],
    },
)
