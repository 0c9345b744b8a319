"""`python -m verify.tables`: the appendix tables of the first step, with error bars, predictions and provenance.

`run` prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.appendix.appendix import NAMES as COMMON
from verify.appendix.appendix import PYTHON_NAMES, Appendix
from verify.appendix.command import contents_of, main_of

if TYPE_CHECKING:
    from verify.appendix.item import Content

__all__ = ["NAMES", "main", "run"]

NAMES = (*COMMON[:-1], "pdf", COMMON[-1])
DESCRIPTION = (
    "Makes the tables of the appendix on the first step: CSV, Markdown and LaTeX, value(standard error), predictions "
    "beside. Without an ID all of them (--list names them); --quick: sizes of 400 and less, 3 seeds."
)


def _appendix() -> Appendix:
    from verify.appendix.files import write_table
    from verify.appendix.typesetting.tabular import plain_text
    from verify.tables.items import ITEMS

    def write(out: Path, content: "Content", provenance: Any, complaints: list[str]) -> list[str]:
        return write_table(out, content, provenance)

    return Appendix(
        name="tables",
        description=DESCRIPTION,
        items=ITEMS,
        write=write,
        show=plain_text,
        names=NAMES,
        finish=_finish,
    )


def _finish(
    out: Path, options: Mapping[str, Any], contents: "Mapping[str, Content]", complaints: list[str]
) -> list[str]:
    """tables.pdf, where it is asked for; why there is none goes to `complaints`."""
    if not options["pdf"]:
        return []
    from verify.appendix.typesetting.typeset import typeset

    said = typeset(out, {name: (out / f"{name}.tex").read_text(encoding="utf-8") for name in contents})
    complaints += [said] if said else []
    return [] if said else ["tables.pdf"]


def run(ids: Sequence[str] = (), **options: Any) -> "dict[str, Content]":
    """Contents of the tables by id.

    Parameters
    ----------
    ids : sequence of str
        Default: all of them.
    **options
        All optional: ``quick``, ``seeds``, ``first_seed``, ``test_samples``, ``features``, ``backend``, ``threads``,
        ``memory_limit``, ``store`` (a directory; None keeps nothing), ``fresh``, ``no_run``.

    Returns
    -------
    contents : dict
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
    from verify.commands.options import check_values

    words = [ids] if isinstance(ids, str) else list(ids)
    return contents_of(_appendix(), words, **check_values(PYTHON_NAMES, options)).contents


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    return main_of(_appendix(), argv)
