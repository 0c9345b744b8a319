"""What is drawn, stepped and measured, on NumPy or CuPy; nothing of `theory` or `verify`."""

import lazy_loader

DISTRIBUTION = "bulkspike"  # start-up compares it: another distribution owns the name `verify` on PyPI

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "backend": ["Backend", "BackendError", "get_backend", "gpu_status"],
        "draw": ["DRAW_FORMAT", "Draw", "stream_of"],
        "functions.activations": ["Activation", "from_callables", "from_tree", "named"],
        "measures.norms": ["frobenius_norm", "top_singular_triplets"],
        "measures.singular_triplets": ["SingularTriplets"],
        "network.two_layer": [
            "Gradient",
            "features",
            "first_gradient",
            "forward",
            "gradient",
            "memory_needed",
            "residual",
            "training_loss",
        ],
        "optimisers.adam": ["AdamState", "adam_update"],
        "optimisers.gd": ["gd_update"],
        "optimisers.table": ["OPTIMISER_NAMES", "optimiser_named"],
        "optimisers.update": ["Update"],
        "setting": ["Setting"],
    },
)
