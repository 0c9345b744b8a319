"""How the text of an option becomes its value: a line for the user where it cannot.

Each takes the text and the option's name as the user wrote it.
"""

import math
import re
from collections.abc import Callable
from pathlib import Path

from verify.errors import UsageError, known_names, quoted

__all__ = [
    "backend", "choice", "file", "finite", "folder", "from_least", "non_negative", "numbers", "positive", "positive_integer",
    "rate", "repeats", "scales", "steps", "triple", "within", "word", "word_list",
]  # fmt: skip

MOST_PROBES, MOST_STEPS = 1000, 10_000_000
MOST_SEEDS = 100_000  # a claim that needs more wants another design
LARGEST = 1e12  # of any number that is typed


def positive_integer(text: str, option: str, least: int = 1) -> int:
    """A whole number of at least `least`, in decimal digits."""
    if not re.fullmatch(r"[+]?[0-9]{1,9}", text.strip()) or int(text) < least:
        what = "a positive integer" if least == 1 else f"an integer of at least {least}"
        if re.fullmatch(r"[+]?[0-9]+", text.strip()) and len(text) > 9:
            what += " and below 1e9"
        raise UsageError(f"{option}: must be {what}; got {quoted(text)}")
    return int(text)


def from_least(least: int) -> Callable[[str, str], int]:
    """Reader of a whole number of at least `least`."""
    return lambda text, option: positive_integer(text, option, least)


def repeats(text: str, option: str) -> int:
    """A number of independent seeds."""
    number = positive_integer(text, option)
    if number > MOST_SEEDS:
        raise UsageError(
            f"{option}: must be at most {MOST_SEEDS}; got {quoted(text)}; a wider margin or larger sizes need fewer"
        )
    return number


def backend(text: str, option: str) -> str:
    """The name of a backend that can compute here: known before anything is run, whatever the store holds."""
    name = choice("auto", "numpy", "cupy")(text, option)
    if name == "cupy":
        from sim.backend import BackendError, get_backend

        try:
            get_backend(name)
        except BackendError as error:
            raise UsageError(f"{option}: {error}") from None
    return name


def _number(text: str, option: str, requirement: str, accept: Callable[[float], bool]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not accept(value):
        raise UsageError(f"{option}: must be {requirement}; got {quoted(text)}")
    return value


def non_negative(text: str, option: str) -> float:
    """A finite number of at least 0."""
    return within(0.0, LARGEST)(text, option)


def within(least: float, most: float) -> Callable[[str, str], float]:
    """Reader of a finite number between two, both of which it may be."""
    low, high = max(least, -LARGEST), min(most, LARGEST)
    size = f"{high:g}" if high < LARGEST else "1e12"
    need = f"a finite number of at least {low:g} and at most {size}"
    return lambda text, option: _number(text, option, need, lambda value: low <= value <= high)


def finite(text: str, option: str) -> float:
    """A finite number."""
    return _number(
        text, option, "a finite number of at most 1e12 in size", lambda value: abs(value) <= LARGEST
    )


def positive(text: str, option: str) -> float:
    """A finite number above 0."""
    return _number(
        text, option, "a finite number above 0 and at most 1e12", lambda value: 0 < value <= LARGEST
    )


def rate(text: str, option: str) -> float:
    """A probability that a check may be wrong with."""
    return _number(
        text, option, "a probability of at least 1e-12 and below 0.5", lambda value: 1e-12 <= value < 0.5
    )


def scales(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers and ranges of them, as 1-3,5."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = positive_integer(first, option)
        high = positive_integer(last, option) if dash else low
        if high < low or high - low > 1000:
            raise UsageError(
                f"{option}: must be positive integers such as 1-3,5 (each range rising); got {quoted(text)}"
            )
        found += range(low, high + 1)
    return tuple(dict.fromkeys(found))


def steps(text: str, option: str) -> tuple[int, ...]:
    """Numbers of updates and ranges of them in rising order, as 0-10,100."""
    found: list[int] = []
    for part in text.split(","):
        if not re.fullmatch(r"\s*[0-9]+(-[0-9]+)?\s*", part):
            raise UsageError(f"{option}: must be steps in rising order such as 0-10,100; got {quoted(text)}")
        first, dash, last = part.partition("-")
        low = positive_integer(first, option, 0)
        high = positive_integer(last, option, 0) if dash else low
        if high < low or (found and low <= found[-1]):
            raise UsageError(f"{option}: must be steps in rising order such as 0-10,100; got {quoted(text)}")
        if len(found) + high - low >= MOST_PROBES:
            raise UsageError(
                f"{option}: must name at most {MOST_PROBES} steps to measure; got {quoted(text)}"
            )
        found += range(low, high + 1)
    if found[-1] > MOST_STEPS:
        raise UsageError(f"{option}: must be at most {MOST_STEPS}; got {quoted(text)}")
    return tuple(found)


def triple(text: str, option: str) -> tuple[int, int, int]:
    """Sizes n,N,d."""
    parts = text.split(",")
    if len(parts) != 3:
        raise UsageError(f"{option}: must be three positive integers n,N,d; got {quoted(text)}")
    n, N, d = (positive_integer(part, f"{option} ({name})") for part, name in zip(parts, "nNd", strict=True))
    return n, N, d


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Finite numbers of at least 0 with commas between them."""
    return tuple(non_negative(part, option) for part in text.split(","))


def choice(*choices: str) -> Callable[[str, str], str]:
    """Reader of one of these names."""

    def parse(text: str, option: str) -> str:
        if text not in choices:
            raise UsageError(f"{option}: unknown name {quoted(text)}; known: {known_names(text, choices)}")
        return text

    return parse


def folder(text: str, option: str) -> Path:
    """The path of a directory, which need not be there."""
    if not text.strip() or "\0" in text or not _is_unicode(text):
        raise UsageError(f"{option}: must be the path of a directory; got {quoted(text)}")
    return Path(text)


def _is_unicode(text: str) -> bool:
    """Whether the text can be written into run.json: bytes that are no UTF-8 arrive as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def file(text: str, option: str) -> Path:
    """The path of a file, which need not be there."""
    if not text.strip() or "\0" in text or not _is_unicode(text):
        raise UsageError(f"{option}: must be the path of a file; got {quoted(text)}")
    return Path(text)


def word(text: str, option: str) -> str:
    """A name of any kind."""
    if not text.strip():
        raise UsageError(f"{option}: must be a name; got {quoted(text)}")
    return text.strip()


def word_list(text: str, option: str) -> tuple[str, ...]:
    """Names of any kind with commas between them."""
    return tuple(word(part, option) for part in text.split(","))
