"""What --list and --dry-run say: ids, what each needs, an estimate of its time."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verify.appendix.item import Item, Scope
from verify.appendix.runs import Load, load_of, requests_of_items
from verify.commands.shell import default_store
from verify.presentation.numbers import time_text
from verify.presentation.terminal import terminal_width, wrapped
from verify.running.request import Request
from verify.running.resources import bytes_text, memory_of
from verify.running.store import Store
from verify.running.work import seconds_of

if TYPE_CHECKING:
    from verify.appendix.appendix import Appendix

__all__ = ["listing"]


def listing(appendix: "Appendix", items: Sequence[Item], scope: Scope, options: Mapping[str, Any]) -> str:
    """The items; with --dry-run also what of it the store holds already, and the memory needed."""
    store = None
    if options["dry_run"]:
        directory = options["store"] or default_store()
        store = Store(directory) if directory.is_dir() else None
    loads = {item.id: load_of(item, scope, store=store) for item in items}
    wanted = requests_of_items(items, scope)
    missing = wanted if store is None else [r for r in wanted if not store.path(r.key()).is_file()]
    memory = _memory(wanted)
    if options["json"]:
        document = {
            "items": [{**item.as_json(), **_plain(loads[item.id])} for item in items],
            "records": len(wanted), "missing": len(missing), "seconds": round(seconds_of(missing), 1),
            "memory_bytes": memory,
        }  # fmt: skip
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if not items:
        return f"{appendix.spec.name} has no items\n"
    blocks = [_block(item, loads[item.id]) for item in items]
    total = (
        f"together {len(wanted)} records, {len(missing)} to be run: about {time_text(seconds_of(missing))} on two cores, "
        f"{bytes_text(memory)} bytes"
    )
    width = terminal_width()
    return "\n".join([*blocks, *(wrapped(total, width).splitlines()), ""])


def _block(item: Item, load: Load) -> str:
    width = terminal_width()
    lines = [f"{item.id}: {item.title} ({item.source})", item.settings]
    if not load.records:
        lines.append("needs no runs")
    else:
        cells = (
            "; ".join(load.cells)
            if len(load.cells) <= 3
            else f"{load.cells[0]} to {load.cells[-1]}, {len(load.cells)} cells"
        )
        held = "" if load.missing is None else f", {load.records - load.missing} in the store"
        lines.append(
            f"needs {load.records} records{held}: {cells}; seeds {load.seeds[0]}-{load.seeds[-1]}; {_work(load)}"
        )
    first, *rest = lines
    return "\n".join(
        [wrapped(first, width, hang=4), *(wrapped(line, width, indent=2, hang=2) for line in rest)]
    )


def _plain(load: Load) -> dict[str, Any]:
    return {
        "records": load.records, "missing": load.missing, "cells": list(load.cells), "seeds": list(load.seeds),
        "seconds": round(load.seconds, 1),
    }  # fmt: skip


def _work(load: Load) -> str:
    return "nothing to be run" if load.missing == 0 else f"about {time_text(load.seconds)}"


def _memory(requests: Sequence[Request]) -> int:
    """Bytes of the largest cell."""
    cells = {(request.problem, request.dtype, request.cell.sizes): request.cell for request in requests}
    needed = [memory_of(problem, [cell], dtype)[cell] for (problem, dtype, _), cell in cells.items()]
    return max(needed, default=0)
