"""One function written in several ways, and a formula's value and slope in multiprecision."""

import mpmath

from verify.problem.expressions import parse_expression

__all__ = ["HARD", "NESTED", "WAYS", "exact", "tree_of"]

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


# No function by name, and not to be computed as they stand; NESTED where |z| is small.
HARD = (
    "log(1+exp(z)+exp(2*z))",
    "exp(z)/(1+exp(z)+exp(2*z))",
    "1/cosh(z)",
    "1/cosh(30*z)**2",
    "exp(z)/cosh(z)",
    "tanh(exp(z))",
    "erf(exp(z))",
    "exp(-exp(z))",
    "log(cosh(z))",
    "log(sinh(z)**2+1)",
    "log(softplus(z))",
    "sigmoid(z)/softplus(z)",
    "log(1+exp(z)+exp(-z*z))",
    "sqrt(1+exp(z))/(1+exp(z/2))",
    "(1+exp(-z))**(-0.5)",
    "1/(1+exp(-z)*(1+exp(-z)))",
    "exp(z)/(z+exp(z)+exp(-z))",
    "z**24/(1+z**24)",
    "z**3/sqrt(1+z**6)",
    "exp(-z**2)*z**24",
    "exp(20*z)/(1+exp(20.1*z))",
    "max(exp(z), exp(-z))/(exp(z)+exp(-z))",
    "log(max(exp(z), 1))",
    "abs(sinh(z))/cosh(z)",
    "relu(sinh(z))/cosh(z)",
    "relu(-z)*exp(100*z)+1",
    "atan(sinh(z))",
    "asinh(sinh(z))",
    "asinh(z*exp(z))",
    "silu(sinh(z))/cosh(z)",
    "softplus(sinh(z))/cosh(z)",
    "silu(exp(z))/exp(z)",
    "softplus(exp(z))/(exp(z)+1)",
    "exp(-z**2/2)*sin(pi*z)",
    "log(1+exp(30*z-7))/30",
    "(exp(z)-1)/(exp(2*z)+exp(-z))",
)
NESTED = ("exp(exp(z))/(1+exp(exp(z)))", "log(1+exp(exp(z)))/(1+exp(z))")


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
