"""`python -m verify` and `bulkspike`: the whole catalogue judged, or the way to one command."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from importlib import import_module

from verify.commands.shell import shell
from verify.errors import UsageError, known_names, quoted

__all__ = ["COMMANDS", "console", "main"]

COMMANDS = {
    "scaling": "norms of the first update on the paper's ray and off it: Theorem 4.1 with its constant",
    "rank_one": "the first gradient beside its rank-one matrices: error against d, slope, last value (Lemma B.4)",
    "overlap": "overlaps of the top singular vectors of W_1 with the update's against eta, and sim(W_1, beta)",
    "spike": "the ESD of W_1 with its predicted bulk and spike, and s_1 against eta with the threshold",
    "train": "many steps of GD or Adam, measured at any of them: spectra, tails, spike, losses; runs that go on",
    "predict": "what the theory says of a first step at your sizes: norms, spectra, spike, losses; nothing is simulated",
    "measure": "your own matrices and checkpoints: bulk, outliers, exponents beside their nulls, phase",
    "tables": "the appendix tables of the first step: CSV, Markdown, LaTeX, with error bars, predictions and provenance",
    "figures": "the appendix figures of the first step: SVG, PNG, PDF, with predictions drawn in and what is drawn as CSV",
    "calibration": "the verifier verified: false alarms on synthetic records, and seeded bugs that the catalogue notices",
    "doctor": "versions, BLAS, threads, memory, and which backends work",
}


def main(argv: Sequence[str]) -> int:
    """Run a command by its name; without one judge every claim, as the options say."""
    words = list(argv)
    if words[:1] in (["-h"], ["--help"]):
        print(overview())
        return 0
    if words[:1] == ["--version"]:
        from verify.files.provenance import version

        print(f"bulkspike {version()}")
        return 0
    if not words or words[0].startswith("-"):
        return int(import_module("verify.everything").main(words))
    name, *rest = words
    if name not in COMMANDS:
        known = known_names(name, (*COMMANDS, "--quick", "--only", "--list", "--help", "--version"))
        raise UsageError(f"unknown command {quoted(name)}; known: {known}")
    return int(import_module(f"verify.{name}").main(rest))


def overview() -> str:
    """Commands, a line each, and the options of the run over all claims."""
    from verify.commands.options import options_text
    from verify.everything.command import SPEC

    width = max(map(len, COMMANDS)) + 4
    wide = shutil.get_terminal_size().columns - 2  # as argparse has it
    commands = [
        textwrap.fill(text, wide, initial_indent=f"  {name:<{width - 2}}", subsequent_indent=" " * width)
        for name, text in COMMANDS.items()
    ]
    head = [
        "usage: python -m verify [OPTIONS]           judges every claim of the catalogue",
        "       python -m verify COMMAND [OPTIONS]   (or: bulkspike ...)",
        "",
        "commands (each has --help):",
    ]
    return "\n".join([*head, *commands, "", options_text(SPEC)])


def console() -> int:
    """Entry point of the console script `bulkspike`."""
    words = sys.argv[1:]
    named = f"bulkspike {words[0]}" if words and words[0] in COMMANDS else "bulkspike"
    return shell(named, main, words)


if __name__ == "__main__":
    words = sys.argv[1:]
    command = f"verify {words[0]}" if words and words[0] in COMMANDS else "verify"
    sys.exit(shell(command, main, words))
