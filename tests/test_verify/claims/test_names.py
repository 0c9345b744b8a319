"""Names of claims and readings that have a learning rate in them: no two rates share one."""

import pytest

from verify.claims.losses import settings
from verify.claims.overlap import section as overlap
from verify.claims.spike import section as spike
from verify.measurements.other_teacher import tanh_teacher_key
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.problem.update import Update

CELL = Cell(n=160, N=120, d=80)
CLOSE = (1.0, 1.0000001)  # one name, to six digits


@pytest.mark.parametrize("section", [spike, overlap], ids=["spike", "overlap"])
@pytest.mark.parametrize("eps", [0.0, 1e-8])
def test_claims_of_a_command_at_close_rates_have_ids_of_their_own(section, eps):
    updates = tuple(Update(eta=eta, eps=eps) for eta in CLOSE)
    ids = [claim.id for claim in section.command_claims(default_problem(), CELL, updates, seeds=5)]
    assert any(id.endswith("adam-1") for id in ids)
    assert any(id.endswith("adam-1.0000001") for id in ids)
    assert len(set(ids)) == len(ids)


def test_readings_under_the_other_teacher_have_one_name_a_rate():
    assert tanh_teacher_key("kta[paper]", "gd", 2000) == "kta[paper]@gd-2000"  # an integer as a float
    assert tanh_teacher_key("kta[paper]", "gd", 2000.0) == "kta[paper]@gd-2000"
    assert len({tanh_teacher_key("sim", "adam", eta) for eta in CLOSE}) == 2


def test_what_differs_by_optimiser_refuses_one_that_it_does_not_know():
    known = settings._kernel_claim("D.4", "tanh", "paper", "gd", CELL, 5)
    assert "one GD step of eta = N" in known.statement
    with pytest.raises(KeyError, match="sgd"):
        settings._kernel_claim("D.4", "tanh", "paper", "sgd", CELL, 5)
