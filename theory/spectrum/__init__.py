"""Spectra of the first step: noise covariances, bulk and its edges, second singular values, nullity."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "gradient_top": ["GradientTop"],
        "noise_covariance": [
            "gradient_noise",
            "normal_mid_quantiles",
            "sign_noise",
            "sign_noise_covariance",
            "signed_noise",
            "weight_noise",
        ],
        "noise_spectra": [
            "LeastValue",
            "gradient_weight_edges",
            "gradient_weight_spectrum",
            "isotropic_share",
            "least_weight_value",
            "nullity_of",
            "rank_one_error",
            "residual_squares_of",
            "second_singular_value",
            "sign_noise_of",
            "weight_edges",
            "weight_spectrum",
        ],
        "nullity": ["Nullity", "unflipped_share"],
        "nullity_rows": ["refined_nullity", "row_kappas", "unflipped_share_refined"],
        "outlier": ["outlier_argument"],
        "second_value": [
            "gradient_second_value",
            "projected_residual_squares",
            "second_value_flag",
            "sign_second_value",
        ],
        "sign_top": ["SignTop", "is_weak", "underived"],
        "unflipped": ["flipped_signals", "lost_counts", "noise_beside_unflipped"],
    },
)
