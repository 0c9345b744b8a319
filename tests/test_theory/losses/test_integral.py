"""The loss after a step of any size: students of either sign, with kinks and too steep, by plain sums as well."""

import math

import numpy as np
import pytest
from numpy.polynomial import hermite_e
from scipy import special

from theory.functions.activations import Function, from_callables, named
from theory.gradient.decomposition import signal_noise
from theory.losses import integral as loss_integral
from theory.losses.integral import adam_loss_integral, adam_loss_integral_with_error
from theory.losses.parabola import memory
from theory.moments.moments import student_moments, teacher_moments
from theory.numerics import chebyshev
from theory.prediction.prediction import predict
from theory.update.direction import update_overlaps

SOFTPLUS = named("softplus")
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


def setting(student, teacher=SOFTPLUS, **options):
    return signal_noise(
        **(SIZES | {"noise": 0.3} | options),
        student=student_moments(student),
        teacher=teacher_moments(teacher),
    )


# sigma(z) = z + z |z|/2: smooth but at 0, where sigma'' jumps, and of uneven slope everywhere.
BENT = from_callables(lambda z: z + 0.5 * z * np.abs(z), lambda z: 1.0 + np.abs(z), name="bent", kinks=(0.0,))


def density(z):
    return np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def hard_tanh_mean(m, tau):
    """E clip(m + tau U, -1, 1)."""
    low, high = (-1.0 - m) / tau, (1.0 - m) / tau
    inside = special.ndtr(high) - special.ndtr(low)
    return special.ndtr(-high) - special.ndtr(low) + m * inside - tau * (density(high) - density(low))


def bent_mean(m, tau):
    """E (v + v |v|/2), v = m + tau U."""
    square = (m**2 + tau**2) * (2.0 * special.ndtr(m / tau) - 1.0) + 2.0 * m * tau * density(m / tau)
    return m + 0.5 * square


def midpoints(step, reach):
    z = (np.arange(-round(reach / step), round(reach / step)) + 0.5) * step
    weights = np.exp(-0.5 * z**2)
    return z, weights / weights.sum()


def panels(kinks, *, width, order=8, reach=8.4):
    """Gauss-Legendre for E over N(0, 1), on panels that end at the kinks."""
    edges = np.unique([*np.linspace(-reach, reach, round(2 * reach / width) + 1), *kinks])
    x, w = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges)[:, None]
    z = edges[:-1, None] + half * (1.0 + x)
    weights = half * w * density(z)
    return z.ravel(), weights.ravel() / weights.sum()


def smoothed_by(u, weights, student):
    """E sigma(m + tau U) by one rule for all m, as if sigma had no kink."""
    return lambda m, tau: sum(w * student.value(m + tau * each) for each, w in zip(u, weights, strict=True))


def by_plain_sums(sn, student, teacher, eta, *, z, mean_over_u, outer, x=None, least=1e-15):
    """Every dimension by its own rule on a tensor grid: no interpolation, no change of variables.

    `z`, `outer` (for three dimensions) and `x` (instead of `outer` for beta.x) are rules, `mean_over_u(m, tau)`
    is E sigma(m + tau U). Mean-field: the output is smaller by sqrt(N), preactivations move by eta sqrt(d).
    """
    ntk = sn.parametrisation == "ntk"
    amplitude, step = (
        (math.sqrt(2 * sn.N / math.pi), eta) if ntk else (math.sqrt(2 / math.pi), eta * math.sqrt(sn.d))
    )
    c = math.sqrt(2 / math.pi * math.asin(sn.p))
    rest = math.sqrt(sn.output_2 + sn.noise**2)
    own = memory(n=sn.n, d=sn.d, entry_scale=math.sqrt(sn.student.mu_1**2 * sn.v_t + sn.nu**2))
    _, of_beta, of_output = update_overlaps(sn, optimiser="adam", sign_norm_ratio=c)
    beta, output = -c * of_beta, c * of_output * sn.student.mu_1 / rest / (1 if ntk else sn.N)
    free, noise = math.sqrt(c**2 - beta**2 - output**2), math.sqrt(1 - c**2)
    y, v = outer
    slope = own * student.derivative(z[0])
    above = below = 0.0
    for at_x, of_x in zip(*(outer if x is None else x), strict=True):
        at_teacher = float(teacher.value(np.array(at_x)))
        for at_y, of_y in zip(y, v, strict=True):
            mass = of_x * of_y * v
            keep = mass > least
            r = rest * at_y - at_teacher
            zt = beta * at_x + output * at_y + free * y[keep]
            mean = mean_over_u(z[0] - step * (zt[:, None] + r * slope), step * noise) @ z[1]
            above += float(mass[keep] @ (r + amplitude * mean) ** 2)
            below += float(mass[keep].sum()) * r * r
    return above / below


