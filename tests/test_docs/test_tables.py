"""Tables of the pages: their classes, claims by section, options once, links from names."""

import json
import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from docutils import nodes


def cell(text, code=False):
    leaf = nodes.literal("", text) if code else nodes.Text(text)
    return nodes.entry("", nodes.paragraph("", "", leaf))


def need(*rows):
    return import_module("wide_tables").need_of([[cell(text) for text in row] for row in rows])


def test_the_style_sheet_has_the_rules_of_every_class(extensions):
    steps = import_module("wide_tables").STEPS
    style = (extensions / "_static" / "bulkspike.css").read_text(encoding="utf-8")
    assert [
        int(step)
        for step in re.findall(r"@container \(max-width: (\d+)em\) \{\n  table\.blocks-\1 \{", style)
    ] == [*steps]


def test_a_table_of_more_or_longer_columns_becomes_blocks_sooner():
    tables = import_module("wide_tables")
    narrow, many = need(["n", "d"], ["1000", "500"]), need(["n"] * 12, ["0.8244(31)"] * 12)
    long = need(["a", "b"], ["x", "unbreakable" * 5])
    assert tables.step_of(narrow) == 0
    assert narrow < long
    assert tables.step_of(long) > 0
    assert tables.step_of(many) >= 64
    assert tables.step_of(1e3) == tables.STEPS[-1]
    code = tables.need_of([[cell("a b c d e f g h i j", code=True), cell("x")]])
    assert code > need(["a b c d e f g h i j", "x"])  # code keeps its line


def test_every_recorded_claim_stands_in_a_section_and_none_is_lost(extensions):
    tables = import_module("claim_tables")
    recorded = json.loads((extensions / "data" / "verdicts-full.json").read_text(encoding="utf-8"))
    assert {tables.section_of(each["claim"]) for each in recorded} == set(tables.SECTIONS) - {"Others"}
    assert tables.section_of("U.mine") == "Others"
    text = tables.recorded_verdicts(extensions / "data")
    assert [each["claim"] for each in recorded] != []
    assert sorted(re.findall(r"^\| `([^`]+)` \|", text, re.M)) == sorted(each["claim"] for each in recorded)
    places = tables.verdict_places(extensions / "data")
    assert sum(map(int, re.findall(r": (\d+)$", places, re.M))) == len(recorded)
    assert set(re.findall(r"#(verdicts-\d+)", places)) == set(re.findall(r"^\((verdicts-\d+)\)=", text, re.M))


def test_a_verdict_has_its_colour_and_a_row_of_claims_its_anchor():
    tables = import_module("wide_tables")
    rows = [
        [cell("Claim"), cell("Verdict"), cell("Seeds")],
        [cell("T4.1.2", code=True), cell("supported"), cell("5")],
    ]
    head, body = nodes.thead("", nodes.row("", *rows[0])), nodes.tbody("", nodes.row("", *rows[1]))
    document = nodes.section("", nodes.table("", nodes.tgroup("", head, body)))
    tables.WideTables.run(SimpleNamespace(document=document))
    assert rows[1][1]["classes"] == ["verdict-supported"]
    assert body[0]["ids"] == ["claim-t4-1-2"] == [tables.claim_anchor("T4.1.2")]
    assert rows[0][1]["classes"] == []


def test_a_list_of_modules_becomes_blocks_too_and_a_pair_needs_no_heads():
    tables = import_module("wide_tables")
    for heads in ([], [[cell("Claim"), cell("Why")]]):
        rows = [[cell("theory.random_matrices.airy_determinant"), cell("Numerics of the law")]]
        parts = [nodes.thead("", *(nodes.row("", *row) for row in heads))] if heads else []
        table = nodes.table(
            "", nodes.tgroup("", *parts, nodes.tbody("", *(nodes.row("", *row) for row in rows)))
        )
        tables.WideTables.run(SimpleNamespace(document=nodes.section("", table)))
        assert table["classes"][0] == "blocks"
        assert not list(table.findall(nodes.inline))


