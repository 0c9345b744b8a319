"""Anchors: what no other claim of the first step would notice to be wrong, held against plain arithmetic.

Each was added for a seeded bug that the catalogue missed (docs/calibration.md). They cost milliseconds, and a lie of each is
the bug itself, written out.
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from verify.claims.anchors.anchor import CLOSE, anchor
from verify.claims.anchors.scatter import scatter_anchors
from verify.claims.anchors.theory import theory_anchors
from verify.judging.claim import Claim
from verify.problem.cells import scaling_cells

__all__ = ["claims", "common_numbers", "hill", "hill_agrees", "sign_interval_holds", "streams_apart"]


def claims(*, quick: bool = False) -> tuple[Claim, ...]:
    """The same at every size: nothing is simulated."""
    return (_streams(), _hill(), _sign_interval(), *theory_anchors(), *scatter_anchors())


# -- Streams of draws -------------------------------------------------------------------------------------------------

Stream = Callable[[int, int, int], int]


def _streams() -> Claim:
    from sim.draw import stream_of

    return anchor(
        "X.anchor.streams",
        "cells of one seed are drawn from streams of their own: their first numbers have nothing in common",
        "docs on draws",
        "streams_apart",
        lambda: streams_apart(stream_of),
        {
            "one stream for every cell": lambda: streams_apart(lambda n, N, d: 0),
            "a stream of N and d alone": lambda: streams_apart(lambda n, N, d: 1000 * N + d),
        },
    )


def common_numbers(stream: Stream) -> int:
    """Pairs of cells of verify.scaling whose first thousand entries of W_0 agree anywhere, at one seed."""
    from sim.draw import Draw
    from sim.setting import Setting

    first: list[NDArray] = []
    for cell in scaling_cells(scales=(1, 2)):
        draw = Draw(setting=Setting(n=cell.n, N=4, d=250), seed=3, stream=stream(*cell.sizes))
        first.append(draw.weights().ravel())
    # normals of 24 bits agree in one place of a thousand with a chance of 1e-4
    return sum(int(np.count_nonzero(first[i] == first[j]) > 5) for i in range(len(first)) for j in range(i))


def streams_apart(stream: Stream) -> bool:
    """Whether no two cells share their numbers."""
    return common_numbers(stream) == 0


# -- Exponents of tails -----------------------------------------------------------------------------------------------


def _hill() -> Claim:
    return anchor(
        "X.anchor.hill",
        "Hill's exponent is 1 + k/(sum of ln l_j - k ln l_i) over the k = m - floor(m/2) largest eigenvalues",
        "PL_Alpha_Hill, paper section 3",
        "alpha_hill",
        lambda: hill_agrees(0),
        {
            "one eigenvalue fewer": lambda: hill_agrees(1),
            "one eigenvalue more": lambda: hill_agrees(-1),
        },
    )


def hill(eigenvalues: Sequence[float], late: int = 0) -> float:
    """The formula, term by term, from `late` eigenvalues later than it says."""
    ordered = sorted(eigenvalues)
    i = len(ordered) // 2 + late
    excess = math.fsum(math.log(value / ordered[i]) for value in ordered[i:])
    return 1.0 + (len(ordered) - i) / excess


def hill_agrees(late: int) -> bool:
    """Whether the simulator's estimator gives that on spectra of known law, an even and an odd number of eigenvalues."""
    from sim.measures.tails import hill_alpha

    return all(
        abs(hill_alpha(spectrum).alpha / hill([float(value) for value in spectrum], late) - 1.0) < CLOSE
        for spectrum in _spectra()
    )


@lru_cache(maxsize=1)
def _spectra() -> tuple[NDArray[np.float64], ...]:
    """Pareto quantiles of exponent 2.5 and squares, in no order."""
    levels = (np.arange(41) + 0.5) / 41
    return (1.0 - levels) ** (-1.0 / 1.5), np.arange(50.0, 0.0, -1.0) ** 2


# -- Norms of sign matrices -------------------------------------------------------------------------------------------


def _sign_interval() -> Claim:
    return anchor(
        "L.B9.interval",
        "sqrt(max(rows, columns)) <= ||S||_2 <= sqrt(rows columns) for matrices of signs, and both ends are attained",
        "Lemma B.9; docs/derivations on inequalities",
        "sign_norm_interval",
        lambda: sign_interval_holds(_stated),
        {
            "from sqrt(min(rows, columns)) on": lambda: sign_interval_holds(
                lambda r, c: (math.sqrt(min(r, c)), math.sqrt(r * c))
            ),
            "up to (sqrt(rows) + sqrt(columns))": lambda: sign_interval_holds(
                lambda r, c: (math.sqrt(max(r, c)), math.sqrt(r) + math.sqrt(c))
            ),
        },
    )


def _stated(rows: int, columns: int) -> tuple[float, float]:
    from theory.random_matrices.inequalities import sign_norm_interval

    return sign_norm_interval(rows=rows, columns=columns)


def sign_interval_holds(interval: Callable[[int, int], tuple[float, float]]) -> bool:
    """Whether orthogonal rows attain the lower end and equal ones the upper, for tall and for wide matrices."""
    H = np.ones((1, 1))
    while len(H) < 16:
        H = np.block([[H, H], [H, -H]])
    for S in (H[:4], H[:, :4], H):
        low, _ = interval(*S.shape)
        _, high = interval(*S.shape)
        attained = float(np.linalg.norm(S, 2)), float(np.linalg.norm(np.ones(S.shape), 2))
        if abs(attained[0] / low - 1.0) > CLOSE or abs(attained[1] / high - 1.0) > CLOSE:
            return False
    return True
