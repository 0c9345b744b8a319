"""`python -m verify.train`: many steps of GD or Adam, measured at any of them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
        "runs": ["TrainingRun", "TrainingRuns"],
    },
)
