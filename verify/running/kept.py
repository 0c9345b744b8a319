"""What a batch that takes long keeps as it goes: records, where its run stands; and whether it is to stop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from verify.running.store import Record, Store

__all__ = ["Kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The store as a batch sees it, the progress, and an interruption.

    Attributes
    ----------
    store : Store or None
        None keeps nothing on disk.
    fresh : bool
        Whether what the store holds is ignored.
    tick : callable (share)
        Told what share of the batch is done.
    stopped : callable () -> bool
        Whether the batch is to keep what it has and end.
    """

    store: Store | None = None
    fresh: bool = False
    tick: Callable[[float], None] = lambda share: None
    stopped: Callable[[], bool] = lambda: False

    def save(self, record: Record) -> None:
        """Keep a record."""
        if self.store is not None:
            self.store.save(record)

    def state(self, run: Mapping[str, Any]) -> bytes | None:
        """The state of a run that has got some way, as it was saved."""
        return None if self.store is None or self.fresh else self.store.load_state(run)

    def save_state(self, run: Mapping[str, Any], data: bytes) -> None:
        """Keep where a run stands."""
        if self.store is not None:
            self.store.save_state(run, data)

    def refuse_state(self, run: Mapping[str, Any], reason: str) -> None:
        """Note that a run's state is not to be trusted."""
        if self.store is not None:
            self.store.refused.append((self.store.state_path(run), reason))
