"""`python -m verify.measure FILE ...`: the spectra of one's own matrices against their nulls."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
        "measured": ["MeasuredMatrix", "Measurements"],
    },
)
