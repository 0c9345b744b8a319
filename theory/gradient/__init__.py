"""The first gradient as signal plus noise: norms, fluctuations, residual law, distance to rank one."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "decomposition": [
            "RowSignalNoise",
            "SignalNoise",
            "bulk_signal",
            "entry_scale",
            "row_excess",
            "row_signal_noise",
            "signal_noise",
            "teacher_third_moment",
            "width_factor",
        ],
        "fluctuations": [
            "Sensitivity",
            "global_variance",
            "offset_variance",
            "projection_covariance",
            "sample_covariance",
            "scale_variance",
        ],
        "norms": [
            "gradient_norm_spreads",
            "gradient_norms",
            "label_matrix_error",
            "noise_covariance",
            "residual_matrix_error",
        ],
        "rank_one": ["FrobeniusDistance", "frobenius_distance"],
        "residual_law": ["ResidualLaw", "residual_cdf", "residual_law_of", "residual_square_quantiles"],
    },
)
