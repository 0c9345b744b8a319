"""A run's state as bytes and back: whole, of the run that it says it is of, and the same to the last bit.

Layout: one line `MAGIC`, one with the SHA-256 of the rest, one with the header's length; then the header in JSON (the run,
the step, where each array lies) and the arrays as they are in memory, little-endian. Nothing is unpickled.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.backend import Backend
from sim.draw import DRAW_FORMAT, Draw
from sim.functions.multi_index import MultiIndex
from sim.optimisers.table import optimiser_named
from sim.runs.training import Rule, TrainingState

__all__ = ["MAGIC", "StateError", "described", "state_bytes", "state_of_bytes"]

MAGIC = b"bulkspike training state 1"
LONGEST_HEADER = 1 << 24
DTYPES = ("<f4", "<f8")


class StateError(ValueError):
    """Bytes that hold no state, a damaged one, or another run's; the message is one line."""


def described(draw: Draw, rule: Rule, *, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything that a run's numbers depend on beside the code, by name, as JSON has it.

    Parameters
    ----------
    draw : Draw
    rule : Rule
    more : mapping, optional
        Of what draw and rule do not say: a hook, a given start.
    """
    setting = draw.setting
    teacher = setting.teacher if isinstance(setting.teacher, MultiIndex) else setting.sigma_star
    found = {
        "n": setting.n, "N": setting.N, "d": setting.d, "seed": draw.seed, "stream": draw.stream, "dtype": draw.dtype,
        "draw_format": DRAW_FORMAT, "parametrisation": setting.parametrisation, "noise": setting.noise,
        "student": setting.sigma.name, "student_values": setting.sigma.fingerprint(),
        "teacher": teacher.name, "teacher_values": teacher.fingerprint(),
        "teacher_direction": setting.teacher_direction, **rule.update.key(), "gamma": rule.gamma,
        "step_size": rule.step_size, "weight_normalisation": rule.weight_normalisation, "loss": rule.loss, **(more or {}),
    }  # fmt: skip
    as_json: dict[str, Any] = json.loads(json.dumps(found))
    return as_json


def state_bytes(state: TrainingState, run: Mapping[str, Any], *, backend: Backend) -> bytes:
    """A state, and the run that it is of (`described`)."""
    arrays: list[NDArray] = []

    def kept(array: Any) -> dict[str, Any]:
        host = np.ascontiguousarray(backend.to_numpy(array) if not isinstance(array, np.ndarray) else array)
        arrays.append(host.astype(host.dtype.newbyteorder("<"), copy=False))
        return {"array": len(arrays) - 1}

    body = {
        "W": kept(state.W),
        "a": kept(state.a),
        "losses": kept(np.array(state.losses, np.float64)),
        "memory": _plain(state.memory, kept),
        "step": state.step,
        "diverged": state.diverged,
    }
    listed = [{"dtype": array.dtype.str, "shape": list(array.shape)} for array in arrays]
    header = json.dumps({"run": dict(run), "state": body, "arrays": listed}).encode()
    rest = b"".join([b"%d\n" % len(header), header, *(array.tobytes() for array in arrays)])
    return b"\n".join([MAGIC, hashlib.sha256(rest).hexdigest().encode(), rest])


def state_of_bytes(data: bytes, run: Mapping[str, Any], rule: Rule, *, backend: Backend) -> TrainingState:
    """The state that these bytes hold.

    Parameters
    ----------
    data : bytes
    run : mapping
        The run that goes on (`described`).
    rule : Rule
        Its own: the optimiser's state is of its kind.
    backend : Backend

    Raises
    ------
    StateError
        No state; one that is truncated or damaged; one of another run, with the first thing that differs.
    """
    header, room = _checked(data)
    try:
        found, body = header["run"], header["state"]
        arrays = _arrays(header["arrays"], room)
        differing = [name for name in {**found, **run} if found.get(name) != dict(run).get(name)]
        if differing:
            name = differing[0]
            raise StateError(f"it is of another run: {name} is {found.get(name)!r}, not {run.get(name)!r}")
        return _state(body, [backend.asarray(array) for array in arrays], arrays, rule)
    except StateError:
        raise
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise StateError("it holds no state that this version can read") from None


def _checked(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the arrays' bytes, of data that are whole."""
    magic, _, after = data.partition(b"\n")
    if magic != MAGIC:
        raise StateError("it is no state of a training run")
    digest, _, rest = after.partition(b"\n")
    if hashlib.sha256(rest).hexdigest().encode() != digest:
        raise StateError("it is truncated or damaged: its checksum does not match")
    length, _, room = rest.partition(b"\n")
    try:
        size = int(length) if len(length) < 10 else LONGEST_HEADER + 1
        if not 0 < size <= min(LONGEST_HEADER, len(room)):
            raise ValueError
        header: dict[str, Any] = json.loads(room[:size])
    except (ValueError, RecursionError):
        raise StateError("it holds no state that this version can read") from None
    return header, room[size:]


def _arrays(listed: Sequence[Mapping[str, Any]], room: bytes) -> list[NDArray]:
    found, start = [], 0
    for each in listed:
        dtype, shape = str(each["dtype"]), tuple(int(size) for size in each["shape"])
        if dtype not in DTYPES or any(size < 0 for size in shape):
            raise StateError("it holds no state that this version can read")
        count = math.prod(shape)
        array = np.frombuffer(room, np.dtype(dtype), count, start).reshape(shape)
        found.append(array.astype(array.dtype.newbyteorder("=")))
        start += array.nbytes
    return found


def _state(body: Mapping[str, Any], arrays: list[Any], hosts: list[NDArray], rule: Rule) -> TrainingState:
    kind = optimiser_named(rule.update.optimiser).state
    step = body["step"]
    if isinstance(step, bool) or not isinstance(step, int) or step < 0:
        raise ValueError
    losses = hosts[body["losses"]["array"]]
    if losses.shape != (step,):
        raise ValueError
    return TrainingState(
        W=arrays[body["W"]["array"]],
        a=arrays[body["a"]["array"]],
        step=step,
        memory=_built(body["memory"], arrays, kind),
        losses=tuple(map(float, losses)),
        diverged=bool(body["diverged"]),
    )


def _plain(memory: Any, kept: Any) -> Any:
    """An optimiser's state in JSON's words: an array, a dataclass of its own kind, lists and tuples of such, numbers."""
    if hasattr(memory, "shape"):
        return kept(memory)
    if isinstance(memory, list | tuple):
        return {"list" if isinstance(memory, list) else "tuple": [_plain(each, kept) for each in memory]}
    if is_dataclass(memory) and not isinstance(memory, type):
        held = {each.name: _plain(getattr(memory, each.name), kept) for each in fields(memory) if each.init}
        return {"fields": held}
    if memory is None or isinstance(memory, bool | int | float | str):
        return {"value": memory}
    raise TypeError(f"an optimiser's state must be made of arrays and numbers, got {type(memory).__name__}")


def _built(plain: Mapping[str, Any], arrays: list[Any], kind: type | None) -> Any:
    ((what, held),) = plain.items()
    if what == "array":
        return arrays[held]
    if what in ("list", "tuple"):
        built = [_built(each, arrays, kind) for each in held]
        return built if what == "list" else tuple(built)
    if what == "fields" and kind is not None:
        return kind(**{name: _built(each, arrays, kind) for name, each in held.items()})
    if what == "value":
        return held
    raise ValueError
