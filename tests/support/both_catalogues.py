"""Both catalogues, quick and full, for the tests that run over every claim of them."""

from support.families import whole_catalogue
from verify.judging.claim import Claim

NAMES = ("quick", "full")


def claims_of(name: str) -> tuple[Claim, ...]:
    return whole_catalogue(name == "quick")
