"""The verifier verified: false alarms of the judges on synthetic records, and seeded bugs in `sim` and `theory`."""

from importlib import import_module
from typing import Any

__all__ = ["NAMES", "main", "run"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("verify.calibration.command"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
