"""What is drawn, stepped and measured, on NumPy or CuPy; nothing of `theory` or `verify`."""

from importlib import import_module
from typing import Any

DISTRIBUTION = "bulkspike"  # start-up compares it: another distribution owns the name `verify` on PyPI

_HOMES = {
    "activations": ("Activation", "from_callables", "from_tree", "named"),
    "backend": ("Backend", "BackendError", "get_backend", "gpu_status"),
    "draw": ("DRAW_FORMAT", "Draw", "stream_of"),
    "network": (
        "Gradient",
        "features",
        "first_gradient",
        "forward",
        "gradient",
        "memory_needed",
        "residual",
        "training_loss",
    ),
    "norms": ("SingularTriplets", "frobenius_norm", "top_singular_triplets"),
    "optimiser": ("AdamState", "adam_update", "gd_update"),
    "setting": ("Setting",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)


def __getattr__(name: str) -> Any:  # PEP 562: a name costs its module's import only when it is used
    if name in _HOME_OF:
        return getattr(import_module(f"sim.{_HOME_OF[name]}"), name)
    raise AttributeError(f"module 'sim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
