"""Finished measurements on disk: one JSON file per key, whole or absent, refused when its checksum does not match.

A key holds everything that a number depends on, our own code included (verify/running/sources.py), so that no other
code's numbers are ever taken for ours, and a record that another version wrote is left alone. Backend, threads and machine
move the last digits only (1e-5 relative in float32) and are left out: run.json says which they were in the run that reads.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verify.errors import UsageError, quoted
from verify.files.atomic import remove_stale, write_bytes, write_text

__all__ = ["RECORD_FORMAT", "Record", "Store", "key_digest", "lacking"]

RECORD_FORMAT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was measured under one key: observables as name -> (value, bound), stages as name -> seconds."""

    key: Mapping[str, Any]
    observables: Mapping[str, tuple[float, float | None]]
    timings: Mapping[str, float] = field(default_factory=dict)
    reused: bool = False

    def value(self, observable: str) -> float:
        """The measured value of one observable; a UsageError where a record of the store lacks it."""
        if self.reused and observable not in self.observables:
            raise lacking(observable)
        return self.observables[observable][0]


def lacking(observable: str) -> UsageError:
    """The mistake of a record with a right checksum that we have not written: no other one shows what it should hold."""
    return UsageError(f"--store: a record in it lacks {observable!r}; run with --fresh, which measures again")


def key_digest(key: Mapping[str, Any]) -> str:
    """The file name that belongs to a key: SHA-256 of its canonical JSON."""
    text = json.dumps({"key": dict(key), "format": RECORD_FORMAT}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _body_checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _number(name: str, value: Any) -> float:
    """A value or a bound as a float; what is none, or lies beyond its range, was not measured by us."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{quoted(name)} is no number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{quoted(name)} is beyond floating point") from None


class Store:
    """A directory of records.

    Parameters
    ----------
    directory : Path
        Must exist and be writable (`verify.files.atomic.ensure_directory`).

    Attributes
    ----------
    refused : list of (Path, str)
        Files found damaged, with the reason; their cells are computed again and the files replaced.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.refused: list[tuple[Path, str]] = []
        remove_stale(directory)

    def path(self, key: Mapping[str, Any]) -> Path:
        """Where the record of `key` lies or would lie."""
        return self.directory / f"{key_digest(key)}.json"

    def load(self, key: Mapping[str, Any], names: Collection[str] = ()) -> Record | None:
        """The record of `key`, or None where there is none that can be trusted; it must hold the observables `names`."""
        path = self.path(key)
        if path.exists() and not path.is_file():
            self.refuse(key, "not a file")
            return None
        try:
            document = json.loads(path.read_bytes())
            body = document["body"]
            if document["checksum"] != _body_checksum(body):
                raise ValueError("its checksum does not match")
            if body["key"] != json.loads(json.dumps(dict(key))):
                raise ValueError("it holds another key")
            timings = {name: _number(name, seconds) for name, seconds in body["timings"].items()}
            observables = {
                name: (_number(name, value), None if bound is None else _number(name, bound))
                for name, (value, bound) in body["observables"].items()
            }
            missing = sorted(set(names) - set(observables))
            if missing:
                raise ValueError(f"it lacks {missing[0]}")
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
            ours = isinstance(error, ValueError) and not isinstance(
                error, json.JSONDecodeError | UnicodeError
            )
            reason = str(error) if ours else "truncated or not a record"
            self.refuse(key, reason)
            return None
        return Record(key=key, observables=observables, timings=timings, reused=True)

    def state_path(self, run: Mapping[str, Any]) -> Path:
        """Where the state of a run lies or would lie (`sim.runs.state`)."""
        return self.directory / f"{key_digest(run)}.state"

    def load_state(self, run: Mapping[str, Any]) -> bytes | None:
        """The bytes that were saved as the state of a run, to be checked by who reads them; None where there are none."""
        try:
            return self.state_path(run).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.refused.append((self.state_path(run), error.strerror or "it cannot be read"))
            return None

    def save_state(self, run: Mapping[str, Any], data: bytes) -> None:
        """Write the state of a run so that it is whole or the one before it, whatever happens meanwhile."""
        write_bytes(self.state_path(run), data)

    def refuse(self, key: Mapping[str, Any], reason: str) -> None:
        """Note that the record of `key` is not to be trusted."""
        self.refused.append((self.path(key), reason))

    def save(self, record: Record) -> None:
        """Write a record so that it is whole or absent, whatever happens meanwhile."""
        body = {
            "key": dict(record.key),
            "observables": {name: list(pair) for name, pair in record.observables.items()},
            "timings": dict(record.timings),
        }
        text = json.dumps({"checksum": _body_checksum(body), "body": body}, sort_keys=True, indent=1)
        path = self.path(record.key)
        if path.exists() and not path.is_file():
            raise UsageError(f"--store: {str(path)!r} is in the way of a record and no file; remove it")
        write_text(path, text + "\n")
