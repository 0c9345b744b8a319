"""The three values of a judgement."""

from enum import StrEnum

__all__ = ["Verdict"]


class Verdict(StrEnum):
    """What a check says about its claim; "not refuted" is never "supported"."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
