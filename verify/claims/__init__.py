"""The catalogue of claims, a folder or file per section of the paper."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "catalogue": ["MODULES", "choose", "overview_lines"],
    },
)
