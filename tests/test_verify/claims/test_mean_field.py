"""Mean-field claims: truth and lies on synthetic records, orders of eta_c, and small real runs."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from support.claim_records import synthetic

from verify.claims.mean_field import claims
from verify.claims.spike.eta import RULES
from verify.predictions.spike import threshold_of
from verify.problem.cells import Cell
from verify.problem.paper import default_problem
from verify.running.obtain import obtain
from verify.running.resources import Resources
from verify.session.judge_claim import judge_claim
from verify.statistics.verdict import Verdict


@lru_cache(maxsize=2)
def every(quick=True):
    return {claim.id: claim for claim in claims(quick=quick)}


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
    held = {}

    def real(name, seeds):
        return judge_claim(
            every()[name],
            range(seeds),
            lambda asked: obtain(asked, store=None, resources=Resources(threads=1), held=held),
        )

    assert real("D.1.adam", 36).verdict is Verdict.SUPPORTED
    assert real("D.1.gd", 36).verdict is Verdict.SUPPORTED
    assert real("D.2.left.large", 20).verdict is Verdict.SUPPORTED
