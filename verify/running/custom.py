"""Measurements of one's own, by the name that a request carries."""

import hashlib
import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["CUSTOM", "registered"]

CUSTOM: dict[str, Callable[..., dict[str, float]]] = {}
"""Measurements of users' claims by the name that their requests carry (`Request.custom`)."""


def registered(function: Callable[..., dict[str, float]], *, name: str = "", **options: Any) -> str:
    """The name by which a design asks for a measurement of one's own (group "custom").

    Parameters
    ----------
    function : callable (draw, gradient, backend) -> dict of str to float
        What is measured of one draw's first gradient (`sim.network.Gradient`: G, W, a ..). Several threads may call it
        at a time.
    name : str, optional
        Default the function's.
    **options
        Further keyword arguments of every call.

    Returns
    -------
    name : str
        With a digest of the source file and of the options, so that an edited measurement takes no old record.
    """
    text = Path(inspect.getsourcefile(function) or "").read_bytes() + repr(sorted(options.items())).encode()
    full = f"{name or function.__name__}:{hashlib.sha256(text).hexdigest()[:16]}"
    CUSTOM[full] = partial(function, **options)
    return full
