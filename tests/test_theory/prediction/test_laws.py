"""`theory.predict`: laws that hold at any problem, in units, in shares, in the number of samples."""

import itertools
import math
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.paper_record import paper

from theory.functions.activations import Function, from_callables, named
from theory.prediction.prediction import predict


def scaled(f: Function, factor: float) -> Function:
    return from_callables(
        lambda z: factor * f.value(z),
        lambda z: factor * f.derivative(z),
        name=f"{factor} {f.name}",
        kinks=f.kinks,
    )


POWERS = {
    "kappa": 0, "sign_norm_ratio": 0, "sign_norm_ratio_refined": 0, "operator_norm": 0, "critical_eta": 0,
    "sim_maximum": 0, "rank_one_distance_residual": 0, "update_second_singular_value": 0, "unflipped_share": 0,
    "gradient_operator_norm": 2, "gradient_frobenius_norm": 2, "initial_loss": 2, "residual_4": 4, "zero_loss": 2,
    "test_loss_floor": 2, "v_t": 2, "nu": 2,
}  # fmt: skip


@lru_cache(maxsize=1)
def unscaled():
    return predict(n=400, N=300, d=200, student="erf", teacher="softplus", noise=0.3)


@settings(max_examples=12)
@given(st.floats(0.05, 20.0))
def test_unit_of_the_labels(unit):
    """Labels, output and noise in another unit: norms of G_0 go with its square, the sign update stays."""
    given_by = {"student": named("erf"), "teacher": named("softplus")}
    functions = {role: scaled(f, unit) for role, f in given_by.items()}
    sizes = {"n": 400, "N": 300, "d": 200}
    plain = unscaled()
    other = predict(**sizes, **functions, noise=0.3 * unit)
    for name, power in POWERS.items():
        assert name == "nu" or other[name].value == pytest.approx(
            plain[name].value * unit**power, rel=2e-7
        ), name
    assert other["nu"].value == pytest.approx(plain["nu"].value * unit**2, rel=2e-7)
    if abs(unit - 1.0) > 0.01:  # a wrong power is seen
        assert other["nu"].value != pytest.approx(plain["nu"].value * unit, rel=1e-3)


def test_unit_of_the_weights():
    """Mean-field weights are NTK's over sqrt(d): all that is about W_0 alone goes with it."""
    ntk, mean_field = paper(), paper(parametrisation="mean-field")
    for name, power in (("initial_upper_edge", 0.5), ("initial_lower_edge", 0.5), ("initial_top_singular_value", 0.5),
                        ("johnstone_centre", 1.0), ("johnstone_scale", 1.0), ("alpha_hill_null", 0.0)):  # fmt: skip
        assert mean_field[name].value == pytest.approx(ntk[name].value / 1000**power, rel=1e-12)


def test_uncorrected_step_is_a_longer_one():
    factor = 0.1 / math.sqrt(0.001)
    corrected, uncorrected = paper(0.1 * factor), paper(0.1, adam="uncorrected")
    for quantity in uncorrected:
        if quantity.eta is not None:
            same = corrected[quantity.name, 0.1 * factor, quantity.features]
            assert quantity.value == pytest.approx(same.value, rel=1e-9, nan_ok=True), quantity.name
            assert quantity.sd == pytest.approx(same.sd, rel=1e-9, nan_ok=True), quantity.name
    for name in (
        "critical_eta",
        "critical_eta_one_row",
        "optimal_eta",
        "break_even_eta",
        "mode_separation_eta",
    ):
        assert uncorrected[name].value * factor == pytest.approx(paper()[name].value, rel=1e-9)
        assert uncorrected[name].value != pytest.approx(paper()[name].value, rel=0.5)


@settings(max_examples=25)
@given(
    st.sampled_from(["tanh", "erf", "sin", "linear", "hermite:0,1,0,0.3"]),
    st.sampled_from(["softplus", "silu", "tanh", "hermite:0,0.2,1"]),
    st.tuples(*[st.integers(20, 400)] * 3),
    st.floats(0.0, 3.0),
    st.sampled_from(["ntk", "mean-field"]),
    st.sampled_from(["sphere", "axis"]),
    st.sampled_from(["adam", "gd"]),
    st.floats(-4.0, 4.0),
)
def test_shares_are_shares(student, teacher, sizes, noise, parametrisation, direction, optimiser, log_eta):
    n, N, d = sizes
    eta = 10.0**log_eta
    record = predict(
        n=n, N=N, d=d, student=student, teacher=teacher, noise=noise, parametrisation=parametrisation,
        teacher_direction=direction, optimiser=optimiser, eta=eta,
    )  # fmt: skip
    names = {"p", "sign_agreement", "sign_agreement_residual", "sign_norm_ratio", "sign_norm_ratio_refined",
             "unflipped_share", "update_teacher_overlap", "left_overlap", "right_overlap", "sim", "kta", "sim_maximum",
             "sim_at_infinity", "rank_one_frobenius_distance_residual"}  # fmt: skip
    for quantity in record:
        assert math.isfinite(quantity.value) or quantity.flag or quantity.value == math.inf, quantity
        if quantity.name in names and not math.isnan(quantity.value):
            assert -1e-12 <= quantity.value <= 1.0 + 1e-9, quantity
        assert quantity.sd >= 0.0 or math.isnan(quantity.sd)
        assert quantity.flag is None or quantity.flag.strip()
    assert record["update_nullity"].value >= -1e-9 if optimiser == "adam" else True
    assert record["gradient_operator_norm"].value <= record["gradient_frobenius_norm"].value * (1 + 1e-12)


@settings(max_examples=2)
@given(st.integers(100, 300), st.lists(st.integers(101, 900), min_size=6, max_size=6))
def test_more_samples_more_signal(n, percents):
    """kappa grows with n and c with kappa, as does the share of equal signs: along a chain of ever more samples."""
    chain = [n]
    for percent in percents:
        chain.append(chain[-1] * percent // 100 + 1)
    records = [predict(n=n, N=150, d=100) for n in chain]
    for fewer, more in itertools.pairwise(records):
        for name in ("kappa", "sign_norm_ratio", "sign_agreement", "unflipped_share"):
            assert more[name].value > fewer[name].value
        assert (
            more["gradient_operator_norm"].value < fewer["gradient_operator_norm"].value
        )  # not everything grows
