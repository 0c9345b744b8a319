"""Claims, samples, findings, lies and power; `judges/` has one kind of claim a file."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cells": ["Cells", "by_cell", "factor_bounds", "factors", "mean_finding", "needed", "no_scatter"],
        "claim": ["Claim", "Kind", "Lie"],
        "conclusion": ["make_finding", "unjudged"],
        "derive": ["derived_verdict"],
        "finding": ["AlsoJudged", "Bounds", "Control", "Finding", "Role", "exit_code"],
        "findings_list": ["Findings"],
        "shown": [
            "finding_repr",
            "finding_text",
            "findings_frame",
            "findings_html",
            "measured_text",
            "tally",
        ],
        "cell_runs": [
            "CellRuns",
            "JudgedCell",
            "control_of",
            "deciding",
            "runs_by_cell",
            "interval_of",
            "lies_of",
            "too_few",
            "unit_of",
            "which_cell",
        ],
        "judgement_text": [
            "bounds_text",
            "further_text",
            "judged_text",
            "judgement_text",
            "paper_and_theory",
            "predicted_text",
        ],
        "lies": ["FARTHEST", "check_lies", "defined_at"],
        "power": [
            "CONFIDENCE",
            "MIRRORED",
            "bound_power",
            "law_values",
            "mean_power",
            "scatter_is_predicted",
            "scatter_limit",
            "scatter_of",
            "value_power",
        ],
        "need": ["ENOUGH", "UNKNOWN", "Power", "power_with_need"],
        "read_back": ["finding_of"],
        "sample": ["Sample", "Case", "Prediction"],
    },
)
