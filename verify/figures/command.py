"""`python -m verify.figures`: the appendix figures of the first step, predictions drawn in, with provenance.

`run` prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from verify.appendix.appendix import NAMES, PYTHON_NAMES, Appendix
from verify.appendix.command import contents_of, main_of

if TYPE_CHECKING:
    from verify.appendix.item import Content

__all__ = ["NAMES", "main", "run"]

DESCRIPTION = (
    "Draws the figures of the appendix on the first step, predictions drawn in: SVG, PNG, PDF, and what is drawn as CSV. "
    "Without an ID all of them (--list names them); --quick: sizes of 400 and less, 3 seeds."
)


def _appendix() -> Appendix:
    from verify.appendix.files import write_figure
    from verify.figures.items import ITEMS

    return Appendix(
        name="figures",
        description=DESCRIPTION,
        items=ITEMS,
        write=write_figure,
        show=lambda content: content.caption,
        side_by_side=True,
    )


def run(ids: Sequence[str] = (), **options: Any) -> "dict[str, Content]":
    """Contents of the figures by id.

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
        `Content.frame` holds exactly what is drawn; `Content.draw` draws it into a matplotlib Figure.

    Raises
    ------
    UsageError
        An unknown id or option, or a value outside its domain; a ValueError whose message is one line.
    """
    from verify.commands.options import check_values

    words = [ids] if isinstance(ids, str) else list(ids)
    return contents_of(_appendix(), words, **check_values(PYTHON_NAMES, options)).contents


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    return main_of(_appendix(), argv)
