"""`python -m verify.tables`: the appendix tables of the first step, with error bars, predictions and provenance.

`run` prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from verify.appendix.spec import AppendixKeywords, appendix_spec
from verify.commands.options import options_of, parse_options
from verify.commands.spec import Options, takes_options

if TYPE_CHECKING:
    from verify.appendix.appendix import Appendix
    from verify.appendix.contents import Contents
    from verify.appendix.files import Provenance
    from verify.appendix.item import Content

__all__ = ["SPEC", "main", "run"]

SPEC = appendix_spec(
    "verify.tables",
    "Makes the tables of the appendix on the first step: CSV, Markdown and LaTeX, value(standard error), "
    "predictions beside. Without an ID all of them (--list names them).",
    more=("pdf",),
)


def _appendix() -> "Appendix":
    from verify.appendix.appendix import Appendix
    from verify.appendix.files import TABLE_ENDINGS, write_table
    from verify.appendix.typesetting.tabular import plain_text
    from verify.tables.items import ITEMS

    def write(out: Path, content: "Content", provenance: "Provenance", complaints: list[str]) -> list[str]:
        return write_table(out, content, provenance)

    return Appendix(
        spec=SPEC, items=ITEMS, write=write, endings=TABLE_ENDINGS, show=plain_text, finish=_finish
    )


def _finish(
    out: Path, options: Options, contents: "Mapping[str, Content]", complaints: list[str]
) -> list[str]:
    """tables.pdf, where it is asked for; why there is none goes to `complaints`."""
    if not options["pdf"]:
        return []
    from verify.appendix.typesetting.typeset import typeset

    said = typeset(out, {name: (out / f"{name}.tex").read_text(encoding="utf-8") for name in contents})
    complaints += [said] if said else []
    return [] if said else ["tables.pdf"]


@takes_options(SPEC)
def run(ids: Sequence[str] = (), **options: Unpack[AppendixKeywords]) -> "Contents":
    """Contents of the tables by id.

    Parameters
    ----------
    ids : sequence of str
        Default: all of them.
    **options
        The command's options by their names in Python, all optional; `store` None keeps nothing.

    Returns
    -------
    contents : Contents, a dict
        `Content.frame` holds the numbers; an entry with an uncertainty has `mean` and `error`.

    Raises
    ------
    UsageError
        An unknown id or option, or a value outside its domain; a ValueError whose message is one line.

    Examples
    --------
    >>> frame = run(["activations"], quick=True)["activations"].frame
    >>> round(float(frame["c_softplus"][0]), 4)  # a tanh student
    0.8244
    """
    from verify.appendix.command import contents_of
    from verify.appendix.contents import Contents

    return Contents(contents_of(_appendix(), options_of(SPEC, options, words=ids)).contents)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.appendix.command import report

    return report(_appendix(), options)
