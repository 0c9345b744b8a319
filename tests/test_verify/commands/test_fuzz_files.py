"""Records and files of claims whatever is in them: computed again, refused in one line, or a right result.

FUZZ_EXAMPLES=3000 draws more, and others (tests/support/hostile.py).
"""

import json
import tempfile
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.hostile import VALUES, assert_refused_or_done, drawn, heard, somewhere

from verify.claim import Cell, Update, make_problem
from verify.everything.command import main
from verify.running.design import Design, every_request
from verify.running.groups import CUSTOM, asked_of, group_names
from verify.running.obtain import obtain
from verify.running.progress import Progress
from verify.running.store import Store, _body_checksum
from verify.train.command import main as train

GROUPS = tuple(name for name in group_names() if name != CUSTOM)


def requests():
    """One record of every group."""
    cell, update = Cell(n=12, N=8, d=6), Update(eta=0.5)
    return [
        request
        for name in GROUPS
        for request in every_request(
            Design(
                problem=make_problem(), cells=(cell,), groups=(name,),
                updates=(update,) if asked_of(name).needs_update else (),
            ),
            [0],
        )
    ]  # fmt: skip


@lru_cache(maxsize=1)
def measured():
    """The records, and the bytes of their files."""
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name))
        found = obtain(requests(), store=store)
        return found, {request: store.path(request.key()).read_bytes() for request in found}


@st.composite
def damages(draw):
    """Which record, and what has become of its file."""
    found, files = measured()
    request = draw(st.sampled_from(list(found)))
    data = files[request]
    match draw(st.sampled_from(["bytes", "cut", "body", "document"])):
        case "bytes":
            at = draw(st.integers(0, len(data)))
            return request, data[:at] + draw(st.binary(min_size=1, max_size=6)) + data[
                at + draw(st.integers(0, 3)) :
            ]
        case "cut":
            return request, data[: draw(st.integers(0, len(data) - 1))]
        case "document":
            return request, json.dumps(draw(VALUES)).encode()
    body = json.loads(data)["body"]
    place = draw(st.sampled_from(["observables", "timings", "one", "more", "less", "key"]))
    names = sorted(body["observables"])
    if place in ("observables", "timings", "key"):
        body[place] = draw(VALUES)
    elif place == "less":
        del body["observables"][draw(st.sampled_from(names))]
    else:
        name = draw(st.sampled_from(names)) if place == "one" else draw(st.text(max_size=5))
        body["observables"][name] = draw(st.one_of(VALUES, st.tuples(VALUES, VALUES)))
    return request, json.dumps({"checksum": _body_checksum(body), "body": body}).encode()


def is_a_number(value):
    return isinstance(value, float) and not isinstance(value, bool)


@drawn(60)
@given(damages())
def test_whatever_a_record_says(damage):
    """What is computed again is what was; what is taken holds every observable of its group, numbers all of them."""
    found, _ = measured()
    request, data = damage
    with somewhere() as folder:
        path = Store(folder).path(request.key())
        path.write_bytes(data)
        progress = Progress()
        record = obtain([request], store=Store(folder), progress=progress)[request]
        assert [entry.name for entry in folder.iterdir()] == [path.name]
        if record.reused:
            assert set(found[request].observables) <= set(record.observables)
            assert all(is_a_number(value) for value, _ in record.observables.values())
            assert all(bound is None or is_a_number(bound) for _, bound in record.observables.values())
        else:
            (line,) = progress.refused
            assert len(line) < 500
            assert line.isprintable()
            assert str(record.observables) == str(found[request].observables)
            assert obtain([request], store=Store(folder))[request].reused


