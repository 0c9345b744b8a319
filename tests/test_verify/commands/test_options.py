"""Options: one line per mistake, the command line over the file over the defaults."""

import pytest

from verify.commands.option_table import OPTIONS
from verify.commands.options import options_of, parse_options
from verify.commands.spec import CommandSpec
from verify.errors import UsageError

NAMES = (
    "scales",
    "base",
    "sizes",
    "seeds",
    "eps",
    "noise",
    "student",
    "teacher",
    "optimiser",
    "fresh",
    "out",
    "memory_limit",
    "error_rate",
)


SPEC = CommandSpec(name="test", description="", names=NAMES)


def parse(*argv):
    return parse_options(SPEC, argv)


def test_defaults_and_values():
    assert parse()["scales"] == tuple(range(1, 9))
    values = parse(
        "--scales",
        "1-3,5",
        "--base=10,20,30",
        "--sizes",
        "1,2,3",
        "4,5,6",
        "--memory-limit",
        "1.5G",
        "--fresh",
    )
    assert values["scales"] == (1, 2, 3, 5)
    assert values["base"] == (10, 20, 30)
    assert values["sizes"] == ((1, 2, 3), (4, 5, 6))
    assert values["memory_limit"] == int(1.5 * 2**30)
    assert values["fresh"] is True
    assert values.given == {"scales", "base", "sizes", "memory_limit", "fresh"}


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["--eps", "-1e-3"], "--eps: must be a finite number of at least 0 and at most 1e12; got '-1e-3'"),
        (["--eps", "nan"], "--eps: must be a finite"),
        (["--eps", "-inf"], "--eps: must be a finite"),
        (["--noise", "inf"], "--noise: must be a finite"),
        (["--noise", ""], "--noise: must be a finite"),
        (["--seeds", "0"], "--seeds: must be a positive integer; got '0'"),
        (["--seeds", "1.5"], "--seeds: must be a positive integer"),
        (["--seeds", "-3"], "--seeds: must be a positive integer; got '-3'"),
        (["--seeds", "1_000"], "--seeds: must be a positive integer"),
        (["--seeds", "100001"], "--seeds: must be at most 100000; got '100001'"),
        (["--seeds"], "--seeds: takes a value"),
        (["--seeds", "--eps", "1"], "--seeds: takes a value"),
        (["--scales", "3-1"], "--scales: must be positive integers"),
        (["--scales", "1,,2"], "--scales: must be a positive integer"),
        (["--scales", "a"], "--scales: must be a positive integer"),
        (["--base", "1,2"], "--base: must be three positive integers"),
        (["--base", "1,2,x"], "--base (d): must be a positive integer"),
        (["--sizes", "0,1,2"], "--sizes (n): must be a positive integer"),
        (["--sizes", "-1,2,3"], "--sizes (n): must be a positive integer; got '-1'"),
        (["--sizes", "4,5,6", "-1,2,3"], "--sizes (n): must be a positive integer; got '-1'"),
        (["--sizes", "-a,2,3"], "--sizes (n): must be a positive integer; got '-a'"),
        (["--sizes", "-x"], "--sizes: must be three positive integers"),
        (["--eps=--"], "--eps: takes a value EPS; got '--'"),
        (["--sizes=--"], "--sizes: takes a value n,N,d; got '--'"),
        (["--sizes"], "--sizes: takes a value n,N,d; got none"),
        (["--sizes", "--eps", "1"], "--sizes: takes a value n,N,d; got none"),
        (["--student", "tahn"], "--student: unknown name 'tahn'; known: tanh,"),
        (["--student", "expr:z**z"], "--student: expression: an exponent"),
        (["--optimiser", "adma"], "--optimiser: unknown name 'adma'; known: adam, gd"),
        (["--optimizer", "gd"], "unknown option '--optimizer'; known: --optimiser,"),
        (["--seed", "3"], "unknown option '--seed'; known: --seeds,"),
        (["stray"], "unexpected argument 'stray'"),
        (["--memory-limit", "4X"], "--memory-limit: must be a positive number of bytes"),
        (["--error-rate", "0"], "--error-rate: must be a probability"),
        (["--out", ""], "--out: must be the path"),
        (["--config", "/nowhere/x.toml"], "--config: must be a readable TOML file"),
    ],
)
def test_a_mistake_is_one_line_that_names_option_requirement_and_value(argv, says):
    with pytest.raises(UsageError) as caught:
        parse(*argv)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_a_toml_file_gives_the_same_names_and_the_command_line_wins(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        'seeds = 7\nscales = "1-2"\neps = 1e-8\nsizes = [[1, 2, 3], "4,5,6"]\nfresh = true\nmemory-limit = "2G"\n'
    )
    values = parse("--config", str(path), "--seeds", "9")
    assert values["seeds"] == 9
    assert values["scales"] == (1, 2)
    assert values["eps"] == 1e-8
    assert values["sizes"] == ((1, 2, 3), (4, 5, 6))
    assert values["fresh"] is True
    assert values["memory_limit"] == 2 * 2**30


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sedes = 3", "--config: unknown key 'sedes'"),
        ("seeds = true", "--config: seeds: must be a value"),
        ("fresh = 1", "--config: fresh: must be true or false"),
        ("out = 3", "--config: out: must be a path in quotation marks; got 3"),
        ("eps = -1.0", "--config: eps: must be a finite number"),
        ("eps = nan", "--config: eps: must be a finite number"),
        ("seeds = ", "--config: "),
        ("[scaling]\nseeds = 3", "--config: unknown key 'scaling'"),
    ],
)
def test_a_mistake_in_a_toml_file_is_one_line(tmp_path, text, says):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        parse("--config", str(path))
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


