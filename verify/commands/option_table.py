"""Every option there is: its flag, how its text becomes a value, its default and what --help says."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.optimisers.table import OPTIMISER_NAMES
from verify.errors import UsageError, known_names, quoted
from verify.problem.functions import check_name
from verify.running.resources import parse_bytes

__all__ = ["OPTIONS", "Option", "positive_integer"]

MOST_SEEDS = 100_000  # a claim that needs more wants another design


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: its flag, how its text becomes a value (`parse` None: a switch), and what --help says."""

    flag: str
    parse: Callable[[str, str], Any] | None = None
    default: Any = None
    metavar: str | None = None
    help: str = ""
    many: bool = False

    @property
    def name(self) -> str:
        """The option's name in Python and in a TOML file's keys (where - and _ are the same)."""
        return self.flag.lstrip("-").replace("-", "_")


def positive_integer(text: str, option: str, least: int = 1) -> int:
    """A whole number of at least `least`, in decimal digits."""
    if not re.fullmatch(r"[+]?[0-9]{1,9}", text.strip()) or int(text) < least:
        what = "a positive integer" if least == 1 else f"an integer of at least {least}"
        if re.fullmatch(r"[+]?[0-9]+", text.strip()) and len(text) > 9:
            what += " and below 1e9"
        raise UsageError(f"{option}: must be {what}; got {quoted(text)}")
    return int(text)


def _from(least: int) -> Callable[[str, str], int]:
    return lambda text, option: positive_integer(text, option, least)


def _repeats(text: str, option: str) -> int:
    number = positive_integer(text, option)
    if number > MOST_SEEDS:
        raise UsageError(
            f"{option}: must be at most {MOST_SEEDS}; got {quoted(text)}; a wider margin or larger sizes need fewer"
        )
    return number


def _number(text: str, option: str, requirement: str, accept: Callable[[float], bool]) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not accept(value):
        raise UsageError(f"{option}: must be {requirement}; got {quoted(text)}")
    return value


def _non_negative(text: str, option: str) -> float:
    return _number(
        text, option, "a finite number of at least 0 and at most 1e12", lambda value: 0 <= value <= 1e12
    )


def _finite(text: str, option: str) -> float:
    return _number(text, option, "a finite number of at most 1e12 in size", lambda value: abs(value) <= 1e12)


def _positive(text: str, option: str) -> float:
    return _number(text, option, "a finite number above 0 and at most 1e12", lambda value: 0 < value <= 1e12)


def _rate(text: str, option: str) -> float:
    return _number(
        text, option, "a probability of at least 1e-12 and below 0.5", lambda value: 1e-12 <= value < 0.5
    )


def _scales(text: str, option: str) -> tuple[int, ...]:
    scales: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        low = positive_integer(first, option)
        high = positive_integer(last, option) if dash else low
        if high < low or high - low > 1000:
            raise UsageError(
                f"{option}: must be positive integers such as 1-3,5 (each range rising); got {quoted(text)}"
            )
        scales += range(low, high + 1)
    return tuple(dict.fromkeys(scales))


def _triple(text: str, option: str) -> tuple[int, int, int]:
    parts = text.split(",")
    if len(parts) != 3:
        raise UsageError(f"{option}: must be three positive integers n,N,d; got {quoted(text)}")
    n, N, d = (positive_integer(part, f"{option} ({name})") for part, name in zip(parts, "nNd", strict=True))
    return n, N, d


def _numbers(text: str, option: str) -> tuple[float, ...]:
    return tuple(_non_negative(part, option) for part in text.split(","))


def _choice(*choices: str) -> Callable[[str, str], str]:
    def parse(text: str, option: str) -> str:
        if text not in choices:
            raise UsageError(f"{option}: unknown name {quoted(text)}; known: {known_names(text, choices)}")
        return text

    return parse


def _one_of(flag: str, choices: tuple[str, ...], *, help: str, default: str | None = None) -> Option:
    """An option that is one of a few names."""
    return Option(
        flag=flag, parse=_choice(*choices), default=default, metavar=f"{{{','.join(choices)}}}", help=help
    )


def _path(text: str, option: str) -> Path:
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


def _file(text: str, option: str) -> Path:
    if not text.strip() or "\0" in text or not _is_unicode(text):
        raise UsageError(f"{option}: must be the path of a file; got {quoted(text)}")
    return Path(text)


