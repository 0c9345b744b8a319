"""A user's claim whose judge, measurement or prediction fails in our code: told by the claim, where no line of theirs is."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.lies import defined_at

__all__ = ["told_by_claim"]

OURS = ("verify", "theory", "sim")


@contextmanager
def told_by_claim(claim: Claim, part: str) -> Iterator[None]:
    """An error in here becomes a UsageError that names a user's claim and its part; one of ours stays what it is.

    So does one that passed through the user's file: it is told by its line (verify/claims/users.py).
    """
    try:
        yield
    except UsageError:
        raise
    except Exception as error:
        theirs = getattr(getattr(claim.predict, "__code__", None), "co_filename", "")
        through = any(frame.filename == theirs for frame in traceback.extract_tb(error.__traceback__))
        if through or str(getattr(claim.predict, "__module__", "")).partition(".")[0] in OURS:
            raise
        what = f"{type(error).__name__}: {error}"[:200]
        where = f"--claims: {defined_at(claim)}claim {claim.id}"
        raise UsageError(f"{where}: its {part} has no use for it ({what})") from error
