"""Records the pilot runs that powers are computed from: writes verify/session/pilot-{quick,full}.json.

    python docs/record_pilot.py quick      (50 CPU seconds from an empty store)
    python docs/record_pilot.py full       (7 CPU minutes)

Runs of the seeds 1000 to 1023, which no claim is judged on by default; records
are taken from the store, as always. A claim whose
measurement changes has no pilot any more, and tests/test_verify/session/test_pilot.py says so until this is run again.
"""

import json
import sys
from pathlib import Path

from verify.claims.catalogue import catalogue
from verify.commands.options import parse_options
from verify.commands.shell import default_store, shell
from verify.commands.spec import CommandSpec
from verify.files.atomic import ensure_directory, write_text
from verify.running.store import Store
from verify.session.pilot import TABLES, needs_pilot, runs_for_pilot
from verify.session.session import Session

SPEC = CommandSpec(
    name="record_pilot",
    description="Records the pilot runs from which powers are computed.",
    names=("store",),
)


def main(words: list[str]) -> int:
    """Simulate what is missing and write the table, one claim a line."""
    name, *rest = words
    options = parse_options(SPEC, rest)
    claims = [claim for claim in catalogue(quick=name == "quick") if needs_pilot(claim)]
    session = Session(store=Store(ensure_directory(Path(options["store"] or default_store()), "--store")))
    table = runs_for_pilot(claims, session.obtain)
    lines = ",\n".join(
        f"  {json.dumps(id)}: {json.dumps(entry)}" for id, entry in table.pop("claims").items()
    )
    head = json.dumps(table)[1:-1]
    write_text(TABLES[name], f'{{{head}, "claims": {{\n{lines}\n}}}}\n')
    print(
        f"{len(claims)} claims, {session.progress.computed} records simulated, {session.progress.reused} reused"
    )
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] not in (["quick"], ["full"]):
        sys.exit("usage: python docs/record_pilot.py {quick,full} [--store DIR]")
    sys.exit(shell("record_pilot", main, sys.argv[1:]))
