"""The options that commands share, read from the command line and from a TOML file: one name, one meaning."""

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from verify.commands.option_table import OPTIONS, Option
from verify.errors import HelpShownError, UsageError, known_names, quoted

__all__ = ["OPTIONS", "Option", "check_values", "options_text", "parse_options"]


LARGEST_FILE = 1 << 20


class _Parser(argparse.ArgumentParser):
    """argparse whose errors are one line."""

    known: tuple[str, ...] = ()

    def _print_message(self, message: str, file: Any = None) -> None:
        file.write(message)  # argparse's own hides that it cannot be written

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise HelpShownError

    def error(self, message: str) -> NoReturn:
        match = re.search(r"unrecognized arguments:\s+(\S+)", message)
        if match:
            name = match[1].partition("=")[0]
            what = "unknown option" if name.startswith("-") else "unexpected argument"
            raise UsageError(f"{what} {quoted(name)}; known: {known_names(name, self.known)}")
        raise UsageError(re.sub(r"^argument ", "", message)[:300])


class _Once(argparse.Action):
    """Keeps a value, and refuses a second one: which of the two is meant is not ours to guess."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        if hasattr(namespace, self.dest):
            first = quoted(getattr(namespace, self.dest))
            raise UsageError(
                f"{self.option_strings[0]}: must be given once; got {first} and {quoted(values)}"
            )
        setattr(namespace, self.dest, values)


def parse_options(
    argv: Sequence[str],
    *,
    prog: str,
    description: str,
    names: Sequence[str],
    defaults: dict[str, Any] | None = None,
    quick: dict[str, Any] | None = None,
    words: str | None = None,
) -> dict[str, Any]:
    """Values of the options in `names`, from the command line, then a TOML file (--config), then defaults.

    Parameters
    ----------
    defaults : dict, optional
        Defaults that differ from the shared ones in this command.
    quick : dict, optional
        What --quick changes where neither the command line nor the file says otherwise.
    words : str, optional
        What plain words on the command line are (as "ID"); they come back as `words`. None: there are none.

    Returns
    -------
    values : dict
        One entry per name; `given` holds the names that the user set.
    """
    parser, known = _build(prog, description, names)
    joined = _join_negative(argv, known)
    plain = tuple(word for word in joined if not word.startswith("-")) if words is not None else ()
    if words is not None:
        parser.usage = f"{prog} [{words} ...] [OPTIONS]"
        joined = [word for word in joined if word.startswith("-") and word != "--"]
    given = vars(parser.parse_args(joined))
    config = given.pop("config", None)
    from_file = _from_toml(config, names) if config is not None else {}
    given = {name: _value(OPTIONS[name], value) for name, value in given.items()}
    chosen = from_file | given
    base = {name: OPTIONS[name].default if OPTIONS[name].parse else False for name in names} | (
        defaults or {}
    )
    if chosen.get("quick"):
        base |= quick or {}
    more = {} if words is None else {"words": plain}
    return base | chosen | {"given": frozenset(chosen)} | more


def options_text(names: Sequence[str]) -> str:
    """The options of a command as its --help lists them, without usage and description."""
    parser, _ = _build("", "", names)
    text = parser.format_help()
    return text[text.index("options:") :].rstrip()


def _build(prog: str, description: str, names: Sequence[str]) -> tuple[_Parser, dict[str, Option]]:
    from verify.files.provenance import version

    parser = _Parser(
        prog=prog, description=description, allow_abbrev=False, argument_default=argparse.SUPPRESS
    )
    known = {OPTIONS[name].flag: OPTIONS[name] for name in names}
    for option in known.values():
        text = option.help.replace("%", "%%")
        if option.parse is None:
            parser.add_argument(option.flag, action="store_true", help=text)
        else:
            times: dict[str, Any] = {"action": "extend", "nargs": "+"} if option.many else {"action": _Once}
            parser.add_argument(option.flag, metavar=option.metavar, help=text, **times)
    parser.add_argument(
        "--config",
        action=_Once,
        metavar="FILE",
        help="a TOML file with the same names; the command line wins",
    )
    parser.add_argument("--version", action="version", version=f"bulkspike {version()}")
    parser.known = (*known, "--config", "--version", "--help")
    return parser, known


def _join_negative(argv: Sequence[str], known: dict[str, Option]) -> list[str]:
    """Make `--eps -1e-3` one word, so that the value is read as a value and refused as one; `--sizes -1,2,3` likewise."""
    joined: list[str] = []
    words = list(argv)
    inside = False  # among the values of an option that takes several
    while words:
        word = words.pop(0)
        option = known.get(word)
        takes = word == "--config" or (option is not None and option.parse is not None)
        if takes and (not words or words[0] == "--" or _is_flag(words[0], known)):
            value = f"a value {option.metavar}" if option is not None else "a file"
            raise UsageError(f"{word}: takes {value}; got none")
        if takes and not (option is not None and option.many):
            joined.append(f"{word}={words.pop(0)}")
            inside = False
            continue
        inside = takes or (inside and not word.startswith("--"))
        # a blank before -1,2,3 keeps argparse from reading an option
        value_like = re.match(r"-[0-9.]", word) or (inside and word != "-h" and re.match(r"-[^-]", word))
        joined.append(f" {word}" if value_like else word)
    return joined


def _is_flag(word: str, known: dict[str, Option]) -> bool:
    return word.startswith("--") and word.partition("=")[0] in (*known, "--config", "--version", "--help")


def _value(option: Option, raw: Any) -> Any:
    if option.parse is None:
        return bool(raw)
    if option.many:
        return tuple(option.parse(text.strip(), option.flag) for text in raw)
    return option.parse(raw, option.flag)


def _from_toml(path: str, names: Sequence[str]) -> dict[str, Any]:
    import tomllib

    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise UsageError(f"--config: must be at most {LARGEST_FILE} bytes; {path!r} is larger")
        document = tomllib.loads(data.decode())
    except OSError as error:
        raise UsageError(f"--config: must be a readable TOML file; got {path!r} ({error.strerror})") from None
    except UsageError:
        raise
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--config: {path!r} is not TOML ({str(error)[:200]})") from None
    values: dict[str, Any] = {}
    for key, raw in document.items():
        name = key.replace("-", "_")
        if name not in names:
            known = [OPTIONS[each].flag.lstrip("-") for each in names]
            raise UsageError(
                f"--config: unknown key {quoted(key)} in {path!r}; known: {known_names(key, known)}"
            )
        if name in values:
            raise UsageError(f"--config: {quoted(key)} is given twice in {path!r} (- and _ are the same)")
        values[name] = _toml_value(OPTIONS[name], raw, f"--config: {key}")
    return values


def _toml_value(option: Option, raw: Any, where: str) -> Any:
    if option.parse is None:
        if not isinstance(raw, bool):
            raise UsageError(f"{where}: must be true or false; got {quoted(raw)}")
        return raw
    if isinstance(raw, bool | dict):
        raise UsageError(f"{where}: must be a value as on the command line; got {quoted(raw)}")
    if option.metavar in ("DIR", "FILE") and not isinstance(raw, str | Path):
        raise UsageError(f"{where}: must be a path in quotation marks; got {quoted(raw)}")
    if option.many:
        rows = raw if isinstance(raw, list) else [raw]
        return tuple(option.parse(_toml_text(row), where) for row in rows)
    return option.parse(_toml_text(raw), where)


def check_values(names: Sequence[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Options given as Python values, checked as the command line checks its texts; None stays None.

    Raises
    ------
    UsageError
        An unknown name (known ones listed, nearest first) or a value outside its domain.
    """
    checked = {}
    for name, value in values.items():
        if name not in names:
            raise UsageError(f"unknown option {quoted(name)}; known: {known_names(name, names)}")
        checked[name] = None if value is None else _toml_value(OPTIONS[name], _plain(value), name)
    return checked


def _plain(value: Any) -> Any:
    """Sequences as lists, so that (200, 150, 100) and range(1, 9) read like a TOML array."""
    if isinstance(value, str | bytes | Path) or not isinstance(value, Iterable):
        return value
    return [_plain(item) for item in value]


def _toml_text(raw: Any) -> str:
    return ",".join(_text(item) for item in raw) if isinstance(raw, list) else _text(raw)


def _text(item: Any) -> str:
    """As the command line would have it; a whole number of more digits than Python writes is refused by its option."""
    try:
        return str(item)
    except ValueError:
        return hex(item) if isinstance(item, int) else quoted(item)
