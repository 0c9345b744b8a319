"""Makes the appendix that the pages show: docs/data/tables/, docs/images/figures/ and docs/gallery.md.

    python docs/build_appendix.py                  # the paper's sizes; 10 minutes on two idle cores, less with a store
    python docs/build_appendix.py tables           # only the tables
    python docs/build_appendix.py figures          # only the figures and their page
    python docs/build_appendix.py --quick          # small sizes, nothing is kept: does every command still work, and do
                                                   # two runs of it give the same bytes?

Finished runs are kept in BULKSPIKE_STORE (default bulkspike-out/store), so that a run that was stopped goes on.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import build_gallery

DOCS = Path(__file__).resolve().parent
TABLES, TABLE_ENDINGS = DOCS / "data" / "tables", (".md", ".csv", ".json")  # .json: commit, seeds, command
COMMANDS = ("tables", "figures")
CHANGING = ("run.json", "timings.csv")  # files that say when and how long


def run(command: str, folder: Path, *, quick: bool) -> list[dict[str, Any]]:
    """Run one command into `folder`; what it says of each item."""
    words = [sys.executable, "-m", f"verify.{command}", "--quiet", "--json", "--out", str(folder)]
    words += ["--quick"] if quick else []
    done = subprocess.run(words, cwd=DOCS.parent, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"verify.{command}: exit code {done.returncode}\n{done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def differing(first: Path, second: Path) -> list[str]:
    """Files of two runs that are not the same, byte for byte."""
    one, other = (
        {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in CHANGING}
        for folder in (first, second)
    )
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def shown(command: str) -> set[str]:
    """Names without endings of what the pages show."""
    if command == "figures":
        return {path.stem for path in build_gallery.PICTURES.glob("*")}
    return {path.stem for path in TABLES.glob("*")}


def check(command: str, folder: Path) -> None:
    """The quick run: everything that the pages show is made, twice the same."""
    found = run(command, folder / "first", quick=True)
    run(command, folder / "second", quick=True)
    differ = differing(folder / "first", folder / "second")
    if differ:
        sys.exit(f"two runs of verify.{command} differ in {', '.join(differ)}")
    missing = shown(command) - {item["id"] for item in found}
    if missing:
        sys.exit(f"verify.{command} no longer makes what the pages show: {', '.join(sorted(missing))}")
    print(f"verify.{command}: {len(found)} items, two runs with the same bytes")


def keep(command: str, folder: Path) -> None:
    """The full run: what the pages show is written."""
    found = run(command, folder, quick=False)
    if command == "figures":
        build_gallery.write(found, folder)
    else:
        TABLES.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.suffix in TABLE_ENDINGS and path.name not in CHANGING and path.stem != "verdicts":
                shutil.copy(path, TABLES / path.name)
    print(f"verify.{command}: {len(found)} items")


def main(arguments: list[str]) -> None:
    """Both commands, or the one that is named."""
    parser = argparse.ArgumentParser(description="Makes the tables and figures that the pages show.")
    parser.add_argument("command", nargs="?", choices=COMMANDS, help="default: both")
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing is kept")
    options = parser.parse_args(arguments)
    for command in [options.command] if options.command else COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            (check if options.quick else keep)(command, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
