"""Optimisers, one a file: from a gradient to the update that eta multiplies."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "adam": ["AdamState", "adam_update"],
        "constant": ["Constant"],
        "gd": ["gd_update"],
        "optimiser": ["Optimiser"],
        "step": ["Position", "moved_weights", "start_position", "take_step", "update_matrix"],
        "table": ["OPTIMISER_NAMES", "every_constant", "optimiser_named"],
        "update": ["Convention", "Update", "learning_rate", "update_of"],
    },
)
