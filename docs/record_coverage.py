"""Records how much of every room the tests run: writes docs/data/coverage.csv, which docs/layout.md shows.

    pip install coverage
    python docs/record_coverage.py      (half an hour of CPU time)

The tests are those of README's command, on every core. Their workers and the processes that they start are measured too,
where these run the checkout: not what runs a copy of the packages, or a wheel. A measured process has loaded more, and
opened more files, than a bare one: some tests of test_shadows.py, test_limits.py and test_packaging.py fail for it; any
others that fail make the table that of a broken suite.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path[:0] = [str(ROOT), str(DOCS / "_ext")]
from rooms import PACKAGES, rooms_of  # noqa: E402

TABLE = DOCS / "data" / "coverage.csv"
HEADING = ("room", "statements", "missed", "branches", "missed branches", "percent")
SETTINGS = """
[run]
branch = true
parallel = true
patch = subprocess
data_file = {folder}/data
source ={sources}

[report]
exclude_also =
    if TYPE_CHECKING:
    if __name__ == .__main__.:
"""
COUNTS = ("num_statements", "missing_lines", "num_branches", "missing_branches")


def room_of(file: str) -> str:
    """The room of a file by its path in the repository; empty for a package's own face."""
    package, first, *_ = Path(file).parts
    return "" if first == "__init__.py" else f"{package}.{first.removesuffix('.py')}"


def rows_of(files: Mapping[str, Mapping[str, Any]], rooms: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    """A row per room, and one of all: what coverage counted in its files, and the share that was run of both kinds."""
    counted = {room: [0] * len(COUNTS) for room in (*rooms, "all")}
    for file, found in files.items():
        for room in filter(None, (room_of(file), "all")):
            for place, name in enumerate(COUNTS):
                counted[room][place] += found["summary"][name]
    rows: list[tuple[str | int, ...]] = []
    for room, (statements, missed, branches, untaken) in counted.items():
        whole = statements + branches
        share = 100.0 * (whole - missed - untaken) / whole if whole else 100.0
        rows.append((room, statements, missed, branches, untaken, f"{share:.1f}"))
    return rows


def measured(folder: Path, words: list[str]) -> dict[str, Any]:
    """What coverage says of every file after the tests."""
    settings = folder / "settings"
    sources = "".join(f"\n    {ROOT / package}" for package in PACKAGES)
    settings.write_text(SETTINGS.format(folder=folder, sources=sources), encoding="utf-8")
    coverage = [sys.executable, "-m", "coverage"]
    run = [*coverage, "run", f"--rcfile={settings}", "-m", "pytest", "-q", *words]
    code = subprocess.run(run, cwd=ROOT, check=False).returncode
    if code not in (0, 1):  # 1: some failed
        sys.exit(f"the tests ended with exit code {code}: nothing is recorded")
    subprocess.run([*coverage, "combine", f"--rcfile={settings}", "--quiet"], cwd=ROOT, check=True)
    report = folder / "report.json"
    subprocess.run(
        [*coverage, "json", f"--rcfile={settings}", "--quiet", "-o", str(report)], cwd=ROOT, check=True
    )
    return dict(json.loads(report.read_text(encoding="utf-8")))


def main(words: list[str]) -> None:
    """Run the tests, or those that are named, and write the table; the missed lines of each file are printed."""
    with tempfile.TemporaryDirectory(prefix="bulkspike-coverage-") as name:
        report = measured(Path(name), words)
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([HEADING, *rows_of(report["files"], rooms_of(ROOT))])
    for path, found in report["files"].items():
        if found["missing_lines"]:
            print(f"{path}: {' '.join(map(str, found['missing_lines']))}")


if __name__ == "__main__":
    main(sys.argv[1:])
