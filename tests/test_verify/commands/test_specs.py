"""Every command by its one spec: what the shell takes, what Python takes, what help says, what is refused."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from support import commands

from verify.__main__ import COMMANDS
from verify.commands.described import problem_of, resources_of, rule_of
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
