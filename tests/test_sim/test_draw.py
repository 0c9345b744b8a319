"""Draws: pinned numbers, rows that depend on their key alone, streams that keep cells apart."""

import numpy as np
import pytest
from scipy import stats

from sim.draw import ARRAYS, DRAW_BLOCK, DRAW_FORMAT, Draw, stream_of
from sim.setting import Setting


def draw(n=600, N=300, d=40, *, seed=7, stream=0, dtype="float32", threads=1, **setting):
    return Draw(
        setting=Setting(n=n, N=N, d=d, **setting), seed=seed, stream=stream, dtype=dtype, threads=threads
    )


def test_some_drawn_numbers_are_pinned():
    """A change here is a new draw format: raise DRAW_FORMAT, do not edit the numbers alone."""
    assert DRAW_FORMAT == 1
    one = draw(stream=12345)
    X, y = one.sample_block("train", 300, 302)
    pinned = {
        "W": (one.weights()[[0, 255, 256, 299], [0, 1, 2, 39]], PINNED["W"]),
        "a": (one.readout()[[0, 256, 299]], PINNED["a"]),
        "beta": (one.teacher_direction()[:2], PINNED["beta"]),
        "X": (X[:, 0], PINNED["X"]),
        "y": (y, PINNED["y"]),
        "holdout": (one.sample_block("holdout", 0, 1)[0][0, :2], PINNED["holdout"]),
        "test": (one.sample_block("test", 0, 1)[0][0, :2], PINNED["test"]),
        "start": (one.start_vector(3, 1), PINNED["start"]),
    }
    for name, (drawn, recorded) in pinned.items():
        np.testing.assert_allclose(drawn, recorded, rtol=2e-7, err_msg=name)
    with pytest.raises(AssertionError):  # the lie: another seed's numbers
        np.testing.assert_allclose(
            draw(stream=12345, seed=8).readout()[[0, 256, 299]], PINNED["a"], rtol=2e-7
        )


PINNED = {
    "W": [0.502278507, 1.52473748, 0.665110886, -1.16389644],
    "a": [0.571734905, 0.26791063, 1.36664832],
    "beta": [0.199824855, 0.00612634374],
    "X": [-0.38784346, 0.370875031],
    "y": [0.861319959, 0.780066431],
    "holdout": [2.00743246, 0.483777046],
    "test": [0.211310938, -1.78722334],
    "start": [0.602197707, -1.93418515, -0.0423027389],
}


def test_the_key_is_seed_stream_array_block():
    """The format in one line of NumPy, independent of the module's bookkeeping."""
    key = np.random.SeedSequence(7, spawn_key=(5, ARRAYS["X"], 2))
    block = np.random.Generator(np.random.SFC64(key)).standard_normal((DRAW_BLOCK, 40), dtype=np.float32)
    X, _ = draw(stream=5).sample_block("train", 2 * DRAW_BLOCK, 3 * DRAW_BLOCK)
    np.testing.assert_array_equal(X, block)


