"""The options that commands share, read from the command line and from a TOML file: one name, one meaning."""

import argparse
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from verify.commands.help_text import help_text
from verify.commands.option_table import OPTIONS, Option
from verify.commands.spec import CommandSpec, Options
from verify.errors import HelpShownError, UsageError, known_names, quoted
from verify.problem.functions import FunctionPair

__all__ = ["options_of", "options_text", "parse_options"]

LARGEST_FILE = 1 << 20


class _Formatter(argparse.HelpFormatter):
    """argparse's, which breaks no word at a hyphen: paths and options are whole."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)


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
        if not isinstance(values, str):  # argparse drops a value that is "--", whatever it belongs to
            raise UsageError(f"{self.option_strings[0]}: takes a value {self.metavar}; got '--'")
        if hasattr(namespace, self.dest):
            first = quoted(getattr(namespace, self.dest))
            raise UsageError(
                f"{self.option_strings[0]}: must be given once; got {first} and {quoted(values)}"
            )
        setattr(namespace, self.dest, values)


def parse_options(spec: CommandSpec, argv: Sequence[str]) -> Options:
    """Values of a command's options: from the command line, then a TOML file (--config), then the spec's defaults.

    Raises
    ------
    UsageError
        An unknown option, or a value outside its domain.
    """
    parser, known = _build(spec)
    joined = _join_negative(argv, known)
    words = tuple(word for word in joined if not word.startswith("-")) if spec.words else ()
    if spec.words:
        parser.usage = f"{spec.name} [{spec.words} ...] [OPTIONS]"
        joined = [word for word in joined if word.startswith("-") and word != "--"]
    given = vars(parser.parse_args(joined))
    config = given.pop("config", None)
    from_file = _from_toml(config, spec.names) if config is not None else {}
    chosen = from_file | {name: _value(OPTIONS[name], value) for name, value in given.items()}
    return spec.options(chosen, given=frozenset(chosen), words=words)


def options_of(spec: CommandSpec, values: Mapping[str, Any], *, words: Sequence[str] = ()) -> Options:
    """Values given in Python, checked as the command line checks its texts; None is the default.

    Parameters
    ----------
    words : sequence of str
        What would stand as plain words on the command line; one alone may be a str.

    Raises
    ------
    UsageError
        An unknown name (known ones listed, nearest first) or a value outside its domain.
    """
    checked = {}
    for name, value in values.items():
        if name not in spec.python_names:
            raise UsageError(f"unknown option {quoted(name)}; known: {known_names(name, spec.python_names)}")
        if isinstance(value, FunctionPair):  # a student or teacher that has been read already
            checked[name] = value
        elif value is not None:
            checked[name] = _toml_value(OPTIONS[name], _plain(value), name)
    plain = (words,) if isinstance(words, str) else tuple(words)
    return spec.options(checked, given=frozenset(checked), words=plain)


def options_text(spec: CommandSpec) -> str:
    """The options of a command as its --help lists them, without usage and description."""
    parser, _ = _build(spec)
    text = parser.format_help()
    return text[text.index("options:") :].rstrip()


def _build(spec: CommandSpec) -> tuple[_Parser, dict[str, Option]]:
    from verify.files.provenance import version

    parser = _Parser(
        prog=spec.name,
        description=spec.description,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
        formatter_class=_Formatter,
    )
    known = {OPTIONS[name].flag: OPTIONS[name] for name in spec.names}
    for option in known.values():
        text = help_text(spec, option.name).replace("%", "%%")
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
        if not raw:  # as above
            raise UsageError(f"{option.flag}: takes a value {option.metavar}; got '--'")
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
    rows = raw if option.many and isinstance(raw, list) else [raw]
    if option.metavar in ("DIR", "FILE") and not all(isinstance(row, str | Path) for row in rows):
        raise UsageError(f"{where}: must be a path in quotation marks; got {quoted(raw)}")
    if option.many:
        return tuple(option.parse(_toml_text(row), where) for row in rows)
    return option.parse(_toml_text(raw), where)


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
