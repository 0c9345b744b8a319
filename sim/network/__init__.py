"""The two-layer network: its forward pass, residual and full-batch gradient, streamed over samples."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "streaming": [
            "BLOCK_ROWS",
            "PART_ROWS",
            "Pass",
            "neuron_parts",
            "output_and_slopes",
            "residuals",
            "sample_blocks",
        ],
        "two_layer": [
            "Gradient",
            "features",
            "first_gradient",
            "forward",
            "gradient",
            "memory_needed",
            "residual",
            "training_loss",
        ],
    },
)
