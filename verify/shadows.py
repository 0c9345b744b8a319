"""A user's files that Python would take for modules that we import: told before one of them is run.

`python -m` looks for every module in the current directory first, then along PYTHONPATH, then among its own. A file
json.py there is run in place of Python's, and whatever then fails says nothing of it. So this file imports nothing that
Python has not loaded before it looks there.
"""

import os
import sys
from importlib.machinery import all_suffixes

__all__ = ["OTHERS", "STANDARD", "SCRIPT", "command_name", "refuse_shadows", "starts_a_command"]

SCRIPT = "bulkspike"

# Python's own modules that a command may import (tests/test_verify/test_shadows.py compares them with what it does)
STANDARD = frozenset("""
    __future__ _bisect _blake2 _bz2 _compat_pickle _compression _contextvars _csv _ctypes _datetime _decimal _hashlib _heapq
    _json _lzma _opcode _pickle _posixsubprocess _queue _random _sha512 _socket _strptime _struct _typing _uuid _weakrefset
    _zoneinfo
    abc argparse array ast asyncio atexit base64 binascii bisect bz2 calendar cmath codecs collections colorsys
    concurrent contextlib contextvars copy copyreg csv ctypes dataclasses datetime decimal difflib dis email encodings
    enum errno fcntl fileinput fnmatch fractions functools gc genericpath gettext glob grp gzip hashlib heapq hmac html
    http importlib inspect io ipaddress itertools json keyword linecache locale logging lzma marshal math mimetypes mmap
    multiprocessing ntpath numbers opcode operator optparse os pathlib pickle pkgutil platform plistlib posixpath pprint
    pwd pydoc pyexpat queue quopri random re reprlib resource runpy secrets select selectors shlex shutil signal site
    socket ssl stat statistics string stringprep struct subprocess sysconfig tarfile tempfile textwrap threading time
    timeit token tokenize tomllib traceback types typing unicodedata unittest urllib uuid warnings weakref xml zipfile
    zipimport zlib zoneinfo
""".split())  # noqa: SIM905  # fmt: skip

# distributions' modules that a command may import
OTHERS = frozenset("""
    PIL array_api_compat bottleneck charset_normalizer contourpy cupy cupyx cycler dateutil flint fontTools hypothesis
    jinja2 kiwisolver lazy_loader llvmlite markupsafe matplotlib mpl_toolkits mpmath numba numexpr numpy packaging
    pandas pyarrow pyparsing pytz safetensors scipy six sympy threadpoolctl tqdm tzdata
""".split())  # noqa: SIM905  # fmt: skip


def starts_a_command() -> bool:
    """Whether this process is becoming one of our commands; anyone else's import of the package changes nothing.

    While `python -m verify...` imports this package sys.argv[0] is "-m".
    """
    return sys.argv[:1] == ["-m"] or os.path.basename(sys.argv[0] if sys.argv else "") == SCRIPT


def command_name() -> str:
    """The command as its messages begin."""
    words = sys.orig_argv
    return words[words.index("-m") + 1] if "-m" in words[:-1] else SCRIPT


def refuse_shadows() -> None:
    """End a command that is starting, with one line and exit code 2, where a file hides a module that it needs."""
    for folder in _before_pythons_own():
        found = _hiding(folder)
        if found:
            line = f"{command_name()}: error: {_said(folder, *found)}\n"
            os.write(2, line.encode(errors="backslashreplace"))
            raise SystemExit(2)


def _before_pythons_own() -> list[str]:
    """Folders that are searched before Python's own modules."""
    own = os.path.dirname(os.__file__)
    return sys.path[: sys.path.index(own)] if own in sys.path else []


def _hiding(folder: str) -> tuple[str, str] | None:
    """The first file or package of a folder that hides a module, with the module's name."""
    try:
        names = sorted(os.listdir(folder or "."))
    except OSError:
        return None
    installed = any(name.endswith((".dist-info", ".egg-info")) for name in names)
    known = STANDARD if installed or not _current(folder) else STANDARD | OTHERS
    for name in names:
        module = _module(folder, name)
        if module in known and module not in sys.modules:
            return name, module
    return None


def _module(folder: str, name: str) -> str:
    """The module that an import would find in an entry of a folder; empty where it finds none."""
    for suffix in all_suffixes():
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name if os.path.isfile(os.path.join(folder, name, "__init__.py")) else ""


def _current(folder: str) -> bool:
    try:
        return not folder or os.path.samefile(folder, ".")
    except OSError:
        return False


def _said(folder: str, name: str, module: str) -> str:
    whose = "Python's own" if module in STANDARD else "the library"
    hides = f"{name!r} in {folder!r} hides {whose} {module!r}, which is needed: rename it"
    if not _current(folder):
        return f"{hides}, or take that folder off Python's path (PYTHONPATH)"
    command = command_name().replace("verify.", f"{SCRIPT} ").replace("verify", SCRIPT)
    return f"{hides}, or run from another directory, or as `{command}`: `python -m` looks into the current directory first"
