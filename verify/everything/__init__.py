"""`python -m verify`: every claim of the catalogue, judged."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
        "experiment": ["CatalogueResult"],
    },
)
