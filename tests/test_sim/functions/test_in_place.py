"""Students in place: the same bits as their pairs, in the room that they are given."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.functions.activations import NAMES, named
from sim.functions.in_place import IN_PLACE, in_place


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_value_and_slope_are_the_pairs_bit_by_bit(name, dtype):
    sigma, rng = named(name), np.random.default_rng(0)
    z = (4.0 * rng.standard_normal((7, 33))).astype(dtype)
    z[0, :3] = 0.0, -0.0, 90.0
    expected = sigma.value_and_derivative(get_backend("numpy"), z.copy())
    student, room = in_place(sigma), np.full_like(z, np.nan)
    own = z.copy()
    value = student.value(own, room)
    assert np.shares_memory(value, own) or np.shares_memory(value, room)
    assert value.tobytes() == np.asarray(expected[0]).tobytes()
    student.slope(own)
    assert own.tobytes() == np.asarray(expected[1]).tobytes()


def test_every_entry_is_of_a_student_that_has_a_name():
    assert set(IN_PLACE) <= {named(name).pair for name in NAMES}
