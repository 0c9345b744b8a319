"""`python -m verify doctor`: versions, BLAS, threads, memory, which backends work and why another does not."""

import json
from collections.abc import Sequence
from typing import Any

from verify.commands.options import parse_options
from verify.commands.spec import CommandSpec
from verify.files.provenance import environment
from verify.running.resources import bytes_text

__all__ = ["SPEC", "examine", "main"]

SPEC = CommandSpec(
    name="verify.doctor",
    description="Versions, BLAS, threads, memory, and which backends work and why another does not.",
    names=("json",),
    meanings={"json": "the same as JSON"},
)


def examine() -> dict[str, Any]:
    """What `doctor` prints, as data."""
    from sim.backend import get_backend, gpu_status
    from sim.host import default_threads, usable_cores

    return environment() | {
        "cores": usable_cores(),
        "threads": default_threads(),
        "free_memory": get_backend("numpy").free_memory(),
        "backends": {"numpy": "usable", "cupy": gpu_status()},
        "auto": get_backend("auto").name,
    }


def main(argv: Sequence[str]) -> int:
    """The command; `--json` prints the same as data."""
    options = parse_options(SPEC, argv)
    facts = examine()
    if options["json"]:
        print(json.dumps(facts, indent=2))
        return 0
    lines = [f"Python {facts['python']} on {facts['platform']}"]
    lines += [f"{name} {found or 'not installed'}" for name, found in facts["versions"].items()]
    lines += [
        f"BLAS {pool['internal_api']} {pool['version']} ({pool['architecture']}), {pool['num_threads']} threads"
        for pool in facts["blas"]
    ]
    memory = facts["free_memory"]
    free = "unknown" if memory is None else bytes_text(memory)
    lines.append(
        f"{facts['cores']} usable cores, {facts['threads']} threads by default, {free} bytes of memory free"
    )
    lines += [f"backend {name}: {state}" for name, state in facts["backends"].items()]
    lines.append(f"--backend auto takes: {facts['auto']}")
    lines.append(f"commit: {facts['commit'] or 'not run from a source checkout'}")
    print("\n".join(lines))
    return 0
