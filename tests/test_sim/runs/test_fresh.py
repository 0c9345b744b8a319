"""Fresh neurons: the run itself where they are its own, the network's spectrum where they are others."""

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.update import Update
from sim.runs.fresh import field_of, fresh_start
from sim.runs.probes import probed
from sim.runs.tape import Tape
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting

RULE = Rule(update=Update(optimiser="adam", eta=1.0))
STEPS = 10


def draw_of(seed, sizes=(400, 300, 200)):
    n, N, d = sizes
    return Draw(setting=Setting(n=n, N=N, d=d), seed=seed, threads=1)


@pytest.mark.parametrize("name", ["numpy", "array-api-strict"])
def test_residuals_are_recorded_and_played_back_to_the_same_neurons_they_give_the_same_run(name):
    backend, draw, tape = get_backend(name, threads=1), draw_of(1, (60, 45, 30)), Tape()
    start = start_state(draw, backend=backend)
    *_, own = trained(draw, RULE, start, until=STEPS, backend=backend, tape=tape)
    assert [*tape.residuals] == [*range(STEPS)]
    losses = [float(np.mean(backend.to_numpy(r) ** 2)) for r in tape.residuals.values()]
    assert own.state.losses == pytest.approx(losses, rel=1e-12)
    *_, played = trained(draw, RULE, start, until=STEPS, backend=backend, tape=field_of(tape))
    assert backend.to_numpy(played.state.W).tobytes() == backend.to_numpy(own.state.W).tobytes()
    with pytest.raises(ValueError, match="residuals must have step 10, got steps up to 9"):
        list(trained(draw, RULE, start, until=STEPS + 1, backend=backend, tape=field_of(tape)))


def test_samples_in_blocks_have_their_own_residuals():
    draw, tape = draw_of(1, (5000, 20, 6)), Tape()
    backend = get_backend("numpy", threads=1)
    start = start_state(draw, backend=backend)
    *_, own = trained(draw, RULE, start, until=3, backend=backend, tape=tape)
    assert tape.residuals[0].shape == (5000,)
    *_, played = trained(draw, RULE, start, until=3, backend=backend, tape=field_of(tape))
    assert played.state.W.tobytes() == own.state.W.tobytes()


def hill(draw, start=None, tape=None):
    backend = get_backend("numpy", threads=1)
    (probe,) = probed(draw, RULE, {STEPS: ["tails"]}, backend=backend, start=start, tape=tape)
    return probe.value("alpha_hill")


def test_fresh_neurons_have_the_networks_tail_and_in_another_field_they_have_not():
    """Single values carry 0.01 to 0.02; three are a mean. A pure bulk has 2.45."""
    backend, rng, found = get_backend("numpy", threads=1), np.random.default_rng(0), []
    for seed in range(3):
        draw, tape = draw_of(seed), Tape()
        network = hill(draw, tape=tape)
        start = fresh_start(draw, backend=backend)
        once = {step: r if step == 0 else 0.0 * r for step, r in tape.residuals.items()}
        others = {step: rng.permutation(r) for step, r in tape.residuals.items()}
        fields = (field_of(tape), Tape(once), Tape(others))
        found.append((network, *(hill(draw, start, field) for field in fields)))
    network, fresh, once, others = np.mean(found, axis=0)
    assert network == pytest.approx(1.84, abs=0.05)
    assert abs(network - fresh) < 0.04
    assert network - once > 0.08  # the lies: the first step's field alone, the residuals of other samples
    assert others - network > 0.06


def test_fresh_neurons_are_others():
    draw, backend = draw_of(0, (60, 45, 30)), get_backend("numpy", threads=1)
    ours, others = start_state(draw, backend=backend), fresh_start(draw, backend=backend)
    assert abs(np.corrcoef(ours.W.ravel(), others.W.ravel())[0, 1]) < 0.15
    assert not np.any(ours.a == others.a)
