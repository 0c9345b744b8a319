"""Every command by its one spec: what the shell takes, what Python takes, what help says, what is refused."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from support import commands

from verify.__main__ import COMMANDS
from verify.commands.described import problem_of, resources_of, rule_of
from verify.commands.help_text import help_text, meaning_of, value_text
from verify.commands.option_table import OPTIONS
from verify.commands.options import options_of, options_text, parse_options
from verify.commands.spec import SHELL_ONLY, CommandSpec, takes_options
from verify.errors import UsageError

PACKAGES = {name: import_module(f"verify.{name}.command") for name in (*COMMANDS, "everything")}
SPECS = {name: package.SPEC for name, package in PACKAGES.items()}


CALLED = [name for name, package in PACKAGES.items() if hasattr(package, "run")]


@pytest.mark.parametrize("name", CALLED)
def test_pythons_run_takes_what_the_spec_says_by_keywords_with_their_defaults(name):
    spec, run = SPECS[name], PACKAGES[name].run
    shown = [each for each in inspect.signature(run).parameters.values() if each.kind is each.KEYWORD_ONLY]
    assert {each.name: each.default for each in shown} == {
        one: spec.default(one) for one in spec.python_names
    }
    (keywords,) = run.__annotations__["options"].__args__
    assert set(keywords.__annotations__) == set(spec.python_names)


def test_one_description_serves_every_run_that_gives_findings():
    found = set()
    for name in ("scaling", "rank_one", "spike", "overlap"):
        said = inspect.getdoc(PACKAGES[name].run)
        summary, parameters, rest = said.partition("\n\nParameters\n")
        shared, heading, examples = (parameters + rest).partition("Examples\n")
        assert summary.startswith("Findings on ")
        assert heading
        assert examples.startswith("--------\n>>> findings = run(")
        found.add(shared)
    (shared,) = found
    assert shared.index("**options") < shared.index("Returns") < shared.index("UsageError")


@pytest.mark.parametrize("name", CALLED)
def test_python_refuses_a_name_that_only_the_shell_knows(name):
    spec, run = SPECS[name], PACKAGES[name].run
    assert set(spec.names) - set(spec.python_names) == set(spec.names) & set(spec.shell_only)
    assert set(SHELL_ONLY) <= set(spec.shell_only)
    with pytest.raises(UsageError, match=r"^unknown option 'quiet'; known: "):
        run(quiet=True)
    with pytest.raises(UsageError, match=f"^unknown option 'sead'; known: .*{spec.python_names[0]}"):
        run(sead=1)


@pytest.mark.parametrize("name", SPECS)
def test_help_lists_every_option_once_and_the_command_gives_every_one_a_value(name, capsys):
    spec = SPECS[name]
    said = commands.called(capsys, f"verify.{name}", "--help").stdout
    assert said.startswith(f"usage: {spec.name} ")
    assert options_text(spec) in said
    for one in spec.names:
        assert said.count(f"\n  --{one.replace('_', '-')}") >= 1
    assert set(parse_options(spec, [])) == set(spec.names)
    if spec.quick:
        assert dict(parse_options(spec, ["--quick"])) == {
            **parse_options(spec, []), **spec.quick, "quick": True,
        }  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_help_says_this_commands_defaults_and_no_others(name, capsys, monkeypatch):
    """rank_one's listed 1-8 of base 1000,750,500, and its own in the words above."""
    monkeypatch.setenv("COLUMNS", "80")
    spec = SPECS[name]
    said = " ".join(commands.called(capsys, f"verify.{name}", "--help").stdout.split())
    assert "default" not in spec.description.lower()
    for one in spec.names:
        assert "default" not in meaning_of(spec, one)
        assert (text := help_text(spec, one)) in said
        typed = value_text(spec.default(one)) if OPTIONS[one].parse else ""
        assert (f"(default {typed}" in text) == bool(typed)
    assert said.count("default") == sum("default" in help_text(spec, one) for one in spec.names)