def test_array_numbers_are_distinct_and_start_vectors_come_last():
    assert len(set(ARRAYS.values())) == len(ARRAYS)
    assert max(ARRAYS.values()) == ARRAYS["start vectors"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_depend_neither_on_blocks_nor_threads_nor_n(dtype):
    whole, labels = draw(dtype=dtype, threads=3).sample_block("train", 0, 600)
    for start, stop in [(0, 1), (255, 257), (100, 513), (256, 512), (599, 600), (600, 600)]:
        X, y = draw(n=77, dtype=dtype).sample_block("train", start, stop)
        np.testing.assert_array_equal(X, whole[start:stop])
        np.testing.assert_array_equal(y, labels[start:stop])
    np.testing.assert_array_equal(draw(threads=1).weights(), draw(threads=4).weights())
    np.testing.assert_array_equal(draw(N=50).readout(), draw().readout()[:50])


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_float64_is_float32_widened(parametrisation):
    narrow = draw(parametrisation=parametrisation)
    wide = draw(dtype="float64", parametrisation=parametrisation)
    for name in ("weights", "readout", "teacher_direction"):
        np.testing.assert_allclose(getattr(narrow, name)(), getattr(wide, name)(), rtol=2e-7)
    for kind in ("train", "holdout", "test"):
        (X, y), (X_wide, y_wide) = narrow.sample_block(kind, 0, 300), wide.sample_block(kind, 0, 300)
        np.testing.assert_array_equal(X, X_wide)
        assert X_wide.dtype == y_wide.dtype == np.float64
        np.testing.assert_allclose(y, y_wide, atol=2e-6)


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_entries_are_gaussian_of_the_stated_variance(parametrisation):
    one = draw(N=1000, d=100, parametrisation=parametrisation)
    for values, deviation in (
        (one.weights().ravel(), 1.0 if parametrisation == "ntk" else 0.1),
        (one.readout(), 1.0 if parametrisation == "ntk" else 1000**-0.5),
        (one.sample_block("train", 0, 1000)[0].ravel(), 1.0),
    ):
        scaled = values.astype(np.float64) / deviation
        assert stats.kstest(scaled, "norm").pvalue > 1e-4
        assert stats.kstest(1.1 * scaled, "norm").pvalue < (1e-4 if len(values) > 10_000 else 1.0)  # the lie


def test_labels_are_teacher_of_projection_plus_noise():
    clean, noisy = draw(noise=0.0, dtype="float64"), draw(noise=0.3, dtype="float64")
    X, y = clean.sample_block("train", 0, 600)
    np.testing.assert_allclose(y, np.logaddexp(0, X @ clean.teacher_direction()), rtol=1e-13)
    X_noisy, y_noisy = noisy.sample_block("train", 0, 600)
    np.testing.assert_array_equal(X, X_noisy)
    assert stats.kstest((y_noisy - y) / 0.3, "norm").pvalue > 1e-4
    assert stats.kstest((y_noisy - y) / 0.2, "norm").pvalue < 1e-4  # the lie: another noise


def test_teacher_directions():
    sphere = draw(dtype="float64").teacher_direction()
    assert np.linalg.norm(sphere) == pytest.approx(1.0, abs=1e-15)
    np.testing.assert_array_equal(draw(d=5, teacher_direction="axis").teacher_direction(), np.eye(5)[0])
    given = np.full(40, 40**-0.5)
    np.testing.assert_allclose(
        draw(dtype="float64", teacher_direction=given).teacher_direction(), given, rtol=1e-15
    )


def correlation(one, other):
    """Largest |correlation| over arrays that the two draws share, as far as their shapes agree."""
    pairs = [
        (one.weights().ravel(), other.weights().ravel()),
        (one.readout(), other.readout()),
        (one.sample_block("train", 0, 512)[0].ravel(), other.sample_block("train", 0, 512)[0].ravel()),
        (one.teacher_direction(), other.teacher_direction()),
    ]
    return max(abs(np.corrcoef(x[: len(y)], y[: len(x)])[0, 1]) for x, y in pairs[:3]), pairs[3]


def test_cells_of_one_seed_are_uncorrelated_under_stream_and_equal_without():
    cells = [(600, 256, 40), (1200, 256, 40)]
    apart = [draw(n=n, N=N, d=d, stream=stream_of(n, N, d)) for n, N, d in cells]
    together = [draw(n=n, N=N, d=d) for n, N, d in cells]
    bound = stats.norm.isf(1e-5) / np.sqrt(256)  # of the shortest array compared, 256 entries
    assert correlation(*apart)[0] < bound
    largest, (beta, other) = correlation(*together)  # the lie: one key for both cells
    assert largest == pytest.approx(1.0)
    np.testing.assert_array_equal(beta, other)


def test_every_array_and_kind_has_numbers_of_its_own():
    one = draw(N=256, d=40, noise=1.0, teacher="linear", teacher_direction="axis", dtype="float64")
    X, y = one.sample_block("train", 0, 256)
    arrays = [
        one.weights(),
        X,
        one.sample_block("holdout", 0, 256)[0],
        one.sample_block("test", 0, 256)[0],
    ]
    columns = [array[:, 0] for array in arrays] + [one.readout(), y - X[:, 0]]
    columns += [one.start_vector(256, index) for index in range(3)]
    table = np.abs(np.corrcoef(columns)) - np.eye(len(columns))
    assert table.max() < stats.norm.isf(1e-6) / 16.0


def test_stream_is_the_start_of_sha_256():
    assert stream_of(1000, 750, 500) == 0x3017D459
    assert 0 <= stream_of(1, 1, 1) < 2**32
    assert stream_of(1, 12, 3) != stream_of(11, 2, 3)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("seed", -1, ValueError),
        ("seed", 1.0, TypeError),
        ("seed", True, TypeError),
        ("stream", 2**32, ValueError),
        ("stream", -1, ValueError),
        ("dtype", "float16", ValueError),
    ],
)
def test_bad_keys_are_refused(field, value, error):
    with pytest.raises(error, match=field):
        draw(**{field: value})


def test_bad_blocks_are_refused():
    with pytest.raises(ValueError, match="kind"):
        draw().sample_block("validation", 0, 1)
    with pytest.raises(ValueError, match="start"):
        draw().sample_block("train", -1, 1)
    assert draw().sample_block("train", 5, 5)[0].shape == (0, 40)
