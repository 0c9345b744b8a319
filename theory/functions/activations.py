"""Students and teachers as mathematical objects: value, derivative, a sympy expression if there is one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.polynomial import hermite_e
from numpy.typing import NDArray
from scipy import special

from theory.functions import expressions, overflow, symbolic
from theory.functions.function import NAMES, Function
from theory.functions.narrow import marks_of
from theory.numerics.quadrature import moment

__all__ = ["centred", "from_callables", "from_tree", "named", "parity", "parity_route"]

Parity = Literal["odd", "even", "none"]
_PARITIES: dict[str, Parity] = {
    "tanh": "odd",
    "erf": "odd",
    "sin": "odd",
    "linear": "odd",
    "softplus": "none",
    "silu": "none",
    "relu": "none",
    "gelu": "none",
}
_PARITY_TOLERANCE = 1e-12


def _tanh_prime(z: NDArray) -> NDArray:
    decay = np.exp(
        -2.0 * np.abs(z)
    )  # 1/cosh(z)**2 without cosh's overflow, exact in relative terms in the tail
    return 4.0 * decay / (1.0 + decay) ** 2


def _silu_prime(z: NDArray) -> NDArray:
    return special.expit(z) * (1.0 + z * special.expit(-z))


def _gelu_prime(z: NDArray) -> NDArray:
    return special.ndtr(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


_VALUES: dict[str, tuple[Callable, Callable]] = {
    "tanh": (np.tanh, _tanh_prime),
    "erf": (special.erf, lambda z: 2.0 / math.sqrt(math.pi) * np.exp(-(z * z))),
    "sin": (np.sin, np.cos),
    "linear": (lambda z: 1.0 * z, np.ones_like),
    "softplus": (lambda z: np.logaddexp(0.0, z), special.expit),
    "silu": (lambda z: z * special.expit(z), _silu_prime),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0.0, 1.0, 0.0)),
    "gelu": (lambda z: z * special.ndtr(z), _gelu_prime),
}


def _builder(name: str) -> Callable[[], Any]:
    tree = ("z",) if name == "linear" else ("call", name, ("z",))
    return lambda: expressions.tree_to_sympy(tree)


@lru_cache(maxsize=256)
def named(name: str) -> Function:
    """The function called `name`: one of NAMES, "hermite:c0,c1,..." or "centred-" before any of these.

    hermite:c0,c1,.. is sum_k c_k He_k(z), probabilists' polynomials; centred-X is X(z) - E X(z), z ~ N(0,1);
    erf is erf(z), not erf(z/sqrt 2).

    Raises
    ------
    ValueError
        If there is no function of that name, or the coefficients are no finite numbers.

    Examples
    --------
    >>> named("tanh").value(np.array([0.0, 1.0])).round(6).tolist()
    [0.0, 0.761594]
    >>> float(named("hermite:0,1,0.5").value(np.array(2.0)))  # 2 + (4 - 1)/2
    3.5
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a str, got {type(name).__name__}")
    if name.startswith("centred-"):
        return centred(named(name.removeprefix("centred-")))
    if name.startswith("hermite:"):
        return _hermite_series(name)
    if name not in _VALUES and ":" in name:
        raise ValueError(
            f"name must be one of {', '.join(NAMES)} or hermite:c0,c1,..., got {name[:100]!r}: formulas and modules "
            f"are read by verify.problem.resolve_function({name[:100]!r}), whose result is taken in place of a name"
        )
    if name not in _VALUES:
        known = ", ".join((*NAMES, "centred-NAME", "hermite:c0,c1,..."))
        raise ValueError(f"name must be one of {known}, got {name!r}")
    value, derivative = _VALUES[name]
    return Function(
        name=name,
        value=value,
        derivative=derivative,
        build_expression=_builder(name),
        kinks=(0.0,) if name == "relu" else (),
    )


def centred(f: Function) -> Function:
    """f - E f(z), z ~ N(0,1); the constant is float64's, in the expression too (0 for an odd f)."""
    mean = 0.0 if parity(f) == "odd" else moment(f.value, kinks=marks_of(f).points).value
    build = f.build_expression

    def build_centred() -> Any:
        import sympy

        assert build is not None
        return build() - sympy.Float(mean, 17) if mean else build()

    return replace(
        f,
        name=f"centred-{f.name}",
        value=lambda z: f.value(z) - mean,
        build_expression=None if build is None else build_centred,
    )


def hermite_series_coefficients(name: str) -> tuple[float, ...]:
    """The c_k of "hermite:c0,c1,...", trailing zeros dropped."""
    text = name.removeprefix("hermite:")
    try:
        coefficients = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"hermite coefficients must be numbers separated by commas, got {text!r}") from None
    if not all(map(math.isfinite, coefficients)) or len(coefficients) > 64:
        raise ValueError(f"hermite coefficients must be at most 64 finite numbers, got {text!r}")
    while len(coefficients) > 1 and coefficients[-1] == 0.0:
        coefficients.pop()
    return tuple(coefficients)