@pytest.mark.parametrize("name", SPECS)
def test_help_fits_eighty_columns(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ["verify", "--help"] if name == "everything" else [f"verify.{name}", "--help"]
    lines = commands.called(capsys, *words).stdout.splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), ((), ""), ((1, 2, 3), "1-3"), ((1, 2, 4), "1,2,4"), ((2000, 1500, 1000), "2000,1500,1000"),
        (((1, 2, 3), (4, 5, 6)), "1,2,3 4,5,6"), (0.3, "0.3"), (0.0, "0"), (1e-4, "1e-4"),
        (2.5e-12, "2.5e-12"), ("ntk", "ntk"),
    ],
)  # fmt: skip
def test_values_read_as_they_would_be_typed(value, text):
    assert value_text(value) == text


def test_what_an_option_means_to_one_command():
    spec = CommandSpec(
        name="verify.t", description="", names=("seeds", "out", "scales", "eta"), quick={"scales": (1, 2), "eta": (1.0,)},
        meanings={"seeds": "how many"}, otherwise={"seeds": "enough"},
    )  # fmt: skip
    assert help_text(spec, "seeds") == "how many (default: enough)"
    assert help_text(spec, "out") == "deliverables, rewritten each run (default: bulkspike-out/t)"
    assert help_text(spec, "scales") == "the ray's k, as 1-3,5 (default 1-8; --quick: 1,2)"
    assert help_text(spec, "eta") == "learning rates (--quick: 1)"
    with pytest.raises(ValueError, match="got \\['noise'\\]"):
        CommandSpec(name="t", description="", names=("seeds",), meanings={"noise": "x"})


@pytest.mark.parametrize("name", SPECS)
def test_folders_below_bulkspike_out_are_named_after_commands(name):
    folder = "verify" if name == "everything" else name
    assert SPECS[name].short_name == folder


def test_a_spec_with_a_name_that_no_option_has_is_refused():
    with pytest.raises(ValueError, match="must be options of the command; got \\['sedes'\\]"):
        CommandSpec(name="t", description="", names=("seeds", "sedes"))
    with pytest.raises(ValueError, match="got \\['eta'\\]"):
        CommandSpec(name="t", description="", names=("seeds",), defaults={"eta": (0.1,)})


def test_paths_of_several_files_may_come_from_python():
    """They were refused, list and all."""
    options = options_of(SPECS["everything"], {"claims": ["a.py", Path("b.py")], "only": ["T4.1.F"]})
    assert options["claims"] == (Path("a.py"), Path("b.py"))
    with pytest.raises(UsageError, match="claims: must be a path"):
        options_of(SPECS["everything"], {"claims": ["a.py", 3]})


def test_other_values_leave_the_first_ones_alone():
    options = parse_options(SPECS["scaling"], ["--store", "here"])
    other = options.but({"store": Path("there")})
    assert (options["store"], other["store"]) == (Path("here"), Path("there"))
    assert other.given == options.given == {"store"}
    with pytest.raises(AttributeError):
        options.words = ("x",)


def test_what_options_describe():
    options = parse_options(
        SPECS["scaling"], ["--optimiser", "gd", "--eps", "0.1", "--noise", "0", "--threads", "2"]
    )
    assert rule_of(options).key() == {"optimiser": "gd", "adam": None, "eps": None, "eta": None}
    assert rule_of(options).eps == 0.0  # means nothing to GD
    assert problem_of(options).noise == 0.0
    assert resources_of(options).threads == 2


def test_a_signature_keeps_what_is_no_option():
    spec = CommandSpec(name="t", description="", names=("seeds", "json"), defaults={"seeds": 7})

    @takes_options(spec)
    def run(ids=(), **options):
        return ids, options

    assert str(inspect.signature(run)) == "(ids=(), *, seeds=7)"
    assert run(["a"], seeds=2) == (["a"], {"seeds": 2})


@pytest.mark.parametrize("name", SPECS)
def test_help_costs_no_array_library(name):
    """Options are read before anything heavy is imported."""
    code = (
        f"import sys, verify.{name} as command\n"
        "try:\n    command.main(['--help'])\nexcept Exception as error:\n    assert 'HelpShown' in type(error).__name__\n"
        "found = {'numpy', 'scipy', 'pandas', 'sympy', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'imported {found}' if found else 0)"
    )
    done = commands.python("-c", code)
    assert done.returncode == 0, done.stderr
    assert "options:" in done.stdout
