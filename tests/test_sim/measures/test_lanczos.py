"""When the iteration looks at its residuals: seldom, and hardly later than one that looks after every step."""

import numpy as np
import pytest

import sim.measures.lanczos
from sim.backend import get_backend
from sim.measures.norms import top_singular_triplets

BACKEND = get_backend("numpy", threads=1)
SPIKED, PLAIN = 3.0, 0.0


def steps_and_looks(A, monkeypatch, rule=None):
    looks = []
    ritz = sim.measures.lanczos.Bidiagonal.ritz
    with monkeypatch.context() as patch:
        patch.setattr(sim.measures.lanczos.Bidiagonal, "ritz", lambda self: looks.append(1) or ritz(self))
        if rule is not None:
            patch.setattr(sim.measures.lanczos, "_until_next_look", rule)
        found = top_singular_triplets(A, backend=BACKEND)
    assert found.converged
    return found, len(looks) - 1  # the last is that of the vectors


@pytest.mark.parametrize("signal", [PLAIN, SPIKED])
@pytest.mark.parametrize("shape", [(75, 50), (300, 200), (1200, 300)])
def test_fewer_looks_and_hardly_a_step_more(shape, signal, monkeypatch):
    N, d = shape
    for seed in range(3):
        rng = np.random.default_rng(seed)
        A = rng.standard_normal(shape)
        A += (
            signal
            * (N * d) ** 0.25
            * np.outer(rng.standard_normal(N), rng.standard_normal(d))
            / (N * d) ** 0.5
        )
        every, each = steps_and_looks(A, monkeypatch, rule=lambda *_: 1)
        seldom, looks = steps_and_looks(A, monkeypatch)
        assert every.steps <= seldom.steps <= every.steps + 2
        assert looks <= (0.7 * each if each >= 12 else each)
        assert seldom.values[0] == pytest.approx(every.values[0], rel=1e-9)


def test_the_wait_is_bounded_whatever_the_residuals():
    wait = sim.measures.lanczos._until_next_look
    assert wait((0, np.inf), (3, 1.0), 1e-5) == 1
    assert wait((3, 1.0), (4, 0.5), 1e-5) == 7  # 15.6 steps at that rate: half of them
    assert wait((3, 1.0), (4, 0.9999), 1e-5) == 8
    assert wait((3, 1.0), (4, 0.5), 5e-324) == 8
    for now in (1.0, 2.0, np.nan):  # nothing learnt from residuals that do not fall
        assert wait((3, 1.0), (4, now), 1e-5) == 1
    assert wait((99, 1.0), (100, 1.0), 0.0) == 4
