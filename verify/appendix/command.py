"""The command that `verify.tables` and `verify.figures` share: options, runs, listings, files."""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from verify.appendix.item import Content, Item, Scope, choose_items
from verify.claims.shared import second_stage
from verify.errors import UsageError

__all__ = ["NAMES", "PYTHON_NAMES", "Appendix", "contents_of", "main_of", "scope_of"]

NAMES = (
    "quick", "seeds", "first_seed", "test_samples", "features", "backend", "threads", "memory_limit", "out", "store",
    "fresh", "no_run", "list", "dry_run", "quiet", "json",
)  # fmt: skip
PYTHON_NAMES = tuple(name for name in NAMES if name not in ("out", "list", "dry_run", "quiet", "json"))
SHAPING = (
    "quick",
    "seeds",
    "first_seed",
    "test_samples",
    "features",
    "backend",
    "threads",
)  # what the numbers depend on
MOST_REPEATS = 1000
NOT_FOR_ALL = ("seeds", "test_samples", "features")  # what some items have no use for


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendix:
    """One of the two commands.

    Attributes
    ----------
    name : str
        "tables" or "figures"; also the folder under bulkspike-out/.
    description : str
    items : tuple of Item
    write : callable (out, content, provenance, complaints) -> names of the files written
    show : callable (content) -> what is printed of one item
    names : tuple of str
        Options of the command.
    finish : callable (out, options, contents, complaints) -> names of more files, optional
    side_by_side : bool
        Whether `write` is worth processes of its own.
    """

    name: str
    description: str
    items: tuple[Item, ...]
    write: Callable[[Path, Content, Any, list[str]], list[str]]
    show: Callable[[Content], str]
    names: tuple[str, ...] = NAMES
    finish: Callable[[Path, Mapping[str, Any], Mapping[str, Content], list[str]], list[str]] | None = None
    side_by_side: bool = False


@dataclass(slots=True, kw_only=True)
class Built:
    """Contents by id, the seconds that building each took, and how the records came about."""

    contents: dict[str, Content] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    records: tuple[Any, ...] = ()
    computed: int = 0
    reused: int = 0
    refused: tuple[str, ...] = ()


def scope_of(options: Mapping[str, Any]) -> Scope:
    """How much is run, by the options; UsageError where a number cannot be meant."""
    seeds = options.get("seeds")
    if seeds is not None and not 2 <= seeds <= MOST_REPEATS:
        need = "at least 2, an error bar needs repeats" if seeds < 2 else f"at most {MOST_REPEATS}"
        raise UsageError(f"--seeds: must be {need}; got {seeds}")
    if options.get("fresh") and options.get("no_run"):
        raise UsageError(
            "--no-run: must not go with --fresh, which runs everything again; leave one of them out"
        )
    features, quick = options.get("features") or "both", bool(options.get("quick"))
    return Scope(
        quick=quick,
        seeds=seeds,
        test_samples=options.get("test_samples") or second_stage(quick).test_samples,
        first_seed=options.get("first_seed") or 0,
        features=("paper", "released") if features == "both" else (features,),
    )


