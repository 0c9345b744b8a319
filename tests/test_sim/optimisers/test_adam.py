"""Adam: the first step by hand, exact identities, several steps against a plain loop, its moments."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sim.backend import get_backend
from sim.optimisers.adam import adam_update

STRICT = get_backend("array-api-strict")
B1, B2 = 0.9, 0.999
UNCORRECTED = (1 - B1) / math.sqrt(1 - B2)  # 3.1623


def gradients(count=1, dtype="float64", scale=1e-4):
    rng = np.random.default_rng(0)
    result = [(scale * rng.standard_normal((6, 4))).astype(dtype) for _ in range(count)]
    for G in result:
        G[1, 2] = 0.0
        G.flags.writeable = False
    return result


def plain_adam(Gs, *, corrected, eps):
    """Adam as Kingma and Ba write it, one entry at a time in float64."""
    M, V, D = np.zeros_like(Gs[0]), np.zeros_like(Gs[0]), None
    for t, G in enumerate(Gs, start=1):
        M, V = B1 * M + (1 - B1) * G, B2 * V + (1 - B2) * G**2
        m, v = (M / (1 - B1**t), V / (1 - B2**t)) if corrected else (M, V)
        with np.errstate(invalid="ignore"):
            D = np.where(np.sqrt(v) + eps > 0, m / (np.sqrt(v) + eps), 0.0)
    return D


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("backend", [get_backend("numpy"), STRICT], ids=lambda b: b.name)
def test_the_first_step_without_eps_is_the_exact_sign(dtype, backend):
    (G,) = gradients(dtype=dtype, scale=1e-30)  # its squares underflow in float32
    there = backend.asarray(G)
    _, corrected = adam_update(None, there, eps=0.0)
    _, uncorrected = adam_update(None, there, adam="uncorrected", eps=0.0)
    D, D_uncorrected = backend.to_numpy(corrected), backend.to_numpy(uncorrected)
    assert D.dtype == D_uncorrected.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(D, np.sign(G))
    assert D[1, 2] == 0.0
    assert float((D.astype(float) ** 2).sum()) == G.size - 1  # ||sign||_F^2 = N d - zeros
    np.testing.assert_allclose(D_uncorrected, UNCORRECTED * np.sign(G), rtol=1e-6)
    assert pytest.approx(3.16227766, rel=1e-8) == UNCORRECTED


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
def test_the_first_step_by_hand(adam):
    G = np.array([[2e-8, -1e-8], [0.0, 3.0]])
    eps = 1e-8
    _, D = adam_update(None, G, adam=adam, eps=eps)
    if adam == "corrected":
        by_hand = [[2 / 3, -1 / 2], [0.0, 3.0 / (3.0 + eps)]]
    else:
        root = math.sqrt(1e-3)
        by_hand = [[0.2 / (2 * root + 1), -0.1 / (root + 1)], [0.0, 0.3 / (3.0 * root + eps)]]
    np.testing.assert_allclose(D, by_hand, rtol=1e-12)
    other = adam_update(None, G, adam="uncorrected" if adam == "corrected" else "corrected", eps=eps)[1]
    assert np.abs(other - by_hand).max() > 0.01  # the lie: the other convention


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
@pytest.mark.parametrize("eps", [0.0, 1e-8, 1e-3])
@pytest.mark.parametrize("backend", [get_backend("numpy"), STRICT], ids=lambda b: b.name)
def test_several_steps_are_the_plain_loop(adam, eps, backend):
    Gs = gradients(5)
    state = None
    for t, G in enumerate(Gs, start=1):
        state, D = adam_update(state, backend.asarray(G), adam=adam, eps=eps)
        expected = plain_adam(Gs[:t], corrected=adam == "corrected", eps=eps)
        np.testing.assert_allclose(backend.to_numpy(D), expected, rtol=1e-12, atol=1e-15)
        assert state.step == t
    assert backend.to_numpy(D)[1, 2] == 0.0  # a zero of every G stays zero


@pytest.mark.parametrize("adam", ["corrected", "uncorrected"])
@pytest.mark.parametrize(
    ("dtype", "eps", "acts"),
    [
        ("float32", 1e-46, False),
        ("float32", 7e-46, False),  # half the smallest float32 rounds to 0
        ("float32", 1e-300, False),
        ("float32", 1.5e-45, True),
        ("float32", 1e-38, True),
        ("float64", 5e-324, True),
        ("float64", 1e-310, True),
    ],
)
@pytest.mark.parametrize("backend", [get_backend("numpy"), STRICT], ids=lambda b: b.name)
def test_an_eps_below_the_range_of_the_dtype_acts_as_zero(dtype, eps, acts, adam, backend):
    host = np.array([[0.0, -0.0, 3.0, -2.0, 1e-30]], dtype)
    G, state, signs = backend.asarray(host), None, None
    for step in range(3):
        state, D = adam_update(state, G, adam=adam, eps=eps)
        D = backend.to_numpy(D)
        assert D.dtype == np.dtype(dtype)
        assert (D[0, :2] == 0.0).all()
        assert np.isfinite(D).all()
        if step == 0:
            signs = D / (UNCORRECTED if adam == "uncorrected" else 1.0)
    np.testing.assert_allclose(signs[0, 2:], [1.0, -1.0, 1.0], rtol=1e-6)
    tiny = adam_update(None, np.full((1, 1), eps, dtype), adam="corrected", eps=eps)[1]
    assert float(tiny[0, 0]) == (0.5 if acts else 0.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_states_are_not_changed_by_their_use(dtype):
    first, second, third = gradients(3, dtype)
    one, _ = adam_update(None, first, eps=0.0)
    two, D = adam_update(one, second, eps=0.0)
    kept = [array.copy() for array in (*two.moments(), D)]
    again, D_again = adam_update(one, second, eps=0.0)
    adam_update(two, third, eps=0.0)
    for before, after in zip(kept, (*two.moments(), D), strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(D, D_again)
    assert again.M.dtype == again.V.dtype == D.dtype == np.dtype(dtype)
    np.testing.assert_allclose(one.moments()[0], 0.1 * first, rtol=1e-6)
    np.testing.assert_allclose(one.moments()[1], 0.001 * first**2, rtol=1e-6)


entries = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=5),
    elements=st.floats(-1e100, 1e100).filter(lambda x: x == 0.0 or abs(x) > 1e-100),
)


@given(G=entries, eps=st.sampled_from([0.0, 1e-12, 1e-8, 1.0]))
def test_the_first_step_is_bounded_and_keeps_signs(G, eps):
    _, D = adam_update(None, G, eps=eps)
    assert (np.abs(D) <= 1.0).all()
    assert (D * G >= 0.0).all()
    assert ((D == 0.0) == (G == 0.0)).all()
    if eps == 0.0:
        assert float((D**2).sum()) == G.size - np.count_nonzero(G == 0.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"eps": -1e-8},
        {"eps": math.nan},
        {"eps": math.inf},
        {"eps": 0.0, "adam": "bias-corrected"},
        {"eps": 0.0, "b1": 1.0},
        {"eps": 0.0, "b2": -0.1},
    ],
)
def test_bad_parameters_are_refused(bad):
    with pytest.raises(ValueError):
        adam_update(None, gradients()[0], **bad)


def test_the_decay_rates_cannot_change_on_the_way():
    G, H = gradients(2)
    state, _ = adam_update(None, G, eps=0.0)
    with pytest.raises(ValueError, match="b1, b2"):
        adam_update(state, H, eps=0.0, b1=0.5)
