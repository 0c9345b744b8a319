"""Every option there is: its flag, how its text becomes a value, its default and what it means."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sim.optimisers.constant import Constant
from sim.optimisers.table import OPTIMISER_NAMES, every_constant
from verify.commands import readers
from verify.problem.functions import check_name
from verify.running.resources import parse_bytes

__all__ = ["CONSTANTS", "OPTIONS", "Option"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option.

    Attributes
    ----------
    flag : str
        As it is typed.
    parse : callable (text, flag) -> value, or None
        None: a switch.
    default : value
        Where a command has none of its own (`CommandSpec.defaults`).
    metavar : str
        What stands for the value in --help.
    meaning : str
        What --help says of it, without the default.
    otherwise : str
        What is taken where the default is None; COMMAND stands for the command's name.
    many : bool
        Whether it takes several values.
    """

    flag: str
    parse: Callable[[str, str], Any] | None = None
    default: Any = None
    metavar: str | None = None
    meaning: str = ""
    otherwise: str = ""
    many: bool = False

    @property
    def name(self) -> str:
        """The option's name in Python and in a TOML file's keys (where - and _ are the same)."""
        return self.flag.lstrip("-").replace("-", "_")


def _valued(
    flag: str,
    parse: Callable[[str, str], Any],
    metavar: str,
    meaning: str,
    default: Any = None,
    *,
    otherwise: str = "",
    many: bool = False,
) -> Option:
    return Option(
        flag=flag, parse=parse, default=default, metavar=metavar, meaning=meaning, otherwise=otherwise, many=many
    )  # fmt: skip


def _one_of(
    flag: str, choices: Iterable[str], meaning: str, default: str | None = None, *, otherwise: str = ""
) -> Option:
    """An option that is one of a few names."""
    names = tuple(choices)
    return _valued(
        flag, readers.choice(*names), f"{{{','.join(names)}}}", meaning, default, otherwise=otherwise
    )


def _switch(flag: str, meaning: str) -> Option:
    return Option(flag=flag, meaning=meaning)


def _of_constant(constant: Constant) -> Option:
    """The option of an optimiser's constant."""
    flag = f"--{constant.name.replace('_', '-')}"
    if constant.choices:
        return _one_of(flag, constant.choices, constant.meaning, str(constant.default))
    reader = readers.within(constant.least, constant.most)
    return _valued(flag, reader, constant.metavar, constant.meaning, constant.default)


def _by_name(options: Iterable[Option]) -> dict[str, Option]:
    """Options by name; ValueError where two have one name, as a constant that is called like another option would."""
    found: dict[str, Option] = {}
    for option in options:
        if option.name in found:
            raise ValueError(f"options must have names of their own; two are {option.flag}")
        found[option.name] = option
    return found


CONSTANTS = tuple(constant.name for constant in every_constant())  # what goes with --optimiser

PROBLEM = (
    _valued("--scales", readers.scales, "K", "the ray's k, as 1-3,5", tuple(range(1, 9))),
    _valued("--base", readers.triple, "n,N,d", "the ray is k times this", (1000, 750, 500)),
    _valued("--sizes", readers.triple, "n,N,d", "cells of one's own instead of the ray", (), many=True),
    _one_of("--design", ("ray", "off-ray", "both"), "which cells to run",
            otherwise="both; with --sizes: ray, which then means those cells"),
    _valued("--student", check_name, "NAME", "a name, 'expr:FORMULA IN z' or module:object", "tanh"),
    _valued("--teacher", check_name, "NAME", "as --student, or hermite:c0,c1,...", "softplus"),
    _one_of("--teacher-direction", ("sphere", "axis"), "beta uniform on the sphere, or e_1", "sphere"),
    _one_of("--parametrisation", ("ntk", "mean-field"), "scaling of the network", "ntk"),
    _valued("--noise", readers.non_negative, "RHO", "standard deviation of the label noise", 0.3),
    _valued("--offset", readers.finite, "A", "sum(a)/sqrt(N) of the network; matters where E sigma is not 0", 0.0),
)  # fmt: skip

UPDATE = (
    _one_of("--optimiser", OPTIMISER_NAMES, "whose step is taken", "adam"),
    *(_of_constant(constant) for constant in every_constant()),
    _valued("--eta", readers.numbers, "E,E,..", "learning rates"),
)

