"""`python -m verify.spike`: the ESD of W_1 and its spike against eta."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
    },
)
