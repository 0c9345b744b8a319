"""What a command prints: no line wider than the terminal, open findings first, a note once, a tally and a sentence last."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from support.commands import called

from verify.commands.closing import closing, tally_text
from verify.commands.printed import printed_findings
from verify.everything.report import _sentence, findings_text
from verify.judging.read_back import finding_of
from verify.statistics.verdict import Verdict

RECORDED = Path(__file__).resolve().parents[3] / "docs" / "data" / "verdicts-quick.json"
SMALL = ["--sizes", "80,60,40", "--eta", "0.05,0.5,2", "--seeds", "10"]
COMMANDS = {
    "verify.scaling": (["--scales", "1,2", "--base", "40,30,20", "--seeds", "3"], "||D_0||_2/sqrt(N d)|sqrt(N d) with c"),
    "verify.rank_one": (["--scales", "1,2,4", "--base", "20,15,10", "--seeds", "4"], "at d = 40 the residuals'"),
    "verify.overlap": (SMALL, "as eta goes from 0.05 to 2 (eta_c = "),
    "verify.spike": (SMALL, "a singular value leaves the bulk from eta = "),
}  # fmt: skip


@pytest.fixture(scope="module")
def findings():
    return [finding_of(entry) for entry in json.loads(RECORDED.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_with_findings_prints(command, width, empty, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    argv, sentence = COMMANDS[command]
    said = called(capsys, command, *argv).stdout
    assert all(len(line) <= width for line in said.splitlines()), said
    verdicts = re.findall(r"^(REFUTED|INCONCLUSIVE|SUPPORTED) ", said, flags=re.MULTILINE)
    assert verdicts == sorted(verdicts, key=["REFUTED", "INCONCLUSIVE", "SUPPORTED"].index)
    *_, last = re.split(r"(?=\b\d+ of \d+ supported)", said)
    supported = verdicts.count("SUPPORTED")
    last = " ".join(last.split())
    assert last.startswith(f"{supported} of {len(verdicts)} supported")
    assert any(part in last for part in sentence.split("|"))
    assert last.endswith(f"figure: bulkspike-out/{command.removeprefix('verify.')}/figure.png")


def test_the_ray_is_spoken_of_where_one_was_run(empty, capsys):
    ray = ["--scales", "1,2", "--base", "40,30,20", "--seeds", "2"]
    for argv, spoken in ((["--design", "ray", *ray], True), (["--sizes", "80,60,40", "--seeds", "2"], False)):
        assert ("On the ray (n, N, d) = k" in called(capsys, "verify.scaling", *argv).stdout) is spoken


@pytest.mark.parametrize("width", [80, 120])
def test_the_whole_catalogue_fits(findings, width):
    text = "\n".join([*printed_findings(findings, width=width), findings_text(findings, width)])
    assert max(map(len, text.splitlines())) <= width
    assert all(f"{finding.claim}:" in text for finding in findings)


def test_a_note_of_several_findings_is_said_once(findings):
    some = [
        replace(finding, note=f"a note that many findings have; own {k}")
        for k, finding in enumerate(findings[:4])
    ]
    text = "\n".join(printed_findings(some))
    assert text.count("a note that many findings have") == 1
    assert all(f"note: [1]; own {k}" in text for k in range(4))
    above = "\n".join(printed_findings(some, said=["a note that many findings have"]))
    assert "a note that many" not in above
    assert "note: own 0" in above
    alone = "\n".join(printed_findings(some[:1]))
    assert "note: a note that many findings have; own 0" in alone


def test_signs_are_explained_where_they_stand(findings):
    margins = [finding for finding in findings if finding.claim == "X.spike.spread"]
    assert printed_findings(margins)[0].startswith("Below: the estimate in [its interval")
    bound = [finding for finding in findings if finding.claim == "C.1a.left"]
    assert not printed_findings(bound)[0].startswith("Below")


def test_the_catalogue_says_whose_statements_hold(findings):
    chosen = {"L.B5": "eq. 22", "X.spike.spread": "docs/derivations/spike.md", "C.1a.left": "mine.md"}
    some = [replace(one, source=chosen[one.claim]) for one in findings if one.claim in chosen]
    assert _sentence(some) == (
        "0 of 1 statements of the paper hold, 1 of 1 predictions of theory alone hold, 1 of 1 other claims hold"
    )


def test_the_tally_names_what_is_not_supported(findings):
    some = [replace(findings[0], claim=f"T.{k}", verdict=Verdict.SUPPORTED) for k in range(3)]
    assert closing(some, "it grows", Path("f.png")) == "3 of 3 supported: it grows; figure: f.png"
    refuted = [replace(one, claim=f"R{one.claim}", verdict=Verdict.REFUTED) for one in (*some, *some)]
    assert tally_text([*some, *refuted]).startswith(
        "3 of 9 supported, 6 refuted (RT.0, RT.1, RT.2, RT.0 and 2 more)"
    )
    assert closing([], "nothing was to be judged") == "nothing judged: nothing was to be judged"
