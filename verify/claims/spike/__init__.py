"""Claims on the spectrum of W_1: spike, threshold, bimodal bulk."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "section": ["claims"],
    },
)
