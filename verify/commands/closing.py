"""The last line of a command: how many claims of which verdict, and what was found in a sentence."""

from collections.abc import Sequence
from pathlib import Path

from verify.judging.finding import Finding

__all__ = ["closing", "tally_text"]

WORDS = {"refuted": "refuted", "inconclusive": "open"}
MOST = 4  # ids that a line names


def tally_text(findings: Sequence[Finding]) -> str:
    """`4 of 5 supported, 1 open (T4.1.2)`; those that are not supported by name, the first few of them."""
    supported = sum(str(finding.verdict) == "supported" for finding in findings)
    said = [f"{supported} of {len(findings)} supported"]
    for verdict, word in WORDS.items():
        ids = [finding.claim for finding in findings if str(finding.verdict) == verdict]
        more = f" and {len(ids) - MOST} more" if len(ids) > MOST else ""
        said += [f"{len(ids)} {word} ({', '.join(ids[:MOST])}{more})"] if ids else []
    return ", ".join(said)


def closing(findings: Sequence[Finding], sentence: str, figure: Path | None = None) -> str:
    """The tally, the sentence, and where the figure is."""
    tally = tally_text(findings) if findings else "nothing judged"
    return f"{tally}: {sentence}" + (f"; figure: {figure}" if figure is not None else "")
