"""Measurements beyond sim's groups: one gradient of the draw serves all that are asked for."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.running.kinds.kind import RunKind
from verify.running.measurement import Measurement
from verify.running.request import Request
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw

__all__ = ["CUSTOM_RUN"]


def _records(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    """Each request's measurement of the draw's first gradient.

    Raises
    ------
    UsageError
        One that gives no numbers by name: file, line and what it gave.
    """
    from sim.network.two_layer import first_gradient

    started = time.perf_counter()
    gradient = first_gradient(draw, backend=backend)
    found = {}
    for request in requests:
        if request.measurement is None:
            raise ValueError(f"a request for {request.group!r} must have a measurement")
        observables = _numbers(request.measurement, request.measurement(draw, gradient, backend))
        timings = {"total": time.perf_counter() - started}
        found[request] = Record(key=request.key(), observables=observables, timings=timings)
    return found


def _numbers(measurement: Measurement, found: Any) -> dict[str, tuple[float, float | None]]:
    """What a measurement gave, as numbers by name."""
    try:
        return {str(name): (float(value), None) for name, value in found.items()}
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        _, _, name = measurement.name.partition(":")
        raise UsageError(
            f"--claims: {measurement.place}measurement {name!r} must return a dict of numbers by name; "
            f"got {str(found)[:80]!r} ({type(error).__name__})"
        ) from None


CUSTOM_RUN = RunKind(name="custom", records=_records)
