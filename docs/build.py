"""Records what the pages quote: runs the commands that they name and writes docs/data/.

    python docs/build.py

Every number in the pages that is not computed by the Sphinx build itself comes from here. It takes half a minute.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

DOCS = Path(__file__).resolve().parent
DATA = DOCS / "data"
# file under docs/data/ -> (arguments of Python, the exit code that the pages say)
COMMANDS = {
    "scaling-quick": (["-m", "verify.scaling", "--quick"], 0),
    "scaling-ray": (["-m", "verify.scaling", "--quick", "--design", "ray"], 3),
    "wrong-option": (["-m", "verify.scaling", "--sede", "5"], 2),
    "quickstart": ([str(DOCS / "examples" / "quickstart.py")], 0),
    "my-claims": (
        ["-m", "verify", "--only", "U.normalised", "--claims", str(DOCS / "examples" / "my_claims.py")],
        0,
    ),
    "one-step": ([str(DOCS / "examples" / "one_step.py")], 0),
    "own-functions": ([str(DOCS / "examples" / "own_functions.py")], 0),
    "own-matrix": ([str(DOCS / "examples" / "own_matrix.py")], 0),
}


def record(name: str, arguments: list[str], expected: int) -> None:
    """Run one command in an empty directory; keep what it printed, its verdicts and its table."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"PYTHONPATH": str(DOCS.parent)}
        environment.pop("BULKSPIKE_STORE", None)
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != expected:
            sys.exit(
                f"{name}: exit code {done.returncode}, the pages say {expected}\n{done.stdout}{done.stderr}"
            )
        (DATA / f"{name}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        for file in ("verdicts.json", "table.md"):
            written = Path(folder) / "bulkspike-out" / "scaling" / file
            if written.exists():
                shutil.copy(written, DATA / f"{name}-{file}")


def main() -> None:
    """Every command, one after the other."""
    DATA.mkdir(exist_ok=True)
    for name, (arguments, expected) in COMMANDS.items():
        record(name, arguments, expected)
        print(f"docs/data/{name}.txt")


if __name__ == "__main__":
    main()
