"""Claims on Theorem 4.1's constant."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "section": ["claims"],
    },
)
