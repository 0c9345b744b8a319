"""Whether hypothesis finds a counterexample: what a property's lie must have."""

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

UNSHRUNK = settings(phases=(Phase.generate,), max_examples=200, database=None)  # any counterexample will do


def is_refuted(strategy, holds):
    """A lie must have a counterexample; true when one was found."""
    try:
        find(strategy, lambda example: not holds(example), settings=UNSHRUNK)
    except NoSuchExample:
        return False
    return True