HUGE = "0x" + "f" * 4000  # more digits than Python writes


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"seeds = {HUGE}", "--config: seeds: must be a positive integer; got '0xfff"),
        (f"eps = {HUGE}", "--config: eps: must be a finite number"),
        (f"out = {HUGE}", "--config: out: must be a path in quotation marks; got a number of 16000 bits"),
        (f"fresh = {HUGE}", "--config: fresh: must be true or false; got a number of 16000 bits"),
        (f"fresh = [{HUGE}]", "--config: fresh: must be true or false; got a list of huge numbers"),
        (f"student = {HUGE}", "--config: student: unknown name '0xfff"),
        (f"base = [{HUGE}, 1, 2]", "--config: base (n): must be a positive integer; got '0xfff"),
        (f"sizes = [[1, 2, {HUGE}]]", "--config: sizes (d): must be a positive integer; got '0xfff"),
        (f"sizes = [[1, [{HUGE}], 3]]", "--config: sizes (N): must be a positive integer; got"),
        (f"sizes = {{ n = {HUGE} }}", "--config: sizes: must be a value as on the command line; got"),
    ],
)
def test_a_number_that_python_does_not_write_is_refused_by_its_option(tmp_path, text, says):
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        parse("--config", str(path))
    assert str(caught.value).startswith(says)
    assert len(str(caught.value)) < 700


LONG = ("9" * 5000, "a " * 2500, "1," * 2500 + "x", "expr:" + "z+" * 2500, "\0" * 5000)


@pytest.mark.parametrize("name", [name for name, option in OPTIONS.items() if option.parse is not None])
def test_what_a_message_says_back_is_cut(name):
    """A path, an id or a pattern of such a name is for somebody else to refuse."""
    refused = []
    for value in LONG:
        try:
            parse_options(
                CommandSpec(name="test", description="", names=(name,)), [OPTIONS[name].flag, value]
            )
        except UsageError as error:
            refused.append(str(error))
    assert refused or name in {"only", "layers"}
    assert max(map(len, refused), default=0) < 900


def test_a_long_word_that_is_no_option_is_cut():
    for value in LONG:
        with pytest.raises(UsageError) as caught:
            parse(f"--{value}")
        assert len(str(caught.value)) < 900


def test_options_that_take_several_add_up_and_others_are_given_once():
    values = parse("--sizes", "1,2,3", "--seeds", "2", "--sizes", "4,5,6", "7,8,9", "--fresh", "--fresh")
    assert values["sizes"] == ((1, 2, 3), (4, 5, 6), (7, 8, 9))
    for argv in (
        ["--seeds", "2", "--seeds", "3"],
        ["--seeds=2", "--seeds=2"],
        ["--eps", "-1e-3", "--eps", "0"],
    ):
        with pytest.raises(UsageError, match=r"^--(seeds|eps): must be given once; got '\S+' and '\S+'$"):
            parse(*argv)
    with pytest.raises(UsageError, match=r"^--config: must be given once"):
        parse("--config", "a.toml", "--config", "b.toml")


def test_quick_changes_defaults_but_not_what_was_said():
    quick = {"scales": (1, 2, 3), "seeds": 3}
    spec = CommandSpec(name="test", description="", names=(*NAMES, "quick"), quick=quick)
    values = parse_options(spec, ["--quick", "--seeds", "8"])
    assert values["scales"] == (1, 2, 3)
    assert values["seeds"] == 8


def test_every_option_has_help():
    assert all(option.meaning for option in OPTIONS.values())


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"sedes": 3}, "unknown option 'sedes'; known: seeds,"),
        ({"seeds": 0}, "seeds: must be a positive integer; got '0'"),
        ({"seeds": True}, "seeds: must be a value"),
        ({"eps": float("nan")}, "eps: must be a finite number"),
        ({"eps": -1.0}, "eps: must be a finite number"),
        ({"optimiser": "sgd"}, "optimiser: unknown name 'sgd'"),
        ({"sizes": [(1, 2)]}, "sizes: must be three positive integers"),
        ({"sizes": [(1, 2, 0)]}, "sizes (d): must be a positive integer"),
        ({"scales": [0]}, "scales: must be a positive integer"),
        ({"fresh": 1}, "fresh: must be true or false"),
    ],
)
def test_values_from_python_are_checked_like_texts(values, says):
    with pytest.raises(UsageError) as caught:
        options_of(SPEC, values)
    assert str(caught.value).startswith(says)


def test_good_values_from_python_come_back_as_the_command_line_would_have_them():
    values = {
        "scales": range(1, 4),
        "sizes": [(1, 2, 3)],
        "eps": 1e-8,
        "memory_limit": 2**30,
        "fresh": True,
        "seeds": None,
    }
    found = options_of(SPEC, values)
    assert {name: found[name] for name in values} == {
        "scales": (1, 2, 3), "sizes": ((1, 2, 3),), "eps": 1e-8, "memory_limit": 2**30, "fresh": True, "seeds": None,
    }  # fmt: skip
    assert found["student"] == "tanh"  # what is not said has its default
    assert found.given == set(values) - {"seeds"}
