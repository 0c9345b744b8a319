"""Files of matrices whatever is in them: refused in one line, left out and said, or measured.

FUZZ_EXAMPLES=3000 draws more, and others (tests/support/hostile.py).
"""

import io
import json
import math
from functools import lru_cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save
from support.hostile import assert_refused_or_done, drawn, heard, somewhere

from verify.measure.command import main

WORDS = ["--bootstrap", "0", "--null-draws", "10", "--json", "--quiet"]


@lru_cache(maxsize=1)
def whole():
    """A small file of every kind."""
    rng = np.random.default_rng(0)
    W, vector = rng.standard_normal((24, 16)).astype(np.float32), np.arange(5.0)
    plain, several, text = io.BytesIO(), io.BytesIO(), io.StringIO()
    np.save(plain, W)
    np.savez(several, first=W, bias=vector, kernel=rng.standard_normal((6, 4, 3, 3)))
    np.savetxt(text, W, delimiter=",")
    return {
        "w.npy": plain.getvalue(),
        "w.npz": several.getvalue(),
        "w.csv": text.getvalue().encode(),
        "w.safetensors": save({"first": W, "bias": vector}),
    }


@st.composite
def damaged(draw):
    """A file's name and what has become of it."""
    name = draw(st.sampled_from(sorted(whole())))
    data = whole()[name]
    match draw(st.sampled_from(["bytes", "head", "cut", "other", "nothing"])):
        case "bytes":
            at = draw(st.integers(0, len(data)))
        case "head":
            at = draw(st.integers(0, min(120, len(data))))
        case "cut":
            return name, data[: draw(st.integers(0, len(data) - 1))]
        case "other":
            return name, whole()[draw(st.sampled_from(sorted(whole())))]
        case "nothing":
            return name, draw(st.binary(max_size=20))
    return name, data[:at] + draw(st.binary(min_size=1, max_size=6)) + data[at + draw(st.integers(0, 6)) :]


def numbers(value):
    if isinstance(value, dict):
        return [number for each in value.values() for number in numbers(each)]
    if isinstance(value, list):
        return [number for each in value for number in numbers(each)]
    return [value] if isinstance(value, float) else []


@drawn(80)
@given(damaged())
def test_whatever_a_file_of_matrices_holds(damage):
    name, data = damage
    with somewhere() as folder:
        (folder / name).write_bytes(data)
        done = heard("verify.measure", main, [name, *WORDS])
        (folder / name).unlink()
        assert_refused_or_done(done, folder, may_write=True)
        if done.returncode == 0:
            assert all(map(math.isfinite, numbers(json.loads(done.stdout))))


def test_whole_files_are_measured():
    with somewhere() as folder:
        for name, data in whole().items():
            (folder / name).write_bytes(data)
            done = heard("verify.measure", main, [name, *WORDS])
            assert done.returncode == 0
            assert json.loads(done.stdout)[0]["shape"] == [24, 16]
