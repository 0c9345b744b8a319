"""Seeded bugs, each in a copy of the packages and a fresh process, against the quick catalogue's findings without them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from verify.calibration.mutations import function_lines
from verify.calibration.reach import package_root
from verify.calibration.seeded import Bug, BugError, applied, seeded_bugs
from verify.calibration.worker import alarm
from verify.files.atomic import write_text

__all__ = ["BugRow", "CleanRun", "Hunt", "Laboratory", "hunt", "order_for"]

CPU_LIMIT = 1200  # seconds of one bug: ten times the catalogue; a bug that does not end is noticed
PACKAGES = ("theory", "sim", "verify")
Plain = Mapping[str, Any]
OTHER_SEED = 1000  # of the clean run whose draws are others


@dataclass(frozen=True, slots=True, kw_only=True)
class BugRow:
    """What became of one bug.

    Attributes
    ----------
    by, how : str
        The first claim that noticed, and what changed: its verdict, a lie that was no longer refuted, a crash.
    judged : int
        Claims judged until then.
    """

    bug: Bug
    caught: bool
    by: str
    how: str
    judged: int
    cpu_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanRun:
    """The quick catalogue without a bug.

    Attributes
    ----------
    findings : tuple of findings as plain data
    costs : CPU seconds per claim, in the catalogue's order
    touched : lines of `sim` and `theory` that no earlier claim ran, per claim
    runs : per claim words on what it runs and the operations of its gradients
    records : names of the records it used
    """

    findings: tuple[Plain, ...]
    costs: Mapping[str, float]
    touched: Mapping[str, tuple[tuple[str, int], ...]]
    runs: Mapping[str, Plain]
    records: tuple[str, ...] = field(repr=False)
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Laboratory:
    """Where bugs are run.

    Attributes
    ----------
    store : Path
        Records of the clean runs; a bug has a folder of its own.
    threads : int
        Bugs run side by side. Each has one thread.
    only : tuple of str
        Claims by id, as for `python -m verify --only`; none means all.
    """

    store: Path
    threads: int = 1
    only: tuple[str, ...] = ()

    def clean(self, first_seed: int = 0) -> CleanRun:
        """The quick catalogue as it is."""
        with _copy(None) as copy:
            found = _run(copy, self._job({"clean": [], "first_seed": first_seed, "store": str(self.store)}))
        if "findings" not in found:
            raise BugError(f"the clean run did not end: {found['how']}")
        touched = {
            name: tuple((str(file), int(line)) for file, line in each)
            for name, each in found["touched"].items()
        }
        return CleanRun(
            findings=tuple(found["findings"]), costs=found["costs"], touched=touched, runs=found["runs"],
            records=tuple(dict.fromkeys(found["records"])), cpu_seconds=found["cpu_seconds"],
        )  # fmt: skip

    def run(self, bug: Bug, clean: CleanRun, trusted: Sequence[Plain]) -> BugRow:
        """One bug until its first alarm; the claims of `trusted` are compared, those nearest to the bug first."""
        names = {str(finding["claim"]) for finding in trusted}
        order = [name for name in order_for(bug, clean) if name in names]
        with _copy(bug) as copy:
            store = copy / "store"
            store.mkdir()
            if bug.package == "theory":  # records are keyed by sim's sources: the clean run's are valid
                for name in clean.records:
                    if (self.store / name).exists():
                        shutil.copyfile(self.store / name, store / name)
            found = _run(copy, self._job({"clean": list(trusted), "order": order, "store": str(store)}))
        fields = {name: found[name] for name in ("caught", "by", "how", "judged", "cpu_seconds")}
        return BugRow(bug=bug, **fields)

    def _job(self, own: Plain) -> Plain:
        return {"order": [], "first_seed": 0, "only": list(self.only), **own}


NEAR = {
    "sim/measures/alignment.py": ("gradient", "top"),
    "sim/optimisers/adam.py": ("adam", "adam with eps"),
    "sim/measures/readout.py": ("ridge",),
    "sim/setting.py": ("mean-field",),
    "sim/measures/spectrum.py": ("spectrum",),
    "sim/optimisers/step.py": ("training_loss", "top"),
    "sim/measures/tails.py": ("tails",),
}  # what is run with a file of sim, in the words of CleanRun.runs; with the others, everything
RATE = 1e9  # operations of a gradient that cost as much as a second of everything else


def order_for(bug: Bug, clean: CleanRun) -> list[str]:
    """Claims that measure with the bug's file, or first ran its function, or its file, then the rest; cheap first.

    What is measured costs nothing when the bug is in theory: the records are there. Anchors in theory come last, so that
    what they catch is what nothing else does.
    """
    package, _, rest = bug.file.partition("/")
    first, last = function_lines((package_root(package) / rest).read_text(encoding="utf-8"), bug.function)
    words = NEAR.get(bug.file, ())
    anchors = {finding["claim"] for finding in clean.findings if finding["reading"] == "anchor"}

    def distance(name: str) -> tuple[int, float]:
        if package == "sim":
            known = clean.runs[name]
            return int(not set(words) & set(known["words"])), clean.costs[name] + known["work"] / RATE
        if name in anchors:
            return 3, clean.costs[name]
        lines = [line for file, line in clean.touched.get(name, ()) if file == bug.file]
        return 0 if any(first < line <= last for line in lines) else 1 if lines else 2, clean.costs[name]

    return sorted(clean.costs, key=distance)


@contextmanager
def _copy(bug: Bug | None) -> Iterator[Path]:
    """A folder with a copy of the three packages, the bug in it."""
    with tempfile.TemporaryDirectory(prefix="bulkspike-bug-") as name:
        folder = Path(name)
        for package in PACKAGES:
            shutil.copytree(
                package_root(package), folder / package, ignore=shutil.ignore_patterns("__pycache__")
            )
        if bug is not None:
            path = folder / bug.file
            path.write_text(applied(bug, path.read_text(encoding="utf-8")), encoding="utf-8")
        yield folder


def _run(folder: Path, job: Plain) -> dict[str, Any]:
    """The worker in that folder: its result, or what ended it."""
    result = folder / "result.json"
    paths = {"result": str(result), "cpu_limit": CPU_LIMIT}
    (folder / "job.json").write_text(json.dumps({**job, **paths}), encoding="utf-8")
    environment = dict(os.environ, PYTHONPATH=str(folder), PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0")
    environment |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "verify.calibration.worker", str(folder / "job.json")],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    if result.exists():
        return dict(json.loads(result.read_text(encoding="utf-8")))
    last = (done.stderr.strip().splitlines() or ["no word"])[-1][:200]
    how = f"crash: the process ended with {done.returncode}: {last}"
    return {"caught": True, "by": "the start", "how": how, "judged": 0, "cpu_seconds": 0.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """Bugs and the clean runs that they were held against.

    Attributes
    ----------
    rows : tuple of BugRow
        In the order of the bugs.
    clean : CleanRun or None
        None where every row was there already.
    unstable : mapping
        Claims that alarm without a bug when all draws are others, and how: they are not compared.
    """

    rows: tuple[BugRow, ...]
    unstable: Mapping[str, str]
    claims: int
    clean_cpu_seconds: float


def hunt(
    laboratory: Laboratory,
    *,
    bugs: Sequence[Bug] | None = None,
    other_seeds: bool = True,
    folder: Path | None = None,
    fresh: bool = False,
    show: Callable[[float, str], None] = lambda share, text: None,
) -> Hunt:
    """Run every bug that has not been run.

    Parameters
    ----------
    bugs : sequence of Bug, optional
        Default all of `seeded_bugs`.
    other_seeds : bool
        Whether the catalogue is run once more on other seeds, and claims whose verdict changes are left out.
    folder : Path, optional
        Keeps clean.json and bugs.jsonl, a line per bug as it is finished; what is there already is not run again
        unless `fresh`.
    """
    wanted = seeded_bugs() if bugs is None else tuple(bugs)
    results, kept = (None, None) if folder is None else (folder / "bugs.jsonl", folder / "clean.json")
    done = {} if fresh or results is None else _read(results)
    show(0.0, "the catalogue without a bug")
    clean, unstable = _clean_runs(laboratory, other_seeds, None if fresh else kept)
    if kept is not None:
        write_text(kept, json.dumps({"clean": asdict(clean), "unstable": unstable}) + "\n")
    trusted = [finding for finding in clean.findings if finding["claim"] not in unstable]
    missing = [bug for bug in wanted if bug not in done]
    for row in _rows(laboratory, missing, clean, trusted, show):
        done[row.bug] = row
        if results is not None:
            others = [each for bug, each in done.items() if bug not in wanted]
            _write(results, [*(done[bug] for bug in wanted if bug in done), *others])
    show(1.0, "")
    return Hunt(
        rows=tuple(done[bug] for bug in wanted), unstable=unstable, claims=len(trusted),
        clean_cpu_seconds=clean.cpu_seconds,
    )  # fmt: skip


def _clean_runs(
    laboratory: Laboratory, other_seeds: bool, kept: Path | None
) -> tuple[CleanRun, dict[str, str]]:
    """The clean run, and the claims that alarm on other seeds; from `kept` where they are there."""
    if kept is not None and kept.exists():
        document = json.loads(kept.read_text(encoding="utf-8"))
        return CleanRun(**document["clean"]), document["unstable"]
    clean = laboratory.clean()
    unstable: dict[str, str] = {}
    if other_seeds:
        other = {finding["claim"]: finding for finding in laboratory.clean(OTHER_SEED).findings}
        for finding in clean.findings:
            told = alarm(finding, other[finding["claim"]])
            if told:
                unstable[str(finding["claim"])] = told
    return clean, unstable


def _rows(
    laboratory: Laboratory,
    bugs: Sequence[Bug],
    clean: CleanRun,
    trusted: Sequence[Plain],
    show: Callable[[float, str], None],
) -> Iterator[BugRow]:
    """Rows as they are finished."""
    from concurrent.futures import ThreadPoolExecutor, as_completed

    with ThreadPoolExecutor(laboratory.threads) as pool:
        tasks = [pool.submit(laboratory.run, bug, clean, trusted) for bug in bugs]
        for count, task in enumerate(as_completed(tasks), start=1):
            row = task.result()
            show(count / len(bugs), row.bug.id)
            yield row


def _read(path: Path) -> dict[Bug, BugRow]:
    rows: dict[Bug, BugRow] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            bug = Bug(**entry.pop("bug"))
            rows[bug] = BugRow(bug=bug, **entry)
    return rows


def _write(path: Path, rows: Sequence[BugRow]) -> None:
    write_text(path, "".join(json.dumps(row.as_json()) + "\n" for row in rows))
