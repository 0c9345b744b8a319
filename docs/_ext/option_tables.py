"""What the page of commands says of options: a table of all of them, and which a command takes, with their defaults."""

import re
from collections import Counter
from importlib import import_module
from typing import Any

from verify.presentation.writers import markdown_table

__all__ = ["all_options", "options_of", "specs"]

EVERY = "every one"
ALSO = (
    ("--config FILE", "—", "A TOML file with the same names; the command line wins.", EVERY),
    ("--version", "off", "Print the version and stop.", EVERY),
    ("-h, --help", "off", "Print the options and stop.", EVERY),
)


def specs() -> dict[str, Any]:
    """Every command that takes options, by its name on the page."""
    from verify.__main__ import COMMANDS

    found = {"verify": import_module("verify.everything.command").SPEC}
    for name in COMMANDS:
        spec = getattr(import_module(f"verify.{name}.command"), "SPEC", None)
        if spec is not None:
            found[name] = spec
    return found


def all_options() -> str:
    """Each option once: its commonest default and meaning, those of single commands after them, and who takes it."""
    from verify.commands.help_text import meaning_of
    from verify.commands.option_table import OPTIONS

    of_command = specs()
    rows = []
    for name, option in OPTIONS.items():
        takers = [command for command, spec in of_command.items() if name in spec.names]
        if not takers:
            continue
        defaults = _commonest(
            {command: _default(of_command[command], name) for command in takers}, "; {text} for {who}"
        )
        meanings = {each: _meaning(meaning_of(of_command[each], name), option.metavar) for each in takers}
        meaning = _commonest(meanings, " For {who}: {text}")
        values = _values(option.metavar) + (" ..." if option.many else "") if option.parse else ""
        rows.append(
            [f"`{f'{option.flag} {values}'.strip()}`", defaults, meaning, _takers(takers, of_command)]
        )
    rows += [[f"`{flag}`", default, meaning, who] for flag, default, meaning, who in ALSO]
    return markdown_table(["Option", "Default", "Meaning", "Commands"], rows, "l")


def _commonest(texts: dict[str, str], form: str) -> str:
    """What most commands say, and after it what single ones do, in a form with `text` and `who`."""
    common = Counter(texts.values()).most_common(1)[0][0]
    others: dict[str, list[str]] = {}
    for command, text in texts.items():
        if text != common:
            others.setdefault(text, []).append(command)
    return common + "".join(form.format(text=text, who=", ".join(who)) for text, who in others.items())


def _takers(takers: list[str], of_command: dict[str, Any]) -> str:
    """Who takes an option, or who does not where those are fewer."""
    missing = [command for command in of_command if command not in takers]
    if not missing:
        return EVERY
    if len(missing) < len(takers) - 1:
        return f"all but {', '.join(missing)}"
    return ", ".join(takers)


def _default(spec: Any, name: str) -> str:
    from verify.commands.help_text import default_text, value_text
    from verify.commands.option_table import OPTIONS

    if OPTIONS[name].parse is None:
        return "off"
    typed = value_text(spec.default(name))
    words = default_text(spec, name).replace(f"bulkspike-out/{spec.short_name}", "bulkspike-out/COMMAND")
    return f"`{typed}`" if typed else _literal(words) or "—"


def options_of(module: str) -> str:
    """Which options a command takes, as they would be typed with their defaults, and what --quick changes."""
    from verify.commands.help_text import value_text
    from verify.commands.option_table import OPTIONS

    spec = import_module(module).SPEC
    flags = []
    for name in spec.names:
        typed = value_text(spec.default(name)) if OPTIONS[name].parse else ""
        flags.append(f"`{f'{OPTIONS[name].flag} {typed}'.strip()}`")
    quick = [f"`{OPTIONS[name].flag} {value_text(value)}`" for name, value in spec.quick.items()]
    also = f" `--quick` stands for {', '.join(quick)}." if quick else ""
    return f"It takes, here with their defaults, {', '.join(flags)}; {{ref}}`all-options` says what each means.{also}"


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
