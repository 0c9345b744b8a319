"""Sweeps over learning rates, which the commands on spike and overlap share."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "experiment": ["FACTORS", "Sweep", "SweepResult", "SweepStudy", "etas_of", "setup"],
        "report": ["sweep_delivery", "dry_run"],
        "spec": ["SweepKeywords", "sweep_spec"],
    },
)
