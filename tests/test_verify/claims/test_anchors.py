"""Anchors: each holds, each refutes its lies, and each notices the bug that it was made for."""

import numpy as np
import pytest

from verify.claims.anchors import scatter as anchors_scatter
from verify.claims.anchors import section as anchors
from verify.claims.anchors import theory as anchors_theory
from verify.claims.anchors.anchor import anchor
from verify.judging.claim import Kind
from verify.judging.sample import Sample
from verify.statistics.verdict import Verdict

CLAIMS = {claim.id: claim for claim in anchors.claims()}
NOTHING = Sample(cases=(), seeds=(), values=(), predictions=())


def test_they_are_the_same_at_every_size():
    assert [c.id for c in anchors.claims(quick=True)] == list(CLAIMS)
    assert {c.kind for c in CLAIMS.values()} == {Kind.EXACT}
    assert all(c.design is None for c in CLAIMS.values())


def test_an_anchor_that_fails_is_refuted_and_one_whose_lie_holds_is_inconclusive():
    def claim(holds, lie):
        made = anchor("X", "s", "s", "o", lambda: holds, {"lie": lambda: lie})
        return made.judge(made, NOTHING).verdict

    assert claim(True, False) is Verdict.SUPPORTED
    assert claim(False, False) is Verdict.REFUTED
    assert claim(True, True) is Verdict.INCONCLUSIVE


def test_streams_that_two_cells_share_are_noticed(monkeypatch):
    monkeypatch.setattr("sim.draw.stream_of", lambda n, N, d: n % 7)
    claim = anchors.claims()[0]
    assert claim.id == "X.anchor.streams"
    assert claim.judge(claim, NOTHING).verdict is Verdict.REFUTED


def test_the_plain_hill_formula():
    doubled = [2.0**k for k in range(16)]
    assert anchors.hill(doubled) == pytest.approx(1.0 + 8 / (np.log(2.0) * 28))
    assert anchors.hill(doubled, 1) != pytest.approx(anchors.hill(doubled))


@pytest.mark.parametrize(
    ("name", "target", "broken"),
    [
        (
            "X.anchor.hill",
            "sim.measures.tails.hill_alpha",
            lambda spectrum: type("Fit", (), {"alpha": 2.0})(),
        ),
        (
            "L.B9.interval",
            "theory.random_matrices.inequalities.sign_norm_interval",
            lambda *, rows, columns: (1.0, float(rows)),
        ),
        ("X.anchor.critical", "theory.spike.formulas.critical_theta", lambda *, theory, **sizes: 50.0),
        (
            "X.anchor.tracy-widom",
            "theory.random_matrices.tracy_widom.tracy_widom_cdf",
            lambda s, *, method: s * len(method),
        ),
    ],
)
def test_a_broken_function_is_noticed(monkeypatch, name, target, broken):
    monkeypatch.setattr(target, broken)
    assert CLAIMS[name].judge(CLAIMS[name], NOTHING).verdict is Verdict.REFUTED


def test_terms_of_second_order_are_told_from_their_neighbours():
    assert anchors_theory.row_excess_holds(1.0, -1.0)
    assert not anchors_theory.row_excess_holds(1.001, -1.0)
    assert anchors_theory.sample_covariance_holds(1.0, 1.0)
    assert not anchors_theory.sample_covariance_holds(0.999, 1.0)
    assert anchors_theory.residual_law_holds(1.0)
    assert not anchors_theory.residual_law_holds(1.001)
    assert anchors_scatter.loss_scatter_holds(1.0, 1.0)
    assert not anchors_scatter.loss_scatter_holds(1.001, 1.0)
    assert anchors_scatter.run_means_hold(1.0, 1.0)
    assert not anchors_scatter.run_means_hold(1.0001, 1.0)
    assert anchors_scatter.kernels_hold(0.6)
    assert not anchors_scatter.kernels_hold(0.6001)
