"""Claims on the growth of the update's and the gradient's norms."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "section": ["claims"],
    },
)