TRAINING = (
    _valued("--steps", readers.steps, "T", "the steps that are measured, rising, as 0-10,100; a run ends at the last", (1,)),
    _valued("--gamma", readers.positive, "GAMMA", "the learning rate is eta gamma^(t // step size)", 1.0),
    _valued("--step-size", readers.from_least(1), "S", "steps between two decays of the learning rate", 1),
    _one_of("--weight-normalisation", ("off", "paper", "released"),
            "||W||_F set to sqrt(N d) before every pass (paper), or as the released code places it", "off"),
    _switch("--overlaps", "also overlaps of W before and after each measured step with its update"),
    _valued("--state", readers.file, "FILE", "go on from a state of this run that was saved before"),
    _switch("--save-states", "also write where each run ended, as state-*.state"),
)  # fmt: skip

SECOND_STAGE = (
    _valued("--ridge", readers.positive, "LAMBDA", "ridge constant", 0.01),
    _one_of("--features", ("paper", "released", "both"), "scaling of the features", "both"),
    _valued("--test-samples", readers.from_least(1), "M", "test samples",
            otherwise="5000; with --quick 2000, as the quick claims have"),
)  # fmt: skip

JUDGING = (
    _valued("--seeds", readers.repeats, "K", "exactly K independent seeds", otherwise="the claim's own"),
    _valued("--first-seed", readers.from_least(0), "S", "the first seed", 0),
    _valued("--max-seeds", readers.repeats, "M", "look after K, 2K, 4K .. up to M seeds, stop when decided"),
    _valued("--error-rate", readers.rate, "P", "per check", 1e-4),
    _valued("--only", readers.word, "ID", "claims by id; T4.1.2 also chooses T4.1.2.constant", (), many=True),
    _valued("--claims", readers.file, "FILE", "Python files with claims of one's own", (), many=True),
    _valued(
        "--check", readers.file, "FILE", "a recorded verdicts.json: exit 0 if no verdict changed, else 1"
    ),
)

RESOURCES = (
    _one_of("--dtype", ("float32", "float64"), "type of the arrays", "float32"),
    _valued("--backend", readers.backend, "{auto,numpy,cupy}", "auto takes a usable GPU", "auto"),
    _valued("--memory-limit", parse_bytes, "BYTES", "the most to use, as 4G", otherwise="what is free"),
    _valued("--threads", readers.from_least(1), "T", "at most, of linear algebra and draws",
            otherwise="usable cores; fewer where a CPU quota or OMP_NUM_THREADS says so"),
)  # fmt: skip

FILES = (
    _valued("--out", readers.folder, "DIR", "deliverables, rewritten each run", otherwise="bulkspike-out/COMMAND"),
    _valued("--store", readers.folder, "DIR",
            "records of all commands; delete it to clear it: another version's are neither read nor removed",
            otherwise="BULKSPIKE_STORE or bulkspike-out/store"),
    _switch("--fresh", "ignore what the store holds"),
    _switch("--no-run", "only what the store holds; what is missing is named, with the command that runs it"),
)  # fmt: skip

MATRICES = (
    _valued("--layers", readers.word_list, "P,P,..", "only arrays whose name matches, as 'conv*,fc*'", (), otherwise="all"),
    _one_of("--kernels", ("both", "unfolded", "slices"),
            "arrays of more than two axes as one matrix, first axis by the rest, or one per place of the last axes", "both"),
    _valued("--before", readers.file, "FILE", "an earlier checkpoint: what moved, and the overlaps of top vectors"),
    _switch("--top-only", "the largest singular values alone, for matrices too large for all"),
    _valued("--bootstrap", readers.from_least(0), "K",
            "replicates behind the p-values of power laws, iid assumed; 0: none", 100),
    _valued("--null-draws", readers.from_least(10), "K",
            "matrices of pure noise per shape, behind z and the p-values from matrices", 40),
)  # fmt: skip

SWITCHES = (
    _switch("--quick", "a smaller run"),
    _switch("--dry-run", "print cells, memory and time; run nothing"),
    _switch("--false-alarms", "count the judges' false findings on synthetic records"),
    _switch("--bugs", "count the seeded bugs that the quick catalogue notices"),
    _switch("--list", "list what there is to choose from and run nothing"),
    _switch("--pdf", "also set all tables as tables.pdf (needs pdflatex)"),
    _switch("--quiet", "no progress"),
    _switch("--json", "verdicts as JSON on stdout and nothing else"),
)

OPTIONS = _by_name(
    (*PROBLEM, *UPDATE, *TRAINING, *SECOND_STAGE, *JUDGING, *MATRICES, *RESOURCES, *FILES, *SWITCHES)
)
