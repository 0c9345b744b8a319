"""The table of moments with a closed form; test_closed_forms.py proves each entry by sympy."""

import math
from fractions import Fraction

__all__ = ["student_closed_forms", "teacher_closed_forms"]

_E1, _E2, _E8 = math.exp(-1.0), math.exp(-2.0), math.exp(-8.0)
_ROOT = math.exp(-0.5)
_HALF_NORMAL = 1.0 / math.sqrt(2.0 * math.pi)
_ERF_SLOPE = 2.0 / math.sqrt(3.0 * math.pi)
_GELU_MEAN, _GELU_MIXED = (
    0.5 / math.sqrt(math.pi),
    0.5 / (math.sqrt(3.0) * math.pi),
)  # E phi(z), 2 E z Phi(z) phi(z)
_ODD = {"mu_2": 0.0, "s0": 0.0}

_STUDENT: dict[str, dict[str, float]] = {
    "linear": {"mu_1": 1.0, "mu_3": 0.0, "var_prime": 0.0, "q": 1.0, "sigma_sigma_prime_z": 1.0, **_ODD},
    "sin": {
        "mu_1": _ROOT,
        "mu_3": -_ROOT,
        "var_prime": 0.5 * (1.0 - _E1) ** 2,
        "q": 0.5 * (1.0 - _E2),
        "sigma_sigma_prime_z": _E2,
        **_ODD,
    },
    "erf": {
        "mu_1": _ERF_SLOPE,
        "mu_3": -2.0 / 3.0 * _ERF_SLOPE,
        "var_prime": 4.0 / math.pi * (1.0 / math.sqrt(5.0) - 1.0 / 3.0),
        "q": 2.0 / math.pi * math.asin(2.0 / 3.0),
        "sigma_sigma_prime_z": 4.0 / (3.0 * math.pi * math.sqrt(5.0)),
        **_ODD,
    },
    "relu": {
        "mu_1": 0.5,
        "mu_2": _HALF_NORMAL,
        "mu_3": 0.0,
        "var_prime": 0.25,
        "q": 0.5,
        "s0": _HALF_NORMAL,
        "sigma_sigma_prime_z": 0.5,
    },
    "gelu": {
        "mu_1": 0.5,
        "mu_2": 1.5 * _GELU_MEAN,
        "mu_3": 0.0,
        "var_prime": 1.0 / 12.0 + 4.0 * _GELU_MIXED / 3.0,
        "q": 1.0 / 3.0 + _GELU_MIXED,
        "s0": _GELU_MEAN,
        "sigma_sigma_prime_z": 1.0 / 3.0 + 5.0 * _GELU_MIXED / 3.0,
    },
    "softplus": {"mu_1": 0.5, "mu_3": 0.0},
    "silu": {"mu_1": 0.5, "mu_3": 0.0},
    "tanh": dict(_ODD),
}
_TEACHER: dict[str, dict[str, float]] = {
    "linear": {"c_0": 0.0, "c_1": 1.0, "c_2": 0.0, "q_star": 1.0, "fourth": 3.0},
    "sin": {
        "c_0": 0.0,
        "c_1": _ROOT,
        "c_2": 0.0,
        "q_star": 0.5 * (1.0 - _E2),
        "fourth": 0.375 - 0.5 * _E2 + 0.125 * _E8,
    },
    "erf": {"c_0": 0.0, "c_1": _ERF_SLOPE, "c_2": 0.0, "q_star": 2.0 / math.pi * math.asin(2.0 / 3.0)},
    "relu": {"c_0": _HALF_NORMAL, "c_1": 0.5, "c_2": _HALF_NORMAL, "q_star": 0.5, "fourth": 1.5},
    "gelu": {"c_0": _GELU_MEAN, "c_1": 0.5, "c_2": 1.5 * _GELU_MEAN, "q_star": 1.0 / 3.0 + _GELU_MIXED},
    "softplus": {"c_1": 0.5},
    "silu": {"c_1": 0.5},
    "tanh": {"c_0": 0.0, "c_2": 0.0},
}


def student_closed_forms(name: str) -> dict[str, float]:
    """The student moments of `name` that have a closed form, as floats; empty for an unknown name."""
    if name.startswith("hermite:"):
        return _polynomial_student(name)
    if name.startswith("centred-"):
        return _centred_student(student_closed_forms(name.removeprefix("centred-")))
    return dict(_STUDENT.get(name, {}))


