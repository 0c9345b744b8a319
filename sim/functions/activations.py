"""Students and teachers as array code: a name, an expression or a user's callable becomes an `Activation`."""

import difflib
import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial

from numpy.typing import NDArray

from sim.backend import Array, Backend, get_backend
from sim.functions.elementary import ELEMENTARY, Pair, hermite
from sim.functions.expression import Tree, expression_pair

__all__ = ["NAMES", "Activation", "from_callables", "from_tree", "named"]

# E sigma(z), z ~ N(0,1), to float64; sim keeps its own literals, theory derives them, a test compares the two
GAUSSIAN_MEANS = {
    "tanh": 0.0,
    "erf": 0.0,
    "sin": 0.0,
    "linear": 0.0,
    "softplus": 0.80605918334743978,
    "silu": 0.20662096414190704,
    "relu": 0.39894228040143268,
    "gelu": 0.28209479177387814,
}
NAMES = (*GAUSSIAN_MEANS, "centred-softplus", "centred-silu", "centred-relu", "centred-gelu")
HERMITE_DEGREE = 20  # beyond it float32 has no digits left at |z| = 5
FINGERPRINT_POINTS = 257


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """A scalar function with its derivative, applied elementwise in the dtype of its argument.

    Parameters
    ----------
    name : as records and reports give it
    pair : callable ``(backend, z) -> (value, derivative)``
    kinks : points where the derivative was seen to jump (found for callables; 0 for ReLU)
    """

    name: str
    pair: Pair = field(repr=False, compare=False)
    kinks: tuple[float, ...] = ()

    def value(self, backend: Backend, z: Array) -> Array:
        """sigma(z)."""
        return self.pair(backend, z)[0]

    def derivative(self, backend: Backend, z: Array) -> Array:
        """sigma'(z)."""
        return self.pair(backend, z)[1]

    def value_and_derivative(self, backend: Backend, z: Array) -> tuple[Array, Array]:
        """Both from one pass."""
        return self.pair(backend, z)

    def fingerprint(self) -> str:
        """SHA-256 over values and derivatives at 257 fixed points of [-12, 12], ten digits each.

        Two functions under one name differ in it; records are kept by it. Ten digits, because the last ones
        of exp and the like depend on the processor.
        """
        import numpy as np

        z = np.linspace(-12.0, 12.0, FINGERPRINT_POINTS)
        with np.errstate(all="ignore"):
            value, derivative = self.pair(get_backend("numpy"), z)
        digits = ",".join(f"{x + 0.0:.9e}" for x in (*np.asarray(value), *np.asarray(derivative)))
        return hashlib.sha256(digits.encode()).hexdigest()


def _shifted(pair: Pair, shift: float, backend: Backend, z: Array) -> tuple[Array, Array]:
    value, derivative = pair(backend, z)
    return value - shift, derivative


def _unknown(name: object) -> ValueError:
    known = (*NAMES, "centred-<name>", "hermite:c0,c1,...")
    near = difflib.get_close_matches(str(name), NAMES, n=len(NAMES), cutoff=0.0)
    listed = ", ".join((*near, *(other for other in known if other not in near)))
    return ValueError(f"no function is named {name!r}; known, nearest first: {listed}")


def _hermite_coefficients(name: str) -> tuple[float, ...]:
    try:
        coefficients = tuple(float(text) for text in name.removeprefix("hermite:").split(","))
    except ValueError:
        raise ValueError(f"hermite needs numbers c0,c1,... separated by commas, got {name!r}") from None
    if len(coefficients) > HERMITE_DEGREE + 1 or not all(map(math.isfinite, coefficients)):
        raise ValueError(f"hermite needs at most {HERMITE_DEGREE + 1} finite coefficients, got {name!r}")
    return coefficients


@lru_cache(maxsize=256)
def named(name: str) -> Activation:
    """The student or teacher of that name.

    Parameters
    ----------
    name : str
        One of `NAMES`; ``"centred-X"`` is X(z) - E X(z), z ~ N(0,1); ``"hermite:c0,c1,..."`` is
        sum_k c_k He_k(z) with the probabilists' polynomials. erf is erf(z), without a factor.

    Raises
    ------
    ValueError
        If there is no such function; the known names are listed, the nearest first.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a function must be a string such as 'tanh', got {name!r}")
    if name.startswith("hermite:"):
        coefficients = _hermite_coefficients(name)
        return Activation(name=name, pair=partial(hermite, coefficients))
    if name.startswith("centred-"):
        plain = name.removeprefix("centred-")
        if plain.startswith("centred-"):
            raise _unknown(name)
        function = named(plain) if plain in GAUSSIAN_MEANS or plain.startswith("hermite:") else None
        if function is None:
            raise _unknown(name)
        mean = _hermite_coefficients(plain)[0] if plain.startswith("hermite:") else GAUSSIAN_MEANS[plain]
        pair = function.pair if mean == 0.0 else partial(_shifted, function.pair, mean)
        return Activation(name=name, pair=pair, kinks=function.kinks)
    if name not in GAUSSIAN_MEANS and ":" in name:
        raise ValueError(
            f"no function {name[:100]!r} here: formulas and modules are read by "
            f"verify.problem.resolve_function({name[:100]!r}), whose result is taken in place of a name"
        )
    if name not in GAUSSIAN_MEANS:
        raise _unknown(name)
    return Activation(name=name, pair=ELEMENTARY[name], kinks=(0.0,) if name == "relu" else ())


def from_tree(tree: Tree, *, name: str) -> Activation:
    """The function that an expression tree (`sim.functions.expression`) stands for; its derivative by dual numbers.

    Raises
    ------
    ValueError
        If the tree is not one of that grammar.
    """
    return Activation(name=name, pair=expression_pair(tree))


def from_callables(
    value: Callable[[NDArray], NDArray], derivative: Callable[[NDArray], NDArray], *, name: str
) -> Activation:
    """A user's pair of NumPy functions, believed after the derivative agreed with finite differences.

    See `sim.functions.callables.check_derivative` for the points and the tolerance. On other backends than NumPy the
    arrays travel to the host and back.

    Raises
    ------
    ValueError
        If a value is not finite where |z| <= 12 or the two disagree; the worst point is named.
    """
    from sim.functions.callables import callable_pair, check_derivative

    kinks = check_derivative(value, derivative, name=name)
    return Activation(name=name, pair=callable_pair(value, derivative), kinks=kinks)
