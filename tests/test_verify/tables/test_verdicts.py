"""The table of recorded verdicts: what is in the file, nothing else; long texts wrapped, a missing file said."""

import json

import pytest

from verify.appendix.files import provenance_of, write_table
from verify.appendix.item import Material, Scope
from verify.appendix.typesetting.latex_table import latex_text
from verify.errors import UsageError
from verify.tables import verdicts as tables_verdicts
from verify.tables.verdicts import build, recorded_path, recorded_verdicts

FINDING = {
    "claim": "T4.1.2", "statement": "||D_0||_2 grows like sqrt(N d), " + "at length " * 8, "source": "Theorem 4.1",
    "reading": "", "kind": "exponent", "verdict": "supported", "predicted": {"n": 0.0, "N": 0.5},
    "estimate": {"n": 0.001, "N": 0.4987},
    "standard_error": None, "interval": {"n": [-0.01, 0.01], "N": [0.49, 0.51]}, "margin": 0.03,
    "error_rate": 1e-4, "power": 0.99, "repeats": 5, "repeats_needed": 4,
    "controls": [{"lie": "N", "verdict": "refuted"}, {"lie": "d", "verdict": "inconclusive"}], "note": "",
}  # fmt: skip
VALUE = FINDING | {
    "claim": "X.c", "verdict": "refuted", "predicted": 0.8244, "estimate": 0.9, "standard_error": 0.0031,
    "interval": [0.88, 0.92], "controls": [],
}  # fmt: skip


def content(monkeypatch, tmp_path, text: str, quick: bool = False):
    monkeypatch.setattr(tables_verdicts, "FOLDER", tmp_path)
    (tmp_path / tables_verdicts.FILES[quick]).write_text(text)
    return build(Scope(quick=quick), Material(scope=Scope(quick=quick)))


def test_each_finding_is_a_row(monkeypatch, tmp_path):
    found = content(monkeypatch, tmp_path, json.dumps([FINDING, VALUE]))
    first, second = (found.frame.iloc[i] for i in (0, 1))
    assert first["measured"] == "n 0.001 in [-0.010, 0.010]; N 0.499 in [0.490, 0.510]"
    assert first["lies"] == "1 of 2"
    assert (second["verdict"], second["measured"]) == ("refuted", "0.900 in [0.880, 0.920]")
    assert {first["paper"], first["theory"]} != {"-"}
    assert found.caption == "Verdicts on the 2 claims: 1 supported, 1 refuted, 0 inconclusive"


def test_the_quick_catalogue_has_its_own_file_and_says_so(monkeypatch, tmp_path):
    found = content(monkeypatch, tmp_path, json.dumps([VALUE]), quick=True)
    assert "at small sizes" in found.caption
    assert "python -m verify --quick" in found.notes[0]
    instead = build(Scope(), Material(scope=Scope()))  # the full catalogue is not recorded here
    assert instead.caption == found.caption
    assert "full catalogue's verdicts are not recorded here" in instead.notes[0]
    assert not any("not recorded here" in note for note in found.notes)
    recorded_path(True).unlink()
    nothing = build(Scope(), Material(scope=Scope()))
    assert nothing.caption == "Verdicts on the claims: none are recorded here"
    assert len(nothing.frame) == 0


def test_the_provenance_is_that_of_the_recorded_run(monkeypatch, tmp_path):
    for quick, command in ((False, "python -m verify"), (True, "python -m verify --quick")):
        stem = tables_verdicts.FILES[quick].removesuffix(".json")
        run = {"commit": f"abc{quick:d}", "finished": "2026-01-01T00:00:00Z", "versions": {}}
        (tmp_path / f"{stem}-run.json").write_text(json.dumps(run))
        found = content(monkeypatch, tmp_path, json.dumps([FINDING, VALUE | {"repeats": 7}]), quick=quick)
        assert found.recorded == {
            "command": command, "most_seeds": 7, "commit": f"abc{quick:d}", "finished": "2026-01-01T00:00:00Z",
        }  # fmt: skip
        (item,) = tables_verdicts.ITEMS
        origin = provenance_of(item, Scope(quick=quick), [], command="x", options={})
        write_table(tmp_path, found, origin)
        assert json.loads((tmp_path / "verdicts.json").read_text())["recorded"] == found.recorded
        assert f"% recorded: commit abc{quick:d}" in (tmp_path / "verdicts.tex").read_text()
    (tmp_path / f"{stem}-run.json").write_text("{")
    with pytest.raises(UsageError, match="cannot be read"):
        build(Scope(quick=True), Material(scope=Scope(quick=True)))


def test_many_claims_take_several_pages(monkeypatch, tmp_path):
    found = content(monkeypatch, tmp_path, json.dumps([FINDING | {"claim": f"C{i}"} for i in range(60)]))
    text = latex_text(found, label="verdicts")
    assert text.count("\\begin{table}") >= 4
    assert "(continued)" in text
    assert "p{0.3\\linewidth}" in text
    assert all(f"C{i} &" in text for i in range(60))


@pytest.mark.parametrize(
    "text", ["", "{}x", '[{"claim": "a"}]', '[{"claim": 3, "verdict": "supported"}]', "[1]"]
)
def test_a_file_that_holds_no_verdicts_is_refused(text, tmp_path):
    path = tmp_path / "verdicts.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="holds no recorded verdicts"):
        recorded_verdicts(path)