def teacher_closed_forms(name: str) -> dict[str, float]:
    """The teacher moments of `name` that have a closed form, as floats; empty for an unknown name."""
    if name.startswith("hermite:"):
        return _polynomial_teacher(_series(name))
    if name.startswith("centred-hermite:"):
        return _polynomial_teacher((Fraction(0), *_series(name.removeprefix("centred-"))[1:]))
    if name.startswith("centred-"):
        known = teacher_closed_forms(name.removeprefix("centred-"))
        centred = {key: known[key] for key in ("c_1", "c_2") if key in known} | {"c_0": 0.0}
        if known.get("c_0") == 0.0:
            return known
        if {"c_0", "q_star"} <= known.keys():
            centred["q_star"] = known["q_star"] - known["c_0"] ** 2
        return centred
    return dict(_TEACHER.get(name, {}))


def _centred_student(known: dict[str, float]) -> dict[str, float]:
    """Subtracting E sigma moves s0, q and E[z sigma sigma'] only."""
    centred = {key: known[key] for key in ("mu_1", "mu_2", "mu_3", "var_prime") if key in known} | {"s0": 0.0}
    if {"s0", "q"} <= known.keys():
        centred["q"] = known["q"] - known["s0"] ** 2
    if {"s0", "mu_2", "sigma_sigma_prime_z"} <= known.keys():
        centred["sigma_sigma_prime_z"] = known["sigma_sigma_prime_z"] - known["s0"] * known["mu_2"]
    return centred


def _series(name: str) -> tuple[Fraction, ...]:
    from theory.functions.activations import hermite_series_coefficients

    return tuple(map(Fraction, hermite_series_coefficients(name)))


def _polynomial_student(name: str) -> dict[str, float]:
    """sigma = sum c_k He_k: E He_j He_k = k! [j = k] and He_k' = k He_{k-1}; exact in fractions."""
    c = _series(name)
    slope = tuple(k * c[k] for k in range(1, len(c))) or (Fraction(0),)
    mean = slope[0]
    product = _multiply(_monomials(c), _monomials(slope))
    return {
        "mu_1": float(mean),
        "mu_2": float(slope[1]) if len(slope) > 1 else 0.0,
        "mu_3": float(2 * slope[2]) if len(slope) > 2 else 0.0,
        "var_prime": float(_norm(slope) - mean * mean),
        "q": float(_norm(c)),
        "s0": float(c[0]),
        "sigma_sigma_prime_z": float(_expect(_multiply((Fraction(0), Fraction(1)), product))),
    }


def _polynomial_teacher(c: tuple[Fraction, ...]) -> dict[str, float]:
    square = _multiply(_monomials(c), _monomials(c))
    return {
        "c_0": float(c[0]),
        "c_1": float(c[1]) if len(c) > 1 else 0.0,
        "c_2": float(2 * c[2]) if len(c) > 2 else 0.0,
        "q_star": float(_norm(c)),
        "fourth": float(_expect(_multiply(square, square))),
    }


def _norm(c: tuple[Fraction, ...]) -> Fraction:
    return sum((math.factorial(k) * ck * ck for k, ck in enumerate(c)), Fraction(0))


def _monomials(c: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """Hermite coefficients to monomial ones, by He_{k+1} = z He_k - k He_{k-1}."""
    total = [Fraction(0)] * len(c)
    previous: list[Fraction] = []
    current = [Fraction(1)]
    for k, ck in enumerate(c):
        for power, factor in enumerate(current):
            total[power] += ck * factor
        shifted = [Fraction(0), *current]
        for power, factor in enumerate(previous):
            shifted[power] -= k * factor
        previous, current = current, shifted
    return tuple(total)


def _multiply(a: tuple[Fraction, ...], b: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    out = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, ai in enumerate(a):
        for j, bj in enumerate(b):
            out[i + j] += ai * bj
    return tuple(out)


def _expect(polynomial: tuple[Fraction, ...]) -> Fraction:
    """E of a polynomial in z: E z^(2k) = (2k-1)!!."""
    total, double_factorial = Fraction(0), 1
    for power in range(0, len(polynomial), 2):
        if power:
            double_factorial *= power - 1
        total += polynomial[power] * double_factorial
    return total
