"""The verifier verified: false alarms of the judges on synthetic records, and seeded bugs in `sim` and `theory`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
    },
)
