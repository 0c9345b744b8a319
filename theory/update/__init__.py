"""The first update D_0 of each optimiser: sign matrix, Adam's eps, direction and teacher overlap."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adam_eps": [
            "AdamNorms",
            "adam_norms",
            "adam_frobenius_ratio",
            "adam_norm_ratios",
            "eps_frobenius_ratio",
            "eps_operator_ratio",
        ],
        "adam_eps_spread": ["adam_frobenius_spread", "column_share", "row_share"],
        "direction": [
            "TeacherOverlap",
            "direction_overlap",
            "teacher_overlap",
            "teacher_scatter",
            "update_overlaps",
        ],
        "optimisers": ["KNOWN", "known_optimiser"],
        "sign": [
            "noise_along_signal",
            "paired_rows_ratio_squared",
            "sign_agreement",
            "sign_agreement_refined",
            "sign_norm_ratio",
            "sign_norm_ratio_refined",
            "sign_norm_spread",
            "uncorrected_factor",
        ],
    },
)
