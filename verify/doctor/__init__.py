"""`python -m verify doctor`: versions, BLAS, threads, memory, which backends work and why another does not."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "examine", "main"],
    },
)
