"""Makes the appendix that the pages show: the tables here, the figures by docs/build_gallery.py.

    python docs/build_appendix.py                  # the paper's sizes; 15 minutes on two idle cores, less with a store
    python docs/build_appendix.py tables           # only the tables
    python docs/build_appendix.py --quick          # small sizes, into a temporary folder: does every command still work?

Finished runs are kept in BULKSPIKE_STORE (default bulkspike-out/store), so that a run that was stopped goes on.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import build_gallery

DOCS = Path(__file__).resolve().parent
# command -> (endings that the pages show, their folder)
KEPT = {
    "tables": ((".md", ".csv"), DOCS / "data" / "tables"),
}
COMMANDS = ("tables", "figures")


def make(command: str, *, quick: bool) -> None:
    """Run one command; keep what the pages show, unless it is a quick run."""
    with tempfile.TemporaryDirectory() as folder:
        words = [
            sys.executable,
            "-m",
            f"verify.{command}",
            "--quiet",
            "--out",
            folder,
            *(["--quick"] if quick else []),
        ]
        done = subprocess.run(words, cwd=DOCS.parent, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"verify.{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        endings, kept = KEPT[command]
        made = {
            path.name for path in Path(folder).iterdir() if path.suffix in endings and path.stem != "timings"
        }
        shown = {path.name for path in kept.glob("*") if path.suffix in endings} if kept.is_dir() else set()
        if quick and shown - made:
            sys.exit(
                f"verify.{command} no longer makes what the pages show: {', '.join(sorted(shown - made))}"
            )
        if not quick:
            kept.mkdir(parents=True, exist_ok=True)
            for name in made:
                shutil.copy(Path(folder) / name, kept / name)
        print(
            f"verify.{command}: {len(made)} files" + ("" if quick else f" in {kept.relative_to(DOCS.parent)}")
        )


def main(arguments: list[str]) -> None:
    """Both commands, or the one that is named."""
    parser = argparse.ArgumentParser(description="Makes the tables and figures that the pages show.")
    parser.add_argument("command", nargs="?", choices=COMMANDS, help="default: both")
    parser.add_argument("--quick", action="store_true", help="small sizes, nothing is kept")
    options = parser.parse_args(arguments)
    for command in [options.command] if options.command else COMMANDS:
        if command == "figures":
            build_gallery.main(["--quick"] if options.quick else [])
        else:
            make(command, quick=options.quick)


if __name__ == "__main__":
    main(sys.argv[1:])