def _hermite_series(name: str) -> Function:
    coefficients = hermite_series_coefficients(name)
    slopes = hermite_e.hermeder(coefficients) if len(coefficients) > 1 else np.zeros(1)

    def build() -> Any:
        import sympy

        z = expressions.symbol()
        previous, current = sympy.Integer(0), sympy.Integer(1)
        total = sympy.Integer(0)
        for k, c in enumerate(coefficients):
            total += sympy.Rational(repr(c)) * current
            previous, current = current, sympy.expand(z * current - k * previous)
        return sympy.expand(total)

    return Function(
        name=name,
        value=lambda z: hermite_e.hermeval(np.asarray(z, dtype=np.float64), coefficients),
        derivative=lambda z: hermite_e.hermeval(np.asarray(z, dtype=np.float64), slopes),
        build_expression=build,
    )


def from_tree(tree: tuple, *, name: str) -> Function:
    """A user's expression (a tree of `theory.functions.expressions`): value by a NumPy walk, derivative by sympy.

    Where exponentials of the formula overflow, its value too is that of the sympy expression (`theory.functions.overflow`).
    """
    written = expressions.tree_to_sympy(tree)
    expression = overflow.settled(written)
    slope = symbolic.differentiate(expression)
    plain = expression == written and not (expressions.has_exponential(tree) or overflow.fragile(written))

    def value(z: NDArray) -> NDArray:
        values = expressions.evaluate_tree(tree, z)
        lost = np.isnan(values)
        if lost.any():  # inf/inf and the like: the expression may still have a value there
            values[lost] = symbolic.evaluate_expression(expression, np.asarray(z)[lost])
        return values

    return Function(
        name=name,
        value=value if plain else lambda z: symbolic.evaluate_expression(expression, z),
        derivative=lambda z: symbolic.evaluate_expression(slope, z),
        build_expression=lambda: expression,
        kinks=expressions.tree_kinks(tree),
    )


def from_callables(
    value: Callable[[NDArray], NDArray],
    derivative: Callable[[NDArray], NDArray],
    *,
    name: str,
    kinks: Sequence[float] = (),
) -> Function:
    """A function known by its values only; everything said of it later is numerical."""
    for label, call in (("value", value), ("derivative", derivative)):
        if not callable(call):
            raise TypeError(f"{label} must be callable on a float64 array, got {type(call).__name__}")

    def on_arrays(call: Callable, label: str) -> Callable[[NDArray], NDArray]:
        def evaluate(z: NDArray) -> NDArray:
            z = np.asarray(z, dtype=np.float64)
            with np.errstate(all="ignore"):
                result = np.asarray(call(z), dtype=np.float64)
            if result.shape not in (z.shape, ()):
                raise ValueError(
                    f"{name}: {label} must keep its argument's shape {z.shape}, got {result.shape}"
                )
            return np.broadcast_to(result, z.shape)

        return evaluate

    return Function(
        name=name,
        value=on_arrays(value, "value"),
        derivative=on_arrays(derivative, "derivative"),
        build_expression=None,
        kinks=tuple(sorted(map(float, kinks))),
    )


def parity(f: Function) -> Parity:
    """Whether f is odd, even or neither; see `parity_route` for how that was found."""
    return parity_route(f)[0]


def parity_route(f: Function) -> tuple[Parity, str]:
    """The parity of f, and the route: "symbolic", or "numeric" (values on a grid, to 1e-12 relative)."""
    known = _parity_of_name(f.name)
    if known is not None:
        return known, "symbolic"
    found = _parity_of_values(f)
    if found != "none" and f.build_expression is not None and _symbolic_parity(f.build_expression()) == found:
        return found, "symbolic"
    return found, "numeric"


def _parity_of_values(f: Function) -> Parity:
    z = np.linspace(0.0, 12.0, 481)[1:] + 0.01 * np.sqrt(
        2.0
    )  # off the round numbers where kinks and zeros sit
    right, left = f.value(z), f.value(-z)
    at_zero = float(f.value(np.zeros(1))[0])
    with np.errstate(invalid="ignore"):
        typical = float(np.sqrt(np.mean(right[z < 2.0] ** 2 + left[z < 2.0] ** 2)))
        size = _PARITY_TOLERANCE * (typical + np.abs(right))
        if abs(at_zero) <= _PARITY_TOLERANCE * typical and bool(np.all(np.abs(right + left) <= size)):
            return "odd"
        if bool(np.all(np.abs(right - left) <= size)):
            return "even"
    return "none"


def _parity_of_name(name: str) -> Parity | None:
    """Parity that the name alone fixes, so that named functions need no sympy."""
    if name.startswith("hermite:"):
        present = {k % 2 for k, c in enumerate(hermite_series_coefficients(name)) if c}
        return "none" if len(present) == 2 else ("odd" if present == {1} else "even")
    if name.startswith("centred-hermite:"):
        coefficients = hermite_series_coefficients(name.removeprefix("centred-"))
        present = {k % 2 for k, c in enumerate(coefficients) if c and k}
        return "none" if len(present) == 2 else ("odd" if present == {1} else "even")
    plain = name
    while plain.startswith(
        "centred-"
    ):  # the even part of softplus, silu, relu is no constant: centring keeps "none"
        plain = plain.removeprefix("centred-")
    return _PARITIES.get(plain)


def _symbolic_parity(expression: Any) -> Parity | None:
    """Parity where sympy's automatic simplification shows it; None where it does not settle the question."""
    z = expressions.symbol()
    mirrored = expression.subs(z, -z)
    if (mirrored + expression).expand() == 0:
        return "odd"
    if (mirrored - expression).expand() == 0:
        return "even"
    return None
