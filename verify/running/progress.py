"""How far a run is."""

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Progress"]


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a run is; `show` is called with the share of the work done, 0 to 1."""

    show: Callable[[float, str], None] = lambda share, text: None
    computed: int = 0
    reused: int = 0
    refused: list[str] = field(default_factory=list)

    def finished(self, share: float, text: str, records: int) -> None:
        """Some more records are there."""
        self.computed += records
        self.show(share, text)
