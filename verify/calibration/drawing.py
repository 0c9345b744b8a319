"""Twenty mutations drawn by a seeded generator from every one that the quick catalogue passes through.

Run once, before the catalogue is tuned: `python -m verify.calibration.drawing FOLDER` writes `frame.csv`, the sampling
frame (in the repository docs/data/calibration/frame.csv), and `drawn.json`, what was drawn and in which order (here).
"""

import csv
import hashlib
import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np

from verify.calibration.mutations import Mutation, mutations_of, reached_mutations
from verify.calibration.reach import PACKAGES, package_root, traced_lines
from verify.calibration.seeded import nth_in_function

__all__ = ["DRAWN", "SEED", "draw", "frame", "frame_csv", "read_frame"]

SEED = 20241126
DRAWN = 60  # in order: the first twenty that are not equivalent are used


def frame(lines: Mapping[str, Sequence[int]]) -> tuple[list[Mutation], int]:
    """Mutations whose line is run, and how many of the same functions' are on lines that are not."""
    found: list[Mutation] = []
    left = 0
    for package in PACKAGES:
        root = package_root(package)
        for path in sorted(root.rglob("*.py")):
            name = f"{package}/{path.relative_to(root).as_posix()}"
            source = path.read_text(encoding="utf-8")
            here = reached_mutations(name, source, set(lines.get(name, ())))
            functions = {mutation.function for mutation in here}
            found += here
            left += sum(each.function in functions for each in mutations_of(name, source)) - len(here)
    return found, left


def draw(population: Sequence[Mutation], *, seed: int = SEED, count: int = DRAWN) -> list[Mutation]:
    """`count` of them without repetition, every order as likely."""
    chosen = np.random.default_rng(seed).permutation(len(population))[:count]
    return [population[index] for index in chosen]


def frame_csv(population: Sequence[Mutation]) -> str:
    """The frame, a line per mutation."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(Mutation)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(mutation) for mutation in population)
    return out.getvalue()


def read_frame(text: str) -> list[Mutation]:
    """`frame_csv` backwards."""
    return [
        Mutation(
            file=row["file"], start=int(row["start"]), stop=int(row["stop"]), sort=row["sort"], function=row["function"],
            line=int(row["line"]), before=row["before"], after=row["after"],
        )
        for row in csv.DictReader(io.StringIO(text))
    ]  # fmt: skip


def _source(file: str) -> str:
    package, _, rest = file.partition("/")
    return (package_root(package) / rest).read_text(encoding="utf-8")


def main(directory: Path, lines: Mapping[str, Sequence[int]] | None = None) -> None:
    """Trace the quick catalogue (nothing stored), write the frame and the draw."""
    if lines is None:
        from verify.commands.options import options_of
        from verify.everything.command import SPEC
        from verify.everything.experiment import judge_all_claims

        with traced_lines() as seen:
            judge_all_claims(options_of(SPEC, {"quick": True, "threads": 1}))
        lines = {name: sorted(found) for name, found in seen.items()}
    population, left = frame(lines)
    text = frame_csv(population)
    (directory / "frame.csv").write_text(text, encoding="utf-8")
    document = {
        "seed": SEED,
        "frame": {"mutations": len(population), "sha256": hashlib.sha256(text.encode()).hexdigest()},
        "on_lines_not_run": left,
        "drawn": [
            asdict(mutation) | {"nth": nth_in_function(mutation, _source(mutation.file))}
            for mutation in draw(population)
        ],
    }
    (directory / "drawn.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
