"""Pilot runs: how much one run of a claim scatters, and where its mean is, measured once on seeds that are never judged.

A power needs a standard deviation before the data. Where no theory predicts one, it comes from a few runs whose
numbers are kept beside the catalogue (`docs/record_pilot.py` records them). They set a power, never a verdict.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from verify.errors import UsageError
from verify.judging.claim import Claim, Kind
from verify.judging.finding import Finding
from verify.judging.sample import Case, Sample
from verify.problem.update import Update
from verify.running.design import every_request
from verify.running.request import Request
from verify.running.store import Record
from verify.session.samples import sample_of_design
from verify.session.wording import wording

__all__ = [
    "FIRST_SEED", "SEEDS", "TABLES", "digest_of", "missing_pilot", "needs_pilot", "pilot_of", "rehearse", "runs_for_pilot",
    "seeds_of_pilot", "table_of",
]  # fmt: skip

FIRST_SEED = 1000  # the catalogue's own seeds begin at 0 and stay below
SEEDS = 24
TABLES = {
    name: Path(__file__).parent / f"pilot-{name}.json" for name in ("quick", "full")
}  # written by docs/record_pilot.py
MEANS = (Kind.VALUE, Kind.BOUND, Kind.ORDER, Kind.TREND, Kind.EXPONENT, Kind.PROPORTION)


def needs_pilot(claim: Claim) -> bool:
    """Whether a power of this claim rests on runs: it is judged by means, and no prediction has a spread."""
    if claim.design is None or claim.kind not in MEANS:
        return False
    found = rehearse(claim, pilot=None)
    return found is not None and found.power is None


def rehearse(
    claim: Claim, *, pilot: Sample | None, observed: Mapping[str, float] | None = None
) -> Finding | None:
    """The finding on runs that measure what is predicted, for its power and to have its lies looked at beforehand.

    None where a prediction needs what a run measures beside the claim and `observed` has not got.

    Raises
    ------
    UsageError
        A lie that is none (verify/judging/lies.py).
    """
    if claim.design is None:
        return None
    try:
        sample = _bare(claim, range(claim.seeds), observed or {})
        return claim.judge(claim, replace(sample, pilot=pilot))
    except UsageError:
        raise
    except (
        Exception
    ):  # a prediction or judge that fails without runs says so, by its line, when there are some
        return None


def _bare(claim: Claim, seeds: Sequence[int], observed: Mapping[str, float]) -> Sample:
    """A sample of the claim's design whose values are the predictions."""
    assert claim.design is not None
    update = claim.design.updates[0] if claim.design.updates else Update()
    predictions, cases = [], []
    numbers: list[int] = []
    for cell in claim.design.cells:
        case = Case(problem=claim.design.problem, cell=cell, update=update, observed=observed)
        predicted = claim.predict(case)
        cases += [case] * len(seeds)
        predictions += [predicted] * len(seeds)
        numbers += seeds
    return Sample(
        cases=tuple(cases),
        seeds=tuple(numbers),
        values=tuple(prediction.value for prediction in predictions),
        predictions=tuple(predictions),
    )


def pilot_of(claim: Claim) -> Sample | None:
    """The claim's pilot runs; None where there are none, or where they are of another measurement."""
    entry = _entry(claim)
    return None if entry is None else _sample(claim, entry["values"])


def _entry(claim: Claim) -> dict[str, Any] | None:
    """The claim's line of the table that has it as it is."""
    digest = digest_of(claim) if _recorded(claim) else ""
    return next((entry for entry in _recorded(claim) if entry["digest"] == digest), None)


def _recorded(claim: Claim) -> list[dict[str, Any]]:
    if claim.design is None:
        return []
    return [table["claims"][claim.id] for table in _tables() if claim.id in table["claims"]]


def missing_pilot(claim: Claim) -> str:
    """Why there are no pilot runs to take a power from; a user's own problem was never meant to have any."""
    if not claim.users_problem and _recorded(claim) and _entry(claim) is None:
        return "its pilot runs are stale: recorded of another measurement or design (docs/record_pilot.py)"
    return "there are no pilot runs"


def seeds_of_pilot(claim: Claim, seeds: Sequence[int]) -> tuple[int, ...]:
    """Which of these seeds the claim's power was computed from: a verdict on them is not one on unseen runs."""
    entry = _entry(claim)
    known = range(FIRST_SEED, FIRST_SEED + len(entry["values"][0])) if entry is not None else range(0)
    return tuple(seed for seed in seeds if seed in known)


def _sample(claim: Claim, values: Sequence[Sequence[float | None]]) -> Sample | None:
    try:
        bare = _bare(claim, range(FIRST_SEED, FIRST_SEED + len(values[0])), {})
    except Exception:  # as in `rehearse`
        return None
    numbers = tuple(math.nan if value is None else float(value) for row in values for value in row)
    return replace(bare, values=numbers) if len(numbers) == len(bare.values) else None


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, Any], ...]:
    return tuple(table_of(path) for path in TABLES.values() if path.is_file())


def table_of(path: Path) -> dict[str, Any]:
    """A recorded table: `first_seed`, `seeds`, and by claim `digest` and `values`, one row per cell."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def digest_of(claim: Claim) -> str:
    """What a claim's measurement depends on, as a short hash: its runs, its observable, and how that is put together.

    Numbers count to six digits, since a learning rate may come from a root that machines find differently.
    """
    assert claim.design is not None
    keys = [request.key() for request in every_request(claim.design, [FIRST_SEED])]
    for key in keys:  # an edit of sim alone makes no pilot stale
        key.pop("fingerprints"), key.pop("draw_format"), key.pop("code"), key.pop("measurement", None)
    own = claim.design.measurement
    measured = [] if own is None else [own.name, repr(own.options), wording(own.function)]
    text = json.dumps(
        [claim.id, str(claim.kind), claim.observable, wording(claim.measure), measured, keys], sort_keys=True
    )
    rounded = re.sub(r"\d+\.\d{4,}(e[+-]?\d+)?", lambda found: f"{float(found[0]):.6g}", text)
    return hashlib.sha256(rounded.encode()).hexdigest()[:16]


def runs_for_pilot(
    claims: Sequence[Claim],
    obtain: Callable[[Sequence[Request]], Mapping[Request, Record]],
    *,
    seeds: int = SEEDS,
) -> dict[str, Any]:
    """The table of these claims' pilot runs, simulated by `obtain` (`verify.session.Session.obtain`)."""
    numbers = range(FIRST_SEED, FIRST_SEED + seeds)
    wanted = {
        request: None
        for claim in claims
        if claim.design is not None
        for request in every_request(claim.design, numbers)
    }
    records = obtain(list(wanted))
    found = {}
    for claim in claims:
        assert claim.design is not None
        sample = sample_of_design(claim, claim.design, numbers, records)
        rows = [
            [_rounded(value) for value in sample.values[at : at + seeds]]
            for at in range(0, len(sample.values), seeds)
        ]
        found[claim.id] = {"digest": digest_of(claim), "values": rows}
    return {"first_seed": FIRST_SEED, "seeds": seeds, "claims": found}


def _rounded(value: float) -> float | None:
    return float(f"{value:.8g}") if math.isfinite(value) else None