@pytest.mark.parametrize("name", ["tanh", "erf", "sin"])
@pytest.mark.parametrize("eta", [0.05, 0.3, 1.0])
def test_smooth_students_agree_with_plain_sums_to_1e_9(name, eta):
    sn, student = setting(named(name)), named(name)
    options = {"student": student, "teacher": SOFTPLUS, "eta": eta}
    plain = by_plain_sums(
        sn, **options, z=midpoints(0.15, 8.4), outer=midpoints(0.6, 7.8),
        mean_over_u=smoothed_by(*midpoints(0.5, 8.0), student),
    )  # fmt: skip
    found = adam_loss_integral_with_error(sn, **options)
    assert found.ratio == pytest.approx(plain, rel=1e-9)
    assert found.error < 1e-8
    other = adam_loss_integral(sn, **(options | {"eta": eta * (1.0 + 1e-6)}))
    assert other != pytest.approx(plain, rel=1e-9)  # the lie: a millionth more of a step


@pytest.mark.parametrize(
    "options", [{"parametrisation": "mean-field"}, {"n": 1600, "N": 100}, {"n": 100, "d": 60}], ids=str
)
def test_other_settings_agree_with_plain_sums_to_1e_9(options):
    sn, eta = setting(HARD_TANH, **options), 0.2
    step = eta if "parametrisation" not in options else eta / math.sqrt(sn.d)
    functions = {"student": HARD_TANH, "teacher": SOFTPLUS, "eta": step}
    plain = by_plain_sums(
        sn,
        **functions,
        z=panels((-1.0, 1.0), width=0.1),
        outer=midpoints(0.6, 7.8),
        mean_over_u=hard_tanh_mean,
    )
    assert adam_loss_integral(sn, **functions) == pytest.approx(plain, rel=1e-9)


@pytest.mark.parametrize(
    ("student", "mean"), [(HARD_TANH, hard_tanh_mean), (BENT, bent_mean)], ids=["hard-tanh", "bent"]
)
@pytest.mark.parametrize("eta", [0.05, 0.3, 1.0])
def test_students_with_kinks_agree_with_plain_sums_to_1e_9(student, mean, eta):
    """The mean over U in closed form, z on panels that end at the kinks."""
    sn = setting(student)
    options = {"student": student, "teacher": SOFTPLUS, "eta": eta}
    outer = midpoints(0.6, 7.8)
    plain = by_plain_sums(
        sn, **options, z=panels(student.kinks, width=max(0.1, 0.4 * eta)), outer=outer, mean_over_u=mean
    )
    found = adam_loss_integral_with_error(sn, **options)
    assert found.ratio == pytest.approx(plain, rel=1e-9)
    assert found.error < 1e-7
    # The lie: U and z by rules for smooth functions.
    nodes, weights = hermite_e.hermegauss(48)
    rule = nodes, weights / weights.sum()
    smooth = by_plain_sums(
        sn,
        **options,
        z=rule,
        outer=midpoints(1.0, 5.0),
        mean_over_u=smoothed_by(*midpoints(0.7, 4.9), student),
    )
    assert smooth != pytest.approx(plain, rel=1e-6)


LATE = from_callables(
    lambda z: np.maximum(z - 0.4, 0.0), lambda z: 1.0 * (z > 0.4), name="late relu", kinks=(0.4,)
)
STEP = from_callables(lambda z: 1.0 * (z > 1.7946), np.zeros_like, name="a jump that is not named")


@pytest.mark.parametrize("eta", [0.05, 0.3])
@pytest.mark.parametrize(("teacher", "place"), [(LATE, 0.4), (STEP, 1.7946)], ids=["kink", "jump"])
def test_teachers_with_kinks_agree_with_plain_sums_to_1e_9(teacher, place, eta):
    """Off the middle: at 0 the midpoints of a symmetric rule see none."""
    sn, student = setting(named("tanh"), teacher), named("tanh")
    options = {"student": student, "teacher": teacher, "eta": eta}
    rules = {"z": midpoints(0.3, 8.4), "mean_over_u": smoothed_by(*midpoints(0.5, 8.0), student)}
    outer = midpoints(0.6, 7.8)
    plain = by_plain_sums(sn, **options, **rules, outer=outer, x=panels((place,), width=1.0))
    found = adam_loss_integral_with_error(sn, **options)
    assert found.ratio == pytest.approx(plain, rel=1e-9)
    assert found.error < 1e-8
    lie = by_plain_sums(sn, **options, **rules, outer=outer)  # no kink
    assert lie != pytest.approx(plain, rel=1e-4)


@pytest.mark.parametrize("eta", [0.05, 1.0])
@pytest.mark.parametrize("place", [1.0, 0.8218, 0.5])
def test_kinks_that_are_not_named_are_found(place, eta):
    hidden, told = (
        from_callables(
            lambda z: np.clip(z, -place, place), lambda z: 1.0 * (np.abs(z) < place), name="clip", kinks=kinks
        )
        for kinks in ((), (-place, place))
    )
    sn = setting(told)
    found, known = (
        adam_loss_integral_with_error(sn, student=each, teacher=SOFTPLUS, eta=eta) for each in (hidden, told)
    )
    assert found.ratio == pytest.approx(known.ratio, rel=1e-9)
    assert found.error < 1e-8


