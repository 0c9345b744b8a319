"""A measurement is an object: told apart by function and options in full, and run by another process as it is."""

import pickle
import subprocess
import sys
from functools import partial

import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.network.two_layer import first_gradient
from sim.setting import Setting
from verify.claims.catalogue import catalogue
from verify.measurements import spectra, spike_rows
from verify.measurements.spectra import leading_at, leading_values, spectra_at
from verify.measurements.spike_rows import spike_rows_at
from verify.problem.update import adam
from verify.running.measurement import Measurement, measurement

NEAR = (0.1, 0.1000001)  # one name under :g


def here():
    draw, backend = (
        Draw(setting=Setting(n=40, N=30, d=20), seed=3, threads=1),
        get_backend("numpy", threads=1),
    )
    return draw, first_gradient(draw, backend=backend), backend


def test_learning_rates_that_print_alike_are_two_measurements():
    for at in (spike_rows_at, lambda eta: leading_at([adam(eta)])):
        one, two = (at(eta) for eta in NEAR)
        assert one != two
        assert len({one, two}) == 2
        assert one.key() != two.key()
        assert one == at(NEAR[0])
        assert hash(one) == hash(at(NEAR[0]))
    assert (
        len(leading_at([adam(eta) for eta in NEAR])(*here())) == 2 * 5
    )  # both inside one measurement as well


def test_what_is_pickled_measures_the_same_in_another_process():
    asked = [spike_rows_at(0.3), spectra_at([adam(0.3)])]
    code = (
        "import pickle, sys\n"
        "from sim.backend import get_backend\nfrom sim.draw import Draw\nfrom sim.setting import Setting\n"
        "from sim.network.two_layer import first_gradient\n"
        "draw, backend = Draw(setting=Setting(n=40, N=30, d=20), seed=3, threads=1), get_backend('numpy', threads=1)\n"
        "asked = pickle.loads(sys.stdin.buffer.read())\n"
        "G = first_gradient(draw, backend=backend)\n"
        "sys.stdout.buffer.write(pickle.dumps([dict(each(draw, G, backend)) for each in asked]))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=pickle.dumps(asked), capture_output=True, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()
    assert pickle.loads(run.stdout) == [each(*here()) for each in asked]


def test_every_measurement_of_the_catalogue_can_be_sent():
    found = {claim.design.measurement for claim in catalogue(quick=True) if claim.design} - {None}
    assert len(found) > 10
    for each in found:
        again = pickle.loads(pickle.dumps(each))
        assert (again, hash(again), again.key()) == (each, hash(each), each.key())


def test_the_same_options_of_two_functions_are_two_measurements():
    one = measurement(spectra.gaps, updates=(adam(0.1),))
    other = measurement(spectra.spectra, updates=(adam(0.1),))
    assert one != other
    assert one.key()["function"] == "verify.measurements.spectra:gaps"
    assert one.option("updates") == (adam(0.1),)
    assert one.option("nothing") is None


def test_what_is_no_measurement_is_refused():
    with pytest.raises(TypeError, match="must be a function; got int"):
        measurement(3)

    def made(power):
        def measure(draw, gradient, backend):
            return {"x": power}

        return measure

    # what these close over, or which of a file's lambdas it is, would be in no key: two of them had one record
    for function in (made(1.0), lambda draw, gradient, backend: {}, partial(leading_values, updates=())):
        with pytest.raises(TypeError, match="must be a function defined at the top of a module"):
            measurement(function)
    with pytest.raises(
        TypeError, match=r"option updates .* must be hashable \(a tuple for a list\); got list"
    ):
        measurement(leading_values, updates=[adam(0.1)])


def test_a_records_measurement_has_no_theory_in_it(monkeypatch):
    """The run's own numbers alone: whatever theory says of the spike, they stay."""
    import theory.spike.formulas

    before = spike_rows_at(0.3)(*here())

    def broken(**options):
        raise AssertionError("theory was asked")

    monkeypatch.setattr(theory.spike.formulas, "spike", broken)
    assert spike_rows_at(0.3)(*here()) == before
    assert set(before) == {"top_singular_value", "theta", "m", "m2", "tau"}
    assert isinstance(Measurement(spike_rows.spike_rows), Measurement)
