"""The streamed gradient against differences of the loss, an unblocked formula, other blocks and backends."""

import dataclasses

import numpy as np
import pytest
from support import plain_network

from sim.backend import get_backend
from sim.draw import Draw
from sim.functions.activations import NAMES, from_tree, named
from sim.network.streaming import PART_ROWS, neuron_parts
from sim.network.two_layer import (
    features,
    first_gradient,
    forward,
    gradient,
    memory_needed,
    residual,
    training_loss,
)
from sim.setting import Setting
from sim.threads import usable_threads

NUMPY, STRICT = get_backend("numpy", threads=1), get_backend("array-api-strict", threads=1)
TOLERANCE = {"float32": 1e-5, "float64": 1e-10}  # between blocks, threads, backends
STUDENTS = (*NAMES, "hermite:0.1,1,0.2")


def draw(n=700, N=60, d=30, *, seed=3, dtype="float64", threads=1, **setting):
    return Draw(setting=Setting(n=n, N=N, d=d, **setting), seed=seed, dtype=dtype, threads=threads)


def frozen(*arrays):
    for array in arrays:
        array.flags.writeable = False
    return arrays


def distance(A, B):
    """||A - B||_F / ||B||_F."""
    A, B = (np.asarray(x, np.float64) for x in (A, B))
    return float(np.linalg.norm(A - B) / np.linalg.norm(B))


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("student", STUDENTS)
def test_gradient_is_the_slope_of_the_training_loss(student, parametrisation):
    one = draw(n=40, N=6, d=5, student=student, parametrisation=parametrisation)
    W, a = frozen(one.weights(), one.readout())
    G = gradient(one, W, a, backend=NUMPY).G
    h = 1e-5
    for index in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[index] = h
        up, down = (training_loss(one, W + s * step, a, backend=NUMPY) for s in (1, -1))
        slope = (up - down) / (2 * h)
        assert G[index] == pytest.approx(slope, rel=1e-6, abs=3e-9)
    lie = 0.5 * G[index]  # a forgotten factor 2
    assert lie != pytest.approx(slope, rel=1e-6, abs=3e-9)


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("student", sorted(plain_network.FUNCTIONS))
def test_gradient_is_the_unblocked_formula(student, parametrisation):
    one = draw(student=student, parametrisation=parametrisation)
    (W, a), (X, y) = (one.weights(), one.readout()), one.sample_block("train", 0, 700)
    scale = 30**-0.5 if parametrisation == "ntk" else 1.0
    sigma, slope = plain_network.FUNCTIONS[student]
    Z = scale * X @ W.T
    r = sigma(Z) @ a / np.sqrt(60) - y
    exact = 2 / (700 * np.sqrt(60)) * scale * (slope(Z) * r[:, None] * a).T @ X
    result = first_gradient(one, backend=NUMPY, block_rows=256, second_moments=True)
    assert distance(result.G, exact) < 1e-13
    assert distance(result.residual_signal, X.T @ r / 700) < 1e-13
    assert distance(result.label_signal, X.T @ y / 700) < 1e-13
    assert result.loss == result.residual_2 == pytest.approx(np.mean(r**2), rel=1e-13)
    assert result.residual_4 == pytest.approx(np.mean(r**4), rel=1e-13)
    assert distance(result.residual_moment_2, (X * r[:, None] ** 2).T @ X / 700) < 1e-13
    assert distance(result.residual_moment_1, (X * r[:, None]).T @ X / 700) < 1e-12
    assert result.zeros == np.count_nonzero(exact == 0.0)
    np.testing.assert_array_equal(result.W, W)
    np.testing.assert_array_equal(result.a, a)
    assert training_loss(one, W, a, backend=NUMPY, block_rows=256) == pytest.approx(result.loss, rel=1e-13)


def test_moments_only_when_asked_for():
    result = first_gradient(draw(), backend=NUMPY)
    assert result.residual_moment_1 is None
    assert result.residual_moment_2 is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [700, 768, 100])