def effective(item: Item, scope: Scope, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options without those that do nothing to this item: they are neither recorded nor part of its command."""
    from verify.option_table import OPTIONS

    kept, runs = dict(options), _runs(item, scope)
    if runs == _runs(item, replace(scope, seeds=None)):
        kept["seeds"] = None
    if runs == _runs(item, replace(scope, test_samples=scope.test_samples + 1)):  # no second stage
        kept |= {name: OPTIONS[name].default for name in ("test_samples", "features")}
    return kept


def _runs(item: Item, scope: Scope) -> set[str]:
    """Keys of the records that an item needs."""
    from verify.appendix.runs import requests_of_items

    return {json.dumps(one.key(), sort_keys=True, default=str) for one in requests_of_items([item], scope)}


def idle(items: Sequence[Item], scope: Scope, options: Mapping[str, Any]) -> list[str]:
    """A line for every option that was given and does nothing to some of the items."""
    from verify.option_table import OPTIONS

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


def command_text(name: str, ids: Sequence[str], options: Mapping[str, Any]) -> str:
    """The command that makes these items again, without folders and whatever the numbers do not depend on."""
    from verify.option_table import OPTIONS

    words = [f"python -m verify.{name}", *ids]
    for option in (OPTIONS[key] for key in SHAPING):
        value = options.get(option.name)
        if option.parse is None and value:
            words.append(option.flag)
        elif option.parse is not None and value is not None and value != option.default:
            words.append(f"{option.flag} {value}")
    return " ".join(words)


def contents_of(appendix: Appendix, ids: Sequence[str], *, progress: Any = None, **options: Any) -> Built:
    """Run what the items need, all together, and build them; no file but the store's.

    Raises
    ------
    UsageError
        An unknown id; a mistake in an option; too little memory; records missing where nothing may be run.
    """
    from verify.appendix.runs import material_of
    from verify.atomic import ensure_directory
    from verify.runs import Progress, Resources
    from verify.store import Store

    items, scope = choose_items(appendix.items, ids), scope_of(options)
    progress = progress or Progress()
    store = options.get("store")
    kept = Store(ensure_directory(Path(store), "--store")) if store is not None else None
    material = material_of(
        items, scope, store=kept, fresh=bool(options.get("fresh")), run=not options.get("no_run"), progress=progress,
        resources=Resources(
            backend=options.get("backend") or "auto", memory_limit=options.get("memory_limit"),
            threads=options.get("threads"),
        ),
        command=command_text(appendix.name, [item.id for item in items], options),
    )  # fmt: skip
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


def main_of(appendix: Appendix, argv: Sequence[str]) -> int:
    """The command: parse, list or run, print, write the files, exit code."""
    from verify.options import parse_options

    options = parse_options(
        argv,
        prog=f"verify.{appendix.name}",
        description=appendix.description,
        names=appendix.names,
        words="ID",
    )
    items = choose_items(appendix.items, options["words"])
    scope = scope_of(options)
    if options["list"] or options["dry_run"]:
        from verify.appendix.listing import listing

        sys.stdout.write(listing(appendix, items, scope, options))
        return 0
    return _report(appendix, items, scope, options)


def _report(appendix: Appendix, items: Sequence[Item], scope: Scope, options: Mapping[str, Any]) -> int:
    from verify.appendix.figures_files import write_all
    from verify.appendix.outputs import provenance_of
    from verify.atomic import ensure_directories, write_text
    from verify.command import default_store, progress_bar
    from verify.outputs import run_json

    started = time.time()
    out, store = ensure_directories(
        [
            (options["out"] or Path("bulkspike-out") / appendix.name, "--out"),
            (options["store"] or default_store(), "--store"),
        ]
    )
    given = {name: options[name] for name in PYTHON_NAMES}
    with progress_bar(quiet=options["quiet"]) as progress:
        built = contents_of(
            appendix, [item.id for item in items], progress=progress, **given | {"store": store}
        )
    shaping = {name: options[name] for name in SHAPING}
    complaints: list[str] = idle(items, scope, options)
    jobs = []
    for item in items:
        command = command_text(appendix.name, [item.id], effective(item, scope, options))
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
        "command": f"verify.{appendix.name}", "items": [item.id for item in items], "files": files,
        "cells_computed": built.computed, "cells_reused": built.reused, "records_refused": list(built.refused),
        "complaints": complaints,
    }  # fmt: skip
    write_text(
        out / "run.json", run_json({k: v for k, v in options.items() if k != "words"}, started, **facts)
    )
    for line in complaints:
        print(f"verify.{appendix.name}: {line}", file=sys.stderr)
    sys.stdout.write(_json(items, built, files) if options["json"] else _text(appendix, items, built, out))
    return 0


def _timings(built: Built) -> str:
    """Seconds that each item took to build, and that its records took when they were computed."""
    import csv
    import io

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
    from verify.appendix.tabular import rows_of

    document = [
        {**item.as_json(), "caption": built.contents[item.id].caption,
         "notes": list(built.contents[item.id].notes), "files": files[item.id],
         "rows": rows_of(built.contents[item.id].frame)}
        for item in items
    ]  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(appendix: Appendix, items: Sequence[Item], built: Built, out: Path) -> str:
    blocks = [f"{item.id}: {appendix.show(built.contents[item.id])}" for item in items]
    refused = [f"record refused and computed again: {line}" for line in built.refused]
    kept = f"{built.computed} records computed, {built.reused} taken from the store; files in {out}"
    return "\n".join([*blocks, *refused, kept, ""])
