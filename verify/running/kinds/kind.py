"""What a kind of run is: how requests that belong to one draw become records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.running.kept import Kept
from verify.running.request import Request
from verify.running.store import Record

if TYPE_CHECKING:
    from sim.backend import Backend
    from sim.draw import Draw

__all__ = ["RunKind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKind:
    """One kind of run.

    Attributes
    ----------
    name : str
        As in `verify.running.groups.Asked.run`.
    records : callable (requests, draw, backend) -> records by request
        Of requests that share a draw, all of this kind.
    alone : bool
        Whether it takes the whole machine, every thread inside and nothing else in memory beside it.
    goes_on : callable (requests, draw, backend, kept) -> records by request, or None
        For a kind whose batches take long: it saves each record itself when it is there, and ends early when it is told to.
    """

    name: str
    records: "Callable[[Sequence[Request], Draw, Backend], dict[Request, Record]]"
    alone: bool = False
    goes_on: "Callable[[Sequence[Request], Draw, Backend, Kept], dict[Request, Record]] | None" = None
