"""Every entry of the table of closed forms is proved by sympy here, then compared with quadrature."""

import math
from functools import lru_cache

import pytest
import sympy

from theory.functions.activations import named
from theory.moments.closed_forms import _STUDENT, _TEACHER, student_closed_forms, teacher_closed_forms
from theory.moments.moments import STUDENT_FIELDS, TEACHER_FIELDS, student_moments, teacher_moments

z = sympy.Symbol("z", real=True)
PHI = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
HALF = sympy.Rational(1, 2)


def expect(integrand, start=-sympy.oo):
    """E integrand(z) over z > start, by sympy's integration."""
    return sympy.simplify(sympy.integrate(sympy.expand(integrand) * PHI, (z, start, sympy.oo)))


@lru_cache(maxsize=64)
def monomial_mean(power):
    return sympy.integrate(z**power * PHI, (z, -sympy.oo, sympy.oo))


def expect_polynomial(polynomial):
    return sum(c * monomial_mean(power) for (power,), c in sympy.Poly(polynomial, z).terms())


def expect_trigonometric(integrand):
    """E of sums of z^j exp(i k z): the j-th derivative of E exp(t z) = exp(t^2/2) at t = i k."""
    t = sympy.Symbol("t", real=True)
    generating = sympy.simplify(sympy.integrate(sympy.exp(t * z - z**2 / 2), (z, -sympy.oo, sympy.oo)))
    assert sympy.simplify(generating / sympy.sqrt(2 * sympy.pi) - sympy.exp(t**2 / 2)) == 0
    total = sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(integrand.rewrite(sympy.exp))):
        coefficient, wave = term.as_independent(sympy.exp)
        exponent = wave.args[0] if wave.func is sympy.exp else sympy.Integer(0)
        factor, power = (coefficient * (wave if wave.func is not sympy.exp else 1)).as_independent(z)
        j = sympy.degree(power, z) if power.has(z) else 0
        rate = sympy.simplify(exponent / z)
        total += factor * sympy.diff(sympy.exp(t**2 / 2), t, j).subs(t, rate)
    return sympy.simplify(sympy.expand(total))


def proved_sin():
    s, p = sympy.sin(z), sympy.cos(z)
    e = expect_trigonometric
    return {
        "mu_1": e(p),
        "mu_2": e(z * p),
        "mu_3": e((z**2 - 1) * p),
        "var_prime": e(p**2) - e(p) ** 2,
        "q": e(s**2),
        "s0": e(s),
        "sigma_sigma_prime_z": e(z * s * p),
    }


def mean_of_powers(power, of_cdf, of_density):
    """E z^p Phi(z)^a phi(z)^b = int z^p Phi^a phi^(b+1): by parts, since (phi^c)' = -c z phi^c and Phi' = phi."""
    c = of_density + 1
    if power == 0:
        if of_cdf == 0:
            return sympy.integrate(PHI**c, (z, -sympy.oo, sympy.oo))
        if c == 1:
            return sympy.Rational(1, of_cdf + 1)  # Phi^a phi is the derivative of Phi^(a + 1)/(a + 1)
        assert of_cdf == 1  # Phi is 1/2 and an odd part
        return HALF * mean_of_powers(0, 0, of_density)
    first = (power - 1) * mean_of_powers(power - 2, of_cdf, of_density) if power > 1 else 0
    second = of_cdf * mean_of_powers(power - 1, of_cdf - 1, of_density + 1) if of_cdf else 0
    return sympy.simplify((first + second) / c)


def proved_gelu():
    """sigma = z Phi, sigma' = Phi + z phi."""
    e = mean_of_powers
    cdf = (1 + sympy.erf(z / sympy.sqrt(2))) / 2
    assert sympy.simplify(sympy.diff(cdf, z) - PHI) == 0
    assert sympy.simplify(sympy.diff(z * cdf, z) - cdf - z * PHI) == 0
    mu_1 = e(0, 1, 0) + e(1, 0, 1)
    return {
        "mu_1": mu_1,
        "mu_2": e(1, 1, 0) + e(2, 0, 1),
        "mu_3": e(2, 1, 0) - e(0, 1, 0) + e(3, 0, 1) - e(1, 0, 1),
        "var_prime": e(0, 2, 0) + 2 * e(1, 1, 1) + e(2, 0, 2) - mu_1**2,
        "q": e(2, 2, 0),
        "s0": e(1, 1, 0),
        "sigma_sigma_prime_z": e(2, 2, 0) + e(3, 1, 1),
    }


