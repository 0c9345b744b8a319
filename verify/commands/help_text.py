"""What --help and the reference say of a command's options: the meaning, and what is taken where nothing is said."""

from typing import Any

from verify.commands.option_table import OPTIONS
from verify.commands.spec import CommandSpec

__all__ = ["default_text", "help_text", "meaning_of", "value_text"]


def value_text(value: Any) -> str:
    """A value as it would be typed; empty for none."""
    if value is None or value == ():
        return ""
    if isinstance(value, tuple):
        if isinstance(value[0], tuple):  # cells
            return " ".join(",".join(map(str, each)) for each in value)
        whole = list(value)
        rising = len(whole) >= 3 and whole == list(range(whole[0], whole[-1] + 1))
        return f"{whole[0]}-{whole[-1]}" if rising else ",".join(map(value_text, whole))
    if isinstance(value, float) and 0.0 < abs(value) < 1e-3:
        mantissa, _, exponent = f"{value:e}".partition("e")
        return f"{float(mantissa):g}e{int(exponent)}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def meaning_of(spec: CommandSpec, name: str) -> str:
    """What an option means to this command, without its default."""
    return spec.meanings.get(name, OPTIONS[name].meaning)


def default_text(spec: CommandSpec, name: str) -> str:
    """What is taken where nothing is said: a value as it would be typed, else words; empty where that is nothing."""
    if OPTIONS[name].parse is None:
        return ""
    words = spec.otherwise.get(name, OPTIONS[name].otherwise).replace("COMMAND", spec.short_name)
    return value_text(spec.default(name)) or words


def help_text(spec: CommandSpec, name: str) -> str:
    """Meaning, default, and what --quick has instead."""
    said = default_text(spec, name)
    if said:
        said = f"default {said}" if value_text(spec.default(name)) else f"default: {said}"
    if name in spec.quick:
        said += f"; --quick: {value_text(spec.quick[name])}"
    return f"{meaning_of(spec, name)} ({said.removeprefix('; ')})" if said else meaning_of(spec, name)
