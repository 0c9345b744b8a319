"""What a finding was judged by, in words: of whom the number is, and digits that tell the ends of an interval apart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.families import FAMILIES, listed

from verify.commands.findings import describe_finding
from verify.judging.judgement_text import judgement_text, paper_and_theory
from verify.judging.read_back import finding_of
from verify.judging.shown import measured_text
from verify.presentation.numbers import interval_text


def judged(family: str, id: str):
    """The claim on records where it is true."""
    made = FAMILIES[family]
    claim = next(claim for quick in made.sizes for claim in listed(family, quick) if claim.id == id)
    return claim.judge(claim, made.truth(claim))


WORDS = [
    ("spike", "X.spike.adam", r"predicted 102.8 +- 1 %", "-", "102.8 +- 1 %"),
    ("overlap", "C.1a.left", r"> 0.95; predicted 0.9893", "> 0.95", "0.9893"),
    ("norms", "T4.1.2.ray", "0.9802 to 1.0202; predicted 1", "0.9802 to 1.0202", "1"),
    (
        "norms",
        "T4.1.2",
        "predicted n 0, N 0.5, d 0.5 +- 0.03",
        "n 0, N 0.5, d 0.5 +- 0.03",
        "n 0, N 0.5, d 0.5 +- 0.03",
    ),
    ("constants", "T4.1.S", "stated > 0.05; theory -0.002328", "> 0.05", "-0.002328"),
    ("gradient", "L.B5", "stated 1 exactly; theory 0.8851", "1 exactly", "0.8851"),
    ("gradient", "P.B6", "> 0.6; predicted 1", "> 0.6", "1"),
    ("mean_field", "D.1.gd.needed", "stated 1 +- 0.2; theory 0.4859", "1 +- 0.2", "0.4859"),
]


@pytest.mark.parametrize(("family", "id", "text", "paper", "theory"), WORDS)
def test_what_was_judged_and_whose_number_it_is(family, id, text, paper, theory):
    finding = judged(family, id)
    assert judgement_text(finding) == text
    assert f"({text})" in describe_finding(finding)
    assert paper_and_theory(finding) == (paper, theory)


def test_a_number_beside_the_estimate_has_a_line_of_its_own():
    text = describe_finding(judged("gradient", "L.B4.label.limit"))
    assert "\n  measured over predicted at d = 200: " in text
    assert "(1 +- 0.0671)" in text


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_read_back_is_what_was_written(family):
    for claim in listed(family, FAMILIES[family].sizes[0])[:12]:
        if claim.design is None:
            continue
        finding = replace(claim.judge(claim, FAMILIES[family].truth(claim)), only_lies_left=False)
        assert finding_of(finding.as_json()).as_json() == finding.as_json()


def test_the_ends_of_an_interval_are_told_apart():
    assert interval_text(0.9983695, 0.9984344) == "[0.998370, 0.998434]"
    finding = replace(judged("overlap", "C.1a.left"), estimate=0.998402, interval=(0.9983695, 0.9984344))
    assert measured_text(finding) == "0.998402 in [0.998370, 0.998434]"


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e3))
def test_both_ends_show_two_digits_of_half_the_width(middle, half):
    low, high = (float(end) for end in interval_text(middle - half, middle + half)[1:-1].split(", "))
    assert (high - low) / 2.0 == pytest.approx(half, rel=0.11, abs=1e-9 + 1.2e-16 * abs(middle) * 8)
