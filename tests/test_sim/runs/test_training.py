"""Many steps: against plain NumPy, against the first step bit by bit, interrupted anywhere, probed or not."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sim.backend import get_backend
from sim.draw import Draw
from sim.optimisers.step import start_position, take_step
from sim.optimisers.table import OPTIMISER_NAMES
from sim.optimisers.update import Update
from sim.runs.training import Rule, start_state, trained
from sim.setting import Setting

SIZES = {"n": 300, "N": 36, "d": 24}
ADAM = Update(optimiser="adam", eta=0.2)
RULES = {
    "adam": Rule(update=ADAM),
    "uncorrected": Rule(update=Update(optimiser="adam", eta=0.05, adam="uncorrected", eps=1e-4)),
    "gd": Rule(update=Update(optimiser="gd", eta=20.0)),
    "decay": Rule(update=ADAM, gamma=0.5, step_size=2),
    "paper": Rule(update=ADAM, weight_normalisation="paper"),
    "released": Rule(update=ADAM, weight_normalisation="released"),
    "sum": Rule(update=Update(optimiser="gd", eta=20.0 / 300), loss="sum"),
}
STEPS = 7


def draw_of(dtype="float64", parametrisation="ntk", seed=4, **sizes):
    return Draw(
        setting=Setting(**(SIZES | sizes), parametrisation=parametrisation), seed=seed, dtype=dtype, threads=1
    )


def run(draw, rule, until=STEPS, stands=(), name="numpy", threads=1, state=None, **options):
    backend = get_backend(name, threads=threads)
    state = start_state(draw, backend=backend) if state is None else state
    return list(trained(draw, rule, state, until=until, stands=stands, backend=backend, **options))


def plain(draw, rule, steps):
    """(W_t, loss before each step, D_t) by the formulas, whole arrays in float64."""
    s, update = draw.setting, rule.update
    W, a = draw.weights().astype(float), draw.readout().astype(float)
    X, y = draw.sample_block("train", 0, s.n)
    M, V, losses, D = np.zeros_like(W), np.zeros_like(W), [], None
    for t in range(steps):
        if rule.weight_normalisation != "off":
            W = W * (s.weight_deviation * math.sqrt(s.N * s.d) / np.linalg.norm(W))
        Z = s.input_scale * X @ W.T
        r = np.tanh(Z) @ a / math.sqrt(s.N) - y
        factor = 2 * s.input_scale / math.sqrt(s.N) / (s.n if rule.loss == "mean" else 1)
        G = factor * (r[:, None] * a / np.cosh(Z) ** 2).T @ X
        losses.append(float(np.mean(r**2) if rule.loss == "mean" else np.sum(r**2)))
        if update.optimiser == "gd":
            D = G
        else:
            M, V = 0.9 * M + 0.1 * G, 0.999 * V + 0.001 * G * G
            corrected = update.adam == "corrected"
            m, v = (M / (1 - 0.9 ** (t + 1)), V / (1 - 0.999 ** (t + 1))) if corrected else (M, V)
            D = m / (np.sqrt(v) + update.eps)
        W = W - update.eta * rule.gamma ** (t // rule.step_size) * D
    if rule.weight_normalisation == "paper":
        W = W * (s.weight_deviation * math.sqrt(s.N * s.d) / np.linalg.norm(W))
    return W, losses, D


@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
@pytest.mark.parametrize("name", RULES)
def test_weights_losses_and_updates_are_those_of_the_formulas(name, parametrisation):
    draw, rule = draw_of(parametrisation=parametrisation), RULES[name]
    *_, last = run(draw, rule)
    W, losses, D = plain(draw, rule, STEPS)
    assert pytest.approx(W, rel=1e-9, abs=1e-11) == last.state.W
    assert last.state.losses == pytest.approx(losses, rel=1e-10)
    assert pytest.approx(D, rel=1e-7, abs=1e-10) == last.D
    assert last.state.step == STEPS
    assert pytest.approx(plain(draw, rule, STEPS - 1)[0], rel=1e-3) != last.state.W  # the lie: a step less


@pytest.mark.parametrize("optimiser", OPTIMISER_NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("eps", [0.0, 1e-3])
def test_steps_are_those_of_the_pure_functions_bit_by_bit(optimiser, dtype, eps):
    """The first is the first step's; later ones, written into arrays of the run, round like `take_step`'s."""
    draw, update = draw_of(dtype), Update(optimiser=optimiser, eta=0.3, eps=eps)
    backend = get_backend("numpy", threads=1)
    position = start_position(draw, backend=backend)
    for stand in run(draw, Rule(update=update), until=4, stands=range(1, 5)):
        position = take_step(draw, position, update, backend=backend)
        assert np.array_equal(stand.state.W, position.W)
        assert np.array_equal(stand.D, position.D)
        assert np.array_equal(stand.G, position.gradient.G)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("at", range(STEPS))
def test_an_interrupted_run_goes_on_to_the_same_bytes(name, at):
    draw, rule = draw_of("float32"), RULES[name]
    *_, whole = run(draw, rule)
    *_, half = run(draw, rule, until=at)
    *_, rest = run(draw, rule, state=half.state)
    assert rest.state.W.tobytes() == whole.state.W.tobytes()
    assert rest.state.losses == whole.state.losses
    assert rest.state.step == whole.state.step


def test_probes_threads_and_samples_drawn_anew_change_nothing():
    draw, rule = draw_of("float32", N=5000), RULES["adam"]
    *_, bare = run(draw, rule)
    for options in ({"stands": range(STEPS)}, {"keep_samples": False}):
        *_, other = run(draw, rule, **options)
        assert other.state.W.tobytes() == bare.state.W.tobytes()
    *_, threaded = run(draw, rule, threads=2)
    assert pytest.approx(bare.state.W, rel=1e-3, abs=1e-3) == threaded.state.W


def test_what_is_handed_out_is_the_callers():
    draw, rule, backend = draw_of(), RULES["adam"], get_backend("numpy", threads=1)
    state = start_state(draw, backend=backend)
    before = state.W.copy()
    for stand in trained(draw, rule, state, until=3, stands=range(4), backend=backend):
        for array in (stand.state.W, stand.state.a, stand.D, stand.G, stand.before):
            if array is not None:
                array[...] = 0.0
    *_, whole = run(draw, rule, until=3)
    assert np.array_equal(state.W, before)
    *_, again = trained(draw, rule, state, until=3, backend=backend)
    assert np.array_equal(again.state.W, whole.state.W)


def test_a_divergence_is_recorded_and_ends_the_run():
    draw = Draw(
        setting=Setting(**SIZES, student="linear"), seed=4, threads=1
    )  # tanh would saturate and stay finite
    rule = Rule(update=Update(optimiser="gd", eta=1e15))
    *_, last = run(draw, rule, until=50)
    assert last.state.diverged
    assert last.state.step < 5
    (only,) = run(draw, rule, until=50, state=last.state)  # and stays where it ended
    assert only.state.step == last.state.step


def test_a_hook_intervenes_between_steps():
    draw, rule = draw_of(), RULES["gd"]

    def planted(state):
        assert state.W.shape == (SIZES["N"], SIZES["d"])
        return replace(state, W=state.W + 1.0) if state.step == 2 else state

    *_, hooked = run(draw, rule, until=3, hook=planted)
    *_, two = run(draw, rule, until=2)
    *_, by_hand = run(draw, rule, until=3, state=replace(two.state, W=two.state.W + 1.0))
    assert np.array_equal(hooked.state.W, by_hand.state.W)
    *_, bare = run(draw, rule, until=3)
    assert not np.array_equal(hooked.state.W, bare.state.W)


def test_given_layers_are_taken_and_wrong_shapes_refused():
    draw, backend = draw_of(), get_backend("numpy", threads=1)
    W = np.linalg.qr(np.random.default_rng(1).standard_normal((36, 24)))[0]
    *_, last = run(draw, RULES["gd"], until=0, state=start_state(draw, backend=backend, W=W))
    assert np.array_equal(last.state.W, W)
    with pytest.raises(ValueError, match=r"W must have the shape \(36, 24\), got \(24, 36\)"):
        start_state(draw, backend=backend, W=W.T)


def test_the_strict_backend_takes_the_same_steps():
    draw, rule = draw_of(), RULES["adam"]
    *_, last = run(draw, rule, until=3)
    *_, strict = run(draw, rule, until=3, name="array-api-strict")
    backend = get_backend("array-api-strict")
    assert backend.to_numpy(strict.state.W) == pytest.approx(last.state.W, rel=1e-10)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"gamma": 0.0}, "gamma must be finite and above 0, got 0.0"),
        ({"gamma": math.nan}, "gamma must be finite and above 0"),
        ({"gamma": "1"}, "gamma must be a number, got '1'"),
        ({"step_size": 0}, "step_size must be at least 1, got 0"),
        ({"step_size": 1.5}, "step_size must be an integer, got 1.5"),
        ({"weight_normalisation": "on"}, "weight_normalisation must be one of"),
        ({"loss": "max"}, 'loss must be "mean" or "sum"'),
        ({"update": Update(optimiser="gd")}, "must have a learning rate eta"),
    ],
)
def test_what_is_no_rule_is_refused(options, says):
    with pytest.raises((TypeError, ValueError), match=says):
        Rule(**({"update": ADAM} | options))


def test_an_end_before_the_start_is_refused():
    draw = draw_of()
    *_, last = run(draw, RULES["gd"], until=2)
    with pytest.raises(ValueError, match="until must be at least the state's step 2, got 1"):
        run(draw, RULES["gd"], until=1, state=last.state)


@pytest.mark.parametrize("name", ["adam", "gd", "decay"])
def test_torch_takes_the_same_steps(name):
    torch = pytest.importorskip(
        "torch", reason="torch's autograd and optimisers are an oracle where they are installed"
    )
    draw, rule = draw_of(), RULES[name]
    s = draw.setting
    X, y = (torch.tensor(array) for array in draw.sample_block("train", 0, s.n))
    a = torch.tensor(draw.readout())
    W = torch.tensor(draw.weights(), requires_grad=True)
    kinds = {
        "adam": lambda eta: torch.optim.Adam([W], lr=eta, eps=1e-30),
        "gd": lambda eta: torch.optim.SGD([W], lr=eta),
    }
    optimiser = kinds[rule.update.optimiser](rule.update.eta)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=rule.step_size, gamma=rule.gamma)
    for _ in range(STEPS):
        optimiser.zero_grad()
        f = torch.tanh(X @ W.T * s.input_scale) @ a / math.sqrt(s.N)
        torch.mean((f - y) ** 2).backward()
        optimiser.step()
        schedule.step()
    *_, last = run(draw, rule)
    assert pytest.approx(W.detach().numpy(), rel=1e-8, abs=1e-10) == last.state.W
