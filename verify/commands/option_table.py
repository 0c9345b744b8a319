"""Every option there is: its flag, how its text becomes a value, its default and what --help says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.optimisers.table import OPTIMISER_NAMES
from verify.commands import readers
from verify.problem.functions import check_name
from verify.running.resources import parse_bytes

__all__ = ["OPTIONS", "Option"]


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


def _one_of(flag: str, choices: tuple[str, ...], *, help: str, default: str | None = None) -> Option:
    """An option that is one of a few names."""
    return Option(
        flag=flag,
        parse=readers.choice(*choices),
        default=default,
        metavar=f"{{{','.join(choices)}}}",
        help=help,
    )


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option(
            flag="--scales",
            parse=readers.scales,
            default=tuple(range(1, 9)),
            metavar="K",
            help="the ray's k, as 1-3,5 (default 1-8)",
        ),
        Option(
            flag="--base",
            parse=readers.triple,
            default=(1000, 750, 500),
            metavar="n,N,d",
            help="the ray is k times this (default 1000,750,500)",
        ),
        Option(
            flag="--sizes",
            parse=readers.triple,
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
            parse=readers.repeats,
            metavar="K",
            help="exactly K independent seeds (default: the claim's own)",
        ),
        Option(
            flag="--first-seed",
            parse=readers.from_least(0),
            default=0,
            metavar="S",
            help="the first seed (default 0)",
        ),
        Option(
            flag="--max-seeds",
            parse=readers.repeats,
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
            parse=readers.non_negative,
            default=0.3,
            metavar="RHO",
            help="standard deviation of the label noise (default 0.3)",
        ),
        Option(
            flag="--offset",
            parse=readers.finite,
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
            parse=readers.non_negative,
            default=0.0,
            metavar="EPS",
            help="Adam's eps (default 0: the exact sign)",
        ),
        Option(flag="--eta", parse=readers.numbers, metavar="E,E,..", help="learning rates"),
        Option(
            flag="--ridge",
            parse=readers.positive,
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
            parse=readers.from_least(1),
            default=None,
            metavar="M",
            help="test samples (default 5000; with --quick 2000, as the quick claims have)",
        ),
        _one_of("--dtype", ("float32", "float64"), default="float32", help="default float32"),
        Option(
            flag="--backend",
            parse=readers.backend,
            default="auto",
            metavar="{auto,numpy,cupy}",
            help="auto takes a usable GPU (default auto)",
        ),
        Option(
            flag="--error-rate",
            parse=readers.rate,
            default=1e-4,
            metavar="P",
            help="per check (default 1e-4)",
        ),
        Option(
            flag="--memory-limit", parse=parse_bytes, metavar="BYTES", help="as 4G (default: what is free)"
        ),
        Option(
            flag="--threads",
            parse=readers.from_least(1),
            metavar="T",
            help="default: usable cores; fewer where a CPU quota or OMP_NUM_THREADS says so",
        ),
        Option(
            flag="--out",
            parse=readers.folder,
            metavar="DIR",
            help="deliverables, rewritten each run (default bulkspike-out/COMMAND)",
        ),
        Option(
            flag="--store",
            parse=readers.folder,
            metavar="DIR",
            help="records of all commands (default BULKSPIKE_STORE or bulkspike-out/store); delete it to clear it: "
            "another version's are neither read nor removed",
        ),
        Option(flag="--fresh", help="ignore what the store holds"),
        Option(flag="--quick", help="a smaller run"),
        Option(flag="--dry-run", help="print cells, memory and time; run nothing"),
        Option(
            flag="--only",
            parse=readers.word,
            default=(),
            metavar="ID",
            many=True,
            help="claims by id; T4.1.2 also chooses T4.1.2.constant",
        ),
        Option(
            flag="--claims",
            parse=readers.file,
            default=(),
            metavar="FILE",
            many=True,
            help="Python files with claims of one's own",
        ),
        Option(
            flag="--check",
            parse=readers.file,
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
