"""Tables of claims, by the place in the paper that they are about: what each says, and what was recorded of it."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from verify.presentation.writers import markdown_table

__all__ = [
    "SECTIONS",
    "claim_places",
    "claims",
    "code",
    "finding",
    "linked",
    "recorded_verdicts",
    "section_of",
    "verdict_places",
    "verdicts",
]

SECTIONS = {
    "Assumptions B.1 to B.3": ("A",),
    "The first gradient: equation 20, Lemmas B.4, B.5, B.9, Proposition B.6": ("E", "L", "P"),
    "Theorem 4.1 and Table 2: norms of the update": ("T4", "B"),
    "Corollary 4.2: how large a step is needed": ("C4",),
    "Section 4.1: spectra after one step": ("S4.1a", "S4.1b", "S4.1c"),
    "Section 4.1: losses, KTA and sim after GD": ("S4.1d",),
    "Section 4.1: losses, KTA and sim after FB-Adam": ("S4.1e", "S4.1f"),
    "Section 4.1: the spike and generalisation": ("S4.1g",),
    "Appendix C: overlaps": ("C",),
    "Appendix D: mean-field, and beyond fixed kernels": ("D",),
    "Appendix F: other sizes, tails": ("F",),
    "What the paper does not say": ("X",),
    "Others": ("",),
}
"""Title -> first parts of the ids; the first that fits."""

RECORDED = ("verdicts-full.json", "verdicts-quick.json")  # the first that there is
HEADING = (
    "Claim", "Statement (reading)", "Verdict", "The paper says", "Theory has", "Measured, with its interval", "Seeds",
    "Lies refuted",
)  # fmt: skip


def section_of(claim: str) -> str:
    """The title that a claim stands under."""
    parts = claim.split(".")
    starts = {"", parts[0], ".".join(parts[:2])}
    return next(title for title, firsts in SECTIONS.items() if starts & set(firsts))


def _in_sections(heading: Iterable[str], rows: Iterable[tuple[str, list[str]]], prefix: str) -> str:
    """A section with an anchor and a table for each place in the paper; nothing before the first heading."""
    found: dict[str, list[list[str]]] = {}
    for claim, row in rows:
        found.setdefault(section_of(claim), []).append(row)
    return "\n".join(
        f"({prefix}-{number})=\n### {title}\n\n{markdown_table(list(heading), found[title], 'l')}\n"
        for number, title in enumerate(SECTIONS, 1)
        if title in found
    )


def _places(claims: Iterable[str], prefix: str) -> str:
    """The sections as links, each with how many claims it has."""
    counts = Counter(map(section_of, claims))
    return "\n".join(
        f"- [{title}](#{prefix}-{number}): {counts[title]}"
        for number, title in enumerate(SECTIONS, 1)
        if counts[title]
    )


def claim_places() -> str:
    """Where on the page the claims of each section are."""
    from verify.claims.catalogue import catalogue

    return _places((claim.id for claim in catalogue()), "claims")


def verdict_places(data: Path) -> str:
    """How many recorded findings say what, and where those of each section are."""
    findings = json.loads(_recorded(data).read_text(encoding="utf-8"))
    counts = Counter(finding["verdict"] for finding in findings)
    counted = ", ".join(f"{counts[v]} {v}" for v in ("supported", "refuted", "inconclusive"))
    places = _places((finding["claim"] for finding in findings), "verdicts")
    return f"{len(findings)} claims: {counted}. By section, with the number of claims:\n\n{places}"


def claims() -> str:
    """Every claim at its defaults, with its margin and its lies."""
    from verify.appendix.typesetting.symbols import markdown
    from verify.claims.catalogue import catalogue

    rows = [
        (
            claim.id,
            [f"`{claim.id}`", str(claim.kind), f"{markdown(claim.statement)} ({linked(claim.source)})", f"{claim.margin:g}",
             "; ".join(lie.name for lie in claim.lies)],
        )
        for claim in catalogue()
    ]  # fmt: skip
    return _in_sections(
        ("Claim", "Kind", "Statement (source)", "Margin", "Lies that must be refuted"), rows, "claims"
    )


def recorded_verdicts(data: Path) -> str:
    """Every recorded finding of the full run, by section."""
    from verify.appendix.typesetting.symbols import markdown
    from verify.judging.judgement_text import paper_and_theory
    from verify.judging.read_back import finding_of
    from verify.judging.shown import measured_text

    findings = json.loads(_recorded(data).read_text(encoding="utf-8"))
    rows = []
    for each in findings:
        found, reading = finding_of(each), f" ({markdown(each['reading'])})" if each["reading"] else ""
        caught = sum(control["verdict"] == "refuted" for control in each["controls"])
        cells = [
            f"`{each['claim']}`", markdown(each["statement"]) + reading, each["verdict"],
            *(dashed(text) for text in (*paper_and_theory(found), measured_text(found))),
            str(each["repeats"] or "—"), f"{caught} of {len(each['controls'])}",
        ]  # fmt: skip
        rows.append((each["claim"], cells))
    return _in_sections(HEADING, rows, "verdicts")


def _recorded(data: Path) -> Path:
    return next(data / name for name in RECORDED if (data / name).exists())


def finding(file: Path, claim: str) -> str:
    """One finding of a recorded verdicts.json, field by field."""
    found = next(each for each in json.loads(file.read_text(encoding="utf-8")) if each["claim"] == claim)
    rows = [[f"`{name}`", _value(value)] for name, value in found.items()]
    return markdown_table(["Field", "Value"], rows, "l")


def verdicts(data: Path, names: str) -> str:
    """Recorded findings in short: what the paper says, what theory has, what was measured, the verdict."""
    from verify.appendix.typesetting.symbols import markdown
    from verify.judging.judgement_text import paper_and_theory
    from verify.judging.read_back import finding_of
    from verify.judging.shown import measured_text

    recorded = {each["claim"]: each for each in json.loads(_recorded(data).read_text(encoding="utf-8"))}
    rows = []
    for name in names.split(","):
        found = finding_of(recorded[name])
        texts = (*paper_and_theory(found), measured_text(found))
        rows.append([f"`{name}`", markdown(found.statement), *map(dashed, texts), str(found.verdict)])
    heading = ["Claim", "Statement", "The paper says", "Theory has", "Measured, with its interval", "Verdict"]
    return markdown_table(heading, rows, "l")


def dashed(text: str) -> str:
    """Plain text for a cell; a dash where there is nothing."""
    return code(text.replace("+-", "±")) if text not in ("", "-") else "—"


def code(text: str) -> str:
    """Plain text in Markdown: what could be read as markup is escaped."""
    return "".join("\\" + letter if letter in "\\*_[]<>$`^~|" else letter for letter in text)


def linked(text: str) -> str:
    """Plain text in Markdown in which a page of docs/ is a link."""
    parts = re.split(r"docs/([\w/-]+)\.md", text)
    pages = [f"[{name.rpartition('/')[2]}](/{name}.md)" for name in parts[1::2]]
    return "".join(code(plain) + page for plain, page in zip(parts[::2], [*pages, ""], strict=True))


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(item)}" for key, item in value.items())
    if isinstance(value, list) and value and isinstance(value[0], dict) and "lie" in value[0]:
        return "; ".join(f"{code(item['lie'])}: {item['verdict']}" for item in value)
    if isinstance(value, list):  # in brackets where it is numbers, else one after the other
        items = ", ".join(map(_value, value))
        return items if value and isinstance(value[0], dict) else f"[{items}]"
    if isinstance(value, float):
        return f"{value:.5g}"
    return code(str(value)) if value not in (None, "") else "—"
