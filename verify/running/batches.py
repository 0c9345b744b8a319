"""From requests that belong to one draw to their records: one gradient serves them all."""

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.problem.update import Update
from verify.running.custom import CUSTOM
from verify.running.request import Request, feature_key
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw
    from sim.observables.group import Reading

__all__ = ["batch_of", "measure_batch"]


def batch_of(request: Request) -> tuple[Any, ...]:
    """What requests must have in common to be measured from one gradient of one draw."""
    alone = request.group == "update-norms"  # the big cells: nothing else is kept in memory beside them
    return (
        request.problem,
        request.cell.sizes,
        request.seed,
        request.paired,
        request.dtype,
        request.second_stage,
        alone,
    )


def measure_batch(requests: Sequence[Request], *, backend: "Backend") -> dict[Request, Record]:
    """Records of requests that share a batch.

    Parameters
    ----------
    requests : sequence of Request
        All with the same `batch_of`.
    """
    from sim.draw import Draw

    first = requests[0]
    draw = Draw(
        setting=first.problem.setting(first.cell),
        seed=first.seed,
        stream=first.stream,
        dtype=first.dtype,
        threads=backend.threads,
    )
    if first.group == "update-norms":
        return _norms(requests, draw, backend)
    custom = [request for request in requests if request.group == "custom"]
    records = _custom(custom, draw, backend) if custom else {}
    others = [request for request in requests if request.group != "custom"]
    return records | (_first_step(others, draw, backend) if others else {})


def _norms(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    from sim.runs.update_norms import update_norms

    updates = [_update_of(request) for request in requests]
    started = time.perf_counter()
    measured = update_norms(draw, updates, backend=backend)
    total = {"total": time.perf_counter() - started}
    return {
        request: Record(key=request.key(), observables=norms.observables, timings={**norms.timings, **total})
        for request, norms in zip(requests, measured, strict=True)
    }


def _custom(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    from sim.network.two_layer import first_gradient

    started = time.perf_counter()
    gradient = first_gradient(draw, backend=backend)
    records = {}
    for request in requests:
        observables = _numbers(request.custom, CUSTOM[request.custom](draw, gradient, backend))
        timings = {"total": time.perf_counter() - started}
        records[request] = Record(key=request.key(), observables=observables, timings=timings)
    return records


def _numbers(custom: str, found: Any) -> dict[str, tuple[float, float | None]]:
    """What a measurement of a user's own gave, as numbers by name."""
    try:
        return {str(name): (float(value), None) for name, value in found.items()}
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(
            f"--claims: {_where(custom)}measurement {custom.partition(':')[0]!r} must return a dict of numbers by name; "
            f"got {str(found)[:80]!r} ({type(error).__name__})"
        ) from None


def _where(custom: str) -> str:
    function = CUSTOM[custom]
    code = getattr(getattr(function, "func", function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if code is not None else ""


def _first_step(requests: Sequence[Request], draw: "Draw", backend: "Backend") -> dict[Request, Record]:
    from sim.runs.first_step import measure_first_step

    wanted: dict[Update, list[str]] = {}
    for request in requests:
        if request.update is not None:
            wanted.setdefault(request.update, []).append(request.group)
    alone = any(request.group == "gradient" for request in requests)
    started = time.perf_counter()
    measured = measure_first_step(
        draw,
        list(wanted),
        observables=wanted if not alone else _with_gradient(wanted),
        backend=backend,
        ridge=requests[0].second_stage.ridge,
        test_samples=requests[0].second_stage.test_samples,
    )
    timings = {"total": time.perf_counter() - started}
    of = {step.update: step.readings for step in measured.steps}
    records = {}
    for request in requests:
        readings = measured.gradient if request.update is None else of[request.update]
        records[request] = Record(
            key=request.key(), observables=_observables(request, readings), timings=timings
        )
    return records


def _with_gradient(observables: dict[Update, list[str]]) -> dict[Update, list[str]] | tuple[str, ...]:
    """The same groups and the gradient's own readings, which any one update may ask for."""
    if not observables:
        return ("gradient",)
    first = next(iter(observables))
    return {**observables, first: [*observables[first], "gradient"]}


def _update_of(request: Request) -> Update:
    if request.update is None:
        raise ValueError(f"a request for {request.group!r} must name its update")
    return request.update


BELONGS = {
    "update": (
        "update_operator_norm",
        "update_frobenius_norm",
        "operator_norm_ratio",
        "frobenius_norm_ratio",
    ),
    "update_spectrum": ("update_second_singular_value", "update_nullity"),
    "training_loss": ("training_loss", "relative_training_loss"),
    "ridge": ("holdout_loss", "test_loss", "kta"),
    "top": ("top_singular_value", "sim", "left_overlap", "right_overlap"),
    "spectrum": ("second_singular_value", "nullity"),
    "tails": ("alpha_hill", "alpha_ks", "ks_distance"),
}


def _observables(request: Request, readings: "Sequence[Reading]") -> dict[str, tuple[float, float | None]]:
    """The readings of a request's group, with their bounds where they have one."""
    names = BELONGS.get(request.group)
    return {
        feature_key(reading.observable, reading.features): (
            reading.value,
            None if math.isnan(reading.bound) else reading.bound,
        )
        for reading in readings
        if names is None or reading.observable in names
    }
