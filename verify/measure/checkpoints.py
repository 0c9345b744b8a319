"""Checkpoints: .safetensors by the extra `checkpoints`, a PyTorch state_dict by torch's own weights-only reader."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.errors import UsageError
from verify.measure.array_source import ArraySource, path_said

__all__ = ["safetensors_arrays", "torch_arrays"]

_OLDEST_TORCH = (2, 6)  # before, weights_only could be got round (CVE-2025-32434)
_BFLOAT = "BF16"
_LONGEST_HEADER = 100_000_000  # the format's own limit


def safetensors_arrays(path: Path, memory: int | None) -> list[ArraySource]:
    """The tensors of a .safetensors file; bfloat16, which NumPy lacks, is widened to float32."""
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError:
        raise UsageError(
            f"{path_said(path)}: reading it needs the package safetensors (pip install 'bulkspike[checkpoints]')"
        ) from None
    try:
        with safe_open(path, framework="numpy") as file:
            names = list(file.keys())
            slices = {name: file.get_slice(name) for name in names}
            facts = {name: (tuple(part.get_shape()), part.get_dtype()) for name, part in slices.items()}
    except SafetensorError as error:
        raise ValueError(str(error)) from None
    _check_sum(path, memory)
    return [
        ArraySource(
            file=path,
            layer=name,
            shape=shape,
            dtype="bfloat16" if dtype == _BFLOAT else str(dtype),
            read=partial(_tensor, path, name, str(dtype)),
        )
        for name, (shape, dtype) in facts.items()
    ]


def _check_sum(path: Path, memory: int | None) -> None:
    size = path.stat().st_size
    if memory is not None and size > memory:
        raise UsageError(f"{path_said(path)}: {size} bytes; {memory} are free or allowed (--memory-limit)")


def _tensor(path: Path, name: str, dtype: str) -> NDArray[Any]:
    from safetensors import safe_open

    if dtype != _BFLOAT:
        with safe_open(path, framework="numpy") as file:
            tensor: NDArray[Any] = file.get_tensor(name)
            return tensor
    with path.open("rb") as raw:
        length = int.from_bytes(raw.read(8), "little")
        if length > _LONGEST_HEADER:
            raise ValueError("its header is too long")
        facts = json.loads(raw.read(length))[name]
        first, last = facts["data_offsets"]
        raw.seek(8 + length + first)
        halves = np.frombuffer(raw.read(last - first), dtype="<u2")
    return (halves.astype(np.uint32) << 16).view(np.float32).reshape(facts["shape"])


def torch_arrays(path: Path, memory: int | None) -> list[ArraySource]:
    """The tensors of a state_dict, read by torch's weights-only reader; nested dictionaries by names with dots."""
    torch = _torch(path)
    _check_sum(path, memory)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the reader raises of what it does not know
        reason = " ".join(str(error).split())[:160]
        raise UsageError(
            f"{path_said(path)}: torch's weights-only reader refuses it ({reason}); "
            "save model.state_dict(), or .safetensors"
        ) from None
    return [
        ArraySource(
            file=path,
            layer=name,
            shape=tuple(tensor.shape),
            dtype=str(tensor.dtype).removeprefix("torch."),
            read=partial(_as_numpy, tensor, torch),
        )
        for name, tensor in _tensors(state, "", torch)
    ]


def _torch(path: Path) -> Any:
    """torch of a version whose weights-only reader holds."""
    advice = "save the weights by safetensors (safetensors.torch.save_file) and give the .safetensors"
    try:
        import torch
    except ImportError:
        raise UsageError(
            f"{path_said(path)}: reading a PyTorch file needs torch 2.6 or newer, which is not installed; {advice}"
        ) from None
    numbers = str(torch.__version__).split("+")[0].split(".")[:2]
    if tuple(int(each) for each in numbers if each.isdigit()) < _OLDEST_TORCH:
        raise UsageError(
            f"{path_said(path)}: needs torch 2.6 or newer, whose weights-only reader holds; "
            f"got {torch.__version__}; {advice}"
        )
    return torch


def _tensors(state: Any, prefix: str, torch: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(state, torch.Tensor):
        yield prefix or "tensor", state
    elif isinstance(state, Mapping):
        for key, value in state.items():
            yield from _tensors(value, f"{prefix}.{key}" if prefix else str(key), torch)


def _as_numpy(tensor: Any, torch: Any) -> NDArray[Any]:
    dense = tensor.detach().to("cpu")
    if dense.dtype in (torch.bfloat16, torch.float16):
        dense = dense.to(torch.float32)
    array: NDArray[Any] = dense.numpy()
    return array
