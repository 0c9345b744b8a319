"""`python -m verify.figures`: the appendix's figures, a file each, and the command."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
    },
)
