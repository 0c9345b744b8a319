"""Which lines of `sim` and `theory` a run passes through: a tracer that costs little once a line has been seen."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

__all__ = ["PACKAGES", "package_root", "traced_lines"]

PACKAGES = ("sim", "theory")


def package_root(package: str) -> Path:
    """The directory of a package's sources."""
    return Path(str(import_module(package).__file__)).parent


@contextmanager
def traced_lines() -> Iterator[dict[str, set[int]]]:
    """Lines run inside the `with`, by file as `sim/draw.py`; threads that are started meanwhile are traced as well.

    Whoever traced before, a debugger or a measurement of coverage, does so again afterwards.
    """
    roots = {f"{package_root(package)}/": package for package in PACKAGES}
    seen: dict[str, set[int]] = {}
    names: dict[CodeType, str | None] = {}
    left: dict[CodeType, set[int]] = {}

    def name_of(code: CodeType) -> str | None:
        for root, package in roots.items():
            if code.co_filename.startswith(root):
                return f"{package}/{code.co_filename.removeprefix(root)}"
        return None

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if code not in names:
            names[code] = name_of(code)
            left[code] = {line for *_, line in code.co_lines() if line is not None}
        name = names[code]
        if name is None or not left[code]:
            return None
        lines, unseen = seen.setdefault(name, set()), left[code]

        def each(frame: FrameType, event: str, argument: Any) -> Any:
            lines.add(frame.f_lineno)
            unseen.discard(frame.f_lineno)
            return each if unseen else None

        return each(frame, event, argument)

    before = sys.gettrace(), threading.gettrace()
    threading.settrace(trace)
    sys.settrace(trace)
    try:
        yield seen
    finally:
        sys.settrace(before[0])
        threading.settrace(before[1])  # None is what there is by default
