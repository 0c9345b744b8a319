"""`python -m verify.figures`: the appendix figures of the first step, predictions drawn in, with provenance.

`run` prints nothing and needs no file; `main` is the command around it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from verify.appendix.spec import AppendixKeywords, appendix_spec
from verify.commands.options import options_of, parse_options
from verify.commands.spec import takes_options

if TYPE_CHECKING:
    from verify.appendix.appendix import Appendix
    from verify.appendix.contents import Contents

__all__ = ["SPEC", "main", "run"]

SPEC = appendix_spec(
    "verify.figures",
    "Draws the figures of the appendix on the first step, predictions drawn in: SVG, PNG, PDF, and what is drawn "
    "as CSV. Without an ID all of them (--list names them).",
)


def _appendix() -> "Appendix":
    from verify.appendix.appendix import Appendix
    from verify.appendix.files import FIGURE_ENDINGS, write_figure
    from verify.appendix.typesetting.tabular import caption_text
    from verify.figures.items import ITEMS

    return Appendix(
        spec=SPEC,
        items=ITEMS,
        write=write_figure,
        endings=FIGURE_ENDINGS,
        show=caption_text,
        side_by_side=True,
    )


@takes_options(SPEC)
def run(ids: Sequence[str] = (), **options: Unpack[AppendixKeywords]) -> "Contents":
    """Contents of the figures by id.

    Parameters
    ----------
    ids : sequence of str
        Default: all of them.
    **options
        The command's options by their names in Python, all optional; `store` None keeps nothing.

    Returns
    -------
    contents : Contents, a dict
        `Content.frame` holds exactly what is drawn; `Content.draw` draws it into a matplotlib Figure.

    Raises
    ------
    UsageError
        An unknown id or option, or a value outside its domain; a ValueError whose message is one line.
    """
    from verify.appendix.command import contents_of
    from verify.appendix.contents import Contents

    return Contents(contents_of(_appendix(), options_of(SPEC, options, words=ids)).contents)


def main(argv: Sequence[str]) -> int:
    """The command: parse, run, print, write the files, exit code."""
    options = parse_options(SPEC, argv)
    from verify.appendix.command import report

    return report(_appendix(), options)
