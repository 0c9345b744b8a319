"""Mean-field claims: truth and lies on synthetic records, orders of eta_c, and small real runs."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from support import families
from support.claim_records import synthetic
from support.families import real_together

from verify.claims.spike.eta import RULES
from verify.predictions.spike import threshold_of
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.statistics.verdict import Verdict

every = partial(families.every, "mean_field")


@pytest.mark.parametrize(("optimiser", "power"), [("adam", -1.0), ("gd", 0.5)])
def test_the_predicted_thresholds_have_the_derived_orders(optimiser, power):
    problem, sizes = default_problem(parametrisation="mean-field"), np.array([500, 1000, 2000])
    found = [threshold_of(problem, Cell(n=2 * d, N=3 * d // 2, d=int(d)), RULES[optimiser]) for d in sizes]
    assert np.polyfit(np.log(sizes), np.log(found), 1)[0] == pytest.approx(power, abs=0.02)


def test_what_is_enough_is_not_needed():
    for name in ("adam", "gd"):
        order, needed = every()[f"D.1.{name}.order"], every()[f"D.1.{name}.needed"]
        for claim, other in ((order, needed), (needed, order)):
            found = claim.judge(claim, replace(synthetic(claim), values=synthetic(other).values))
            assert found.verdict is Verdict.REFUTED


def test_on_small_real_runs():
    names = ("D.1.adam", "D.1.gd", "D.2.left.large")
    for found in real_together([every()[name] for name in names], [36, 36, 20]):
        assert found.verdict is Verdict.SUPPORTED, found
