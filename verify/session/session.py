"""Many claims judged together: what all of them need is asked for at once, so that one gradient serves every claim."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import UsageError
from verify.judging.claim import Claim
from verify.judging.finding import Finding
from verify.judging.findings_list import Findings
from verify.running.design import every_request
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.resources import Resources
from verify.running.runs import Run
from verify.session.judge_claim import judge_claim
from verify.statistics.verdict import Verdict

if TYPE_CHECKING:
    from verify.problem.problem import Precision
    from verify.running.request import Request
    from verify.running.store import Record, Store

__all__ = ["Account", "Session", "judge", "judge_together", "requests_of_claims"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How a session's records came about: looks and seeds, records computed, taken from the store, refused there."""

    looks: int
    seeds: tuple[int, ...]
    computed: int
    reused: int
    refused: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Session:
    """Records of one run: from the store, simulated, or got before for another claim.

    Attributes
    ----------
    dtype : {"float32", "float64"}, optional
        Of everything that is simulated; default what each request says.
    looks, seeds : int and range
        Looks taken so far, and the seeds of the last one that most claims took.
    """

    store: "Store | None" = None
    fresh: bool = False
    resources: Resources = field(default_factory=Resources)
    progress: Progress = field(default_factory=Progress)
    dtype: "Precision | None" = None
    looks: int = 0
    seeds: range = range(0)
    held: "dict[Request, Record]" = field(default_factory=dict, repr=False)

    def obtain(self, requests: "Sequence[Request]") -> "Mapping[Request, Record]":
        """A record for every request; none is simulated twice in a session."""
        actual = self._actual(requests)
        if not all(request in self.held for request in actual):
            obtain(
                actual,
                store=self.store,
                fresh=self.fresh,
                resources=self.resources,
                progress=self.progress,
                held=self.held,
            )
        if self.dtype is None:
            return self.held
        return {request: self.held[real] for request, real in zip(requests, actual, strict=True)}

    def runs(self, requests: "Sequence[Request]") -> tuple[Run, ...]:
        """The same with what was really run (its dtype), in the order of the requests."""
        self.obtain(requests)
        return tuple(
            Run(request=real, record=self.held[real], update=real.update) for real in self._actual(requests)
        )

    def _actual(self, requests: "Sequence[Request]") -> "Sequence[Request]":
        """The requests at the session's dtype."""
        dtype = self.dtype
        return requests if dtype is None else [replace(request, dtype=dtype) for request in requests]

    @property
    def account(self) -> Account:
        """How the records came about, so far."""
        return Account(
            looks=self.looks,
            seeds=tuple(self.seeds),
            computed=self.progress.computed,
            reused=self.progress.reused,
            refused=tuple(dict.fromkeys(self.progress.refused)),
        )


def requests_of_claims(wanted: Sequence[tuple[Claim, Sequence[int]]]) -> "list[Request]":
    """What these claims need on these seeds, each request once."""
    found = {
        request: None
        for claim, seeds in wanted
        if claim.design is not None
        for request in every_request(claim.design, seeds)
    }
    return list(found)


def judge_together(
    claims: Sequence[Claim],
    *,
    seeds_of: Callable[[Claim], int],
    first_seed: int = 0,
    max_seeds: int | None = None,
    session: Session,
    more: "Callable[[Sequence[int]], Sequence[Request]]" = lambda seeds: (),
    all_at_once: bool = False,
) -> Findings:
    """A finding per claim, each at K seeds, or at K, 2K, 4K .. up to `max_seeds` until it is decided.

    The error rate of a claim is split equally over its looks. Every round obtains what all undecided claims need
    before it judges the first, so that the claims of one cell and seed share one gradient.

    Parameters
    ----------
    more : callable (seeds) -> requests
        What tables and figures need of a round's seeds beside the claims.
    all_at_once : bool
        Whether a look that one claim needs is taken by all, so that every finding is on the seeds of the table; else a
        claim that is decided keeps its finding.
    """
    from verify.statistics import look_schedule

    schedules = [look_schedule(seeds_of(claim), max(max_seeds or 0, seeds_of(claim))) for claim in claims]
    found: list[Finding | None] = [None] * len(claims)
    for look in range(max(map(len, schedules), default=0)):
        open_now = [
            index
            for index, schedule in enumerate(schedules)
            if look < len(schedule) and not _settled(claims[index], found[index])
        ]
        if not open_now:
            break
        if all_at_once:
            open_now = [index for index, schedule in enumerate(schedules) if look < len(schedule)]
        seeds = {index: range(first_seed, first_seed + schedules[index][look]) for index in open_now}
        session.looks, session.seeds = look + 1, max(seeds.values(), key=len)
        asked = requests_of_claims([(claims[index], seeds[index]) for index in open_now])
        session.obtain([*dict.fromkeys([*asked, *more(session.seeds)])])
        for index in open_now:
            claim = replace(claims[index], error_rate=claims[index].error_rate / len(schedules[index]))
            found[index] = judge_claim(claim, seeds[index], session.obtain)
    return Findings(finding for finding in found if finding is not None)


def judge(
    *claims: Claim,
    seeds: int | None = None,
    first_seed: int = 0,
    max_seeds: int | None = None,
    store: Path | str | None = None,
    threads: int | None = None,
) -> Findings:
    """Findings on claims of one's own, in their order; prints nothing and keeps records only where `store` says.

    Parameters
    ----------
    *claims : Claim
    seeds : int, optional
        Exactly so many for every claim, at least 2; default each claim's own.
    first_seed, max_seeds : int
        As the command's options.
    store : path, optional
        A directory of records, made where it is not there.
    """
    from verify.files.atomic import ensure_directory
    from verify.running.store import Store
    from verify.session.pilot import rehearse

    if seeds is not None and seeds < 2:
        raise UsageError(f"seeds: must be at least 2, an interval needs repeats; got {seeds}")
    kept = Store(ensure_directory(Path(store), "store")) if store is not None else None
    for claim in claims:
        rehearse(claim, pilot=None)  # a lie that is none is refused before anything is simulated
    return judge_together(
        claims,
        seeds_of=lambda claim: seeds or claim.seeds,
        first_seed=first_seed,
        max_seeds=max_seeds,
        session=Session(store=kept, resources=Resources(threads=threads)),
    )


def _settled(claim: Claim, finding: Finding | None) -> bool:
    """Decided, or not to be decided by more seeds: a claim without a design, or without a prediction, is judged once."""
    if finding is None:
        return False
    hopeless = claim.design is None or bool(claim.unpredicted)
    return hopeless or finding.verdict is not Verdict.INCONCLUSIVE
