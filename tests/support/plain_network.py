"""The first step written down once more, in plain NumPy and float64, without blocks, backends or seeds' bookkeeping.

The tests' independent route to what `sim` computes, and the simulation that the predictions of `theory` are held
against at small sizes. Nothing here is shared with either package.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

FUNCTIONS = {
    "tanh": (np.tanh, lambda z: 1.0 / np.cosh(z) ** 2),
    "erf": (special.erf, lambda z: 2.0 / np.sqrt(np.pi) * np.exp(-(z**2))),
    "sin": (np.sin, np.cos),
    "linear": (lambda z: z, np.ones_like),
    "softplus": (lambda z: np.logaddexp(0.0, z), special.expit),
    "silu": (lambda z: z * special.expit(z), lambda z: special.expit(z) * (1.0 + z * special.expit(-z))),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: (z > 0.0).astype(float)),
    "gelu": (
        lambda z: z * special.ndtr(z),
        lambda z: special.ndtr(z) + z * np.exp(-(z**2) / 2.0) / np.sqrt(2.0 * np.pi),
    ),
    "hermite:0,0,1": (lambda z: z**2 - 1.0, lambda z: 2.0 * z),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Everything of one drawn network and its first gradient; shapes as in the paper."""

    X: NDArray
    y: NDArray
    W: NDArray
    a: NDArray
    beta: NDArray
    Z: NDArray
    f: NDArray
    r: NDArray
    G: NDArray


def first_step(
    *, n, N, d, seed, student="tanh", teacher="softplus", noise=0.3, parametrisation="ntk", direction="sphere"
):
    """Draw one network and data set and return its first full-batch gradient (factor 2 included) as a `Step`."""
    rng = np.random.default_rng([seed, n, N, d])
    ntk = parametrisation == "ntk"
    sigma, sigma_prime = FUNCTIONS[student]
    X = rng.standard_normal((n, d))
    W = rng.standard_normal((N, d)) * (1.0 if ntk else d**-0.5)
    a = rng.standard_normal(N) * (1.0 if ntk else N**-0.5)
    beta = rng.standard_normal(d)
    beta /= np.linalg.norm(beta)
    if direction == "axis":
        beta = np.zeros(d)
        beta[0] = 1.0
    y = FUNCTIONS[teacher][0](X @ beta) + noise * rng.standard_normal(n)
    scale = d**-0.5 if ntk else 1.0
    Z = (X @ W.T) * scale
    f = sigma(Z) @ a / np.sqrt(N)
    r = f - y
    G = (2.0 / (n * np.sqrt(N))) * scale * ((sigma_prime(Z) * r[:, None] * a).T @ X)
    return Step(X=X, y=y, W=W, a=a, beta=beta, Z=Z, f=f, r=r, G=G)


def training_loss(step: Step, W: NDArray, *, student="tanh", parametrisation="ntk") -> float:
    """Mean squared error of the network with first layer `W` on the step's own training set."""
    scale = step.X.shape[1] ** -0.5 if parametrisation == "ntk" else 1.0
    f = FUNCTIONS[student][0]((step.X @ W.T) * scale) @ step.a / np.sqrt(len(step.a))
    return float(np.mean((f - step.y) ** 2))