def test_blocks_threads_and_backends_change_rounding_only(dtype, n):
    one = draw(n=n, N=130, dtype=dtype)
    base = first_gradient(one, backend=NUMPY, second_moments=True)
    others = [
        first_gradient(one, backend=NUMPY, block_rows=256, second_moments=True),
        first_gradient(one, backend=NUMPY, block_rows=512, second_moments=True),
        first_gradient(one, backend=get_backend("numpy", threads=3), block_rows=256, second_moments=True),
        first_gradient(one, backend=STRICT, block_rows=256, second_moments=True),
    ]
    for other, backend in zip(others, [NUMPY, NUMPY, NUMPY, STRICT], strict=True):
        G = backend.to_numpy(other.G)
        assert G.dtype == np.dtype(dtype)
        assert distance(G, base.G) < TOLERANCE[dtype]
        assert np.abs(G - base.G).max() < TOLERANCE[dtype] * np.abs(base.G).max()
        for name in ("residual_signal", "label_signal", "residual_2", "residual_4", "residual_moment_2"):
            assert distance(getattr(other, name), getattr(base, name)) < TOLERANCE[dtype]
    lie = first_gradient(dataclasses.replace(one, setting=Setting(n=n - 1, N=130, d=30)), backend=NUMPY)
    assert distance(lie.G, base.G) > TOLERANCE["float32"]  # one sample forgotten


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_call_gives_the_same_bytes(threads):
    backend = get_backend("numpy", threads=threads)
    one = draw(n=900, N=200, dtype="float32", threads=threads)
    results = [first_gradient(one, backend=backend, block_rows=256) for _ in range(3)]
    assert len({result.G.tobytes() for result in results}) == 1
    assert len({result.residual_signal.tobytes() for result in results}) == 1
    assert len({(result.residual_2, result.residual_4, result.zeros) for result in results}) == 1


def test_float32_is_float64_to_rounding():
    narrow, wide = (first_gradient(draw(dtype=t), backend=NUMPY) for t in ("float32", "float64"))
    assert distance(narrow.G, wide.G) < 1e-5
    assert narrow.residual_2 == pytest.approx(wide.residual_2, rel=1e-6)


def test_a_second_step_goes_through_the_same_code():
    one = draw()
    first = first_gradient(one, backend=NUMPY)
    W = first.W - 0.5 * np.sign(first.G)
    frozen(W)
    second = gradient(one, W, first.a, backend=NUMPY)
    h = 1e-6
    direction = np.random.default_rng(0).standard_normal(W.shape)
    slope = (
        training_loss(one, W + h * direction, first.a, backend=NUMPY)
        - training_loss(one, W - h * direction, first.a, backend=NUMPY)
    ) / (2 * h)
    assert float((second.G * direction).sum()) == pytest.approx(slope, rel=1e-7)
    assert float((first.G * direction).sum()) != pytest.approx(slope, rel=1e-2)  # the lie: G_0 again


def test_a_step_on_the_strict_second_device_equals_numpy():
    one = draw()
    W, a = frozen(one.weights(), one.readout())
    X, y = frozen(*one.sample_block("holdout", 0, 50))
    there = [STRICT.asarray(array) for array in (W, a, X, y)]
    for function, arguments in ((features, 2), (forward, 3), (residual, 4)):
        order = [0, 2] if arguments == 2 else list(range(arguments))
        here = function(*([W, a, X, y][i] for i in order), setting=one.setting, backend=NUMPY)
        strict = function(*(there[i] for i in order), setting=one.setting, backend=STRICT)
        assert distance(STRICT.to_numpy(strict), here) < 1e-13
    assert gradient(one, there[0], there[1], backend=STRICT).G.device == STRICT.device


def test_features_and_outputs_belong_together():
    one = draw()
    W, a, (X, y) = one.weights(), one.readout(), one.sample_block("train", 0, 700)
    r = residual(W, a, X, y, setting=one.setting, backend=NUMPY)
    assert features(W, X, setting=one.setting, backend=NUMPY).shape == (700, 60)
    assert np.mean(r**2) == pytest.approx(training_loss(one, W, a, backend=NUMPY), rel=1e-13)


