"""Usable cores, and texts like 4G turned into bytes and back."""

import os
import re

from verify.errors import UsageError

__all__ = ["bytes_text", "parse_bytes", "usable_cores"]

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def parse_bytes(text: str, option: str = "--memory-limit") -> int:
    """Bytes of texts such as `4G`, `800M`, `1.5G` or `2000000000` (powers of 1024)."""
    match = re.fullmatch(r"([0-9]{1,18}(?:\.[0-9]{1,6})?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if match is None or float(match[1]) == 0:
        raise UsageError(f"{option}: must be a positive number of bytes such as 4G or 800M; got {text!r}")
    return int(float(match[1]) * UNITS[match[2].upper()])


def bytes_text(count: float) -> str:
    """A number of bytes for people."""
    for unit, size in (("G", 2**30), ("M", 2**20), ("K", 2**10)):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:.0f}"


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
