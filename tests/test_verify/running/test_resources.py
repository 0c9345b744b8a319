"""How many threads a run takes: what --threads says, else what the machine and its variables leave."""

from contextlib import contextmanager

import pytest

from sim.host import VARIABLES
from verify.running.resources import thread_limit


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_variable_is_the_default_of_threads_and_threads_wins(monkeypatch, variable):
    held = []

    @contextmanager
    def note(limits):
        held.append(limits)
        yield

    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sim.host.usable_cores", lambda: 64)
    monkeypatch.setattr("threadpoolctl.threadpool_limits", note)
    monkeypatch.setenv(variable, "3")
    for threads in (None, 5):
        with thread_limit(threads):
            pass
    assert held == [3, 5]
