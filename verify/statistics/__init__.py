"""Intervals, verdicts and power: how the kinds of claim are judged, pure numpy and scipy.

Every interval and judgement is derived in docs/statistics.md.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cells": ["cell_intervals", "cells_verdict"],
        "design_power": ["ExponentPower", "exponent_power", "seeds_needed"],
        "distributions": ["draws_needed", "kolmogorov_band", "kolmogorov_distance", "kolmogorov_radius"],
        "intervals": ["Interval", "mean_interval", "spread_interval", "student_quantile"],
        "decisions": [
            "combine",
            "joint_verdict",
            "bound_verdict",
            "identity_verdict",
            "value_verdict",
            "reduction_tolerance",
        ],
        "looks": ["Looked", "look_schedule", "look_until_decided"],
        "order": [
            "OrderedCheck",
            "ordered_verdict",
            "ordered_check",
            "ordered_power",
            "ordered_seeds_needed",
        ],
        "pooled": ["group_mean", "group_power", "group_seeds_needed"],
        "power": ["estimate_power", "power_value", "repeats_needed", "side_power"],
        "proportions": [
            "clopper_pearson",
            "count_interval",
            "outlier_counts",
            "proportion_interval",
            "proportion_power",
            "proportion_repeats_needed",
        ],
        "regression": [
            "ExponentFit",
            "NotIdentified",
            "exponent_fit",
            "exponents_verdict",
            "rival_verdict",
            "rival_fit",
            "weighted_mean",
        ],
        "trends": [
            "bounded_mean_interval",
            "bounded_mean_low",
            "coefficient_mean_interval",
            "bounded_repeats_needed",
            "paired_contrast",
            "spearman_coefficients",
            "trend_interval",
        ],
    },
)
