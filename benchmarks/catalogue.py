"""What a reader waits for: wall and CPU seconds of the catalogue, the tables and the figures, each from an empty store.

    python benchmarks/catalogue.py [--full]

--full adds the paper's sizes (half an hour on two cores). Commands of one group share a store, in their order: the
second run of the catalogue finds every record, and the figures find what the tables have run.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

Row = tuple[
    str, float
]  # arguments of python -m, and the wall seconds that are the goal; 0 for none of its own

QUICK: tuple[tuple[Row, ...], ...] = (
    (("verify --quick", 180.0), ("verify --quick", 15.0)),
    (("verify.tables --quick", 90.0),),
    (("verify.figures --quick", 90.0),),
)
FULL: tuple[tuple[Row, ...], ...] = (
    (("verify", 1500.0), ("verify", 15.0)),
    (("verify.tables", 0.0), ("verify.figures", 0.0)),
)
TOGETHER = 900.0  # wall seconds of the last group
ALLOWED = {"verify": {0, 1}}  # exit codes: 1 where a claim is refuted, as some of the paper's are


def seconds(command: str, folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of one command, imports included; records and files stay in `folder`."""
    environment = os.environ | {"BULKSPIKE_STORE": str(folder / "store")}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--quiet", "--out", str(folder / "out")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in ALLOWED.get(command.split()[0], {0}):
        sys.exit(f"{command}: exit code {done.returncode}: {done.stderr}")
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep each group's store in DIR, which must be empty"
    )
    options = parser.parse_args()
    keep: Path | None = options.keep
    if keep is not None and keep.exists() and any(keep.iterdir()):
        sys.exit(f"--keep: {str(keep)!r} must be empty, so that the stores are")
    print("| command | wall s | CPU s | goal, wall s |\n| --- | ---: | ---: | ---: |")
    for number, group in enumerate(QUICK + (FULL if options.full else ())):
        total = 0.0
        with tempfile.TemporaryDirectory() as emptied:
            folder = Path(emptied) if keep is None else keep / str(number)
            for place, (command, goal) in enumerate(group):
                wall, cpu = seconds(command, folder)
                total += wall
                again = ", again" if place and command == group[place - 1][0] else ""
                asked = f"{goal:g}" if goal else ""
                print(f"| `python -m {command}`{again} | {wall:.1f} | {cpu:.1f} | {asked} |", flush=True)
        if group is FULL[-1]:
            print(f"| both | {total:.1f} | | {TOGETHER:g} |", flush=True)


if __name__ == "__main__":
    main()
