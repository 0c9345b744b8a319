"""Claims that hold single functions of `theory` and `sim` to known numbers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "section": ["claims"],
    },
)
