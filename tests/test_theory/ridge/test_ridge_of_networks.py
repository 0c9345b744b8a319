"""The ridge stage of drawn networks beside its prediction."""

import numpy as np
import pytest
from support.loss_runs import assert_power, judge, ridge_runs
from support.ridge_stages import NAMES, setting, stage


def predictions(d, cases, **options):
    sn = setting(2 * d, 3 * d // 2, d)
    return np.array(
        [
            [getattr(stage(sn, features=f, optimiser=o, eta=e, **options), k) for k in NAMES]
            for f, o, e in cases
        ]
    )


def test_levels_of_drawn_networks():
    """Margins 8 % (losses), 10 % (KTA): a finite size of 1/d costs 3 % at d = 100; one draw scatters by 4 to
    17 %.
    """
    d, repeats = 100, 160
    cases = [("paper", "adam", 0.1), ("released", "adam", 0.1)]
    predicted = predictions(d, cases)
    runs = ridge_runs(d=d, cases=cases, seeds=range(repeats))
    for c in range(2):
        for k, (margin, spread) in enumerate([(0.08, 0.08), (0.08, 0.14), (0.1, 0.17)]):
            value = predicted[c, k]
            assert_power(spread=spread * value, repeats=repeats, margin=margin * value, lie=0.25 * value)
            assert judge(runs[:, c, k], value, margin * value) == "supported", (cases[c], NAMES[k])
            assert judge(runs[:, c, k], 1.25 * value, margin * value) == "refuted"
    # The other reading of the features is such a lie for the losses.
    assert judge(runs[:, 0, 0], predicted[1, 0], 0.08 * predicted[0, 0]) == "refuted"
    assert judge(runs[:, 0, 1], predicted[1, 1], 0.08 * predicted[0, 1]) == "refuted"


def test_what_a_step_changes_in_drawn_networks():
    """Paired differences from eta = 0; released features; margins a third of the change."""
    d, repeats = 100, 180
    cases = [("released", "adam", 0.0), ("released", "gd", float(d))]
    change = np.diff(predictions(d, cases), axis=0)[0]
    rival = np.diff(predictions(d, cases, beta_part=False), axis=0)[0]
    runs = np.diff(ridge_runs(d=d, cases=cases, seeds=range(repeats)), axis=1)[:, 0]
    for k, spread in ((0, 0.0085), (2, 0.0027)):
        margin = 0.34 * abs(change[k])
        assert_power(spread=spread, repeats=repeats, margin=margin, lie=-change[k])
        assert judge(runs[:, k], change[k], margin) == "supported", NAMES[k]
        assert judge(runs[:, k], 0.0, margin) == "refuted"
    # theta - m in place of theta along beta: the loss changes by less than half as much.
    assert judge(runs[:, 0], rival[0], 0.2 * abs(change[0])) == "refuted"


@pytest.mark.slow
@pytest.mark.parametrize("features", ["paper", "released"])
def test_ridge_extrapolated_in_the_dimension(features):
    """Deviations from the prediction, extrapolated by 2 dev(200) - dev(100), relative to it at d = 200."""
    repeats = 200
    steps = (("adam", 0.0), ("adam", 0.15), ("adam", 1.0), ("gd", 1.0))
    deviations, changes, predicted, rivals = {}, {}, {}, {}
    for d in (100, 200):
        cases = [(features, o, e * d if o == "gd" else e) for o, e in steps]
        predicted[d] = predictions(d, cases)
        rivals[d] = predictions(d, cases, beta_part=False)
        runs = ridge_runs(d=d, cases=cases, seeds=range(repeats))
        deviations[d] = runs - predicted[d]
        changes[d] = runs - runs[:, :1]
    level = predicted[200]
    for c, step in enumerate(steps):
        # Spread of one extrapolation, relative; at eta = 1 one draw's KTA scatters by 40 %.
        large = step == ("adam", 1.0)
        for k, (margin, spread) in enumerate(
            [(0.07, 0.14), (0.12, 0.26), (0.45, 1.0) if large else (0.2, 0.3)]
        ):
            value, lie = level[c, k], max(0.5, 2.5 * margin)
            assert_power(spread=spread, repeats=repeats, margin=margin, lie=lie)
            gap = (2 * deviations[200] - deviations[100])[:, c, k] / value
            assert judge(gap, 0.0, margin) == "supported", (step, NAMES[k])
            assert judge(gap, lie, margin) == "refuted"
    if features == "released":
        predicted_change = level - level[0]
        rival_change = rivals[200] - rivals[200][0]
        for c in (1, 3):
            margin = 0.3 * abs(predicted_change[c, 0])
            assert judge(changes[200][:, c, 0], predicted_change[c, 0], margin) == "supported", steps[c]
            assert judge(changes[200][:, c, 0], 0.0, margin) == "refuted"
        assert (
            judge(changes[200][:, 3, 0], rival_change[3, 0], 0.3 * abs(predicted_change[3, 0])) == "refuted"
        )
