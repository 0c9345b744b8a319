"""What runs in the copy: the quick catalogue claim by claim, compared with the clean run's findings.

`python -m verify.calibration.worker JOB` in the copy's folder; the job, and what comes out, are JSON files. Everything that
the bug may touch is imported after the job is read, so that a bug that breaks an import is a crash of the worker.
"""

import json
import resource
import sys
import time
import traceback
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.running.store import Record, Store

__all__ = ["alarm", "findings_of", "work", "work_clean"]

Plain = Mapping[str, Any]


def alarm(clean: Plain, found: Plain) -> str:
    """What changed to the worse between two findings of one claim; empty where nothing did.

    A verdict that was supported or refuted and is no more, one that is now refuted, or a lie that was refuted and is not.
    From inconclusive to supported is no alarm.
    """
    before, after = str(clean["verdict"]), str(found["verdict"])
    if before != after and (before != "inconclusive" or after == "refuted"):
        return f"{before} -> {after}"
    caught = {control["lie"] for control in clean["controls"] if control["verdict"] == "refuted"}
    now = {control["lie"]: control["verdict"] for control in found["controls"]}
    for lie in sorted(caught & set(now)):
        if now[lie] != "refuted":
            return f"lie no longer refuted: {lie}"
    return ""


def findings_of(job: Plain, store: "Store") -> Iterator[tuple[str, Plain | None]]:
    """(claim id, None) before a claim of the quick catalogue is judged, (claim id, finding) after; in the job's order."""
    from verify.claims.catalogue import catalogue, choose
    from verify.running.resources import Resources
    from verify.session.session import Session, judge_together, requests_of_claims

    claims = {claim.id: claim for claim in catalogue(quick=True)}
    order = [name for name in job["order"] if name in claims] or list(claims)
    if job["only"]:
        wanted = {claim.id for claim in choose(tuple(claims.values()), job["only"])}
        order = [name for name in order if name in wanted]
    session = Session(store=store, resources=Resources(backend="numpy", threads=1))
    if not job["clean"]:  # all claims will be judged: what they share is simulated once
        first = job["first_seed"]
        session.obtain(
            requests_of_claims([(claims[name], range(first, first + claims[name].seeds)) for name in order])
        )
    for name in order:
        yield name, None
        (finding,) = judge_together(
            [claims[name]],
            seeds_of=lambda claim: claim.seeds,
            first_seed=job["first_seed"],
            session=session,
        )
        yield name, finding.as_json()


def work(job: Plain) -> dict[str, Any]:
    """Judge until the first alarm, by the clean run's findings."""
    clean: dict[str, Plain] = {finding["claim"]: finding for finding in job["clean"]}
    result: dict[str, Any] = {"caught": False, "by": "", "how": "", "judged": 0}
    name = "the start"
    try:
        for name, finding in findings_of(job, _store(job)):
            if finding is None:
                continue
            result["judged"] += 1
            told = alarm(clean[name], finding) if name in clean else ""
            if told:
                return result | {"caught": True, "by": name, "how": told}
    except Exception as error:  # whatever the bug does
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = " ".join(str(error).split())[:160]
        how = f"crash: {type(error).__name__}: {text} ({Path(last.filename).name}:{last.lineno})"
        result |= {"caught": True, "by": name, "how": how}
    return result


def work_clean(job: Plain) -> dict[str, Any]:
    """Judge everything, no bug being there: the findings, what each claim costs and touches, the records used."""
    from verify.calibration.reach import traced_lines

    found: dict[str, Any] = {
        "findings": [],
        "costs": {},
        "touched": {},
        "records": [],
        "runs": _runs_of_claims(),
    }
    store: Any = _store(job)  # its method is exchanged below
    load = store.load

    def noted(key: Plain, names: Collection[str] = ()) -> "Record | None":
        found["records"].append(store.path(key).name)
        return load(key, names)

    store.load = noted
    known: set[tuple[str, int]] = set()
    judged = findings_of(job, store)
    name, _ = next(judged)  # every record is there now
    started = time.process_time()
    with traced_lines() as lines:
        for name, finding in judged:
            if finding is None:
                continue
            spent = time.process_time()
            touched = {(file, line) for file, seen in list(lines.items()) for line in list(seen)} - known
            known |= touched
            found["findings"].append(finding)
            found["costs"][name] = round(spent - started, 3)
            found["touched"][name] = sorted(touched)
            started = spent
    return found


def _runs_of_claims() -> dict[str, Any]:
    """Per claim words on what it runs (groups, optimisers, parametrisation), and the operations of its gradients."""
    from verify.claims.catalogue import catalogue
    from verify.running.work import flops

    runs = {}
    for claim in catalogue(quick=True):
        design = claim.design
        words: list[str] = []
        if design is not None:
            words += [*design.groups, design.problem.parametrisation]
            words += sorted(
                {u.optimiser if u.eps == 0.0 else f"{u.optimiser} with eps" for u in design.updates}
            )
        work = 0.0 if design is None else sum(flops(cell) for cell in design.cells) * claim.seeds
        runs[claim.id] = {"words": words, "work": work}
    return runs


def _store(job: Plain) -> "Store":
    from verify.running.store import Store

    return Store(Path(job["store"]))


def main(arguments: Sequence[str]) -> None:
    """Read the job, limit its CPU time, work, write the result."""
    path = Path(arguments[0])
    job = json.loads(path.read_text(encoding="utf-8"))
    if not Path(__file__).resolve().is_relative_to(path.resolve().parent):
        raise RuntimeError("the worker must be that of the copy, not another on the path")
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_limit"], job["cpu_limit"] + 10))
    result = work(job) if job["clean"] else work_clean(job)
    result["cpu_seconds"] = round(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]), 2)
    Path(job["result"]).write_text(json.dumps(result) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
