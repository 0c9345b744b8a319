"""Predicted beside measured, row by row, at two sizes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "outcome": ["ERROR_RATE", "Outcome", "Recorded", "outcome_again", "outcome_of", "readings_of"],
        "row": ["RivalValue", "PredictedRow", "Read", "read_as", "row_of", "step_without_eps"],
        "rows": ["designs_of", "predicted_rows", "rival_design", "rival_predictions"],
        "spectra": ["edge_rows", "gd_rows", "gd_steps"],
        "steps": ["Steps", "scaled_steps"],
    },
)
