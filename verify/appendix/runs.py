"""Runs behind the chosen items: all requests together, one gradient per cell and seed, from the store or simulated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.appendix.item import Item, Material, Scope
from verify.errors import UsageError
from verify.running.design import every_request
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.request import Request
from verify.running.resources import Resources
from verify.running.store import Record, Store
from verify.running.work import seconds_of

__all__ = ["Load", "load_of", "material_of", "requests_of_items"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one item asks for: how many records, how many gradients, and the seconds they would take."""

    records: int
    cells: tuple[str, ...]
    seeds: tuple[int, ...]
    seconds: float
    missing: int | None = None


def requests_of_items(items: Sequence[Item], scope: Scope) -> list[Request]:
    """Every record that the items need, each once."""
    wanted: dict[Request, None] = {}
    for item in items:
        for need in item.needs(scope):
            seeds = Material(scope=scope).seeds(need.seeds)
            wanted |= dict.fromkeys(every_request(need.design, seeds))
    return list(wanted)


def material_of(
    items: Sequence[Item],
    scope: Scope,
    *,
    store: Store | None,
    fresh: bool = False,
    run: bool = True,
    resources: Resources | None = None,
    progress: Progress | None = None,
    command: str = "",
) -> Material:
    """Records of all items together.

    Raises
    ------
    UsageError
        Too little memory; or, with `run` False, records that the store does not hold: the line names the cells and the
        command that runs them.
    """
    wanted = requests_of_items(items, scope)
    if not run:
        return Material(scope=scope, records=_kept(wanted, store, progress, command))
    records = obtain(wanted, store=store, fresh=fresh, resources=resources, progress=progress)
    return Material(scope=scope, records=records)


def _kept(
    wanted: Sequence[Request], store: Store | None, progress: Progress | None, command: str
) -> Mapping[Request, Record]:
    """The store's records; UsageError naming every cell and seed of which one is missing."""
    found = {request: None if store is None else store.load(request.key()) for request in wanted}
    if progress is not None and store is not None:
        progress.refused += [f"{path.name}: {reason}" for path, reason in store.refused]
    missing = [request for request, record in found.items() if record is None]
    if missing:
        raise UsageError(
            f"--no-run: {len(missing)} of {len(wanted)} records are not in the store: {_cells_text(missing)}; "
            f"run them (with the same --store): {command}"
        )
    kept = {request: record for request, record in found.items() if record is not None}
    if progress is not None:
        progress.reused += len(kept)
    return kept


def _cells_text(requests: Sequence[Request]) -> str:
    """Cells with their seeds, as people read them."""
    seeds: dict[str, set[int]] = {}
    for request in requests:
        seeds.setdefault(request.cell.label, set()).add(request.seed)
    return "; ".join(
        f"{cell}, seed{'s' if len(found) > 1 else ''} {', '.join(map(str, sorted(found)))}"
        for cell, found in seeds.items()
    )


def load_of(item: Item, scope: Scope, *, store: Store | None = None) -> Load:
    """What an item asks for; `missing` counts what the store does not hold, and the seconds are for that."""
    wanted = requests_of_items([item], scope)
    needed = wanted if store is None else [r for r in wanted if not store.path(r.key()).is_file()]
    return Load(
        records=len(wanted),
        cells=tuple(dict.fromkeys(request.cell.label for request in wanted)),
        seeds=tuple(sorted({request.seed for request in wanted})),
        seconds=seconds_of(needed),
        missing=None if store is None else len(needed),
    )
