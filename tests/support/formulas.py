"""One function written in several ways, and a formula's value and slope in multiprecision."""

import mpmath

from verify.problem.expressions import parse_expression

__all__ = ["WAYS", "exact", "tree_of"]

# Of u: the first is the function by name, the others overflow, or lose a tail, where they are computed as they stand.
WAYS = {
    "sigmoid": ("sigmoid({u})", "1/(1+exp(-({u})))", "exp({u})/(1+exp({u}))", "1-1/(1+exp({u}))", "(1+tanh(({u})/2))/2"),
    "tanh": (
        "tanh({u})",
        "(exp({u})-exp(-({u})))/(exp({u})+exp(-({u})))",
        "sinh({u})/cosh({u})",
        "2/(1+exp(-2*({u})))-1",
        "1-2/(exp(2*({u}))+1)",
        "(exp(2*({u}))-1)/(exp(2*({u}))+1)",
        "2*sigmoid(2*({u}))-1",
    ),
    "softplus": (
        "softplus({u})",
        "log(1+exp({u}))",
        "max({u}, 0)+log(1+exp(-abs({u})))",
        "-log(1/(1+exp({u})))",
        "-log(1-sigmoid({u}))",
        "log(2*cosh(({u})/2))+({u})/2",
    ),
    "silu": ("silu({u})", "({u})/(1+exp(-({u})))", "({u})*exp({u})/(1+exp({u}))", "({u})*sigmoid({u})"),
    "relu": ("relu({u})", "max(0, {u})", "(({u})+abs({u}))/2"),
    "erf": ("erf({u})", "1-erfc({u})", "-erf(-({u}))"),
    "sin": ("sin({u})", "cos(({u})-pi/2)", "2*sin(({u})/2)*cos(({u})/2)"),
    "linear": ("1*({u})", "log(exp({u}))", "2*({u})-({u})", "log(exp(({u})/2)*exp(({u})/2))"),
}  # fmt: skip


def tree_of(text, u="z"):
    """The tree of a formula of `u`."""
    return parse_expression(text.format(u=u))


_FUNCTIONS = {
    "abs": abs,
    "max": max,
    "min": min,
    "relu": lambda u: max(u, mpmath.mpf(0)),
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "softplus": lambda u: mpmath.log1p(mpmath.exp(u)),
    "silu": lambda u: u / (1 + mpmath.exp(-u)),
}


def _value(tree, z):
    kind, *rest = tree
    if kind == "z":
        return z
    if kind == "number":
        return mpmath.mpf(rest[0])
    if kind == "constant":
        return +{"pi": mpmath.pi, "e": mpmath.e}[rest[0]]
    if kind == "call":
        return (_FUNCTIONS.get(rest[0]) or getattr(mpmath, rest[0]))(*(_value(part, z) for part in rest[1:]))
    a, *b = (_value(part, z) for part in rest)
    if kind == "neg":
        return -a
    return (
        {"add": a + b[0], "sub": a - b[0], "mul": a * b[0]}[kind]
        if kind in ("add", "sub", "mul")
        else (a / b[0] if kind == "div" else a ** b[0])
    )


def exact(tree, z):
    """Value and slope at the float z: 60 digits, of which the slope keeps 30."""
    with mpmath.workdps(60):
        point, step = mpmath.mpf(float(z)), mpmath.mpf(10) ** -15
        return _value(tree, point), (_value(tree, point + step) - _value(tree, point - step)) / (2 * step)
