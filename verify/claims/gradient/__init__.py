"""Claims on the first gradient: the split, rank one, signs, zeros."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "section": ["claims"],
    },
)