def test_heads_stand_beside_the_values_and_beside_a_first_one_that_is_a_number():
    tables = import_module("wide_tables")
    for first, labels in (("1000", 3), ("FB-Adam", 2)):
        head = [cell("n"), cell("predicted"), cell("unbreakable" * 5)]
        row = [cell(first), cell("0.5"), cell("0.6")]
        groups = nodes.thead("", nodes.row("", *head)), nodes.tbody("", nodes.row("", *row))
        document = nodes.section("", nodes.table("", nodes.tgroup("", *groups)))
        tables.WideTables.run(SimpleNamespace(document=document))
        shown = [each.astext() for each in document.findall(nodes.inline) if "cell-head" in each["classes"]]
        assert shown == [each.astext() for each in head][-labels:]


def test_every_option_has_one_row_that_says_who_takes_it():
    options = import_module("option_tables")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in options.all_options().splitlines()[2:]]
    flags = [re.match(r" `(--[\w-]+|-h)", row[0]).group(1) for row in rows]
    assert len(set(flags)) == len(flags)
    of = dict(zip(flags, ([part.strip() for part in row] for row in rows), strict=True))
    assert of["--pdf"][3] == "tables"
    assert of["--base"][1] == "`1000,750,500`; `100,75,50` for rank_one"
    assert of["--out"][1].startswith("`bulkspike-out/COMMAND`")
    assert of["--quick"][2].startswith("A smaller run. For verify: ")
    for name, spec in options.specs().items():
        for option in spec.names:
            who = of["--" + option.replace("_", "-")][3]
            taken = who == options.EVERY or (
                name not in who.split(" but ")[1].split(", ") if " but " in who else name in who.split(", ")
            )
            assert taken, (name, option)


def test_a_command_says_its_own_defaults_and_what_quick_stands_for():
    text = import_module("option_tables").options_of("verify.overlap")
    assert "`--sizes 2000,1500,1000`" in text
    assert "`--quick` stands for `--sizes 400,300,200`" in text
    assert "`--eta`" in text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("theory/losses/parabola.py", ("api/generated/theory.losses.parabola", "")),
        ("theory.losses.parabola", ("api/generated/theory.losses.parabola", "")),
        ("derivations/edges.md", ("derivations/edges", "")),
        ("docs/derivations/edges.md", ("derivations/edges", "")),
        ("edges.md", ("derivations/edges", "")),
        ("T4.1.2", ("verdicts", "claim-t4-1-2")),
        ("theory/nowhere.py", None),
        ("T4.1", None),
        ("numpy.linalg", None),
    ],
)
def test_what_is_named_is_linked_where_it_has_a_page(text, place):
    pages = {"api/generated/theory.losses.parabola", "derivations/edges"}
    assert import_module("named_places").place_of(text, pages, frozenset({"T4.1.2"})) == place


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("spike", "The spikes leave", "spikes"),
        ("GD", "with GD 2000", "GD"),
        ("GD", "SGD", None),
        ("power", "a power of d", None),
        ("power", "the power of a design", None),
        ("power", "Power, computed before", "Power"),
        ("power", "not like N or a nearby power", None),
        ("lie", "they lie on a line", None),
        ("lie", "it is a lie that", "lie"),
        ("ray", "an array", None),
        ("ray", "on the ray", "ray"),
    ],
)
def test_a_term_is_linked_in_its_own_sense(term, text, found):
    use = import_module("first_terms").first_use(term, text)
    assert (use and use[0]) == found


def test_every_linked_term_is_in_the_glossary(extensions):
    glossary = (extensions / "glossary.md").read_text(encoding="utf-8")
    assert set(import_module("first_terms").FORMS) <= set(re.findall(r"^(\w[\w -]*)\n  \S", glossary, re.M))


def test_pages_are_chosen_by_the_beginning_of_their_address(tmp_path):
    for name in (
        "index.html",
        "search.html",
        "derivations/losses.html",
        "api/generated/theory.losses.html",
        "_static/a.html",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    pages = import_module("measure_overflow").pages_of
    assert pages(tmp_path, []) == [
        "api/generated/theory.losses.html",
        "derivations/losses.html",
        "index.html",
    ]
    assert pages(tmp_path, ["losses"]) == ["derivations/losses.html"]
    assert pages(tmp_path, ["derivations"]) == ["derivations/losses.html"]
