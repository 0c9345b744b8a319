"""Whatever is given: one line, exit code 2 and nothing left behind, or a right result.

The suite draws the same few examples in every run. More, and others, by hand:

    FUZZ_EXAMPLES=3000 python -m pytest -n 0 tests/test_verify/commands/test_fuzz.py
"""

import json
from importlib import import_module

from hypothesis import given
from hypothesis import strategies as st
from support.hostile import TEXTS, VALUES, assert_refused_or_done, drawn, heard, somewhere, toml_text

from verify.commands.option_table import OPTIONS

COMMANDS = {  # each with what keeps it from running anything
    "verify.scaling": ["--dry-run"],
    "verify.rank_one": ["--dry-run"],
    "verify.spike": ["--dry-run", "--quick"],
    "verify.overlap": ["--dry-run", "--quick"],
    "verify.tables": ["--dry-run", "--quick"],
    "verify.figures": ["--list", "--quick"],
    "verify.predict": ["--quiet"],
    "verify.train": ["--dry-run", "--quick"],
    "verify.measure": ["missing.npy"],
}
PACKAGES = {name: import_module(f"{name}.command") for name in COMMANDS}
SIZES = [["--sizes", "30,20,10"], ["--sizes", "6,5,4"], []]


@st.composite
def options(draw, names):
    """A few options of a command with values of any kind."""
    words = []
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
        option = OPTIONS[name]
        words.append(option.flag)
        if option.parse is not None or draw(st.integers(0, 9)) == 0:
            words += draw(
                st.lists(TEXTS, min_size=int(draw(st.integers(0, 9)) > 0), max_size=3 if option.many else 1)
            )
    return words


@st.composite
def command_lines(draw):
    name = draw(st.sampled_from(list(COMMANDS)))
    names = [one for one in PACKAGES[name].SPEC.names if one not in ("out", "store")]
    small = draw(st.sampled_from(SIZES[:2] if name == "verify.predict" else SIZES))
    sized = small if "sizes" in names else []
    return name, [*COMMANDS[name], *sized, *draw(options(names))]


def main_of(name):
    return PACKAGES[name].main


@drawn(60)
@given(command_lines())
def test_whatever_options_say(line):
    name, argv = line
    with somewhere() as folder:
        assert_refused_or_done(heard(name, main_of(name), argv), folder)


@drawn(30)
@given(st.sampled_from(["--out", "--store"]), TEXTS)
def test_whatever_a_folder_is_called(flag, text):
    """A name that a folder can have is taken; what the run then leaves lies below it."""
    with somewhere() as folder:
        argv = [f"{flag}={text}", *(["--dry-run"] if flag == "--store" else ["--sizes", "6,5,4"])]
        name = "verify.scaling" if flag == "--store" else "verify.predict"
        if text.startswith(("/", "~", "..")):
            argv[0] = f"{flag}=./{text}"
        assert_refused_or_done(heard(name, main_of(name), argv), folder, may_write=True)


@st.composite
def documents(draw):
    """TOML, or nearly."""
    names = PACKAGES["verify.scaling"].SPEC.names
    keys = draw(st.lists(st.one_of(st.sampled_from(names), TEXTS), min_size=1, max_size=3))
    text = "\n".join(
        f"{key if key.isidentifier() else json.dumps(key.encode(errors='replace').decode())} = {toml_text(draw(VALUES))}"
        for key in keys
    )
    data = text.encode()
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at:]
    return data


@drawn(60)
@given(documents())
def test_whatever_a_file_of_options_says(data):
    with somewhere() as folder:
        (folder / "run.toml").write_bytes(data)
        argv = ["--dry-run", "--sizes", "30,20,10", "--config", "run.toml"]
        done = heard("verify.scaling", main_of("verify.scaling"), argv)
        (folder / "run.toml").unlink()
        assert_refused_or_done(done, folder)
