"""How the tests of verify.spike and verify.overlap run them, and the files that both write."""

import os
import subprocess
import sys

FILES = {
    "records.csv", "timings.csv", "verdicts.json", "table.csv", "table.md", "table.tex", "figure.png", "figure.svg",
    "run.json",
}  # fmt: skip


def command(*argv, cwd, module="verify.spike"):
    env = {key: value for key, value in os.environ.items() if key != "BULKSPIKE_STORE"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", module, *argv],
        cwd=cwd, env=env | {"OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
