"""`python -m verify.kappa`: the signal-to-noise ratio of the first gradient's entries, for sizes of one's own."""

import json
from collections.abc import Sequence
from typing import Unpack

from verify.commands.keywords import ProblemKeywords
from verify.commands.options import options_of, parse_options
from verify.commands.spec import CommandSpec, Options, takes_options

__all__ = ["SPEC", "main", "run"]

SPEC = CommandSpec(
    name="verify.kappa",
    description="Says kappa of each of the given sizes.",
    names=("sizes", "student", "teacher", "teacher_direction", "parametrisation", "noise", "json"),
    defaults={"sizes": ((2000, 1500, 1000),)},
)


class KappaKeywords(ProblemKeywords, total=False):
    """What `run` takes."""

    sizes: Sequence[tuple[int, int, int]]


@takes_options(SPEC)
def run(**options: Unpack[KappaKeywords]) -> dict[str, float]:
    """Kappa by "n,N,d"."""
    return kappas(options_of(SPEC, options))


def kappas(options: Options) -> dict[str, float]:
    """The same of checked options."""
    from verify.commands.described import problem_of
    from verify.problem.cells import own_sizes

    problem = problem_of(options)
    cells = own_sizes(options["sizes"])
    return {",".join(map(str, cell.sizes)): problem.signal_noise(cell).kappa for cell in cells}


def main(argv: Sequence[str]) -> int:
    """The command: parse, compute, print."""
    options = parse_options(SPEC, argv)
    found = kappas(options)
    lines = [f"{sizes}: kappa = {kappa:.4f}" for sizes, kappa in found.items()]
    print(json.dumps(found, indent=2) if options["json"] else "\n".join(lines))
    return 0
