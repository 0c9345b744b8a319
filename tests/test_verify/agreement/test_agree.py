"""The rows that are measured are what `theory.predict` tells a reader."""

import pytest
from support.prediction_runs import problem, rows, small

from theory.prediction.prediction import predict
from verify.agreement.steps import Steps

GLOBAL = {
    ("norm of G_0", "operator"): "gradient_operator_norm",
    ("norm of G_0", "Frobenius"): "gradient_frobenius_norm",
    ("L(0)", ""): "initial_loss",
    ("c", "limit"): "sign_norm_ratio",
    ("c", "with its 1/d terms"): "sign_norm_ratio_refined",
    ("sign agreement", "limit"): "sign_agreement",
    ("sign agreement", "by rows"): "sign_agreement_residual",
    ("distance to the rank-one matrix", "residual"): "rank_one_distance_residual",
    ("distance to the rank-one matrix", "label"): "rank_one_distance_label",
    ("s_2 of the sign matrix", "edge with its Tracy-Widom shift"): "update_second_singular_value",
    ("nullity of the sign matrix", ""): "update_nullity",
}
AFTER = {
    "left overlap, squared": "left_overlap",
    "right overlap, squared": "right_overlap",
    "sim(W_1, beta)": "sim",
    "s_1(W_1)": "top_singular_value",
    "s_2(W_1)": "second_singular_value",
    "least singular value of W_1": "least_singular_value",
}


def test_rows_are_what_predict_says():
    cell, eta = small(200), 0.25
    steps = Steps(top=eta, spike=(eta,), second=(eta,), loss=(eta,), ridge=(("adam", eta),))
    table = rows(cell, steps)
    record = predict(n=cell.n, N=cell.N, d=cell.d, eta=[0.0, eta])
    assert problem().noise == record.noise
    for key, name in GLOBAL.items():
        assert table[key].value == pytest.approx(record[name].value, rel=1e-9), key
    where = f"FB-Adam {eta:g}"
    for quantity, name in AFTER.items():
        assert table[quantity, where].value == pytest.approx(record[name, eta].value, rel=1e-9), quantity
    loss = table["L(eta)/L(0)", f"{where}, integral"].value
    assert loss == pytest.approx(record["relative_training_loss", eta].value, rel=1e-9)
    for title, name in (("test loss", "test_loss"), ("hold-out loss", "holdout_loss"), ("KTA", "kta")):
        for features in ("paper", "released"):
            now, start = (record[name, e, features].value for e in (eta, 0.0))
            assert table[title, f"eta = 0, {features}"].value == pytest.approx(start, rel=1e-9)
            change = table[f"change of {title}", f"{where}, {features}"].value
            assert change == pytest.approx(now - start, rel=1e-6)
    assert table["s_1(W_1)", where].value != pytest.approx(record["bulk_upper_edge", eta].value, rel=1e-2)


def test_rows_of_gd_are_what_predict_says():
    """At 1.5 times the critical and at the best learning rate, both to four digits."""
    cell = small(200)
    table = rows(cell, Steps(ridge=()))
    gd = {key: row for key, row in table.items() if key[1].startswith("GD ")}
    assert {quantity for quantity, _ in gd} == {*AFTER, "L(eta)/L(0)"} - {"least singular value of W_1"}
    record = predict(n=cell.n, N=cell.N, d=cell.d, optimiser="gd")
    for (quantity, where), row in gd.items():
        eta = float(where.removeprefix("GD "))
        best = quantity == "L(eta)/L(0)"
        unit = record["optimal_eta" if best else "critical_eta"].value
        assert eta == pytest.approx(unit * (1.0 if best else 1.5), rel=1e-3)
        at = predict(n=cell.n, N=cell.N, d=cell.d, optimiser="gd", eta=eta)
        name = "relative_training_loss" if best else AFTER[quantity]
        assert row.value == pytest.approx(at[name, eta].value, rel=1e-9), quantity
        lie = {"s_1(W_1)": "independent theory", "s_2(W_1)": "as s_1"}.get(quantity, "no change")
        assert lie in [each.name for each in row.lies], (quantity, row)
