"""The second stage: hold-out and test loss of the ridge readout, and KTA, per scaling of the features."""

from sim.measures.readout import second_stage
from sim.observables.group import NAN, Group, Reading, Sizes, State

__all__ = ["GROUP"]

NAMES = ("holdout_loss", "test_loss", "kta")


def ridge_readings(state: State) -> list[Reading]:
    """Every scaling of `state.scales`; nan where W diverged."""
    assert state.blocks is not None
    if state.W is None:
        return [Reading(observable=name, value=NAN, features=f) for f in state.scales for name in NAMES]
    stages = second_stage(
        state.blocks("holdout"),
        state.blocks("test"),
        activation=state.draw.setting.sigma,
        scales=dict(state.scales),
        ridge=state.ridge,
        backend=state.backend,
    )
    return [
        Reading(observable=name, value=getattr(stage, name), features=f)
        for f, stage in stages.items()
        for name in NAMES
    ]


def work(sizes: Sizes) -> float:
    """Of both scalings: Gram matrices, their factors, and two passes over the samples."""
    n, N = sizes.n, sizes.N
    return 4.0 * (n * N * N + N**3 / 3.0) + (1000.0 + sizes.d) * (n + sizes.test_samples) * N


GROUP = Group(
    name="ridge",
    observables=NAMES,
    of="weights",
    measure=ridge_readings,
    work=work,
    samples=("holdout", "test"),
    features=True,
)