@pytest.mark.parametrize("kind", ["holdout", "test"])
def test_the_loss_on_other_samples(kind):
    one = draw()
    W, a, (X, y) = one.weights(), one.readout(), one.sample_block(kind, 0, 333)
    r = residual(W, a, X, y, setting=one.setting, backend=NUMPY)
    streamed = training_loss(one, W, a, backend=NUMPY, kind=kind, samples=333, block_rows=256)
    assert streamed == pytest.approx(np.mean(r**2), rel=1e-13)
    assert streamed != pytest.approx(training_loss(one, W, a, backend=NUMPY, samples=333), rel=1e-3)


def test_zeros_are_counted():
    dead = from_tree(("call", "relu", ("sub", ("z",), ("number", "100"))), name="dead")
    result = first_gradient(draw(student=dead), backend=NUMPY)
    assert result.zeros == 60 * 30
    assert first_gradient(draw(), backend=NUMPY).zeros == 0


def test_divergence_is_a_value_without_a_warning():
    one = draw(n=300, student="linear", dtype="float32")
    W = np.full((60, 30), 1e38, np.float32)
    result = gradient(one, W, one.readout(), backend=get_backend("numpy", threads=2))
    assert not np.isfinite(result.loss)


def test_wrong_shapes_and_blocks_are_refused():
    one = draw()
    with pytest.raises(ValueError, match="shapes"):
        gradient(one, one.weights().T, one.readout(), backend=NUMPY)
    with pytest.raises(ValueError, match="shapes"):
        training_loss(one, one.weights(), one.readout()[:-1], backend=NUMPY)
    for block_rows in (0, 100, -256, 256.0, True):
        with pytest.raises(ValueError, match="block_rows"):
            first_gradient(one, backend=NUMPY, block_rows=block_rows)
    for samples in (0, -1, 1.5, True):
        with pytest.raises(ValueError, match="samples"):
            training_loss(one, one.weights(), one.readout(), backend=NUMPY, samples=samples)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (1, 5, 3), (257, 1, 2), (2, 40, 1)])
def test_the_smallest_sizes_work(sizes):
    n, N, d = sizes
    result = first_gradient(draw(n=n, N=N, d=d), backend=get_backend("numpy", threads=2), block_rows=256)
    assert result.G.shape == (N, d)
    assert np.isfinite(result.G).all()


@pytest.mark.parametrize("N", [1, 15, 33, 750, 6000, 20_000])
@pytest.mark.parametrize("threads", [1, 2, 16])
def test_parts_cover_every_neuron_once(N, threads):
    parts = neuron_parts(N, threads)
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(N))
    assert max(part.stop - part.start for part in parts) <= PART_ROWS
    assert 16 * threads > N or len(parts) % threads == 0


def test_memory_does_not_grow_with_n_and_is_nearly_what_the_arrays_take():
    setting = Setting(n=8000, N=6000, d=4000)
    needed = memory_needed(setting, threads=2)
    arrays = 4 * (
        2 * 6000 * 4000 + 2 * 4096 * 4000 + 4096 * 6000 + 6000 * 4000
    )  # W, G, X twice, slopes, products
    assert arrays <= needed <= 1.1 * arrays
    assert memory_needed(Setting(n=10**6, N=6000, d=4000), threads=2) == needed
    assert memory_needed(setting, "float64", threads=2) > 1.9 * needed
    assert memory_needed(setting, block_rows=512, threads=2) < needed
    assert memory_needed(setting) == memory_needed(setting, threads=usable_threads())


def test_a_students_own_function_is_used():
    """A callable student through the whole step, and the lie that its slope is another one's."""
    named_G = first_gradient(draw(student="tanh"), backend=NUMPY).G
    own = from_tree(("call", "tanh", ("z",)), name="own")
    assert distance(first_gradient(draw(student=own), backend=NUMPY).G, named_G) < 1e-14
    assert distance(first_gradient(draw(student=named("erf")), backend=NUMPY).G, named_G) > 1e-3
