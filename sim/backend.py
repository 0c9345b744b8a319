"""Where arrays live: NumPy, CuPy, or array-api-strict in the tests; the only file that names cupy.

Code elsewhere takes a `Backend` and writes the array API standard on ``backend.xp``; what the standard lacks
(erf, copies to and from the host, waiting, free memory) is here.
"""

import ctypes
import io
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.host import free_memory

__all__ = ["Array", "Backend", "BackendError", "get_backend", "gpu_status"]

Array = Any  # an array of whichever backend

NUMPY_CHUNK = 1 << 16  # elements of an elementwise pass: with its temporaries it stays inside a core's cache


class BackendError(RuntimeError):
    """A backend that was asked for cannot be used; the message is one line and says why."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Backend:
    """One array library on one device.

    Parameters
    ----------
    name : {"numpy", "cupy", "array-api-strict"}
    xp : namespace of the array API standard
    device : the device as that library names it; None for NumPy
    threads : threads of the host that compute (NumPy) or draw (all); None means every usable core
    tf32 : whether float32 products may use TF32 (CuPy, if the user set CUPY_TF32; else never)
    """

    name: Literal["numpy", "cupy", "array-api-strict"]
    xp: Any
    device: Any = None
    threads: int | None = None
    tf32: bool = False

    @property
    def on_host(self) -> bool:
        """Whether arrays are NumPy's, so that host threads may compute on them."""
        return self.name == "numpy"

    def dtype(self, dtype: Any) -> Any:
        """The backend's own object for "float32", "float64" or any NumPy name of those."""
        return getattr(self.xp, np.dtype(dtype).name)

    def asarray(self, array: Any, dtype: Any = None) -> Array:
        """A host array on the device (no copy where it is there already in that dtype)."""
        wanted = None if dtype is None else self.dtype(dtype)
        return self.xp.asarray(array, dtype=wanted, device=self.device)

    def check_floating(self, name: str, array: Any) -> None:
        """TypeError with the name of what is no float32 or float64 array of this library."""
        dtype = getattr(array, "dtype", None)
        if dtype not in (self.xp.float32, self.xp.float64):
            got = type(array).__name__ if dtype is None else dtype
            raise TypeError(f"{name} must be a float32 or float64 array, got {got}")

    def to_numpy(self, array: Array) -> NDArray:
        """The same numbers as a NumPy array on the host."""
        if self.name == "cupy":
            return array.get()
        if self.name == "array-api-strict" and not isinstance(array, np.ndarray):
            return np.asarray(array.to_device(self.xp.Device("CPU_DEVICE")))
        return np.asarray(array)

    def erf(self, z: Array) -> Array:
        """Error function, elementwise, in the dtype of `z`."""
        if self.name == "cupy":
            from cupyx.scipy.special import erf as erf_on_gpu

            return erf_on_gpu(z)
        from scipy.special import erf as erf_on_host

        if self.on_host:
            return erf_on_host(z)
        return self.asarray(erf_on_host(self.to_numpy(z)))

    def chunks(self, rows: int, width: int) -> Iterator[slice]:
        """Slices of rows for an elementwise pass: cache-sized on the host, one slice on a device."""
        step = max(1, NUMPY_CHUNK // max(1, width)) if self.on_host else max(1, rows)
        for start in range(0, rows, step):
            yield slice(start, min(start + step, rows))

    def synchronize(self) -> None:
        """Wait until everything asked of the device is done; nothing to wait for on the host."""
        if self.name == "cupy":
            import cupy

            cupy.cuda.get_current_stream().synchronize()

    def free_memory(self) -> int | None:
        """Bytes that can still be allocated where the arrays live; None where the system does not say."""
        if self.name == "cupy":
            import cupy

            held = cupy.get_default_memory_pool().free_bytes()
            return int(cupy.cuda.runtime.memGetInfo()[0]) + int(held)
        return free_memory()


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__


@contextmanager
def _silently() -> Iterator[None]:
    """What a library prints and warns of while it is imported goes nowhere: if there is a reason, it is told in one line."""
    with (
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        _nothing_written(1),
        _nothing_written(2),
    ):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _nothing_written(descriptor: int) -> Iterator[None]:
    """What C code writes to a descriptor goes nowhere; what it keeps in its buffers is written before and after."""
    flush = getattr(ctypes.CDLL(None), "fflush", None) if os.name == "posix" else None
    try:
        kept = os.dup(descriptor)
    except OSError:  # closed by whoever started this process
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        if flush is not None:
            flush(None)
        os.dup2(nowhere, descriptor)
        yield
    finally:
        if flush is not None:
            flush(None)
        os.dup2(kept, descriptor)
        os.close(kept)
        os.close(nowhere)


def _why_no_gpu() -> str | None:
    """None when cupy is here, sees a device and multiplies on it; otherwise the reason."""
    with _silently():
        try:
            import cupy
        except ModuleNotFoundError as error:
            if error.name == "cupy":
                return "cupy is not installed (extras cuda12, cuda13)"
            return f"cupy does not import: {_one_line(error)}"
        except Exception as error:  # a broken installation raises whatever its loader does
            return f"cupy does not import: {_one_line(error)}"
        try:
            if cupy.cuda.runtime.getDeviceCount() < 1:
                return "cupy is installed, but there is no CUDA device"
            A = cupy.arange(16, dtype=cupy.float32).reshape(4, 4)
            if float((A @ A).sum()) != 3920.0:
                return "cupy is installed, but the device multiplies two small matrices wrongly"
        except Exception as error:  # no driver, no cuBLAS, a busy device: each has its own class
            return f"cupy is installed, but cannot compute: {_one_line(error)}"
        try:
            import array_api_compat.cupy  # noqa: F401
        except Exception as error:  # of another version than cupy, which it looks into
            return f"cupy is installed, but array_api_compat.cupy does not import: {_one_line(error)}"
    return None


def gpu_status() -> str:
    """``"usable: <device>"``, or the reason why no GPU can be used; one line."""
    reason = _why_no_gpu()
    if reason is not None:
        return reason
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
    memory = properties["totalGlobalMem"] / 2**30
    return f"usable: {properties['name'].decode()}, {memory:.0f} GiB, cupy {cupy.__version__}"


def _numpy_backend(threads: int | None) -> Backend:
    import array_api_compat.numpy as xp

    return Backend(name="numpy", xp=xp, threads=threads)


def _cupy_backend(threads: int | None) -> Backend:
    import array_api_compat.cupy as xp
    import cupy

    tf32 = os.environ.get("CUPY_TF32", "0") not in ("", "0")
    return Backend(name="cupy", xp=xp, device=cupy.cuda.Device(), threads=threads, tf32=tf32)


def _strict_backend(threads: int | None) -> Backend:
    import array_api_strict as xp

    return Backend(name="array-api-strict", xp=xp, device=xp.Device("device1"), threads=threads)


def get_backend(name: str = "auto", *, threads: int | None = None) -> Backend:
    """The backend of that name.

    Parameters
    ----------
    name : {"auto", "numpy", "cupy", "array-api-strict"}
        "auto" takes a usable GPU and NumPy otherwise; "array-api-strict" (on its second device) is for tests.
    threads : int, optional
        Host threads; default every usable core.

    Raises
    ------
    BackendError
        If "cupy" is asked for and cannot compute; the message gives the reason in one line.
    ValueError
        If the name is none of these, or `threads` is less than 1.
    """
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads must be an integer >= 1, got {threads!r}; leave it out for every core")
    if name == "auto":
        name = "numpy" if _why_no_gpu() else "cupy"
    if name == "numpy":
        return _numpy_backend(threads)
    if name == "cupy":
        reason = _why_no_gpu()
        if reason:
            raise BackendError(f"backend 'cupy' cannot be used: {reason}")
        return _cupy_backend(threads)
    if name == "array-api-strict":
        return _strict_backend(threads)
    raise ValueError(f"backend must be 'auto', 'numpy' or 'cupy', got {name!r}")
