"""What a notebook, `print` and a debugger show of findings, and the list class that commands return."""

from dataclasses import replace

import pytest

from verify import scaling
from verify.judging.findings_list import Findings
from verify.statistics.verdict import Verdict


@pytest.fixture(scope="module")
def findings():
    return scaling.run(scales=[1, 2], base=(40, 30, 20), seeds=3, store=None)


def test_a_command_returns_findings_that_show_themselves(findings):
    assert isinstance(findings, Findings)
    assert isinstance(findings, list)
    assert len(repr(findings)) < 120
    assert str(len(findings)) in repr(findings)
    page = findings._repr_html_()
    for finding in findings:
        assert len(repr(finding)) < 200
        assert finding.claim in repr(finding)
        assert finding.statement in str(finding)
        assert finding.verdict.upper() in str(finding)
        assert str(finding) in str(findings)
        assert f"<code>{finding.claim}</code>" in page
        assert f"<code>{finding.claim}</code>" in finding._repr_html_()
    assert page.count("<b style=") == len(findings)


def test_every_verdict_has_its_colour_and_notes_are_escaped(findings):
    pages = {
        verdict: replace(findings[0], verdict=verdict, note="a < b")._repr_html_() for verdict in Verdict
    }
    assert len({page.split("color: ")[1][:7] for page in pages.values()}) == 3
    assert all("a &lt; b" in page and str(verdict) in page for verdict, page in pages.items())


def test_frame_of_findings_has_a_row_per_number(findings):
    frame = findings.to_frame()
    exponents = [
        name
        for finding in findings
        for name in ((list(finding.estimate) or [""]) if _several(finding) else [""])
    ]
    assert frame["exponent"].tolist() == exponents
    for row in frame.to_dict("records"):
        finding = next(one for one in findings if one.claim == row["claim"])
        if finding.interval in (None, {}):
            continue
        estimate = finding.estimate[row["exponent"]] if row["exponent"] else finding.estimate
        assert row["estimate"] == estimate
        assert row["verdict"] == str(finding.verdict)
        low, high = (finding.interval[row["exponent"]] if row["exponent"] else finding.interval) or (
            None,
            None,
        )
        assert (row["interval_low"], row["interval_high"]) == (low, high)
        assert row["lies"] == len(finding.controls)
        assert row["lies_refuted"] == sum(one.verdict == "refuted" for one in finding.controls)


def _several(finding):
    return isinstance(finding.estimate, dict)


def test_a_slice_and_an_empty_list_show_themselves():
    assert Findings().to_frame().empty
    assert "0 findings" in repr(Findings())
    assert "<table>" in Findings()._repr_html_()


def test_a_slice_is_a_list_that_shows_itself_and_one_finding_needs_no_count(findings):
    assert isinstance(findings[1:], Findings)
    assert findings[1:] == list(findings)[1:]
    assert findings[0] == next(iter(findings))
    assert findings[1:]._repr_html_().count("<b style=") == len(findings) - 1
    assert "1 finding" not in findings[0]._repr_html_()


def test_a_notebook_reads_verdicts_on_both_themes_and_breaks_no_number(findings):
    page = findings._repr_html_()
    assert page.count("color: white") == len(
        findings
    )  # letters on the verdict's colour, whatever is behind the table
    assert "+-" not in page
    assert (
        "; "
        not in page.split("T4.1.2</code>")[1].split("</tr>")[0].replace("; white-space", "").split("</b>")[1]
    )
    twice = Findings([replace(finding, note="a note that all of them have") for finding in findings[:3]])
    assert twice._repr_html_().count("a note that all of them have") == 1
    assert "0 findings" in Findings()._repr_html_()
