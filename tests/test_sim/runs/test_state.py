"""States as bytes: an exact way back at every step, and nothing else is taken for one."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.runs.state import MAGIC, StateError, described, state_bytes, state_of_bytes
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting

DRAW = Draw(setting=Setting(n=120, N=18, d=12), seed=4, threads=1)
RULES = {
    "adam": Rule(update=Update(optimiser="adam", eta=0.2, eps=1e-8), gamma=0.7, step_size=2),
    "gd": Rule(update=Update(optimiser="gd", eta=20.0), weight_normalisation="released"),
}
BACKEND = get_backend("numpy", threads=1)
STEPS = 5


def after(rule, steps, state=None, draw=DRAW):
    state = start_state(draw, backend=BACKEND) if state is None else state
    *_, last = trained(draw, rule, state, until=steps, backend=BACKEND)
    return last.state


def there_and_back(state, rule, run=None, draw=DRAW):
    run = described(draw, rule) if run is None else run
    return state_of_bytes(state_bytes(state, run, backend=BACKEND), run, rule, backend=BACKEND)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("at", range(STEPS + 1))
def test_a_run_goes_on_from_bytes_as_if_it_had_not_stopped(name, at):
    rule = RULES[name]
    whole = after(rule, STEPS)
    rest = after(rule, STEPS, there_and_back(after(rule, at), rule))
    run = described(DRAW, rule)
    assert state_bytes(rest, run, backend=BACKEND) == state_bytes(whole, run, backend=BACKEND)
    if 0 < at < STEPS and name == "adam":  # the lie: the moments are forgotten
        lost = after(rule, STEPS, replace(there_and_back(after(rule, at), rule), memory=None))
        assert not np.array_equal(lost.W, whole.W)


def test_every_kind_of_memory_comes_back():
    rule = RULES["gd"]
    arrays = (np.arange(6.0).reshape(2, 3), [np.float32([1.5, -0.0, np.nan])])
    state = replace(after(rule, 1), memory=(*arrays, 3, None, "x", 0.1), losses=(np.inf,), diverged=True)
    found = there_and_back(state, rule)
    assert found.memory[0].tobytes() == arrays[0].tobytes()
    assert found.memory[1][0].tobytes() == arrays[1][0].tobytes()
    assert found.memory[2:] == (3, None, "x", 0.1)
    assert (found.losses, found.diverged) == ((np.inf,), True)
    with pytest.raises(TypeError, match="made of arrays and numbers, got set"):
        there_and_back(replace(state, memory={1}), rule)


OTHERS = {
    "seed": (replace(DRAW, seed=5), RULES["adam"]),
    "N": (replace(DRAW, setting=Setting(n=120, N=19, d=12)), RULES["adam"]),
    "gamma": (DRAW, replace(RULES["adam"], gamma=0.8)),
    "eta": (DRAW, replace(RULES["adam"], update=replace(RULES["adam"].update, eta=0.3))),
    "dtype": (replace(DRAW, dtype="float64"), RULES["adam"]),
    "loss": (DRAW, replace(RULES["adam"], loss="sum")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_state_of_another_run_says_what_differs(name):
    data = state_bytes(after(RULES["adam"], 2), described(DRAW, RULES["adam"]), backend=BACKEND)
    draw, rule = OTHERS[name]
    with pytest.raises(StateError, match=f"^it is of another run: {name} is .*, not "):
        state_of_bytes(data, described(draw, rule), rule, backend=BACKEND)


def test_what_is_given_beside_draw_and_rule_counts():
    rule = RULES["adam"]
    run = described(DRAW, rule, more={"hook": "abc"})
    data = state_bytes(after(rule, 2), run, backend=BACKEND)
    with pytest.raises(StateError, match="hook is 'abc', not None"):
        state_of_bytes(data, described(DRAW, rule), rule, backend=BACKEND)


def test_damaged_bytes_and_other_files_are_refused_in_a_line():
    rule, run = RULES["adam"], described(DRAW, RULES["adam"])
    data = state_bytes(after(rule, 2), run, backend=BACKEND)
    flipped = data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
    for bad in (*(data[:cut] for cut in range(0, len(data), 997)), flipped, data + b"0"):
        with pytest.raises(StateError) as caught:
            state_of_bytes(bad, run, rule, backend=BACKEND)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"5\nabcde",
        b"99999999999\n{}",
        b"2\n{}",
        b"2\n[]",
        b"-1\n",
        b'30\n{"run":{},"state":1,"arrays":1}',
    ],
)
def test_what_has_a_checksum_and_no_state_is_refused(rest):
    data = b"\n".join([MAGIC, hashlib.sha256(rest).hexdigest().encode(), rest])
    with pytest.raises(StateError, match="no state"):
        state_of_bytes(data, {}, RULES["adam"], backend=BACKEND)
