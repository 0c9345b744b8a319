"""Files that are not what they seem: one line and exit code 2, nothing run, nothing unpickled."""

import io
import json
import pickle
import struct
import sys
import types
import zipfile

import numpy as np
import pytest
from support.commands import assert_one_line, called

RNG = np.random.default_rng(0)
GOOD = RNG.standard_normal((40, 30))


class Trap:
    """Unpickled, it would leave a file behind."""

    def __reduce__(self):
        return open, ("executed", "w")


def npy(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def header(shape, dtype="<f8"):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def bomb():
    """300 MB of zeros in 300 kB."""
    return npz(w=header((6000, 6250)) + bytes(8 * 6000 * 6250))


def safetensors(head, data=b""):
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + data


FILES = {
    "objects.npy": (npy(np.array([Trap(), Trap()], dtype=object), allow_pickle=True), "Python objects"),
    "objects.npz": (npz(w=npy(np.array([[Trap()]], dtype=object), allow_pickle=True)), "Python objects"),
    "pickle.npy": (pickle.dumps(Trap()), "cannot be read as .npy"),
    "pickle.npz": (pickle.dumps(Trap()), "not a zip file"),
    "pickle.safetensors": (pickle.dumps(Trap()), "cannot be read as .safetensors"),
    "empty.npy": (b"", "cannot be read as .npy"),
    "short.npy": (npy(GOOD)[:-8], "ends early"),
    "short.npz": (npz(w=npy(GOOD)[:-80]), "ends early"),
    "cut.npz": (npz(w=npy(GOOD))[:-30], "cannot be read as .npz"),
    "huge.npy": (header((10**9, 10**9)), "ends early"),
    "huge.npz": (npz(w=header((10**9, 10**9))), "ends early"),
    "bomb.npz": (bomb, "zip bomb"),
    "nothing.npz": (npz(), "holds no matrix"),
    "vector.npy": (npy(np.ones(5)), "holds no matrix"),
    "scalar.npy": (npy(np.float64(3.0)), "holds no matrix"),
    "no-rows.npy": (npy(np.zeros((0, 5))), "it is empty, shape (0, 5)"),
    "nan.npy": (npy(np.where(GOOD > 2, np.nan, GOOD)), "are nan or infinite"),
    "inf.npy": (npy(np.where(GOOD > 2, np.inf, GOOD)), "are nan or infinite"),
    "zero.npy": (npy(np.zeros((20, 30))), "rank 0"),
    "complex.npy": (npy(GOOD + 1j), "complex"),
    "text.npy": (npy(np.full((3, 3), "a")), "no numbers"),
    "dates.npy": (npy(np.zeros((3, 3), dtype="M8[s]")), "no numbers"),
    "records.npy": (npy(np.zeros((3, 3), dtype=[("a", "f8")])), "no numbers"),
    "empty.csv": (b"", "it is empty"),
    "words.csv": (b"a,b\nc,d\n", "cannot be read as .csv"),
    "ragged.csv": (b"1,2,3\n4,5\n", "cannot be read as .csv"),
    "binary.csv": (bytes(range(256)) * 4, "cannot be read as .csv"),
    "empty.safetensors": (b"", "cannot be read as .safetensors"),
    "long.safetensors": (struct.pack("<Q", 2**63) + b"{}", "cannot be read as .safetensors"),
    "offsets.safetensors": (
        safetensors({"w": {"dtype": "F32", "shape": [9, 9], "data_offsets": [0, 4]}}, bytes(4)),
        "cannot be read as .safetensors",
    ),
    "weights.txt": (b"1 2\n", "must end in .npy"),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_none_is_one_line(place, capsys, name):
    data, says = FILES[name]
    (place / name).write_bytes(data() if callable(data) else data)
    if name.endswith(".safetensors"):
        pytest.importorskip("safetensors", reason="an extra of the tests")
    done = called(capsys, "verify.measure", name, "--bootstrap", "0", "--null-draws", "10")
    assert_one_line(done, says)
    assert name in done.stderr or "FILE" in done.stderr
    assert not (place / "executed").exists()
    assert not (place / "bulkspike-out").exists()


def test_a_file_that_is_not_there_and_a_folder(place, capsys):
    (place / "folder.npy").mkdir()
    for name in ("missing.npy", "folder.npy"):
        assert_one_line(called(capsys, "verify.measure", name), "must be a file that is there")
    assert_one_line(called(capsys, "verify.measure"), "needs at least one file")


@pytest.mark.parametrize("size", [1e300, 1e60, 1e-60, 1e-300])
def test_entries_whose_powers_leave_floating_point_are_one_line(place, capsys, size):
    np.save("far.npy", size * GOOD)
    assert_one_line(called(capsys, "verify.measure", "far.npy"), "rescale the matrix")


@pytest.mark.parametrize("size", [1e-48, 1e48])
def test_entries_of_any_other_size_have_the_same_exponents(place, capsys, size):
    found = []
    for name, factor in (("near.npy", 1.0), ("far.npy", size)):
        np.save(name, factor * GOOD)
        done = called(capsys, "verify.measure", name, "--json", "--bootstrap", "0", "--null-draws", "10")
        found.append(json.loads(done.stdout)[0]["alpha_hill"])
    assert found[1] == pytest.approx(found[0], rel=1e-9)


def test_a_layer_that_diverged_does_not_lose_the_others(place, capsys):
    np.savez("net.npz", good=GOOD, bad=np.full((4, 4), np.nan), row=np.ones((1, 9)))
    done = called(capsys, "verify.measure", "net.npz", "--json", "--bootstrap", "0", "--null-draws", "10")
    good, bad, row = json.loads(done.stdout)
    assert good["phase"] == "random-like"
    assert bad["phase"] is None
    assert "16 of 16 entries are nan" in bad["notes"][0]
    assert row["phase"] == "undecided"
    assert row["top_values"] == [3.0]


@pytest.mark.parametrize("rank", [1, 3])
def test_low_rank_is_told_whatever_the_precision(place, capsys, rank):
    product = RNG.standard_normal((60, rank)) @ RNG.standard_normal((rank, 50))
    for dtype in (np.float64, np.float32, np.float16):
        np.save("low.npy", product.astype(dtype))
        done = called(capsys, "verify.measure", "low.npy", "--json", "--bootstrap", "0", "--null-draws", "10")
        (found,) = json.loads(done.stdout)
        assert (found["rank"], found["phase"]) == (rank, "rank collapse")


def test_safetensors_of_every_precision(place, capsys):
    numpy = pytest.importorskip("safetensors.numpy", reason="an extra of the tests")
    numpy.save_file({"a": GOOD, "b": GOOD.astype(np.float32), "v": np.ones(3)}, place / "w.safetensors")
    half = (GOOD.astype(np.float32).view(np.uint32) >> 16).astype("<u2")
    head = {"c": {"dtype": "BF16", "shape": [40, 30], "data_offsets": [0, 2400]}}
    (place / "bf.safetensors").write_bytes(safetensors(head, half.tobytes()))
    done = called(
        capsys,
        "verify.measure",
        "w.safetensors",
        "bf.safetensors",
        "--json",
        "--bootstrap",
        "0",
        "--null-draws",
        "10",
    )
    a, b, c = json.loads(done.stdout)
    assert [each["dtype"] for each in (a, b, c)] == ["F64", "F32", "bfloat16"]
    assert b["alpha_hill"] == pytest.approx(a["alpha_hill"], rel=1e-5)
    assert c["alpha_hill"] == pytest.approx(a["alpha_hill"], rel=0.02)


def test_without_its_package_a_checkpoint_names_what_is_missing(place, capsys, monkeypatch):
    for name, module, says in (
        ("w.pt", "torch", "safetensors"),
        ("w.safetensors", "safetensors", "bulkspike[checkpoints]"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        (place / name).write_bytes(pickle.dumps(Trap()))
        assert_one_line(called(capsys, "verify.measure", name), says)
        assert not (place / "executed").exists()


def fake_torch(version, asked):
    """What of torch is used: a loader that records how it was asked."""

    class Tensor:
        dtype = "float32"
        shape = (40, 30)

        def detach(self):
            return self

        def to(self, _):
            return self

        def numpy(self):
            return GOOD.astype(np.float32)

    def load(path, **options):
        asked.append(options)
        return {"state_dict": {"fc.weight": Tensor()}, "epoch": 3}

    return types.SimpleNamespace(
        __version__=version, Tensor=Tensor, load=load, bfloat16="bfloat16", float16="float16"
    )


def test_torch_is_asked_for_weights_only_and_an_old_one_is_refused(place, capsys, monkeypatch):
    asked = []
    (place / "w.pt").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "torch", fake_torch("2.7.1+cpu", asked))
    done = called(capsys, "verify.measure", "w.pt", "--json", "--bootstrap", "0", "--null-draws", "10")
    assert json.loads(done.stdout)[0]["layer"] == "state_dict.fc.weight"
    assert asked == [{"map_location": "cpu", "weights_only": True}]
    monkeypatch.setitem(sys.modules, "torch", fake_torch("2.5.1", asked))
    assert_one_line(called(capsys, "verify.measure", "w.pt"), "torch 2.6 or newer")
    assert len(asked) == 1


def test_a_real_state_dict(place, capsys):
    torch = pytest.importorskip("torch", minversion="2.6", reason="torch is not installed here")
    torch.save({"fc.weight": torch.from_numpy(GOOD), "fc.bias": torch.ones(3)}, place / "w.pt")
    torch.save(Trap(), place / "trap.pt")
    done = called(capsys, "verify.measure", "w.pt", "--json", "--bootstrap", "0", "--null-draws", "10")
    assert json.loads(done.stdout)[0]["shape"] == [40, 30]
    assert_one_line(called(capsys, "verify.measure", "trap.pt"), "weights-only reader refuses")
    assert not (place / "executed").exists()
