"""The loss after a step of any size: students of either sign, with kinks and too steep, by plain sums as well."""

import math

import numpy as np
import pytest
from numpy.polynomial import hermite_e

from theory.activations import Function, named
from theory.gradient import signal_noise
from theory.loss_integral import adam_loss_integral, adam_loss_integral_with_error
from theory.losses import memory
from theory.moments import student_moments, teacher_moments
from theory.prediction import predict
from theory.update_direction import update_overlaps

SIZES = {"n": 400, "N": 300, "d": 200}
HARD_TANH = Function(
    name="hard-tanh",
    value=lambda z: np.clip(z, -1.0, 1.0),
    derivative=lambda z: (np.abs(z) < 1.0).astype(float),
    build_expression=None,
    kinks=(-1.0, 1.0),
)


def steep(factor):
    return Function(
        name=f"tanh({factor}z)",
        value=lambda z: np.tanh(factor * z),
        derivative=lambda z: factor * (1.0 - np.tanh(factor * z) ** 2),
        build_expression=None,
    )


def setting(student, teacher="softplus", **options):
    return signal_noise(
        **SIZES,
        noise=0.3,
        student=student_moments(student),
        teacher=teacher_moments(named(teacher)),
        **options,
    )


def by_plain_sums(sn, student, teacher, eta, *, outer=9, z=None, u=None, least=1e-8):
    """Every dimension by its own rule on a tensor grid: midpoints for z and U unless rules are given."""
    c = math.sqrt(2 / math.pi * math.asin(sn.p))
    rest = math.sqrt(sn.output_2 + sn.noise**2)
    own = memory(n=sn.n, d=sn.d, entry_scale=math.sqrt(sn.student.mu_1**2 * sn.v_t + sn.nu**2))
    _, of_beta, of_output = update_overlaps(sn, optimiser="adam", sign_norm_ratio=c)
    beta, output = -c * of_beta, c * of_output * sn.student.mu_1 / rest
    x, w = hermite_e.hermegauss(outer)
    w = w / w.sum()
    first, second, third = (axis.ravel() for axis in np.meshgrid(x, x, x, indexing="ij"))
    mass = (w[:, None, None] * w[:, None] * w).ravel()
    keep = mass > least
    first, second, third, mass = first[keep], second[keep], third[keep], mass[keep]
    r = -teacher.value(first) + rest * second
    zt = beta * first + output * second + math.sqrt(c**2 - beta**2 - output**2) * third
    z, z_weights = midpoints(0.02, 6.0) if z is None else z
    u, u_weights = midpoints(0.7, 4.9) if u is None else u
    slope, mean = student.derivative(z), np.zeros_like(r)
    for each, weight in zip(u, u_weights, strict=True):
        shift = zt[:, None] + math.sqrt(1 - c**2) * each + own * r[:, None] * slope
        mean += weight * (student.value(z - eta * shift) @ z_weights)
    return float(mass @ (r + math.sqrt(2 * sn.N / math.pi) * mean) ** 2 / (mass @ r**2))


@pytest.mark.parametrize("name", ["tanh", "erf", "sin"])
@pytest.mark.parametrize("eta", [0.05, 0.3])
def test_a_finer_sum_agrees_to_1e_8(name, eta):
    """Every dimension by its own rule, fine enough: neither grids nor splines in common with the integral."""
    sn, student = setting(named(name)), named(name)
    options = {"student": student, "teacher": named("softplus"), "eta": eta}
    fine = by_plain_sums(sn, **options, outer=20, z=midpoints(0.3, 7.5), u=midpoints(0.5, 7.0), least=1e-14)
    assert adam_loss_integral(sn, **options) == pytest.approx(fine, rel=1e-8)
    other = adam_loss_integral(sn, **(options | {"eta": eta * (1.0 + 1e-6)}))
    assert other != pytest.approx(fine, rel=1e-8)  # the lie: a millionth more of a step


