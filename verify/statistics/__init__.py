"""Intervals, verdicts and power: how the kinds of claim are judged, pure numpy and scipy.

Every interval and judgement is derived in docs/statistics.md.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Interval": "intervals",
    "mean_interval": "intervals",
    "spread_interval": "intervals",
    "student_quantile": "intervals",
    "cell_intervals": "cells",
    "judge_cells": "cells",
    "combine": "judge",
    "judge_all": "judge",
    "judge_bound": "judge",
    "judge_identity": "judge",
    "judge_value": "judge",
    "reduction_tolerance": "judge",
    "estimate_power": "power",
    "power_value": "power",
    "repeats_needed": "power",
    "side_power": "power",
    "group_mean": "pooled",
    "group_power": "pooled",
    "group_seeds_needed": "pooled",
    "ExponentFit": "regression",
    "NotIdentified": "regression",
    "exponent_fit": "regression",
    "judge_exponents": "regression",
    "judge_rival": "regression",
    "rival_fit": "regression",
    "weighted_mean": "regression",
    "ExponentPower": "design_power",
    "exponent_power": "design_power",
    "seeds_needed": "design_power",
    "OrderedCheck": "order",
    "judge_ordered": "order",
    "ordered_check": "order",
    "ordered_power": "order",
    "ordered_seeds_needed": "order",
    "clopper_pearson": "proportions",
    "count_interval": "proportions",
    "outlier_counts": "proportions",
    "proportion_interval": "proportions",
    "proportion_power": "proportions",
    "proportion_repeats_needed": "proportions",
    "draws_needed": "distributions",
    "kolmogorov_band": "distributions",
    "kolmogorov_distance": "distributions",
    "kolmogorov_radius": "distributions",
    "bounded_mean_interval": "trends",
    "bounded_repeats_needed": "trends",
    "paired_contrast": "trends",
    "spearman_coefficients": "trends",
    "trend_interval": "trends",
    "Looked": "looks",
    "look_schedule": "looks",
    "look_until_decided": "looks",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
