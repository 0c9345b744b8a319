"""Adam without bias correction, whose eps acts as sqrt(1000) eps: predicted, measured, and seen when it does not."""

import inspect
from functools import partial

import pytest
from support import families
from support.families import real

from sim.optimisers import adam
from verify.calibration.seeded import Bug, applied
from verify.claims.constants.uncorrected import uncorrected_claims
from verify.judging.sample import Case
from verify.statistics.verdict import Verdict

every = partial(families.every, "constants")
CHANGED = Bug(
    id="B1", what="eps times 31.6 in the uncorrected first update", file="sim/optimisers/adam.py", function="_first_update",
    before="(math.sqrt(1.0 - b2) * xp.abs(G) + eps)", after="(math.sqrt(1.0 - b2) * xp.abs(G) + eps * 31.6)",
)  # fmt: skip


def test_the_prediction_is_the_papers_size_number():
    (claim,) = uncorrected_claims(quick=False)
    assert claim.design is not None
    (cell,), (update,) = claim.design.cells, claim.design.updates
    case = Case(problem=claim.design.problem, cell=cell, update=update, observed={})
    root = (cell.N * cell.d) ** 0.5
    assert claim.predict(case).value / (0.1 / 0.001**0.5 * root) == pytest.approx(0.9369, abs=1e-4)
    assert every()["X.eps.uncorrected"].id == claim.id


def test_it_is_measured_and_the_change_that_nothing_saw_is_seen(monkeypatch):
    claim = every()["X.eps.uncorrected"]
    true = real(claim, claim.seeds)
    assert true.verdict is Verdict.SUPPORTED
    assert all(control.verdict is Verdict.REFUTED for control in true.controls)
    space = dict(vars(adam))
    exec(applied(CHANGED, inspect.getsource(adam)), space)
    monkeypatch.setattr(adam, "_first_update", space["_first_update"])
    assert real(claim, claim.seeds).verdict is Verdict.REFUTED
