"""Fresh neurons: a second population, trained in the field of a run's recorded residuals and never of its own.

Given samples and residuals the rows of W_t are nearly independent copies of one such neuron, so that both populations
have one spectrum off the spike.
"""

from sim.backend import Backend
from sim.draw import Draw
from sim.runs.tape import Tape
from sim.runs.training import TrainingState, start_state

__all__ = ["field_of", "fresh_start"]


def fresh_start(draw: Draw, *, backend: Backend) -> TrainingState:
    """As many other neurons, with the same law and random numbers of their own."""
    return start_state(draw, backend=backend, W=draw.weights(fresh=True), a=draw.readout(fresh=True))


def field_of(recorded: Tape) -> Tape:
    """A recorded tape, ready to be played.

    Examples
    --------
    >>> from sim.backend import get_backend
    >>> from sim.optimisers.update import Update
    >>> from sim.runs.probes import probed
    >>> from sim.runs.training import Rule
    >>> from sim.setting import Setting
    >>> draw, backend = Draw(setting=Setting(n=400, N=300, d=200), seed=0), get_backend("numpy")
    >>> rule, tape = Rule(update=Update(optimiser="adam", eta=1.0)), Tape()
    >>> [network] = probed(draw, rule, {10: ["tails"]}, backend=backend, tape=tape)
    >>> [fresh] = probed(draw, rule, {10: ["tails"]}, backend=backend, start=fresh_start(draw, backend=backend),
    ...                  tape=field_of(tape))
    >>> abs(network.value("alpha_hill") - fresh.value("alpha_hill")) < 0.05
    True
    """
    return Tape(recorded.residuals)
