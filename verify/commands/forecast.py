"""What a study would take, for --dry-run."""

from collections.abc import Sequence
from typing import Protocol

from verify.commands.spec import Options
from verify.judging.claim import Claim
from verify.running.request import Request
from verify.running.work import seconds_of
from verify.session.session import requests_of_claims

__all__ = ["Study", "seconds_ahead"]


class Study(Protocol):
    """A run that has been checked and not begun, as the commands prepare it; `seeds` are those of the first look."""

    @property
    def options(self) -> Options:
        """The command's."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What is judged."""

    @property
    def seeds(self) -> int:
        """Of the first look."""

    def requests(self, seeds: Sequence[int]) -> Sequence[Request]:
        """What its table and its figure need beside the claims."""


def seconds_ahead(study: Study) -> float:
    """An estimate of the first look's wall time on two cores, with nothing in the store."""
    first = study.options["first_seed"]
    seeds = range(first, first + study.seeds)
    asked = requests_of_claims([(claim, seeds) for claim in study.claims])
    return seconds_of(list(dict.fromkeys([*asked, *study.requests(seeds)])))
