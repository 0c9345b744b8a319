"""Backends: what get_backend promises, copies there and back, threads, and the reason why there is no GPU."""

import builtins
import sys
import threading
import types

import numpy as np
import pytest
from scipy import special
from support.commands import python

from sim import threads as sim_threads
from sim.backend import BackendError, get_backend, gpu_status


@pytest.fixture
def no_cupy(monkeypatch):
    """Imports as on a machine without cupy, whatever this one has."""
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] in ("cupy", "cupyx"):
            raise ModuleNotFoundError("No module named 'cupy'", name="cupy")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)


def fake_cupy(monkeypatch, *, devices=0, error=None, total=3920.0):
    """A module named cupy with so many devices whose products sum to `total`."""

    class Matrix:
        def reshape(self, *shape):
            return self

        def __matmul__(self, other):
            if error is not None:
                raise error
            return self

        def sum(self):
            return total

    runtime = types.SimpleNamespace(getDeviceCount=lambda: devices)
    cupy = types.ModuleType("cupy")
    cupy.cuda = types.SimpleNamespace(runtime=runtime)
    cupy.float32 = np.float32
    cupy.arange = lambda *args, **kwargs: Matrix()
    monkeypatch.setitem(sys.modules, "cupy", cupy)


def test_auto_without_cupy_is_numpy(no_cupy):
    assert get_backend("auto").name == "numpy"
    assert "not installed" in gpu_status()


def test_cupy_without_cupy_says_why_in_one_line(no_cupy):
    with pytest.raises(BackendError, match="not installed") as caught:
        get_backend("cupy")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fake", "reason"),
    [
        ({"devices": 0}, "no CUDA device"),
        ({"devices": 1, "error": RuntimeError("libcublas.so.12\nnot found")}, "libcublas.so.12 not found"),
        ({"devices": 1, "total": 3919.0}, "wrongly"),
    ],
)
def test_a_cupy_that_imports_is_not_yet_usable(monkeypatch, fake, reason):
    fake_cupy(monkeypatch, **fake)
    assert reason in gpu_status()
    assert get_backend("auto").name == "numpy"
    with pytest.raises(BackendError, match=reason):
        get_backend("cupy")


def test_a_cupy_that_works_beside_a_broken_compatibility_layer_is_numpy_with_the_reason(monkeypatch):
    fake_cupy(monkeypatch, devices=1)
    monkeypatch.setitem(sys.modules, "array_api_compat.cupy", None)  # an import of it fails
    assert get_backend("auto").name == "numpy"
    assert gpu_status().startswith("cupy is installed, but array_api_compat.cupy does not import: ")
    with pytest.raises(BackendError, match=r"array_api_compat\.cupy does not import") as caught:
        get_backend("cupy")
    assert "\n" not in str(caught.value)


TALKATIVE = """
import sys, warnings
print("a line at import")
print("another", file=sys.stderr)
warnings.warn("several\\nlines\\nof warning")
raise ImportError("libcuda.so.1:\\ncannot open shared object file")
"""


def test_what_cupy_says_at_its_import_is_one_reason_and_nothing_else(monkeypatch, tmp_path, capfd):
    (tmp_path / "cupy.py").write_text(TALKATIVE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    assert gpu_status() == "cupy does not import: ImportError: libcuda.so.1: cannot open shared object file"
    assert get_backend("auto").name == "numpy"
    assert tuple(capfd.readouterr()) == ("", "")


def test_what_c_code_writes_at_cupys_import_goes_nowhere(tmp_path):
    """Buffered by the C library where stdout is a pipe, and so written when the process ends, if it is kept."""
    (tmp_path / "cupy.py").write_text(
        "import ctypes, os\n"
        "ctypes.CDLL(None).puts(b'hello from C')\n"
        "os.write(1, b'and from the system')\nos.write(2, b'and more')\n"
        "raise ImportError('broken')\n"
    )
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import sim; "
        "print('before', flush=False); print(sim.get_backend('auto').name)"
    )
    done = python("-c", code, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("before\nnumpy\n", "")


def test_the_product_asked_of_a_gpu_is_right():
    A = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert float((A @ A).sum()) == 3920.0


@pytest.mark.parametrize("name", ["torch", "", "NumPy", None])
def test_unknown_backends_are_refused(name):
    with pytest.raises(ValueError, match="'auto', 'numpy' or 'cupy'"):
        get_backend(name)


@pytest.mark.parametrize("threads", [0, -1, 1.5, True])
def test_threads_must_be_a_positive_integer(threads):
    with pytest.raises(ValueError, match="threads"):
        get_backend("numpy", threads=threads)


@pytest.mark.parametrize("name", ["numpy", "array-api-strict"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_travel_unchanged(name, dtype):
    backend = get_backend(name)
    array = np.random.default_rng(0).standard_normal((5, 3)).astype(dtype)
    array.flags.writeable = False
    there = backend.asarray(array)
    assert there.dtype == backend.dtype(dtype)
    np.testing.assert_array_equal(backend.to_numpy(there), array)
    erf = backend.to_numpy(backend.erf(there))
    assert erf.dtype == array.dtype
    np.testing.assert_allclose(erf, special.erf(array.astype(np.float64)), rtol=1e-6)
    backend.synchronize()


def test_strict_is_on_its_second_device_and_refuses_silent_copies():
    backend = get_backend("array-api-strict")
    there = backend.asarray(np.ones(3))
    assert there.device == backend.device != backend.xp.Device("CPU_DEVICE")
    with pytest.raises((RuntimeError, TypeError)):
        np.asarray(there)


@pytest.mark.parametrize("name", ["numpy", "array-api-strict"])
@pytest.mark.parametrize("shape", [(1, 1), (7, 100_000), (1000, 3), (130, 1024)])
def test_chunks_cover_every_row_once_and_stay_small(name, shape):
    chunks = list(get_backend(name).chunks(*shape))
    rows = [row for chunk in chunks for row in range(chunk.start, chunk.stop)]
    assert rows == list(range(shape[0]))
    if name == "numpy":
        assert all((c.stop - c.start) * shape[1] <= max(1 << 16, shape[1]) for c in chunks)


def test_free_memory_is_a_plausible_number():
    free = get_backend("numpy").free_memory()
    assert free is None or 2**20 < free < 2**50


@pytest.mark.parametrize("threads", [1, 3])
def test_workers_keep_the_order_of_the_items(threads):
    gate = threading.Barrier(threads)

    def work(item):
        if item < threads:
            gate.wait(timeout=30)  # the first ones really run side by side
        return item * item

    with sim_threads.workers(threads) as pool:
        assert pool.map(work, range(20)) == [i * i for i in range(20)]


def test_workers_hand_an_error_on():
    def work(item):
        raise KeyError(item)

    for threads in (1, 2):
        with sim_threads.workers(threads) as pool, pytest.raises(KeyError):
            pool.map(work, [1])


def test_blas_threads_come_back_after_the_last_one_left():
    before = sim_threads.usable_threads()
    first, second = sim_threads.single_threaded_blas(), sim_threads.single_threaded_blas()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)  # not nested: as two threads of a caller would leave
    assert sim_threads.usable_threads() == 1
    second.__exit__(None, None, None)
    assert sim_threads.usable_threads() == before
