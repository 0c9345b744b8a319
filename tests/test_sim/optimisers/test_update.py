"""Which update is taken: refusals, the columns of records.csv, what fixes D; the table of optimisers."""

import sys
from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.optimisers.constant import Constant
from sim.optimisers.optimiser import Optimiser
from sim.optimisers.table import MODULES, OPTIMISER_NAMES, every_constant, optimiser_named
from sim.optimisers.update import Update, learning_rate, update_of
from verify.problem import update as verifys

KNOWN = ", ".join(f'"{name}"' for name in OPTIMISER_NAMES)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        ({"optimiser": "sgd"}, ValueError, f"optimiser must be one of {KNOWN}; got 'sgd'"),
        ({"optimiser": "Adam"}, ValueError, f"optimiser must be one of {KNOWN}; got 'Adam'"),
        ({"adam": "other"}, ValueError, "adam must be"),
        ({"eta": -1.0}, ValueError, "eta must be finite"),
        ({"eta": np.inf}, ValueError, "eta must be finite"),
        ({"eta": "1"}, TypeError, "eta must be a number"),
        ({"eta": True}, TypeError, "eta must be a number"),
        ({"eps": np.nan}, ValueError, "eps must be finite"),
        ({"eps": None}, TypeError, "eps must be a number"),
    ],
)
def test_bad_updates_are_refused(bad, error, message):
    with pytest.raises(error) as raised:
        Update(**({"optimiser": "adam", "eta": 1.0} | bad))
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_numbers_are_floats_whatever_they_were_given_as():
    update = Update(eps=0, eta=np.float32(0.5))
    assert (type(update.eps), type(update.eta)) == (float, float)
    assert update == Update(eta=0.5)
    assert Update().eta is None


def test_the_columns_of_records_are_empty_where_they_mean_nothing():
    assert Update(eta=0.1).key() == {"optimiser": "adam", "adam": "corrected", "eps": 0.0, "eta": 0.1}
    assert Update(optimiser="gd", adam="uncorrected", eps=1e-8).key() == {
        "optimiser": "gd", "adam": None, "eps": None, "eta": None,
    }  # fmt: skip


def test_a_rule_is_all_that_fixes_the_matrix():
    gd = Update(optimiser="gd", eta=1.0)
    assert gd.rule == replace(gd, eta=2.0, eps=1e-8, adam="uncorrected").rule
    adam = Update(eta=1.0)
    assert adam.rule == replace(adam, eta=2.0).rule
    assert (
        len({adam.rule, gd.rule, replace(adam, eps=1e-8).rule, replace(adam, adam="uncorrected").rule}) == 4
    )


def test_weights_are_moved_by_a_learning_rate():
    assert learning_rate(Update(eta=0.0)) == 0.0
    with pytest.raises(ValueError, match="must have a learning rate eta"):
        learning_rate(Update())


def test_there_is_one_update():
    assert verifys.Update is Update
    assert verifys.adam(0.0) == verifys.STILL


@pytest.mark.parametrize("name", OPTIMISER_NAMES)
def test_the_table_has_the_name_that_the_optimiser_gives_itself(name):
    optimiser = optimiser_named(name)
    assert optimiser.name == name
    assert optimiser.title
    assert optimiser.step.__module__ == f"sim.optimisers.{MODULES[name]}"  # what a record's numbers depend on
    for constant in optimiser.constants:
        assert constant.checked(constant.default) == constant.default
        assert constant.meaning
    assert not {constant.name for constant in optimiser.constants} & {"optimiser", "eta", "constants"}


def test_fields_and_constants_have_the_same_defaults():
    """`Update` says them again, for type checkers."""
    own = {constant.name: constant.default for constant in optimiser_named("adam").constants}
    assert own == {field.name: field.default for field in fields(Update) if field.name in own}
    assert len(own) == 2


def test_constants_of_an_optimisers_own(monkeypatch):
    momentum = Constant(name="momentum", default=0.9, most=0.99, meaning="how much is kept")
    heavy = Optimiser(
        name="heavy", title="heavy ball", step=lambda state, G: (state, G), constants=(momentum,)
    )
    monkeypatch.setitem(sys.modules, "sim.optimisers.heavy", SimpleNamespace(OPTIMISER=heavy))
    monkeypatch.setitem(MODULES, "heavy", "heavy")
    update = Update(optimiser="heavy", eta=1.0)
    assert update.constants == (("momentum", 0.9),)
    assert update.options == {"momentum": 0.9}
    assert update.rule == ("heavy", 0.9)
    assert update.key() == {"optimiser": "heavy", "adam": None, "eps": None, "eta": 1.0, "momentum": 0.9}
    other = Update(optimiser="heavy", eta=1.0, constants=(("momentum", 0),))
    assert other == replace(update, constants=(("momentum", 0.0),)) != update
    assert replace(other, eta=2.0).options == {"momentum": 0.0}
    assert repr(update) != repr(other)
    gd = Update(optimiser="gd")
    assert repr(gd) == "Update(optimiser='gd', adam='corrected', eps=0.0, eta=None)"
    assert update_of("heavy", {"momentum": 0.5, "eps": 3.0}) == Update(
        optimiser="heavy", constants=(("momentum", 0.5),)
    )
    for constants, says in (
        ((("rho", 1.0),), "constants of heavy must be of: momentum; got 'rho'"),
        ((("momentum", 1.0),), "momentum must be finite and at least 0 and at most 0.99, got 1.0"),
    ):
        with pytest.raises(ValueError, match=says):
            Update(optimiser="heavy", constants=constants)
    with pytest.raises(ValueError, match="constants of gd must be of: none; got 'momentum'"):
        replace(gd, constants=update.constants)
    assert every_constant()[-1] == momentum
    twin = Optimiser(name="gd", title="GD", step=heavy.step, constants=(replace(momentum, default=0.5),))
    monkeypatch.setitem(sys.modules, "sim.optimisers.gd", SimpleNamespace(OPTIMISER=twin))
    with pytest.raises(ValueError, match="heavy has another 'momentum'"):
        every_constant()


def test_titles_tell_optimisers_apart():
    assert len({optimiser_named(name).title for name in OPTIMISER_NAMES}) == len(OPTIMISER_NAMES)


def test_an_unknown_name_is_refused_in_a_line_that_names_the_known_ones():
    with pytest.raises(ValueError) as raised:
        optimiser_named("lion")
    assert str(raised.value) == f"optimiser must be one of {KNOWN}; got 'lion'"
