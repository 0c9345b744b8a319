"""Kinds of run, one a file: from the requests of one draw to their records; the table lists them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"kind": ["RunKind"], "table": ["RUN_KINDS"]},
)