def midpoints(step, reach):
    z = (np.arange(-round(reach / step), round(reach / step)) + 0.5) * step
    weights = np.exp(-0.5 * z**2)
    return z, weights / weights.sum()


@pytest.mark.parametrize("student", [HARD_TANH, named("tanh")], ids=["hard-tanh", "tanh"])
@pytest.mark.parametrize("eta", [0.05, 0.3])
def test_it_is_the_plain_sum_with_kinks_and_without(student, eta):
    sn, teacher = setting(student), named("softplus")
    found = adam_loss_integral_with_error(sn, student=student, teacher=teacher, eta=eta)
    assert found.error < 1e-3  # beyond that `predict` flags it
    assert found.ratio == pytest.approx(by_plain_sums(sn, student, teacher, eta), rel=1e-3)
    # The lie: Gauss-Hermite in z as if there were no kink.
    nodes, weights = hermite_e.hermegauss(48)
    smooth = by_plain_sums(sn, student, teacher, eta, z=(nodes, weights / weights.sum()))
    wrong = abs(smooth / found.ratio - 1)
    assert wrong > 0.005 if student is HARD_TANH else wrong < 1e-3


def test_nodes_do_not_move_it():
    for student, eta in ((HARD_TANH, 0.05), (steep(20), 0.05), (named("tanh"), 1.0)):
        sn = setting(student)
        few, many = (
            adam_loss_integral(sn, student=student, teacher=named("softplus"), eta=eta, nodes=k)
            for k in (12, 32)
        )
        assert few == pytest.approx(many, rel=2e-5), student.name


def test_a_kink_of_the_teacher_is_seen():
    sn = setting(named("tanh"), "relu")
    options = {"student": named("tanh"), "teacher": named("relu"), "eta": 0.0}
    assert adam_loss_integral(sn, **options) == pytest.approx(1.0, rel=1e-12)
    options["eta"] = 0.05
    fine = by_plain_sums(sn, named("tanh"), named("relu"), 0.05, outer=24, z=midpoints(0.2, 6.0))
    assert adam_loss_integral(sn, **options) == pytest.approx(fine, rel=2e-3)


def test_a_student_too_steep_for_the_quadrature_is_flagged():
    record = predict(**SIZES, student=steep(20), eta=[0.05, 1.0])
    fine, coarse = (record["relative_training_loss", eta] for eta in (0.05, 1.0))
    assert fine.flag is None or "quadratures" not in fine.flag
    assert coarse.flag is not None
    assert "quadratures differ by 0.0" in coarse.flag


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("optimiser", ["adam", "gd"])
@pytest.mark.parametrize("teacher_direction", ["sphere", "axis"])
def test_a_student_and_its_negative_learn_alike(parametrisation, optimiser, teacher_direction):
    """sigma -> -sigma with a -> -a is an exact symmetry: the records are the same but for the odd moments."""
    eta = 0.2 if parametrisation == "ntk" else 0.02
    options = {
        **SIZES, "eta": eta if optimiser == "adam" else 400.0, "optimiser": optimiser,
        "parametrisation": parametrisation, "teacher_direction": teacher_direction,
    }  # fmt: skip
    one, other = (predict(student=name, **options) for name in ("hermite:0,1,0,0.1", "hermite:0,-1,0,-0.1"))
    assert len(one) == len(other) > 60
    for mine, its in zip(one, other, strict=True):
        assert (mine.name, mine.eta, mine.features, mine.flag) == (its.name, its.eta, its.features, its.flag)
        sign = -1.0 if mine.name in ("mu_1", "mu_3") else 1.0
        assert mine.value == pytest.approx(sign * its.value, rel=1e-8, nan_ok=True), mine.name
        assert mine.sd == pytest.approx(its.sd, rel=1e-8, nan_ok=True), mine.name
    best = one["optimal_eta"]
    assert best.value > 0.0