def _words(text: str, option: str) -> str:
    if not text.strip():
        raise UsageError(f"{option}: must be a name; got {quoted(text)}")
    return text.strip()


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            flag="--scales",
            parse=_scales,
            default=tuple(range(1, 9)),
            metavar="K",
            help="the ray's k, as 1-3,5 (default 1-8)",
        ),
        Option(
            flag="--base",
            parse=_triple,
            default=(1000, 750, 500),
            metavar="n,N,d",
            help="the ray is k times this (default 1000,750,500)",
        ),
        Option(
            flag="--sizes",
            parse=_triple,
            default=(),
            metavar="n,N,d",
            many=True,
            help="cells of one's own instead of the ray",
        ),
        _one_of(
            "--design",
            ("ray", "off-ray", "both"),
            help="which cells to run (default both; with --sizes: ray, which then means those cells)",
        ),
        Option(
            flag="--seeds",
            parse=_repeats,
            metavar="K",
            help="exactly K independent seeds (default: the claim's own)",
        ),
        Option(
            flag="--first-seed", parse=_from(0), default=0, metavar="S", help="the first seed (default 0)"
        ),
        Option(
            flag="--max-seeds",
            parse=_repeats,
            metavar="M",
            help="look after K, 2K, 4K .. up to M seeds, stop when decided",
        ),
        Option(
            flag="--student",
            parse=check_name,
            default="tanh",
            metavar="NAME",
            help="a name, 'expr:FORMULA IN z' or module:object (default tanh)",
        ),
        Option(
            flag="--teacher",
            parse=check_name,
            default="softplus",
            metavar="NAME",
            help="as --student, or hermite:c0,c1,... (default softplus)",
        ),
        _one_of(
            "--teacher-direction",
            ("sphere", "axis"),
            default="sphere",
            help="beta uniform on the sphere, or e_1 (default sphere)",
        ),
        _one_of("--parametrisation", ("ntk", "mean-field"), default="ntk", help="default ntk"),
        Option(
            flag="--noise",
            parse=_non_negative,
            default=0.3,
            metavar="RHO",
            help="standard deviation of the label noise (default 0.3)",
        ),
        Option(
            flag="--offset",
            parse=_finite,
            default=0.0,
            metavar="A",
            help="sum(a)/sqrt(N) of the network; matters where E sigma is not 0 (default 0)",
        ),
        _one_of("--optimiser", OPTIMISER_NAMES, default="adam", help="default adam"),
        _one_of(
            "--adam",
            ("corrected", "uncorrected"),
            default="corrected",
            help="bias correction (default corrected)",
        ),
        Option(
            flag="--eps",
            parse=_non_negative,
            default=0.0,
            metavar="EPS",
            help="Adam's eps (default 0: the exact sign)",
        ),
        Option(flag="--eta", parse=_numbers, metavar="E,E,..", help="learning rates"),
        Option(
            flag="--ridge",
            parse=_positive,
            default=0.01,
            metavar="LAMBDA",
            help="ridge constant (default 0.01)",
        ),
        _one_of(
            "--features",
            ("paper", "released", "both"),
            default="both",
            help="scaling of the features (default both)",
        ),
        Option(
            flag="--test-samples",
            parse=_from(1),
            default=None,
            metavar="M",
            help="test samples (default 5000; with --quick 2000, as the quick claims have)",
        ),
        _one_of("--dtype", ("float32", "float64"), default="float32", help="default float32"),
        _one_of(
            "--backend",
            ("auto", "numpy", "cupy"),
            default="auto",
            help="auto takes a usable GPU (default auto)",
        ),
        Option(flag="--error-rate", parse=_rate, default=1e-4, metavar="P", help="per check (default 1e-4)"),
        Option(
            flag="--memory-limit", parse=parse_bytes, metavar="BYTES", help="as 4G (default: what is free)"
        ),
        Option(
            flag="--threads",
            parse=_from(1),
            metavar="T",
            help="default: usable cores; fewer where a CPU quota or OMP_NUM_THREADS says so",
        ),
        Option(
            flag="--out",
            parse=_path,
            metavar="DIR",
            help="deliverables, rewritten each run (default bulkspike-out/COMMAND)",
        ),
        Option(
            flag="--store",
            parse=_path,
            metavar="DIR",
            help="records of all commands (default BULKSPIKE_STORE or bulkspike-out/store); delete it to clear it: "
            "another version's are neither read nor removed",
        ),
        Option(flag="--fresh", help="ignore what the store holds"),
        Option(flag="--quick", help="a smaller run"),
        Option(flag="--dry-run", help="print cells, memory and time; run nothing"),
        Option(
            flag="--only",
            parse=_words,
            default=(),
            metavar="ID",
            many=True,
            help="claims by id; T4.1.2 also chooses T4.1.2.constant",
        ),
        Option(
            flag="--claims",
            parse=_file,
            default=(),
            metavar="FILE",
            many=True,
            help="Python files with claims of one's own",
        ),
        Option(
            flag="--check",
            parse=_file,
            metavar="FILE",
            help="a recorded verdicts.json: exit 0 if no verdict changed, else 1",
        ),
        Option(
            flag="--no-run",
            help="only what the store holds; what is missing is named, with the command that runs it",
        ),
        Option(flag="--false-alarms", help="count the judges' false findings on synthetic records"),
        Option(flag="--bugs", help="count the seeded bugs that the quick catalogue notices"),
        Option(flag="--list", help="list what there is to choose from and run nothing"),
        Option(flag="--pdf", help="also set all tables as tables.pdf (needs pdflatex)"),
        Option(flag="--quiet", help="no progress"),
        Option(flag="--json", help="verdicts (or tables) as JSON on stdout and nothing else"),
    )
}
