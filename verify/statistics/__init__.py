"""Intervals, verdicts and power: how the kinds of claim are judged, pure numpy and scipy.

Every interval and judgement is derived in docs/statistics.md.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cells": ["cell_intervals", "judge_cells"],
        "design_power": ["ExponentPower", "exponent_power", "seeds_needed"],
        "distributions": ["draws_needed", "kolmogorov_band", "kolmogorov_distance", "kolmogorov_radius"],
        "intervals": ["Interval", "mean_interval", "spread_interval", "student_quantile"],
        "judge": [
            "combine",
            "judge_all",
            "judge_bound",
            "judge_identity",
            "judge_value",
            "reduction_tolerance",
        ],
        "looks": ["Looked", "look_schedule", "look_until_decided"],
        "order": ["OrderedCheck", "judge_ordered", "ordered_check", "ordered_power", "ordered_seeds_needed"],
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
            "judge_exponents",
            "judge_rival",
            "rival_fit",
            "weighted_mean",
        ],
        "trends": [
            "bounded_mean_interval",
            "bounded_repeats_needed",
            "paired_contrast",
            "spearman_coefficients",
            "trend_interval",
        ],
    },
)