@pytest.mark.parametrize("eta", [0.05, 0.3])
def test_the_mean_of_a_steep_student_agrees_with_plain_sums(eta):
    """At single points: a tensor grid that resolved tanh(20 z) in every dimension would be too large."""
    student = steep(20)
    problem = loss_integral._problem(setting(student), student, SOFTPLUS, eta, None)
    in_r, in_zt = (-3.0, 3.0, 4), (-2.0, 2.0, 5)
    table = loss_integral._mean_table(problem, in_r, in_zt, order=12)
    z, weights = panels(np.linspace(-0.4, 0.4, 401), width=0.05)
    c = math.sqrt(2 / math.pi * math.asin(setting(student).p))
    mean = smoothed_by(*midpoints(0.1, 8.0), student)
    for r, row in zip(chebyshev.points(*in_r), table, strict=True):
        for zt, found in zip(chebyshev.points(*in_zt), row, strict=True):
            at = z - eta * (zt + problem.own * r * student.derivative(z))
            assert found == pytest.approx(mean(at, eta * math.sqrt(1 - c**2)) @ weights, rel=1e-8)
            assert found != pytest.approx(
                student.value(at) @ weights, abs=1e-6
            )  # the lie: no noise of a neuron's own


def test_no_step_leaves_the_loss():
    for student, teacher in ((HARD_TANH, named("relu")), (named("tanh"), SOFTPLUS)):
        sn = setting(student, teacher)
        ratios = [
            adam_loss_integral(sn, student=student, teacher=teacher, eta=eta) for eta in (0.0, 1e-12, 1e-3)
        ]
        assert ratios[0] == 1.0
        assert ratios[1] == pytest.approx(1.0, rel=1e-9)
        assert ratios[2] < 0.999


@pytest.mark.parametrize(
    ("student", "eta", "within"),
    [
        (HARD_TANH, 0.05, 1e-9),
        (HARD_TANH, 1.0, 1e-9),
        (BENT, 0.3, 1e-9),
        (named("tanh"), 1.0, 1e-9),
        (steep(20), 0.05, 1e-5),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_more_points_do_not_move_it(student, eta, within):
    problem = loss_integral._problem(setting(student), student, SOFTPLUS, eta, None)
    found = adam_loss_integral_with_error(setting(student), student=student, teacher=SOFTPLUS, eta=eta)
    most = loss_integral._ratio(problem, 48)
    assert found.ratio == pytest.approx(most, rel=within)
    assert abs(found.ratio / most - 1.0) <= found.error + 1e-12


def test_the_smallest_and_the_largest_steps_have_their_limits():
    """Far out tanh is a sign: M = E sign(-(zt + U + own r sigma'(z))), which no longer depends on eta."""
    sn, student = setting(named("tanh")), named("tanh")
    options = {"student": student, "teacher": SOFTPLUS}
    large, huge = (adam_loss_integral(sn, **options, eta=eta) for eta in (1e12, 1e30))
    assert large == pytest.approx(huge, rel=1e-9)
    assert huge > 50.0


@pytest.mark.parametrize(
    ("student", "eta"),
    [
        (from_callables(np.sinh, np.cosh, name="sinh"), 0.01),
        (
            from_callables(
                lambda z: z * np.abs(np.sin(20.0 * z)), lambda z: np.abs(np.sin(20.0 * z)), name="fans"
            ),
            1.0,
        ),
    ],
    ids=["growing", "too many kinks"],
)
def test_what_the_quadrature_does_not_resolve_is_flagged(student, eta):
    coarse = predict(**SIZES, student=student, eta=eta)["relative_training_loss", eta]
    assert coarse.flag is not None
    assert "quadrature may be off by" in coarse.flag


def test_what_the_quadrature_resolves_is_not_flagged():
    etas = [0.01, 1.0]
    fine = predict(**SIZES, student=steep(20), eta=etas)
    assert not any("quadrature" in (fine["relative_training_loss", eta].flag or "") for eta in etas)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"eta": -0.1}, "eta must be"),
        ({"eta": math.nan}, "eta must be"),
        ({"sign_norm_ratio": 1.5}, "sign_norm_ratio must be"),
        ({"sign_norm_ratio": -0.3}, "sign_norm_ratio must be"),
        ({"student": named("relu")}, "student must be odd for the loss integral, got relu"),
    ],
)
def test_bad_input_names_itself(options, says):
    options = {"student": named("tanh"), "eta": 0.1} | options
    with pytest.raises(ValueError, match=says):
        adam_loss_integral(setting(options["student"]), teacher=SOFTPLUS, **options)


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
