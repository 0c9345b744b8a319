"""The second stage: ridge regression on the features of a trained first layer, its losses, and the KTA.

Everything comes from phi = sigma(scale * W x) on a hold-out set: S = sum_k phi_k phi_k^T (N x N) and
b = sum_k y_k phi_k. With Z = phi/sqrt N, eq. 6's predictions Z a_hat are phi (S + ridge n I)^(-1) b, and the
kernel target alignment is |b|^2/(||S||_F |y|^2): neither the n x n kernel nor the scale of the features is
needed.

S is summed in the features' dtype within a block and in float64 across blocks; the solution is then refined
with float64 residuals of the features themselves, so that float32 products cost no accuracy (S alone would
leave up to 8e-5 in the losses at the paper's size).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from sim.backend import Array, Backend

__all__ = ["Blocks", "RidgeError", "RidgeFit", "feature_scales", "second_stage"]

Blocks = Callable[[], Iterable[tuple[Array, Array]]]
"""Samples that can be gone through again: pairs (W x of some samples, shape (rows, N); their labels)."""

_SOLVE_BLOCK = 128
_REFINED = 1e-7
_MAX_REFINEMENTS = 6


class RidgeError(ValueError):
    """The ridge is too small for the normal equations to be solved."""


class ActivationFunction(Protocol):
    """What is needed of `sim.functions.activations.Activation`."""

    def value(self, backend: Backend, z: Array, /) -> Array: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RidgeFit:
    """Ridge regression on the hold-out set, one scaling of the features.

    Attributes
    ----------
    features : name of the scaling, "paper" or "released"
    holdout_loss : mean squared error of Z a_hat on the hold-out set, no penalty (the paper's "training loss")
    test_loss : mean squared error on the test set with the same a_hat
    kta : <K, y y^T>_F/(||K||_F ||y y^T||_F) on the hold-out set, uncentred
    coefficients : a_hat, float64, shape (N,)
    refinement : last relative change of a_hat, the error left by the solver
    """

    features: str
    holdout_loss: float
    test_loss: float
    kta: float
    coefficients: NDArray[np.float64]
    refinement: float


def feature_scales(parametrisation: str, d: int) -> dict[str, float]:
    """Factor of W x inside sigma, per reading of the features.

    "paper" is eq. 6 (ntk 1/sqrt d, mean-field 1); "released" is what the authors' code computed, which
    divides by sqrt d once more.

    Examples
    --------
    >>> feature_scales("ntk", 4)
    {'paper': 0.5, 'released': 0.25}
    """
    if parametrisation not in ("ntk", "mean-field"):
        raise ValueError(f'parametrisation must be "ntk" or "mean-field", got {parametrisation!r}')
    if isinstance(d, bool) or not isinstance(d, int | np.integer):
        raise TypeError(f"d must be an integer, got {d!r}")
    if d < 1:
        raise ValueError(f"d must be at least 1, got {d}")
    paper = d**-0.5 if parametrisation == "ntk" else 1.0
    return {"paper": paper, "released": paper * d**-0.5}


def second_stage(
    holdout: Blocks,
    test: Blocks,
    *,
    activation: ActivationFunction,
    scales: Mapping[str, float],
    ridge: float,
    backend: Backend,
) -> dict[str, RidgeFit]:
    """Hold-out loss, test loss and KTA for every scaling of the features, in one pass for all Gram matrices.

    Parameters
    ----------
    holdout, test : Blocks
        Called anew for each pass: one for S, a few cheap ones to refine. About 1000 samples a good block.
    activation : sim.functions.activations.Activation
    scales : mapping of names to factors of W x, as `feature_scales`
    ridge : float, > 0
        lambda of eq. 6; the matrix solved with is Z^T Z + (ridge n/N) I.
    backend : Backend

    Returns
    -------
    dict of RidgeFit by the names of `scales`. Features that are not finite give nan everywhere: divergence
    is a value.

    Raises
    ------
    TypeError
        If `ridge` is no number.
    ValueError
        If `ridge` is not positive and finite, there is no sample, or a block's rows and labels differ in
        number.
    RidgeError
        If S + ridge n I is not positive definite in float64.
    """
    if isinstance(ridge, bool) or not isinstance(ridge, int | float | np.integer | np.floating):
        raise TypeError(f"ridge must be a number, got {ridge!r}")
    if not (np.isfinite(ridge) and ridge > 0.0):
        raise ValueError(f"ridge must be finite and > 0, got {ridge!r}")
    with np.errstate(over="ignore", invalid="ignore"):
        sums = _sums(holdout, activation, scales, backend, widen=False)
        return {
            name: _one_scaling(name, scale, sums[name], holdout, test, activation, ridge, backend)
            for name, scale in scales.items()
        }


@dataclass(slots=True, kw_only=True)
class _Sums:
    S: Array
    b: Array
    labels: float
    n: int


def _sums(
    holdout: Blocks,
    activation: ActivationFunction,
    scales: Mapping[str, float],
    backend: Backend,
    *,
    widen: bool,
) -> dict[str, _Sums]:
    """S, b and |y|^2 in float64 for every scaling; `widen` makes the products float64 as well."""
    xp = backend.xp
    result: dict[str, _Sums] = {}
    for products, y in _checked("holdout", holdout):
        y8 = xp.astype(y, xp.float64)
        for name, scale in scales.items():
            phi = activation.value(backend, products * scale)
            if widen:
                phi = xp.astype(phi, xp.float64)
            S = xp.astype(xp.matrix_transpose(phi) @ phi, xp.float64)
            b = xp.astype(xp.matrix_transpose(phi) @ xp.astype(y, phi.dtype), xp.float64)
            labels = float(xp.sum(y8 * y8))
            if name in result:
                old = result[name]
                old.S, old.b = old.S + S, old.b + b
                old.labels, old.n = old.labels + labels, old.n + int(y.shape[0])
            else:
                result[name] = _Sums(S=S, b=b, labels=labels, n=int(y.shape[0]))
    if not result or min(s.n for s in result.values()) == 0:
        raise ValueError("holdout must hold at least one sample, got none")
    return result


def _checked(name: str, blocks: Blocks) -> Iterator[tuple[Array, Array]]:
    """The blocks, each with as many labels as rows."""
    for products, y in blocks():
        if products.ndim != 2 or tuple(y.shape) != (products.shape[0],):
            raise ValueError(
                f"{name} must give blocks of W x, shape (rows, N), with one label a row, got shapes "
                f"{tuple(products.shape)} and {tuple(y.shape)}"
            )
        yield products, y


def _one_scaling(
    name: str,
    scale: float,
    sums: _Sums,
    holdout: Blocks,
    test: Blocks,
    activation: ActivationFunction,
    ridge: float,
    backend: Backend,
) -> RidgeFit:
    xp = backend.xp
    N = int(sums.b.shape[0])
    norm = float(xp.sqrt(xp.sum(sums.S * sums.S)))
    if not (np.isfinite(norm) and np.isfinite(float(xp.sum(xp.abs(sums.b))))):
        nan = float("nan")
        return RidgeFit(
            features=name,
            holdout_loss=nan,
            test_loss=nan,
            kta=nan,
            coefficients=np.full(N, nan),
            refinement=nan,
        )
    weight = norm * sums.labels
    kta = float(xp.sum(sums.b * sums.b)) / weight if weight > 0.0 else float("nan")
    x, change, loss = _solve(scale, sums, holdout, activation, ridge, backend)
    if not change <= _REFINED:
        sums = _sums(holdout, activation, {name: scale}, backend, widen=True)[name]
        x, change, loss = _solve(scale, sums, holdout, activation, ridge, backend)
    test_error, test_count, _ = _residuals("test", test, scale, x, activation, backend, gradient=False)
    return RidgeFit(
        features=name,
        holdout_loss=loss,
        test_loss=test_error / test_count if test_count else float("nan"),
        kta=kta,
        coefficients=backend.to_numpy(x) * N**0.5,
        refinement=change,
    )


def _solve(
    scale: float, sums: _Sums, holdout: Blocks, activation: ActivationFunction, ridge: float, backend: Backend
) -> tuple[Array, float, float]:
    """(S + ridge n I)^(-1) b refined, its last relative change, and the hold-out loss."""
    shift = ridge * sums.n
    solve = _cholesky_solver(sums.S, shift, backend)
    x = solve(sums.b)
    change = np.inf
    for _ in range(_MAX_REFINEMENTS):
        error, _, gradient = _residuals("holdout", holdout, scale, x, activation, backend)
        if change <= _REFINED:
            break
        step = solve(gradient - shift * x)
        previous, change = change, _norm(step, backend) / max(_norm(x, backend), np.finfo(float).tiny)
        if not change < previous:
            break
        x = x + step
    return x, float(change), error / sums.n


def _norm(x: Array, backend: Backend) -> float:
    return float(backend.xp.sqrt(backend.xp.sum(x * x)))


def _residuals(
    name: str,
    blocks: Blocks,
    scale: float,
    x: Array,
    activation: ActivationFunction,
    backend: Backend,
    *,
    gradient: bool = True,
) -> tuple[float, int, Array]:
    """sum (y - phi x)^2, the number of samples, and sum phi (y - phi x) if asked for (else 0), all in float64."""
    xp = backend.xp
    error, count, total = 0.0, 0, xp.zeros_like(x)
    for products, y in _checked(name, blocks):
        for rows in backend.chunks(products.shape[0], products.shape[1]):
            phi = xp.astype(activation.value(backend, products[rows, :] * scale), xp.float64)
            e = xp.astype(y[rows], xp.float64) - phi @ x
            error += float(xp.sum(e * e))
            if gradient:
                total = total + e @ phi
        count += int(y.shape[0])
    return error, count, total


def _cholesky_solver(S: Array, shift: float, backend: Backend) -> Callable[[Array], Array]:
    """b -> (S + shift I)^(-1) b: a Cholesky factor, blocked substitution (no triangular solve in xp)."""
    xp = backend.xp
    N = int(S.shape[0])
    failed = RidgeError(
        f"ridge must be large enough for a Cholesky factor: S + {shift:.3g} I is not positive definite in "
        "float64; take a larger ridge"
    )
    shifted = S + shift * xp.eye(N, dtype=xp.float64, device=backend.device)
    try:
        if backend.on_host:
            factor = cho_factor(shifted, lower=True, overwrite_a=True, check_finite=False)
            return lambda b: cho_solve(factor, b, check_finite=False)
        L = xp.linalg.cholesky(shifted)
    except np.linalg.LinAlgError:
        raise failed from None
    if not np.isfinite(float(xp.sum(xp.linalg.diagonal(L)))):
        raise failed
    bounds = [(s, min(s + _SOLVE_BLOCK, N)) for s in range(0, N, _SOLVE_BLOCK)]
    inverses = [xp.linalg.inv(L[s:e, s:e]) for s, e in bounds]

    def solve(b: Array) -> Array:
        forward: list[Array] = []
        for (s, e), inverse in zip(bounds, inverses, strict=True):
            known = L[s:e, :s] @ xp.concat(forward) if forward else 0.0
            forward.append(inverse @ (b[s:e] - known))
        backward: list[Array] = []
        for i in reversed(range(len(bounds))):
            s, e = bounds[i]
            known = xp.matrix_transpose(L[e:, s:e]) @ xp.concat(backward) if backward else 0.0
            backward.insert(0, xp.matrix_transpose(inverses[i]) @ (forward[i] - known))
        return xp.concat(backward)

    return solve
