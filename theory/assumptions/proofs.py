"""The paper's eqs. 12-16 (tanh is normalised) and 17-19 (softplus is 1-Lipschitz, of order one), by sympy."""

from dataclasses import dataclass
from typing import Any

from theory.functions.activations import named
from theory.functions.expressions import symbol
from theory.numerics.quadrature import moment

__all__ = ["ProofStep", "prove_softplus_teacher", "prove_tanh_student"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofStep:
    """One step: the paper's equation, what it says, whether it was confirmed, and by which route."""

    equation: str
    statement: str
    holds: bool
    route: str


def _step(equation: str, statement: str, holds: Any, route: str = "symbolic") -> ProofStep:
    return ProofStep(equation=equation, statement=statement, holds=bool(holds), route=route)


def prove_tanh_student() -> tuple[ProofStep, ...]:
    """Eqs. 12-16: E tanh(z) = 0, E[z tanh(z)] > 0, and three bounded derivatives.

    Examples
    --------
    >>> all(step.holds for step in prove_tanh_student())
    True
    """
    import sympy

    z, t = symbol(), sympy.Symbol("t", positive=True)
    sigma, phi = sympy.tanh(z), sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    integrand = sigma * phi
    middle = sympy.integrate(phi, (z, t / 2, t)) * 2 * (t / 2) * sympy.tanh(t / 2)
    u = sympy.Symbol("u", real=True)  # u = tanh(z): derivatives are polynomials in u on [-1, 1]
    bounds = [_largest_on_unit_interval(sympy.expand(d), u) for d in _tanh_derivatives(u)]
    expected = [sympy.Integer(1), 4 * sympy.sqrt(3) / 9, sympy.Integer(2)]
    return (
        _step("12", "tanh(z) phi(z) is odd, so E tanh(z) = 0", integrand.subs(z, -z) + integrand == 0),
        _step("13", "z tanh(z) is even", (z * sigma).subs(z, -z) == z * sigma),
        _step("13", "z tanh(z) = 0 at z = 0 and t tanh(t) > 0 for t > 0", _positive_product(t)),
        _step(
            "14",
            "E[z tanh(z)] = 2 (middle on [0, t] + tail beyond t), both of integrands >= 0",
            _positive_product(t),
        ),
        _step(
            "15", "d/dt [t tanh(t)] = tanh(t) + t/cosh(t)^2 > 0: increasing on t > 0", _increasing_product(t)
        ),
        _step(
            "16",
            "so E[z tanh(z)] >= t tanh(t/2) P(t/2 <= z <= t) > 0, at t = 1 already 0.069",
            middle.is_positive is not False and round(float(middle.subs(t, 1)), 3) == 0.069,
        ),
        _step("B.2", "sup |tanh'|, |tanh''|, |tanh'''| = 1, 4/(3 sqrt 3), 2", bounds == expected),
    )


def _tanh_derivatives(u: Any) -> list[Any]:
    """tanh', tanh'', tanh''' as polynomials in u = tanh: d/dz p(u) = p'(u) (1 - u^2)."""
    import sympy

    current, derivatives = u, []
    for _ in range(3):
        current = sympy.diff(current, u) * (1 - u**2)
        derivatives.append(current)
    return derivatives


def _largest_on_unit_interval(polynomial: Any, u: Any) -> Any:
    """max |p| on [-1, 1], exactly: ends and real critical points."""
    import sympy

    critical = [r for r in sympy.roots(sympy.diff(polynomial, u), u) if r.is_real and abs(r) <= 1]
    values = [sympy.simplify(abs(polynomial.subs(u, point))) for point in [-1, 1, *critical]]
    return max(values, key=lambda value: value.evalf())


def _positive_product(t: Any) -> bool:
    """t tanh(t) > 0 for t > 0, as a product of positive factors: tanh = (1 - e^(-2t))/(1 + e^(-2t))."""
    import sympy

    fraction = (sympy.exp(2 * t) - 1) / (sympy.exp(2 * t) + 1)
    same = sympy.simplify(sympy.tanh(t).rewrite(sympy.exp) - fraction) == 0
    series_positive = all(
        c > 0 for c in sympy.Poly(sympy.series(sympy.exp(t) - 1, t, 0, 8).removeO(), t).coeffs()
    )
    return bool(same and series_positive and (sympy.exp(2 * t) + 1).is_positive)


def _increasing_product(t: Any) -> bool:
    import sympy

    slope = sympy.diff(t * sympy.tanh(t), t)
    return bool(
        sympy.simplify(slope - sympy.tanh(t) - t / sympy.cosh(t) ** 2) == 0 and sympy.cosh(t).is_positive
    )


def prove_softplus_teacher() -> tuple[ProofStep, ...]:
    """Eqs. 17-19: softplus is 1-Lipschitz, and 0.5 <= E softplus(z)^2 <= 1.533504.

    Examples
    --------
    >>> all(step.holds for step in prove_softplus_teacher())
    True
    """
    import sympy

    z, t = symbol(), sympy.Symbol("t", positive=True)
    softplus = sympy.log(1 + sympy.exp(z))
    slope = sympy.diff(softplus, z)
    phi = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    right = sympy.logcombine(
        sympy.expand_log(sympy.log(1 + sympy.exp(t)) - t - sympy.log(1 + sympy.exp(-t))), force=True
    )
    gap = sympy.log(1 + sympy.exp(-t))  # softplus(z) - max(z, 0) at |z| = t
    lower = sympy.integrate(z**2 * phi, (z, 0, sympy.oo))
    ln2 = sympy.log(2)
    upper = sympy.integrate(ln2**2 * phi, (z, -sympy.oo, 0)) + sympy.integrate(
        (ln2 + z) ** 2 * phi, (z, 0, sympy.oo)
    )
    closed = ln2**2 + 2 * ln2 / sympy.sqrt(2 * sympy.pi) + sympy.Rational(1, 2)
    norm = moment(lambda x: named("softplus").value(x) ** 2)
    return (
        _step("17", "softplus' = e^z/(1 + e^z) > 0", slope.is_positive),
        _step("17", "1 - softplus' = 1/(1 + e^z) > 0, so softplus is 1-Lipschitz", _is_complement(slope, z)),
        _step("18", "softplus(t) - t = ln(1 + e^-t) for t > 0", sympy.simplify(sympy.exp(right)) == 1),
        _step(
            "18", "softplus(-t) - 0 = ln(1 + e^-t) for t > 0", sympy.simplify(softplus.subs(z, -t) - gap) == 0
        ),
        _step(
            "18", "0 < ln(1 + e^-t) < ln 2 for t > 0: it decreases from ln 2 to 0", _decreasing_gap(gap, t)
        ),
        _step("19", "E max(z, 0)^2 = 1/2", lower == sympy.Rational(1, 2)),
        _step(
            "19",
            "E (ln 2 + max(z, 0))^2 = (ln 2)^2 + 2 ln 2/sqrt(2 pi) + 1/2 = 1.533504",
            sympy.simplify(upper - closed) == 0 and round(float(closed), 6) == 1.533504,
        ),
        _step(
            "19",
            "0.5 <= E softplus(z)^2 = 0.921246 <= 1.533504",
            0.5 < norm.value - norm.error < norm.value + norm.error < float(closed)
            and round(norm.value, 6) == 0.921246,
            "numeric",
        ),
    )


def _is_complement(slope: Any, z: Any) -> bool:
    import sympy

    rest = 1 / (1 + sympy.exp(z))
    return bool(sympy.simplify(slope + rest) == 1 and rest.is_positive)


def _decreasing_gap(gap: Any, t: Any) -> bool:
    import sympy

    fall = sympy.simplify(-sympy.diff(gap, t))
    ends = sympy.limit(gap, t, 0) == sympy.log(2) and sympy.limit(gap, t, sympy.oo) == 0
    return bool(ends and fall.is_positive)
