"""Golub-Kahan-Lanczos bidiagonalisation in blocks of two, with full reorthogonalisation, on any backend.

A V = U B with orthonormal columns of U and V and B block bidiagonal. Two starts instead of one: where the two
largest singular values lie close together (W_0, by chance), one start needs many more steps, and one start
cannot see a double value. Basis vectors are float64 and orthogonalised twice; products with A run in the dtype
of A. Of a value of higher multiplicity two starts see two copies; `search_beside` looks for the others.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.backend import Array, Backend

__all__ = ["BLOCK", "EPS", "Bidiagonal", "Found", "bidiagonalise", "search_beside", "triplets_of"]

Found = tuple[NDArray, NDArray, NDArray]  # values, left and right vectors as columns

EPS = float(np.finfo(np.float64).eps)
BLOCK = 2  # vectors per step
LEAST_STEPS = 3  # a start that happens to be a singular vector converges at once: let the other one speak
PATIENCE = (
    0.5,
    8,
)  # share of the steps that seem to be left, and most steps, between two looks at the residuals
ZERO = 8.0 * EPS  # of ||A||_F: a value below it is taken for 0


class Bidiagonal:
    """The factorisation so far; its bases are rows of arrays on the device.

    Parameters
    ----------
    A : (N, d) array; scaled such that its squares and sums stay in range
    starts : (d, 2) host array, or (d, 1) where d = 1; independent columns
    limit : most steps there will be
    size : ||A||_F
    found : triplets that U and V begin with; all that follows is orthogonal to them
    """

    def __init__(
        self, A: Array, starts: NDArray, limit: int, size: float, backend: Backend, found: Found | None = None
    ) -> None:
        N, d, xp = A.shape[0], A.shape[1], backend.xp
        self.A, self.backend, self.xp, self.tiny = A, backend, xp, EPS * size
        known = 0 if found is None else len(found[0])
        rows, columns = min(N, known + limit * BLOCK), min(d, known + (limit + 1) * BLOCK)
        self.U = xp.empty((rows, N), dtype=xp.float64, device=backend.device)
        self.V = xp.empty((columns, d), dtype=xp.float64, device=backend.device)
        self.B = np.zeros((rows, columns))
        self.steps = 0
        self.left = self.right = self.used = known  # vectors in U, in V, and of V those that A was applied to
        if found is not None:
            values, left, right = found
            self.U[:known, :] = backend.asarray(np.ascontiguousarray(left.T))
            self.V[:known, :] = backend.asarray(np.ascontiguousarray(right.T))
            self.B[range(known), range(known)] = values
        for start in starts.T:
            self._add_right(backend.asarray(np.ascontiguousarray(start)))

    def _add_right(self, vector: Array) -> NDArray:
        """Take what is new of `vector`, if anything, into V; its coefficients there."""
        vector, along, norm = self._orthogonal(vector, self.V[: self.right, :])
        if norm <= self.tiny or self.right == self.V.shape[0]:
            return along
        self.V[self.right, :] = vector / norm
        self.right += 1
        return np.append(along, norm)

    def _orthogonal(self, vector: Array, basis: Array) -> tuple[Array, NDArray, float]:
        """What is left of `vector` beside the rows of `basis`, its components along them, and the norm left."""
        along = self.xp.zeros(basis.shape[0], dtype=self.xp.float64, device=self.backend.device)
        for _ in range(2):  # twice is enough
            part = basis @ vector
            vector = vector - part @ basis
            along = along + part
        return vector, self.backend.to_numpy(along), math.sqrt(float(vector @ vector))

    def step(self) -> None:
        """Products with A of the newest right vectors, and with its transpose of the left ones that they give."""
        xp, A = self.xp, self.A
        first_left, new = self.left, range(self.used, self.right)
        for column in new:
            image = xp.astype(A @ xp.astype(self.V[column, :], A.dtype), xp.float64)
            rest, along, norm = self._orthogonal(image, self.U[: self.left, :])
            self.B[: self.left, column] = along
            if norm > self.tiny and self.left < self.U.shape[0]:
                self.U[self.left, :] = rest / norm
                self.B[self.left, column] = norm
                self.left += 1
        self.used = self.right
        for row in range(first_left, self.left):
            image = xp.astype(xp.astype(self.U[row, :], A.dtype) @ A, xp.float64)
            along = self._add_right(image)
            self.B[row, self.used : self.right] = along[self.used :]
        self.steps += 1

    def refresh(self) -> None:
        """Where the space is invariant and more is wanted, go on in a random new direction."""
        rng = np.random.Generator(np.random.SFC64([self.right, self.A.shape[1]]))
        self._add_right(self.backend.asarray(self.tiny / EPS * rng.standard_normal(self.A.shape[1])))

    @property
    def exhausted(self) -> bool:
        """Whether A maps the span of V into that of U and back."""
        return self.used == self.right

    def ritz(self) -> tuple[NDArray, NDArray, NDArray]:
        """Singular values of B, padded by zeros, right vectors as columns, and residuals of A^T u = s v."""
        P, values, Qt = np.linalg.svd(self.B[: self.left, : self.used])
        s, residuals = np.zeros(self.used), np.zeros(self.used)
        count = len(values)
        s[:count] = values
        residuals[:count] = np.linalg.norm(
            self.B[: self.left, self.used : self.right].T @ P[:, :count], axis=0
        )
        return s, Qt.T, residuals


def bidiagonalise(
    A: Array, starts: NDArray, *, k: int, tol: float, max_steps: int, size: float, backend: Backend
) -> Bidiagonal:
    """Steps until the k largest Ritz values have residuals under tol, the space is used up, or max_steps."""
    limit = min(max_steps, A.shape[1])
    bidiagonal = Bidiagonal(A, starts, limit, size, backend)
    _converge(bidiagonal, k=k, tol=tol, limit=limit, least=LEAST_STEPS)
    return bidiagonal


def search_beside(
    A: Array,
    found: Found,
    starts: NDArray,
    *,
    tol: float,
    least: int,
    max_steps: int,
    size: float,
    backend: Backend,
) -> Bidiagonal:
    """As `bidiagonalise`, from new starts beside the triplets found, which stay in the space: `least` steps at least."""
    limit = min(max_steps, A.shape[1])
    bidiagonal = Bidiagonal(A, starts, limit, size, backend, found)
    _converge(bidiagonal, k=len(found[0]), tol=tol, limit=limit, least=least)
    return bidiagonal


def _converge(bidiagonal: Bidiagonal, *, k: int, tol: float, limit: int, least: int) -> None:
    look, before = least, (0, math.inf)
    while bidiagonal.steps < limit:
        if bidiagonal.exhausted:
            if bidiagonal.used >= k:
                break
            bidiagonal.refresh()
        bidiagonal.step()
        if bidiagonal.used >= k and bidiagonal.steps >= look:
            s, _, residuals = bidiagonal.ritz()
            wanted, largest = tol * float(s[0]), float(residuals[:k].max())
            if largest <= wanted:
                break
            look = bidiagonal.steps + _until_next_look(before, (bidiagonal.steps, largest), wanted)
            before = bidiagonal.steps, largest


def _until_next_look(before: tuple[int, float], now: tuple[int, float], wanted: float) -> int:
    """Steps until the residuals are worth a look, which is a small dense SVD: half of what their fall so far leaves."""
    (first, larger), (steps, residual) = before, now
    least, (share, most) = 1 + steps // 32, PATIENCE
    if not residual < larger < math.inf or wanted <= 0.0:
        return least
    fall = (math.log(larger) - math.log(residual)) / (steps - first)
    left = (math.log(residual) - math.log(wanted)) / fall if fall > 0.0 else 0.0
    return max(least, int(min(share * left, most)))


def triplets_of(bidiagonal: Bidiagonal, k: int, size: float) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Values, left and right vectors and residuals ||(A v - s u, A^T u - s v)||/sqrt 2 of the k largest.

    One pass over A in float64 and a small SVD of A on the right vectors found, so that nothing inherits the
    rounding of float32. A v = s u then holds, and the residual is that of the eigenvector (u, v)/sqrt 2 of
    [[0, A], [A^T, 0]]: a bound on the distance from s to a singular value. Away from others the error of s is
    quadratic in it.
    """
    backend, _xp, A = bidiagonal.backend, bidiagonal.xp, bidiagonal.A
    _, Q, _ = bidiagonal.ritz()
    V = bidiagonal.V[: bidiagonal.used, :].T @ backend.asarray(np.ascontiguousarray(Q[:, :k]))
    image, back = _through(A, V, backend)
    left, values, turn = np.linalg.svd(image, full_matrices=False)
    right, back = backend.to_numpy(V) @ turn.T, back @ turn.T
    norms = np.linalg.norm(right, axis=0)  # 1 to rounding
    zero = values <= ZERO * size
    safe = np.where(zero, 1.0, values)
    residuals = np.linalg.norm(back / safe - values * right, axis=0) / math.sqrt(2.0)
    if zero.any():
        rest = backend.asarray(np.ascontiguousarray(left[:, zero]))
        residuals[zero] = np.hypot(values[zero], np.linalg.norm(_transposed(A, rest, backend), axis=0))
        values = np.where(zero, 0.0, values)
    return values, left, right / norms, residuals


def _through(A: Array, V: Array, backend: Backend) -> tuple[NDArray, NDArray]:
    """A V and A^T A V for a few columns V, from one pass over A in float64."""
    xp = backend.xp
    images = []
    back = xp.zeros((A.shape[1], V.shape[1]), dtype=xp.float64, device=backend.device)
    for rows in backend.chunks(A.shape[0], A.shape[1]):
        block = xp.astype(A[rows, :], xp.float64)
        image = block @ V
        back = back + block.T @ image
        images.append(image)
    return backend.to_numpy(xp.concat(images, axis=0)), backend.to_numpy(back)


def _transposed(A: Array, U: Array, backend: Backend) -> NDArray:
    """A^T U in float64."""
    xp = backend.xp
    total = xp.zeros((A.shape[1], U.shape[1]), dtype=xp.float64, device=backend.device)
    for rows in backend.chunks(A.shape[0], A.shape[1]):
        total = total + xp.astype(A[rows, :], xp.float64).T @ U[rows, :]
    return backend.to_numpy(total)
