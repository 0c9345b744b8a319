"""`python -m verify.predict`: what theory says of a first step, nothing simulated."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
        "listed": ["Predictions"],
    },
)