FIELDS = {
    "id": "'U.1'",
    "statement": "'a claim'",
    "source": "'here'",
    "kind": "Kind.VALUE",
    "observable": "'frobenius_norm'",
    "predict": "lambda case: Prediction(value=(case.cell.N * case.cell.d) ** 0.5, spread=1e-6)",
    "judge": "judge_value",
    "margin": "0.5",
    "margin_reason": "'a test'",
    "lies": "(Lie(name='half', law=lambda case, p: 0.5 * p.value, rival=True),)",
    "design": "Design(problem=make_problem(), cells=(Cell(n=8, N=6, d=5),), groups=('update-norms',), updates=(Update(),))",
    "seeds": "2",
    "error_rate": "0.01",
    "measure": "None",
    "reading": "''",
    "bounds": "(None, None)",
    "relative": "False",
}
CODE = [
    "None",
    "1",
    "-1",
    "0",
    "True",
    "'x'",
    "''",
    "()",
    "[]",
    "{}",
    "object()",
    "float('nan')",
    "float('inf')",
    "10**400",
    "1 / 0",
    "lambda: 0",
    "lambda *a: None",
    "lambda *a: 'x'",
    "lambda *a: 1 / 0",
    "lambda *a: {}['k']",
    "lambda *a: __import__('sys').exit(3)",
    "lambda *a: print('printed by a claim')",
    "Kind.EXPONENT",
    "Kind.IDENTITY",
    "Kind.BOUND",
    "Prediction(value='x', spread=None)",
    "lambda case: Prediction(value='x', spread=0)",
    "lambda case: Prediction(value=float('nan'), spread=0.0)",
    "lambda case: Prediction(value=1e400, spread=-1)",
    "(Lie(name='n', law=lambda *a: 'x'),)",
    "(Lie(name='n', law=None),)",
    "(Lie(name='β\\n', law=lambda c, p: p.value),)",
    "(None,)",
    "judge_bound",
    "judge_identity",
    "judge_exact",
    "judge_order",
    "Design(problem=make_problem(), cells=(), groups=())",
    "Design(problem=None, cells=(Cell(n=8, N=6, d=5),), groups=('top',))",
    "Design(problem=make_problem(student='nothing'), cells=(Cell(n=1, N=1, d=1),), groups=('gradient',))",
    "Design(problem=make_problem(), cells=(Cell(n=8, N=6, d=5),), measurement=measurement(lambda *a: {'s': 'x'}))",
    "Design(problem=make_problem(), cells=(Cell(n=1, N=1, d=1),), groups=('update-norms',), updates=(Update(),))",
    "'\\ud800'",
]
HEAD = (
    "from verify.claim import (Cell, Claim, Design, Kind, Lie, Prediction, Update, judge_bound, judge_exact,\n"
    "    judge_identity, judge_order, judge_value, make_problem, measurement)\n"
)


@st.composite
def claim_files(draw):
    """A file of a claim with some of its fields, or some of its bytes, another way."""
    changed = draw(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(CODE), max_size=2))
    body = ", ".join(f"{name}={value}" for name, value in (FIELDS | changed).items())
    text = f"{HEAD}CLAIM = Claim({body})\n"
    ends = [
        "",
        "CLAIMS = None\n",
        "CLAIMS = [CLAIM, CLAIM]\n",
        "CLAIMS = (CLAIM, 1)\n",
        "raise SystemExit\n",
        "import nothing_like_it\n",
    ]
    data = (text + draw(st.sampled_from(ends))).encode()
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 2)) :]
    return data


@pytest.fixture(scope="module")
def no_catalogue():
    """The catalogue without its own claims, whose making costs a second each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("verify.claims.catalogue.MODULES", ())
        yield


@drawn(40)
@given(claim_files())
def test_whatever_a_file_of_claims_says(no_catalogue, data):
    with somewhere() as folder:
        (folder / "claims.py").write_bytes(data)
        argv = ["--claims", "claims.py", "--out", "out", "--store", "store", "--quiet"]
        done = heard("verify", main, argv)
        done = replace(
            done, stderr=done.stderr.replace("printed by a claim\n", "")
        )  # which is theirs to do, on stderr
        (folder / "claims.py").unlink()
        for path in folder.glob("__pycache__/*"):
            path.unlink()
        with suppress(OSError):
            (folder / "__pycache__").rmdir()
        if (
            done.returncode == 2 and (folder / "store").is_dir()
        ):  # a mistake that only a run shows: its records are kept
            assert all(path.suffix == ".json" for path in (folder / "store").iterdir())
            for path in (folder / "store").iterdir():
                path.unlink()
            (folder / "store").rmdir()
        assert_refused_or_done(done, folder, may_write=True, codes=(0, 1, 3))


TRAIN = ["--sizes", "30,20,10", "--test-samples", "20", "--null-draws", "10"]


@lru_cache(maxsize=1)
def state_of_a_run():
    with somewhere():
        argv = [*TRAIN, "--steps", "2", "--save-states", "--out", "a", "--store", "b"]
        assert heard("verify.train", train, argv).returncode == 0
        return Path("a/state-0.state").read_bytes()


@drawn(40)
@given(st.data())
def test_whatever_a_state_says(data):
    """A state that is cut, written over or another file is refused before anything is trained."""
    whole = state_of_a_run()
    at = data.draw(st.integers(0, len(whole) - 1))
    put = data.draw(st.one_of(st.just(b""), st.binary(min_size=1, max_size=6), st.just(whole)))
    damaged = whole[:at] + put
    if data.draw(st.booleans()):
        damaged += whole[at + len(put) :]
    assume(damaged != whole)
    with somewhere() as folder:
        (folder / "run.state").write_bytes(damaged)
        argv = [*TRAIN, "--steps", "4", "--state", "run.state", "--out", "a", "--store", "b", "--quiet"]
        done = heard("verify.train", train, argv)
        (folder / "run.state").unlink()
        assert done.returncode == 2
        assert_refused_or_done(done, folder)
