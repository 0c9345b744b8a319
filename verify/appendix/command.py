"""The command that `verify.tables` and `verify.figures` share: options, runs, listings, files."""

import csv
import io
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from verify.appendix.appendix import Appendix, command_text, effective, scope_of
from verify.appendix.files import provenance_of
from verify.appendix.item import Content, Item, Scope, choose_items
from verify.appendix.listing import listing
from verify.appendix.many_files import write_all
from verify.appendix.runs import material_of
from verify.appendix.spec import SHAPING
from verify.commands.delivery import folders
from verify.commands.described import resources_of, store_of
from verify.commands.files import run_json
from verify.commands.option_table import OPTIONS
from verify.commands.shell import progress_bar
from verify.commands.spec import Options
from verify.files.atomic import write_text
from verify.presentation.style import load_matplotlib
from verify.presentation.terminal import terminal_width, wrapped
from verify.running.progress import Progress

__all__ = ["contents_of", "report"]

NOT_FOR_ALL = ("seeds", "test_samples", "features")  # what some items have no use for


@dataclass(slots=True, kw_only=True)
class Built:
    """Contents by id, the seconds that building each took, and how the records came about."""

    contents: dict[str, Content] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    records: tuple[Any, ...] = ()
    computed: int = 0
    reused: int = 0
    refused: tuple[str, ...] = ()


def idle(items: Sequence[Item], scope: Scope, options: Mapping[str, Any]) -> list[str]:
    """A line for every option that was given and does nothing to some of the items."""
    lines = []
    for name in NOT_FOR_ALL:
        if options.get(name) in (None, OPTIONS[name].default):
            continue
        without = [item.id for item in items if effective(item, scope, options)[name] != options[name]]
        if without:
            flag = f"--{name.replace('_', '-')}"
            lines.append(
                f"{flag}: does nothing to {', '.join(without)}, and is left out of the command there"
            )
    return lines


def contents_of(appendix: Appendix, options: Options, progress: Progress | None = None) -> Built:
    """Run what the items (the options' words; all, where there is none) need, and build them; no file but the store's.

    Raises
    ------
    UsageError
        An unknown id; a mistake in an option; too little memory; records missing where nothing may be run.
    """
    items, scope = choose_items(appendix.items, options.words), scope_of(options)
    progress = progress or Progress()
    material = material_of(
        items,
        scope,
        store=store_of(options),
        fresh=options["fresh"],
        run=not options["no_run"],
        progress=progress,
        resources=resources_of(options),
        command=command_text(appendix.spec, [item.id for item in items], options),
    )
    built = Built(
        records=tuple(material.records.items()), computed=progress.computed, reused=progress.reused,
        refused=tuple(dict.fromkeys(progress.refused)),
    )  # fmt: skip
    for index, item in enumerate(items):
        progress.show(index / len(items), item.id)
        started = time.perf_counter()
        built.contents[item.id] = item.build(scope, material)
        built.seconds[item.id] = time.perf_counter() - started
    progress.show(1.0, "")
    return built


def report(appendix: Appendix, options: Options) -> int:
    """List, or run, print and write the files; the exit code."""
    items = choose_items(appendix.items, options.words)
    scope = scope_of(options)
    if options["list"] or options["dry_run"]:
        sys.stdout.write(listing(appendix, items, scope, options))
        return 0
    return _write(appendix, items, scope, options)


def _write(appendix: Appendix, items: Sequence[Item], scope: Scope, options: Options) -> int:
    started = time.time()
    if "png" in appendix.endings:
        load_matplotlib()
    names = [f"{item.id}.{ending}" for item in items for ending in appendix.endings]
    out, store = folders(
        options, [*names, "timings.csv", "run.json", *(["tables.pdf"] if options.get("pdf") else [])]
    )
    with progress_bar(quiet=options["quiet"]) as progress:
        built = contents_of(appendix, options.but({"store": store}), progress)
    shaping = {name: options[name] for name in SHAPING}
    complaints: list[str] = idle(items, scope, options)
    jobs = []
    for item in items:
        command = command_text(appendix.spec, [item.id], effective(item, scope, options))
        used = effective(item, scope, shaping)
        origin = provenance_of(item, scope, item.needs(scope), command=command, options=used)
        jobs.append((built.contents[item.id], origin))
    most = options["threads"] if appendix.side_by_side else 1
    written = write_all(appendix.write, out, jobs, complaints, threads=most)
    files = dict(zip((item.id for item in items), written, strict=True))
    if appendix.finish is not None:
        files["all"] = appendix.finish(out, options, built.contents, complaints)
    write_text(out / "timings.csv", _timings(built))
    facts = {
        "command": appendix.spec.name, "items": [item.id for item in items], "files": files,
        "cells_computed": built.computed, "cells_reused": built.reused, "records_refused": list(built.refused),
        "complaints": complaints,
    }  # fmt: skip
    write_text(out / "run.json", run_json(options, started, facts))
    for line in complaints:
        print(f"{appendix.spec.name}: {line}", file=sys.stderr)
    sys.stdout.write(_json(items, built, files) if options["json"] else _text(appendix, items, built, out))
    return 0


def _timings(built: Built) -> str:
    """Seconds that each item took to build, and that its records took when they were computed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("what", "n", "N", "d", "seed", "group", "seconds", "reused"))
    for name, seconds in built.seconds.items():
        writer.writerow((f"build {name}", "", "", "", "", "", f"{seconds:.6f}", ""))
    seen: set[tuple[Any, ...]] = set()
    for request, record in built.records:
        seconds = record.timings.get("total", 0.0)
        key = (request.cell.sizes, request.seed, seconds)  # records of one batch share one measurement's time
        if key not in seen:
            seen.add(key)
            writer.writerow(
                ("record", *request.cell.sizes, request.seed, request.group, f"{seconds:.6f}", record.reused)
            )
    return buffer.getvalue()


def _json(items: Sequence[Item], built: Built, files: Mapping[str, list[str]]) -> str:
    from verify.appendix.typesetting.tabular import plain_rows

    document = [
        {**item.as_json(), "caption": built.contents[item.id].caption,
         "notes": list(built.contents[item.id].notes), "files": files[item.id],
         "rows": plain_rows(built.contents[item.id].frame)}
        for item in items
    ]  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(appendix: Appendix, items: Sequence[Item], built: Built, out: Path) -> str:
    width = terminal_width()
    blocks = [appendix.show(built.contents[item.id], width, title=f"{item.id}: ") for item in items]
    refused = [f"record refused and computed again: {line}" for line in built.refused]
    kept = f"{built.computed} records computed, {built.reused} taken from the store; files in {out}"
    return "\n".join([*blocks, *(wrapped(line, width) for line in (*refused, kept)), ""])
