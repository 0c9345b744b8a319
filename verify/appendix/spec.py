"""The options that the commands of the appendix share."""

from typing import TYPE_CHECKING, Literal

from verify.commands.keywords import ResourceKeywords, StoreKeywords
from verify.commands.spec import CommandSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SHAPING", "AppendixKeywords", "appendix_spec"]

# what the numbers depend on
SHAPING = ("quick", "seeds", "first_seed", "test_samples", "features", "backend", "threads")


class AppendixKeywords(ResourceKeywords, StoreKeywords, total=False):
    """What `run` takes beside ids."""

    quick: bool
    seeds: int | None
    first_seed: int
    test_samples: int | None
    features: Literal["paper", "released", "both"]
    no_run: bool


def appendix_spec(name: str, description: str, more: "Sequence[str]" = ()) -> CommandSpec:
    """The spec of a command of that name, whose plain words are ids; `more` are options of its own."""
    return CommandSpec(
        name=name,
        description=description,
        names=(
            "quick", "seeds", "first_seed", "test_samples", "features", "backend", "threads", "memory_limit", "out",
            "store", "fresh", "no_run", "list", "dry_run", "quiet", *more, "json",
        ),
        words="ID",
        meanings={
            "quick": "sizes of 400 and less, 3 seeds",
            "json": "what is made, with its numbers, as JSON on stdout and nothing else",
            "seeds": "exactly K independent seeds",
        },
        otherwise={"seeds": "each item's own"},
    )  # fmt: skip
