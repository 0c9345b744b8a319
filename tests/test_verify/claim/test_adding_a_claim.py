"""The example of docs/adding-a-claim.md, by every way in; and mistakes in a user's claims as one line."""

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from verify.claims.catalogue import catalogue
from verify.claims.users import ENTRY_POINTS, installed_claims, user_claims
from verify.commands.options import options_of
from verify.errors import UsageError
from verify.everything.command import SPEC, main
from verify.everything.experiment import judge_all_claims
from verify.running.measurement import measurement
from verify.session.session import judge
from verify.statistics.verdict import Verdict

pytestmark = pytest.mark.usefixtures("few_claims")

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "my_claims.py"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def claim_of(path):
    (claim,) = user_claims(path)
    return claim


def test_the_example_has_at_most_25_lines():
    assert len(TEXT.splitlines()) <= 25


def test_the_command_supports_the_example_and_catches_its_lies(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ["--claims", str(EXAMPLE), "--only", "U.normalised", "--store", "store", "--out", "out"]
    assert main(options) == 0
    assert "1 supported" in capsys.readouterr().out
    assert main([*options, "--seeds", "3"]) == 3  # too few seeds decide nothing


def test_from_python_the_example_is_a_claim_like_any_other():
    claim = claim_of(EXAMPLE)
    (finding,) = judge(claim)
    assert finding.verdict is Verdict.SUPPORTED
    assert {control.verdict for control in finding.controls} == {Verdict.REFUTED}
    assert finding.power >= 0.99
    with pytest.raises(UsageError, match="at least 2"):
        judge(claim, seeds=1)


def test_a_wrong_prediction_in_the_example_is_refuted(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(TEXT.replace("value=p**0.5", "value=p**0.25"))
    (finding,) = judge(claim_of(path), store=tmp_path / "store")
    assert finding.verdict is Verdict.REFUTED


def test_an_edited_measurement_takes_no_old_record(tmp_path):
    for name, text in (
        ("one.py", TEXT),
        ("other.py", TEXT.replace("/ top.frobenius", "/ top.frobenius / 2")),
    ):
        (tmp_path / name).write_text(text)
        result = judge_all_claims(
            options_of(SPEC, dict(claims=[tmp_path / name], only=["U"], seeds=2, store=tmp_path / "store"))
        )
        assert (result.account.computed, result.account.reused) == (2, 0)


def measured(draw, gradient, backend, *, power):
    return {"x": float(power)}


def test_options_are_part_of_a_measurement():
    one, two = measurement(measured, power=1.0), measurement(measured, power=1.0000001)
    assert one != two
    assert one.key() != two.key()
    assert one == measurement(measured, power=1.0)
    assert two(None, None, None) == {"x": 1.0000001}


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """An installed distribution with an entry point of ours, whose module's text is given."""

    def install(text, value="their_claims:claims"):
        (tmp_path / "their_claims.py").write_text(text)
        info = tmp_path / "theirs-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\nmine = {value}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.delitem(sys.modules, "their_claims", raising=False)

    return install


def test_an_installed_distributions_claims_join_the_catalogue(installed):
    assert installed_claims(quick=True) == ()
    installed(TEXT + "\n\ndef claims(*, quick):\n    return [CLAIM]\n")
    assert "U.normalised" in {claim.id for claim in catalogue(quick=True)}


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("def claims(*, quick):\n    return 1 / 0", "their_claims:claims", "ZeroDivisionError"),
        ("", "their_claims:claims", "AttributeError"),
        ("def claims(*, quick):\n    return ['no']", "their_claims:claims", "holds a str"),
        ("def claims():\n    return []", "their_claims:claims", "TypeError"),
        ("", "no_such_module:claims", "ModuleNotFoundError"),
    ],
)
def test_a_broken_entry_point_is_one_line_that_names_it(installed, text, value, says):
    installed(text, value)
    with pytest.raises(UsageError, match=rf"entry point mine = {value}") as caught:
        installed_claims(quick=True)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def line_of(text, part):
    return next(i for i, line in enumerate(text.splitlines(), start=1) if part in line)


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("top.frobenius}", "top.frobenus}", "top.frobenus", "AttributeError"),
        ("signal_noise(case.cell)", "signal_nose(case.cell)", "signal_nose", "AttributeError"),
        ("lambda case, p: 1.0", "lambda case, p: 1 / 0", "1 / 0", "ZeroDivisionError"),
        ('return {"normalised_norm"', 'return {"normalized_norm"', "", "normalised_norm"),
        ("    p = 1.0", "    sys.exit(1)\n    p = 1.0", "sys.exit", "NameError"),
    ],
)
def test_a_mistake_that_shows_only_when_it_runs_names_file_and_line(tmp_path, old, new, at, says):
    text = TEXT.replace(old, new)
    assert text != TEXT
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(UsageError, match=re.escape(f"--claims: {path}")) as caught:
        judge_all_claims(options_of(SPEC, dict(claims=[path], only=["U.normalised"], seeds=2)))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    if at:
        assert f"{path}:{line_of(text, at)}: " in str(caught.value)


@pytest.mark.parametrize(
    "text", ["x = [", "raise SystemExit(3)", "import nothing_of_that_name", "\x00", "CLAIMS = 3"]
)
def test_a_file_that_cannot_be_read_is_one_line(tmp_path, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(UsageError, match="--claims: ") as caught:
        user_claims(path)
    assert "\n" not in str(caught.value)


def test_an_error_of_ours_is_not_blamed_on_the_users_file(monkeypatch):
    import verify.session.session

    def broken(*args, **kwargs):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(verify.session.session, "judge_claim", broken)
    with pytest.raises(ZeroDivisionError):
        judge_all_claims(options_of(SPEC, dict(claims=[EXAMPLE], only=["U.normalised"], seeds=2)))


def test_the_example_is_a_module_that_can_be_imported():
    spec = spec_from_file_location("my_claims", EXAMPLE)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.CLAIM.id == "U.normalised"