def proved_student(name):
    """The closed forms of one name, each derived by sympy from the function itself."""
    if name == "gelu":
        return proved_gelu()
    if name in ("softplus", "silu"):
        return proved_half_plus_odd(name)
    if name == "tanh":
        return proved_odd(sympy.tanh(z))
    if name == "erf":
        return proved_erf() | proved_odd(sympy.erf(z))
    if name == "sin":
        return proved_sin()
    if name == "relu":  # sigma = z, sigma' = 1 on z > 0
        s, p, start = z, sympy.Integer(1), 0
    else:
        s, p, start = z, sympy.Integer(1), -sympy.oo
    mu_1 = expect(p, start)
    return {
        "mu_1": mu_1,
        "mu_2": expect(z * p, start),
        "mu_3": expect((z**2 - 1) * p, start),
        "var_prime": sympy.simplify(expect(p**2, start) - mu_1**2),
        "q": expect(s**2, start),
        "s0": expect(s, start),
        "sigma_sigma_prime_z": expect(z * s * p, start),
    }


def proved_teacher(name):
    if name == "gelu":
        e = mean_of_powers
        return {"c_0": e(1, 1, 0), "c_1": e(2, 1, 0), "c_2": e(3, 1, 0) - e(1, 1, 0), "q_star": e(2, 2, 0)}
    if name in ("softplus", "silu"):
        return {"c_1": proved_half_plus_odd(name)["mu_1"]}  # Stein: E z f = E f', proved below
    if name == "tanh":
        return {"c_0": proved_odd(sympy.tanh(z))["s0"], "c_2": proved_odd(sympy.tanh(z))["s0"]}
    if name == "erf":
        slope = sympy.diff(sympy.erf(z), z)
        zero = proved_odd(sympy.erf(z))["s0"]
        return {"c_0": zero, "c_1": expect(slope), "c_2": zero, "q_star": proved_erf()["q"]}
    if name == "sin":
        e, f = expect_trigonometric, sympy.sin(z)
        return {"c_0": e(f), "c_1": e(z * f), "c_2": e((z**2 - 1) * f), "q_star": e(f**2), "fourth": e(f**4)}
    f, start = {"linear": (z, -sympy.oo), "relu": (z, 0)}[name]
    return {
        "c_0": expect(f, start),
        "c_1": expect(z * f, start),
        "c_2": expect((z**2 - 1) * f, start),
        "q_star": expect(f**2, start),
        "fourth": expect(f**4, start),
    }


def proved_odd(f):
    """f odd: f, and (z^2-1) f, and z f' (f' even) are odd integrands, so their means vanish."""
    assert sympy.simplify(f.subs(z, -z) + f) == 0
    slope = sympy.diff(f, z)
    assert sympy.simplify(slope.subs(z, -z) - slope) == 0
    return {"s0": sympy.Integer(0), "mu_2": sympy.Integer(0)}


def proved_half_plus_odd(name):
    """softplus' and silu' are 1/2 + odd: E f' = 1/2 and E (z^2-1) f' = E (z^2-1)/2 = 0."""
    sigmoid = 1 / (1 + sympy.exp(-z))
    slope = sigmoid if name == "softplus" else sympy.diff(z * sigmoid, z)
    odd = slope - HALF
    assert sympy.simplify(sympy.together((odd.subs(z, -z) + odd).rewrite(sympy.exp))) == 0
    return {"mu_1": HALF, "mu_3": expect((z**2 - 1) * HALF)}


@lru_cache(maxsize=1)
def proved_erf():
    """q by differentiating F(s) = E erf(s z)^2 in s; E[z erf erf'] from the same inner expectation."""
    s = sympy.Symbol("s", positive=True)
    slope = 2 * sympy.exp(-(z**2)) / sympy.sqrt(sympy.pi)
    assert sympy.simplify(slope - sympy.diff(sympy.erf(z), z)) == 0
    # F'(s) = E[2 erf(s z) z 2 exp(-s^2 z^2)/sqrt(pi)]; under the density of variance v = 1/(1 + 2 s^2)
    # Stein's identity gives E_v[z erf(s z)] = v E_v[2 s exp(-s^2 z^2)/sqrt(pi)].
    v = 1 / (1 + 2 * s**2)
    inner = sympy.integrate(
        2 * s * sympy.exp(-(s**2) * z**2) / sympy.sqrt(sympy.pi) * PHI, (z, -sympy.oo, sympy.oo)
    )
    at_v = inner.subs(s, s * sympy.sqrt(v))  # E_v h(s z) = E h(s sqrt(v) z); the factor s/(s sqrt v) follows
    slope_of_f = 4 / sympy.sqrt(sympy.pi) * sympy.sqrt(v) * v * at_v / sympy.sqrt(v)
    closed = 2 / sympy.pi * sympy.asin(2 * s**2 / (1 + 2 * s**2))
    assert sympy.simplify(sympy.diff(closed, s) - slope_of_f) == 0
    assert sympy.limit(closed, s, 0) == 0
    # z erf(z) erf'(z): the same inner expectation at s = 1, v = 1/3
    mixed = 2 / sympy.sqrt(sympy.pi) * sympy.sqrt(v) * v * at_v / sympy.sqrt(v)
    mu_1 = expect(slope)
    return {
        "mu_1": mu_1,
        "mu_3": expect((z**2 - 1) * slope),
        "var_prime": expect(slope**2) - mu_1**2,
        "q": closed.subs(s, 1),
        "sigma_sigma_prime_z": sympy.simplify(mixed.subs(s, 1)),
    }


