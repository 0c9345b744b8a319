"""`predict`: everything that theory says of one problem, with errors, flags and where it is derived."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "catalogue": ["CATALOGUE", "SECTIONS", "Entry"],
        "losses": ["loss_quantities", "ridge_quantities", "training_quantities"],
        "prediction": ["predict"],
        "problem": [
            "EPS",
            "FAR",
            "LARGEST",
            "NO_SIGNAL",
            "TOO_LARGE",
            "Problem",
            "flag_of",
            "leading_flag",
            "sizes_flag",
        ],
        "quantity": ["Quantity"],
        "record": ["ProblemPrediction"],
        "spectrum": ["predicted_spectrum", "initial_variance_of"],
        "step": ["step_quantities"],
        "digits": ["value_text"],
        "html": ["prediction_html"],
        "text": ["prediction_text"],
        "update": ["gradient_quantities", "moment_quantities", "update_quantities"],
        "weights": ["initial_quantities", "inputs_of", "spike_quantities"],
    },
)
