"""The directive ``{reference} KIND [ARGUMENT]``: parts of the pages that the code itself says, so that they cannot drift.

Kinds: `options MODULE` (a command's options), `commands`, `claims`, `exit-codes`, `columns`, `functions`, `formulas`,
`rooms PACKAGE`, `contracts`,
`finding FILE CLAIM` (one finding of a verdicts.json under docs/), `verdicts CLAIM,CLAIM,...` (recorded findings in short).
"""

import configparser
import json
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

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


def options(module: str) -> str:
    """Every option of a command, as its SPEC and verify.commands.option_table have it."""
    from verify.commands.help_text import default_text, meaning_of, value_text
    from verify.commands.option_table import OPTIONS

    spec = import_module(module).SPEC
    rows = []
    for name in spec.names:
        option, typed = OPTIONS[name], value_text(spec.default(name))
        switch = option.parse is None
        values = "" if switch else f" {_values(option.metavar)}" + (" ..." if option.many else "")
        parts = [_meaning(meaning_of(spec, name), option.metavar)]
        if name in spec.quick:
            parts.append(f"With `--quick`: `{value_text(spec.quick[name])}`.")
        shown = f"`{typed}`" if typed else _literal(default_text(spec, name)) or "—"
        rows.append([f"`{option.flag}{values}`", "off" if switch else shown, " ".join(parts)])
    rows += [
        ["`--config FILE`", "—", "A TOML file with the same names; the command line wins."],
        ["`--version`", "off", "Print the version and stop."],
        ["`-h`, `--help`", "off", "Print the options and stop."],
    ]
    return table(["Option", "Default", "Meaning"], rows)


def _values(metavar: str) -> str:
    """What stands for the value; a choice is listed under the meaning."""
    return "NAME" if metavar.startswith("{") else metavar


def _meaning(words: str, metavar: str | None) -> str:
    """--help's words as a sentence."""
    choice = ""
    if metavar is not None and metavar.startswith("{"):
        choice = "One of " + ", ".join(f"`{name}`" for name in metavar.strip("{}").split(",")) + ". "
    words = re.sub(r"'([^']*)'", r"`\1`", words) if words.count("'") == 2 and "'s" not in words else words
    words = _literal(words)
    return choice + words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")


def _literal(words: str) -> str:
    """The words with what would be typed as code."""
    literal = r"(?<![`\w])(--[a-z-]+|hermite:c0,c1,\.\.\.|module:object|BULKSPIKE_STORE|bulkspike-out/\w+)"
    return re.sub(literal, r"`\1`", words)


def commands() -> str:
    """Every command."""
    from verify.__main__ import COMMANDS

    rows = [[f"`bulkspike {name}`", text] for name, text in COMMANDS.items()]
    return table(["Command", "What it does"], rows)


def claims() -> str:
    """Every claim at its defaults, with its margin and its lies."""
    from verify.claims.catalogue import catalogue

    rows = [
        [
            f"`{claim.id}`",
            str(claim.kind),
            f"{_code(claim.statement)} ({_linked(claim.source)})",
            f"{claim.margin:g}",
            "; ".join(lie.name for lie in claim.lies),
        ]
        for claim in catalogue()
    ]
    return table(["Claim", "Kind", "Statement (source)", "Margin", "Lies that must be refuted"], rows)


def _code(text: str) -> str:
    """Plain text in Markdown: what could be read as markup is escaped."""
    return "".join("\\" + letter if letter in "\\*_[]<>$`^~" else letter for letter in text)


def _linked(text: str) -> str:
    """Plain text in Markdown in which a page of docs/ is a link."""
    parts = re.split(r"docs/([\w/-]+)\.md", text)
    pages = [f"[{name.rpartition('/')[2]}](/{name}.md)" for name in parts[1::2]]
    return "".join(_code(plain) + page for plain, page in zip(parts[::2], [*pages, ""], strict=True))


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


def finding(root: Path, file: str, claim: str) -> str:
    """One finding of a recorded verdicts.json, field by field."""
    found = next(
        each for each in json.loads((root / file).read_text(encoding="utf-8")) if each["claim"] == claim
    )
    return table(["Field", "Value"], [[f"`{name}`", _value(value)] for name, value in found.items()])


RECORDED = ("data/verdicts-full.json", "data/verdicts-quick.json")  # the first that there is


def verdicts(root: Path, claims: str) -> str:
    """Recorded findings in short: what the paper says, what theory has, what was measured, the verdict."""
    from verify.appendix.typesetting.symbols import markdown
    from verify.judging.judgement_text import paper_and_theory
    from verify.judging.read_back import finding_of
    from verify.judging.shown import measured_text

    file = next(root / name for name in RECORDED if (root / name).exists())
    recorded = {each["claim"]: each for each in json.loads(file.read_text(encoding="utf-8"))}
    rows = []
    for name in claims.split(","):
        found = finding_of(recorded[name])
        texts = (*paper_and_theory(found), measured_text(found))
        rows.append(
            [f"`{name}`", markdown(found.statement), *(_dashed(text) for text in texts),
             f"**{found.verdict}**" if found.verdict == "refuted" else str(found.verdict)]
        )  # fmt: skip
    return table(
        ["Claim", "Statement", "The paper says", "Theory has", "Measured, with its interval", "Verdict"], rows
    )


def _dashed(text: str) -> str:
    """Plain text for a cell; a dash where there is nothing."""
    return _code(text.replace("+-", "±")) if text not in ("", "-") else "—"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(item)}" for key, item in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict) and "lie" in value[0]:
        return "; ".join(f"{_code(item['lie'])}: {item['verdict']}" for item in value)
    if isinstance(value, list):  # in brackets where it is numbers, else one after the other
        items = ", ".join(map(_value, value))
        return items if value and isinstance(value[0], dict) else f"[{items}]"
    if isinstance(value, float):
        return f"{value:.5g}"
    return _code(str(value)) if value not in (None, "") else "—"


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
    "options": options,
    "commands": commands,
    "claims": claims,
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
        root = Path(self.env.srcdir)
        of_files = {"finding": finding, "verdicts": verdicts}
        text = of_files[kind](root, *rest) if kind in of_files else KINDS[kind](*rest)
        self.env.note_reread()  # it depends on code, which Sphinx does not watch
        return self.parse_text_to_nodes(text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("reference", Reference)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
