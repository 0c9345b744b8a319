"""Claims, samples, findings, lies and power; `judges/` has one kind of claim a file."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "cells": ["Cells", "by_cell", "factors", "mean_finding", "needed", "no_scatter"],
        "claim": ["Claim", "Kind", "Lie"],
        "conclusion": ["make_finding", "unjudged"],
        "finding": ["Control", "Finding", "exit_code"],
        "findings_list": ["Findings"],
        "shown": ["finding_repr", "finding_text", "findings_frame", "findings_html", "tally"],
        "cell_runs": [
            "CellRuns",
            "control_of",
            "runs_by_cell",
            "interval_of",
            "lies_of",
            "too_few",
            "unit_of",
        ],
        "lies": ["FARTHEST", "check_lies", "defined_at"],
        "power": [
            "CONFIDENCE",
            "MIRRORED",
            "Bounds",
            "bound_power",
            "law_values",
            "mean_power",
            "scatter_limit",
            "scatter_of",
            "value_power",
        ],
        "sample": ["Sample", "Case", "Prediction"],
    },
)
