"""The spike by formula, by the secular determinant and by the reduced matrix; its limits."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.named_problems import problem

from theory.functions.activations import named
from theory.gradient.norms import gradient_norm_spreads
from theory.moments.moments import student_moments
from theory.spike.fluctuation import _determinant, spike_spread
from theory.spike.formulas import SIGN_SECOND_ROW, critical_theta, spike
from theory.spike.inputs import critical_eta, spike_at, spike_inputs
from theory.spike.run_scatter import run_covariance
from theory.spike.secular import spike_by_secular_equation
from theory.update.sign import sign_norm_ratio, sign_norm_spread

RATE = 1e-4
THEORIES = ("two-row", "one-row", "independent")
RECORD = (
    "strength", "top", "left_overlap_squared", "right_overlap_squared", "teacher_factor", "similarity",
    "bottom", "edge", "lower_edge", "threshold",
)  # fmt: skip


# ---- the numbers of the paper's size
# ---------------------------------------------------------------------------


def test_inputs_at_the_papers_size():
    gd, sign = spike_inputs(problem(), optimiser="gd"), spike_inputs(problem())
    assert gd.m == pytest.approx(16.67, abs=0.005)
    assert gd.m2 == 0.0
    assert sign.m == pytest.approx(12.05, abs=0.005)
    assert sign.m2 == pytest.approx(9.105, abs=0.0005)
    assert sign.m != pytest.approx(gd.m, rel=0.1)  # the lie: one m for both optimisers


@pytest.mark.parametrize(
    ("optimiser", "parametrisation", "theory", "expected", "digits"),
    [
        ("adam", "ntk", "two-row", 0.0465, 1e-4),
        ("adam", "ntk", "independent", 0.0347, 5e-5),
        ("gd", "ntk", "two-row", 1260, 0.5),
        ("gd", "ntk", "independent", 795, 0.5),
        ("adam", "mean-field", "two-row", 0.00112, 6e-6),
        ("gd", "mean-field", "two-row", 40.7, 0.05),
    ],
)
def test_critical_eta_at_the_papers_size(optimiser, parametrisation, theory, expected, digits):
    inputs = spike_inputs(problem(parametrisation=parametrisation), optimiser=optimiser)
    assert critical_eta(inputs, theory=theory) == pytest.approx(expected, abs=digits)


@pytest.mark.parametrize(
    ("n", "sign", "gd"), [(500, 0.0446, 660), (4000, 0.0464, 1579), (8000, 0.0456, 1835)]
)
def test_critical_eta_against_samples(n, sign, gd):
    assert critical_eta(spike_inputs(problem(n=n))) == pytest.approx(sign, abs=6e-5)
    assert critical_eta(spike_inputs(problem(n=n), optimiser="gd")) == pytest.approx(gd, abs=1)


@pytest.mark.parametrize(
    ("optimiser", "eta", "expected"),
    [
        ("adam", 0.06, 0.3426), ("adam", 0.125, 0.4171), ("adam", 1.0, 0.3988), ("adam", 1e6, 0.394),
        ("gd", 2270, 0.489), ("gd", 3000, 0.483), ("gd", 1e9, 0.435),
    ],
)  # fmt: skip
def test_similarity_overshoots_and_comes_down(optimiser, eta, expected):
    inputs = spike_inputs(problem(), optimiser=optimiser)
    assert spike_at(inputs, eta).similarity == pytest.approx(expected, abs=6e-4)
    flat = math.sqrt(inputs.teacher_overlap_squared)  # the lie: W_1 sees beta as the update does
    assert eta > 1e5 or abs(flat - expected) > 2e-3


# ---- routes
# ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theory", THEORIES)
@pytest.mark.parametrize(("N", "d"), [(1500, 1000), (400, 1600), (900, 900)])
@pytest.mark.parametrize("tau", [1.0, 1.7])
def test_formula_equals_secular_equation(theory, N, d, tau):
    scale = tau * (N * d) ** 0.25
    seen = []
    for stretch in (0.3, 1.02, 1.3, 4.0, 60.0):
        for share in (-0.3, 0.1, 0.55):  # m = share sqrt d, m2 as the sign update has it
            m = share * math.sqrt(d)
            arguments = {
                "theta": stretch * scale, "N": N, "d": d, "m": m, "m2": SIGN_SECOND_ROW * abs(m), "tau": tau,
                "teacher_overlap_squared": 0.2, "theory": theory,
            }  # fmt: skip
            formula, root = spike(**arguments), spike_by_secular_equation(**arguments)
            assert (formula.outlier, formula.deflated) == (root.outlier, root.deflated)
            for name in RECORD if formula.outlier else RECORD[6:]:
                assert getattr(formula, name) == pytest.approx(getattr(root, name), rel=1e-8), name
            if formula.outlier and theory == "two-row":
                seen.append(abs(spike(**arguments | {"theory": "one-row"}).top / root.top - 1.0))
    assert theory != "two-row" or max(seen) > 1e-3  # the comparison can tell a wrong theory


@pytest.mark.parametrize("optimiser", ["adam", "gd"])
@pytest.mark.parametrize("stretch", [1.1, 2.0, 20.0])
def test_formula_equals_the_reduced_matrix(optimiser, stretch):
    """Third route: a taken out of W_0 exactly, the rest an independent Gaussian matrix plus a rank-two
    one."""
    sn = problem()
    inputs = spike_inputs(sn, optimiser=optimiser)
    eta = stretch * critical_eta(inputs)
    at = spike_at(inputs, eta)
    if optimiser == "adam":
        psi2 = float(sign_norm_ratio(sn.kappa)) ** 2
        psi_row = inputs.m * math.sqrt(psi2) / math.sqrt(2.0 / math.pi * sn.d)
    else:
        psi2, psi_row = sn.d * sn.v_t, sn.student.mu_1
    forms = ("noise_along_v", "noise_row2", "left", "right_vv", "right_vr", "right_rr", "mixed_v", "mixed_r")
    cosine = math.sqrt(2.0 / math.pi) if optimiser == "adam" else 1.0
    values = dict.fromkeys(forms, 0.0) | {
        "psi2": psi2, "psi_row": psi_row, "row2": 1.0, "cosine": cosine, "size2": 1.0,
    }  # fmt: skip
    low = _determinant(sn, eta, optimiser, at.top * (1 - 1e-8), values)
    high = _determinant(sn, eta, optimiser, at.top * (1 + 1e-8), values)
    assert low * high < 0.0
    rival = spike_at(inputs, eta, theory="independent").top
    pair = [_determinant(sn, eta, optimiser, rival * (1 + side * 1e-8), values) for side in (-1, 1)]
    assert pair[0] * pair[1] > 0.0


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("optimiser", ["adam", "gd"])
@pytest.mark.parametrize("theory", THEORIES)
def test_critical_eta_by_iteration_root_and_quartic(parametrisation, optimiser, theory):
    inputs = spike_inputs(problem(parametrisation=parametrisation), optimiser=optimiser)
    eta = critical_eta(inputs, theory=theory)
    assert eta == pytest.approx(critical_eta(inputs, theory=theory, method="root"), rel=1e-8)
    m = 0.0 if theory == "independent" else inputs.m
    m2 = inputs.m2 if theory == "two-row" else 0.0
    x = np.polynomial.Polynomial([0.0, 1.0])
    level = (inputs.initial_variance + inputs.noise_variance * x**2) * math.sqrt(inputs.N * inputs.d)
    theta = inputs.update_norm * x
    roots = (level**2 - (theta**2 - 2.0 * m * theta) * level - (theta * m2) ** 2).roots()
    real = roots[(np.abs(roots.imag) < 1e-9 * np.abs(roots)) & (roots.real > 0)].real
    assert eta == pytest.approx(real.min(), rel=1e-8)


def test_no_critical_eta_when_the_noise_outgrows_the_signal():
    inputs = spike_inputs(problem(), norm_ratio=0.02)  # c^2 sqrt(N d) < 1
    assert critical_eta(inputs, theory="independent") == math.inf
    assert critical_eta(inputs, theory="independent", method="root") == math.inf
    assert critical_eta(replace(inputs, noise_variance=0.0), theory="independent") < math.inf


def test_scatter_agrees_with_the_norms_own_spreads():
    """Two derivations, written apart: this one's 3-d quadrature, the norms' closed forms."""
    for options in ({}, {"n": 8000}, {"parametrisation": "mean-field"}):
        sn = problem(**options)
        sign, gd = run_covariance(sn, "adam", nodes=56), run_covariance(sn, "gd")
        c, V = float(sign_norm_ratio(sn.kappa)), sn.d * sn.v_t
        assert math.sqrt(sign[0, 0]) / (2.0 * c) == pytest.approx(sign_norm_spread(sn), rel=1e-5)
        log_norm = 0.5 * math.sqrt(gd[0, 0] / V**2 + gd[4, 4] + 2.0 * gd[0, 4] / V)
        assert log_norm == pytest.approx(gradient_norm_spreads(sn)[0], rel=1e-9)


# ---- properties and limits
# -------------------------------------------------------------------------------------

sizes = st.integers(2, 5000)


@given(
    N=sizes, d=sizes, stretch=st.floats(0.0, 50.0), share=st.floats(-1.0, 1.0), tilt=st.floats(0.0, 1.5),
    tau=st.floats(0.5, 3.0),
)  # fmt: skip
def test_overlaps_are_shares(N, d, stretch, share, tilt, tau):
    row = share * tau * math.sqrt(d)
    at = spike(
        theta=stretch * tau * (N * d) ** 0.25,
        N=N,
        d=d,
        m=row * math.cos(tilt),
        m2=abs(row) * math.sin(tilt),
        tau=tau,
    )
    assert 0.0 <= at.left_overlap_squared <= 1.0
    assert 0.0 <= at.right_overlap_squared <= 1.0
    assert at.teacher_factor >= 0.0
    assert at.top >= at.edge * (1 - 1e-12)
    assert 0.0 <= at.bottom <= at.lower_edge * (1 + 1e-12)
    assert at.flag is None


@given(N=sizes, d=sizes, share=st.floats(-0.9, 0.9), tilt=st.floats(0.0, 1.5), tau=st.floats(0.5, 3.0))
def test_position_is_continuous_at_the_threshold(N, d, share, tilt, tau):
    row = share * tau * math.sqrt(d)
    rows = {"m": row * math.cos(tilt), "m2": abs(row) * math.sin(tilt)}
    theta = critical_theta(N=N, d=d, tau=tau, **rows)
    above = spike(theta=theta * (1 + 1e-9), N=N, d=d, tau=tau, **rows)
    below = spike(theta=theta * (1 - 1e-9), N=N, d=d, tau=tau, **rows)
    assert above.outlier
    assert not below.outlier
    assert above.top == pytest.approx(below.top, rel=1e-9)
    assert above.left_overlap_squared < 1e-6
    assert above.right_overlap_squared < 1e-6


@given(N=sizes, d=sizes, stretch=st.floats(1.001, 100.0))
def test_without_correlation_it_is_benaych_georges_and_nadakuditi(N, d, stretch):
    theta = stretch * (N * d) ** 0.25
    at = spike(theta=theta, N=N, d=d)
    t2 = theta**2
    assert at.top == pytest.approx(math.sqrt((t2 + N) * (t2 + d) / t2), rel=1e-12)
    assert at.left_overlap_squared == pytest.approx(1.0 - N * (d + t2) / (t2 * (t2 + N)), rel=1e-6, abs=1e-9)
    assert at.right_overlap_squared == pytest.approx(1.0 - d * (N + t2) / (t2 * (t2 + d)), rel=1e-6, abs=1e-9)
    kept = spike(theta=theta, N=N, d=d, m=0.2 * math.sqrt(d), m2=0.1, theory="independent")
    assert kept == replace(at, theory="independent")


@given(N=sizes, d=sizes, stretch=st.floats(0.0, 20.0), share=st.floats(-0.9, 0.9), unit=st.floats(1e-3, 1e3))
def test_everything_scales_with_the_unit_of_W(N, d, stretch, share, unit):
    m, theta = share * math.sqrt(d) / 2, stretch * (N * d) ** 0.25
    assume(abs(theta - critical_theta(N=N, d=d, m=m, m2=abs(m))) > 1e-6 * theta)
    one = spike(theta=theta, N=N, d=d, m=m, m2=abs(m))
    other = spike(theta=unit * theta, N=N, d=d, m=unit * m, m2=unit * abs(m), tau=unit)
    assert other.top == pytest.approx(unit * one.top, rel=1e-9)
    assert other.left_overlap_squared == pytest.approx(one.left_overlap_squared, rel=1e-6, abs=1e-9)


def test_limits_in_kappa():
    weak = problem(noise=1e4)  # the signal per entry is t's own noise: kappa^2 -> mu_1^2/v'
    assert spike_inputs(weak).m == pytest.approx(0.0, abs=0.01)
    for student, limit in (("linear", 2.0 / math.pi),):  # v' = 0: kappa = infinity
        sn = problem(student=student)
        inputs = spike_inputs(sn)
        assert inputs.update_norm == pytest.approx(math.sqrt(sn.N * sn.d), rel=1e-12)
        assert inputs.noise_variance == 0.0
        assert inputs.m == pytest.approx(limit * sn.student.mu_1 / math.sqrt(sn.v_t), rel=1e-12)
        overlap = limit * sn.teacher.c_1**2 / (sn.d * sn.v_t)
        assert inputs.teacher_overlap_squared == pytest.approx(overlap, rel=1e-12)
    sn = replace(problem(), nu=1.0, kappa=1e-4, p=1e-8)  # noise overwhelms
    inputs = spike_inputs(sn)
    assert inputs.m == pytest.approx(math.sqrt(2.0 / math.pi) * sn.student.mu_1 / math.sqrt(sn.v_t), rel=1e-6)
    assert inputs.update_norm == pytest.approx(
        math.sqrt(2.0 / math.pi) * 1e-4 * math.sqrt(sn.N * sn.d), rel=1e-6
    )
    assert inputs.teacher_overlap_squared == pytest.approx(sn.teacher.c_1**2 / (sn.d * sn.v_t), rel=1e-6)


def test_limits_in_eta_and_samples():
    inputs = spike_inputs(problem())
    assert not spike_at(inputs, 0.0).outlier
    assert spike_at(inputs, 0.0).top == pytest.approx(math.sqrt(1500) + math.sqrt(1000))
    huge = spike_at(inputs, 1e9)
    assert huge.left_overlap_squared == pytest.approx(1.0, abs=2e-3)  # only the sign's own noise is left
    many = spike_inputs(problem(n=10**9), optimiser="gd")
    bound = 0.25 / (0.25 + student_moments(named("tanh")).mu_1 ** 2)
    assert many.teacher_overlap_squared == pytest.approx(bound, rel=1e-5)
    assert bound == pytest.approx(0.405, abs=5e-4)
    sign = spike_inputs(problem(n=10**9))
    assert sign.teacher_overlap_squared == pytest.approx(2.0 / math.pi * bound, rel=2e-3)


def test_uncorrected_adam_is_the_corrected_one_at_a_longer_step():
    short, long = spike_inputs(problem()), spike_inputs(problem(), adam="uncorrected")
    factor = 0.1 / math.sqrt(0.001)
    one, other = spike_at(short, 0.1 * factor), spike_at(long, 0.1)
    assert one.top == pytest.approx(other.top, rel=1e-12)
    assert critical_eta(short) == pytest.approx(factor * critical_eta(long), rel=1e-12)


def test_axis_aligned_teacher_hides_from_the_sign():
    axis = problem(teacher_direction="axis")
    sign, gd = spike_inputs(axis), spike_inputs(axis, optimiser="gd")
    assert sign.update_norm / math.sqrt(axis.N * axis.d) == pytest.approx(0.8052, abs=5e-5)
    assert sign.teacher_overlap_squared == pytest.approx(1.0 / (0.8052**2 * 1000), rel=1e-3)
    assert gd.teacher_overlap_squared == pytest.approx(
        spike_inputs(problem(), optimiser="gd").teacher_overlap_squared
    )


@pytest.mark.parametrize("optimiser", ["adam", "gd"])
def test_the_sign_of_the_student_does_not_matter(optimiser):
    """f -> -f is a -> -a, which has the same law; the residual keeps its own, the teacher being unchanged."""
    found = []
    for name in ("hermite:0,0.8,0,0.05", "hermite:0,-0.8,0,-0.05"):
        sn = problem(student=name)
        inputs = spike_inputs(sn, optimiser=optimiser)
        eta = 2.0 * critical_eta(inputs)
        spread = spike_spread(sn, eta=eta, optimiser=optimiser)
        found.append([inputs.m, inputs.m2, eta, spike_at(inputs, eta).top, spread.total, spread.noise])
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    assert found[0][4] > found[0][5] > 0.0