def agrees(table, proofs):
    """Whether the table has exactly the proved entries, to the last bits of float64."""
    return table.keys() == proofs.keys() and all(
        math.isclose(table[k], float(proofs[k]), rel_tol=4e-16, abs_tol=1e-300) for k in proofs
    )


@pytest.mark.parametrize("name", sorted(_STUDENT))
def test_each_student_entry_is_proved(name):
    proofs = proved_student(name)
    assert agrees(_STUDENT[name], proofs)
    for field, value in _STUDENT[name].items():  # known lie: any entry off by 1e-12
        assert not agrees(_STUDENT[name] | {field: value * (1.0 + 1e-12) + 1e-12}, proofs)


@pytest.mark.parametrize("name", sorted(_TEACHER))
def test_each_teacher_entry_is_proved(name):
    proofs = proved_teacher(name)
    assert agrees(_TEACHER[name], proofs)
    for field, value in _TEACHER[name].items():
        assert not agrees(_TEACHER[name] | {field: value * (1.0 + 1e-12) + 1e-12}, proofs)


def test_the_shape_of_the_proof_for_erf_squared_catches_a_wrong_closed_form():
    s = sympy.Symbol("s", positive=True)
    right = sympy.diff(2 / sympy.pi * sympy.asin(2 * s**2 / (1 + 2 * s**2)), s)
    wrong = sympy.diff(2 / sympy.pi * sympy.asin(s**2 / (1 + 2 * s**2)), s)
    assert sympy.simplify(right - wrong) != 0


SERIES = ("hermite:0,1,0.5", "hermite:2", "hermite:0.25,-1.5,0,0.125,0.03125", "centred-hermite:1,0.5,0.25")
NAMES = (
    *sorted(_STUDENT),
    "centred-relu",
    "centred-softplus",
    "centred-silu",
    "centred-gelu",
    "centred-tanh",
    *SERIES,
)


@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_agree_with_quadrature(name):
    f = named(name)
    by_quadrature = (student_moments(f, method="quadrature"), teacher_moments(f, method="quadrature"))
    for table, moments, fields in (
        (student_closed_forms(name), by_quadrature[0], STUDENT_FIELDS),
        (teacher_closed_forms(name), by_quadrature[1], TEACHER_FIELDS),
    ):
        assert set(table) <= set(fields)
        for field, value in table.items():
            assert value == pytest.approx(getattr(moments, field), rel=1e-11, abs=1e-14)
            assert value * (1.0 + 1e-9) + 1e-12 != pytest.approx(
                getattr(moments, field), rel=1e-11, abs=1e-14
            )


@pytest.mark.parametrize("name", ["hermite:0.25,-1.5,0,0.125,0.03125", "hermite:0,1,0.5"])
def test_a_series_is_exact_in_fractions(name):
    c = [sympy.Rational(part) for part in name.removeprefix("hermite:").split(",")]
    previous, current, f = sympy.Integer(0), sympy.Integer(1), sympy.Integer(0)
    for k, ck in enumerate(c):
        f += ck * current
        previous, current = current, sympy.expand(z * current - k * previous)
    table, slope = student_closed_forms(name), sympy.diff(f, z)
    assert table["sigma_sigma_prime_z"] == float(expect_polynomial(z * f * slope))
    assert table["var_prime"] == float(expect_polynomial(slope**2) - expect_polynomial(slope) ** 2)
    assert teacher_closed_forms(name)["fourth"] == float(expect_polynomial(f**4))


def test_closed_is_refused_where_the_table_lacks_an_entry():
    with pytest.raises(ValueError, match="tanh: no closed form for mu_1"):
        student_moments(named("tanh"), method="closed")
    with pytest.raises(ValueError, match="method must be"):
        student_moments(named("tanh"), method="exact")
    assert student_moments(named("erf"), method="closed") == student_moments(named("erf"))
