"""Records the catalogue's verdicts, which `python -m verify --check` compares with: writes docs/data/.

    python docs/record_verdicts.py quick      (two minutes; what CI checks)
    python docs/record_verdicts.py full       (ten minutes; what docs/verdicts.md shows)

docs/data/verdicts-{quick,full}.json are the findings, -run.json when and with what they were made. Records
are taken from the store, as always; only those that are missing are simulated.
"""

import json
import sys
import tempfile
from pathlib import Path

from verify.everything.command import main

DATA = Path(__file__).resolve().parent / "data"
KEPT = ("finished",)


def record(name: str) -> int:
    """Run the catalogue and keep its verdicts and what it was run with."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        code = main([*(["--quick"] if name == "quick" else []), "--out", str(out)])
        text = (out / "verdicts.json").read_text(encoding="utf-8")
        run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    (DATA / f"verdicts-{name}.json").write_text(text, encoding="utf-8")
    kept = {key: run[key] for key in KEPT} | {key: run["environment"][key] for key in ("versions", "commit")}
    (DATA / f"verdicts-{name}-run.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    if sys.argv[1:] not in (["quick"], ["full"]):
        sys.exit("usage: python docs/record_verdicts.py {quick,full}")
    sys.exit(0 if record(sys.argv[1]) in (0, 1, 3) else 1)
