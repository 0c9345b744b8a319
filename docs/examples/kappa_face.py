"""`python -m verify.kappa`: signal and noise of the first gradient."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"command": ["SPEC", "main", "run"]}
)
