"""The directive ``{reference} KIND [ARGUMENT]``: parts of the pages that the code itself says, so that they cannot drift.

Kinds: `options MODULE` (what a command takes), `all-options`, `commands`, `exit-codes`, `columns`, `functions`, `formulas`,
`rooms PACKAGE`, `contracts`, `claims` and `recorded-verdicts` (by section), `claim-places` and `verdict-places` (links to
those sections), `finding FILE CLAIM` (one finding of a verdicts.json under docs/), `verdicts CLAIM,CLAIM,...` (recorded
findings in short).
"""

import configparser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import claim_tables
import option_tables
from docutils import nodes
from rooms import rooms_of
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from verify.presentation.writers import markdown_table

ROOT = Path(__file__).resolve().parents[2]
EXIT_CODES = {
    "SUPPORTED": "every claim is supported (or a command without claims did its work)",
    "REFUTED": "at least one claim is refuted",
    "USAGE": "a mistake in the command: one line on stderr names the option, what it needs and what it got",
    "INCONCLUSIVE": "none is refuted, at least one is inconclusive",
    "UNEXPECTED": "an unexpected error: one line on stderr, the traceback in a log file that it names",
    "INTERRUPTED": "interrupted: finished cells are kept, the same command goes on from there",
    "PIPE": "whoever read stdout has gone (as with `| head`)",
}


def table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return markdown_table(heading, rows, "l")


def commands() -> str:
    """Every command."""
    from verify.__main__ import COMMANDS

    rows = [[f"`bulkspike {name}`", text] for name, text in COMMANDS.items()]
    return table(["Command", "What it does"], rows)


def exit_codes() -> str:
    """The codes of verify.errors.ExitCode."""
    from verify.errors import ExitCode

    return table(["Code", "Meaning"], [[f"`{int(code)}`", EXIT_CODES[code.name]] for code in ExitCode])


def columns() -> str:
    """The columns of records.csv."""
    from verify.commands.files import COLUMNS

    return ", ".join(f"`{name}`" for name in COLUMNS)


def functions() -> str:
    """The names that --student and --teacher know."""
    from verify.problem.functions import FUNCTION_NAMES

    return ", ".join(f"`{name}`" for name in FUNCTION_NAMES)


def formulas() -> str:
    """The functions that a formula may call, and its bounds."""
    from verify.problem import expressions as e

    names = ", ".join(f"`{name}`" for name in e.FUNCTIONS)
    return (
        f"A formula may use `z`, numbers, `pi`, `e`, `+ - * / **` and {names} (`max` and `min` take two arguments). "
        f"It has at most {e.MAX_LENGTH} characters, {e.MAX_DEPTH} levels and {e.MAX_NODES} operations and operands; "
        f"exponents are constants of at most {e.MAX_EXPONENT:g} in absolute value. "
        "It is read, never evaluated as Python."
    )


def rooms(package: str) -> str:
    """The rooms of a package from the highest floor down, each with what its docstring says it holds."""
    rows = []
    for id, room in rooms_of(ROOT).items():
        if room.package == package:
            name = (
                f"`{room.name}`"
                if room.name.startswith("_")
                else f"{{doc}}`{room.name} </api/generated/{id}>`"
            )
            rows.append((str(room.floor), name, room.about))
    return table(("Floor", "Room", "What it holds"), rows)


def contracts() -> str:
    """What import-linter is asked beside the floors, by the names in setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    found = [parser[name] for name in parser.sections() if name.startswith("importlinter:contract:")]
    return "\n".join(f"- {each['name']}" for each in found if "containers" not in each)


KINDS: dict[str, Callable[..., str]] = {
    "options": option_tables.options_of,
    "all-options": option_tables.all_options,
    "commands": commands,
    "claim-places": claim_tables.claim_places,
    "claims": claim_tables.claims,
    "exit-codes": exit_codes,
    "columns": columns,
    "functions": functions,
    "formulas": formulas,
    "rooms": rooms,
    "contracts": contracts,
}


class Reference(SphinxDirective):
    """See the module's docstring."""

    required_arguments = 1
    optional_arguments = 2
    final_argument_whitespace = False

    def run(self) -> list[nodes.Node]:
        """The text of the kind, parsed as part of the page."""
        kind, *rest = self.arguments
        self.env.note_reread()  # it depends on code, which Sphinx does not watch
        return self.parse_text_to_nodes(self._text(kind, rest), allow_section_headings=True)

    def _text(self, kind: str, rest: Sequence[str]) -> str:
        root = Path(self.env.srcdir)
        if kind == "finding":
            return claim_tables.finding(root / rest[0], rest[1])
        if kind == "verdicts":
            return claim_tables.verdicts(root / "data", rest[0])
        if kind in ("recorded-verdicts", "verdict-places"):
            of = (
                claim_tables.recorded_verdicts if kind == "recorded-verdicts" else claim_tables.verdict_places
            )
            return of(root / "data")
        return KINDS[kind](*rest)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("reference", Reference)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
