"""One command of the appendix: which items, at which scope, from which runs."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from verify.appendix.files import Provenance
from verify.appendix.item import Content, Item, Scope
from verify.appendix.spec import SHAPING
from verify.commands.option_table import OPTIONS
from verify.commands.spec import CommandSpec, Options
from verify.errors import UsageError
from verify.problem.paper import second_stage

__all__ = ["Appendix", "command_text", "effective", "scope_of"]

MOST_REPEATS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Appendix:
    """One of the two commands.

    Attributes
    ----------
    spec : CommandSpec
    items : tuple of Item
    write : callable (out, content, provenance, complaints) -> names of the files written
    endings : tuple of str
        Of the files that `write` writes: ID.csv and the like.
    show : callable (content, width, *, title) -> what is printed of one item
    finish : callable (out, options, contents, complaints) -> names of more files, optional
    side_by_side : bool
        Whether `write` is worth processes of its own.
    """

    spec: CommandSpec
    items: tuple[Item, ...]
    write: Callable[[Path, Content, Provenance, list[str]], list[str]]
    endings: tuple[str, ...]
    show: Callable[..., str]
    finish: Callable[[Path, Options, Mapping[str, Content], list[str]], list[str]] | None = None
    side_by_side: bool = False


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


def command_text(spec: CommandSpec, ids: Sequence[str], options: Mapping[str, Any]) -> str:
    """The command that makes these items again, without folders and whatever the numbers do not depend on."""
    words = [f"python -m {spec.name}", *ids]
    for option in (OPTIONS[key] for key in SHAPING):
        value = options.get(option.name)
        if option.parse is None and value:
            words.append(option.flag)
        elif option.parse is not None and value is not None and value != option.default:
            words.append(f"{option.flag} {value}")
    return " ".join(words)
