"""Claims that are not ours: a user's files and installed distributions, with their mistakes as one line."""

import importlib.util
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from verify.errors import UsageError
from verify.judging.claim import Claim

__all__ = ["ENTRY_POINTS", "installed_claims", "user_claims", "users_mistakes"]

ENTRY_POINTS = (
    "bulkspike.claims"  # a group of installed distributions' functions, (*, quick) -> sequence of Claim
)


@contextmanager
def users_mistakes(files: Sequence[Path]) -> Iterator[None]:
    """An error that passed through one of these files becomes a UsageError: file, line, what; any other stays.

    A claim's prediction and measurement run long after its file was read; their mistakes are the user's too.
    """
    try:
        yield
    except (UsageError, KeyboardInterrupt):
        raise
    except BaseException as error:  # whatever a user's file does, sys.exit() included
        frames = traceback.extract_tb(error.__traceback__)
        theirs = [(path, f.lineno) for f in frames for path in files if _same(f.filename, path)]
        if not theirs:
            raise
        path, line = theirs[-1]
        what = " ".join(str(error).split())[:300]
        raise UsageError(f"--claims: {path}:{line}: {type(error).__name__}: {what}") from None


def _same(name: str, path: Path) -> bool:
    return Path(name).resolve() == path.resolve()


def user_claims(path: Path) -> tuple[Claim, ...]:
    """The claims of a Python file of the user's: its `CLAIMS`, or every Claim among its names.

    Raises
    ------
    UsageError
        One line: the file cannot be read or run (with the line), or holds no claim.
    """
    if not path.is_file():
        raise UsageError(f"--claims: must be a Python file; got {str(path)!r}")
    name = f"bulkspike_user_claims_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"--claims: must be a Python file (.py); got {str(path)!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with users_mistakes([path]):
        try:
            spec.loader.exec_module(module)
        except SyntaxError as error:
            where = f"{error.filename or path}" + (f":{error.lineno}" if error.lineno else "")
            raise UsageError(f"--claims: {where}: {error.msg}") from None
        except (UnicodeDecodeError, OSError) as error:
            if any(_same(frame.filename, path) for frame in traceback.extract_tb(error.__traceback__)):
                raise
            raise UsageError(f"--claims: {path} cannot be read ({type(error).__name__})") from None
    listed = getattr(module, "CLAIMS", None)
    found = (
        listed if listed is not None else [item for item in vars(module).values() if isinstance(item, Claim)]
    )
    claims = _checked(found, f"--claims: {path}")
    with users_mistakes([path]):
        _rehearsed(claims)
    return claims


def installed_claims(*, quick: bool) -> tuple[Claim, ...]:
    """The claims of installed distributions: every function of the entry-point group `ENTRY_POINTS`.

    Raises
    ------
    UsageError
        One line: an entry point that cannot be loaded or called, or gives no claims.
    """
    found: list[Claim] = []
    for entry in entry_points(group=ENTRY_POINTS):
        found += _rehearsed(_checked(_called(entry, quick), f"entry point {entry.name} = {entry.value}"))
    return tuple(found)


def _rehearsed(claims: Sequence[Claim]) -> Sequence[Claim]:
    """The same claims; a lie that is none is refused before anything is simulated (verify/judging/lies.py)."""
    from verify.session.pilot import rehearse

    for claim in claims:
        rehearse(claim, pilot=None)
    return claims


def _called(entry: EntryPoint, quick: bool) -> object:
    try:
        return entry.load()(quick=quick)
    except Exception as error:  # another distribution's code
        what = " ".join(str(error).split())[:300]
        raise UsageError(
            f"entry point {entry.name} = {entry.value} ({ENTRY_POINTS}): {type(error).__name__}: {what}; "
            "uninstall its distribution or mend it"
        ) from None


def _checked(found: object, where: str) -> tuple[Claim, ...]:
    """A sequence of claims with at least one, or a UsageError that says what it is instead."""
    if isinstance(found, Claim):
        return (found,)
    if not isinstance(found, Sequence) or not found:
        raise UsageError(f"{where} must define a Claim, or CLAIMS, a sequence of them; found none")
    others = [item for item in found if not isinstance(item, Claim)]
    if others:
        kind = type(others[0]).__name__
        raise UsageError(f"{where} must define a Claim, or CLAIMS, a sequence of them; it holds a {kind}")
    return tuple(found)
