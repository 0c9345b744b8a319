"""`python -m verify.tables`: the appendix's tables, a file each, and the command."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
    },
)
