"""Python's switch interval is shorter while batches run, and as it was afterwards, whatever happened."""

import sys

import pytest

from verify.running.simulate import _SWITCH_INTERVAL, _quick_switches


def test_the_interval_is_put_back():
    before = sys.getswitchinterval()
    assert before > 2.0 * _SWITCH_INTERVAL  # else there is nothing to see
    with _quick_switches():
        assert sys.getswitchinterval() == pytest.approx(_SWITCH_INTERVAL)
    assert sys.getswitchinterval() == before
    with pytest.raises(KeyboardInterrupt), _quick_switches():
        raise KeyboardInterrupt
    assert sys.getswitchinterval() == before
