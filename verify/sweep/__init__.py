"""Sweeps over learning rates, which the commands on spike and overlap share."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "experiment": [
            "DEFAULTS",
            "EXPERIMENT_NAMES",
            "FACTORS",
            "NAMES",
            "PROBLEM_NAMES",
            "PYTHON_NAMES",
            "QUICK",
            "SweepResult",
            "etas_of",
            "setup",
            "sweep",
        ],
        "report": ["Report", "dry_run"],
    },
)
