"""Later steps of GD: limits in closed form, the first step, and what is not predicted."""

import dataclasses

import numpy as np
import pytest

from theory.losses.parabola import first_step_loss, gd_stability_limit, loss_ratio
from theory.prediction.prediction import predict
from theory.spike.inputs import spike_inputs
from theory.training.gradient_descent import gd_steps


def noise_of(n, N=300, d=200, **options):
    return predict(n=n, N=N, d=d, optimiser="gd", **options).signal_noise


@pytest.mark.parametrize("n", [100, 200, 210, 400, 1600])
def test_the_first_step_is_that_of_losses_and_spike(n):
    sn = noise_of(n)
    eta = 60.0
    start, first = gd_steps(sn, eta=eta, steps=1)
    parabola, inputs = first_step_loss(sn, optimiser="gd"), spike_inputs(sn, optimiser="gd")
    assert start.training_loss == pytest.approx(sn.residual_2, rel=1e-9)
    assert first.training_loss == pytest.approx(sn.residual_2 * float(loss_ratio(parabola, eta)), rel=1e-9)
    assert first.theta == pytest.approx(eta * inputs.update_norm, rel=1e-9)
    assert first.m == pytest.approx(inputs.m, rel=1e-9)
    assert first.teacher_overlap_squared == pytest.approx(inputs.teacher_overlap_squared, rel=1e-9)


def test_small_learning_rates_move_nothing_and_long_times_forget_them():
    sn = noise_of(400)
    assert gd_steps(sn, eta=1e-9, steps=3)[-1].training_loss == pytest.approx(sn.residual_2, rel=1e-9)
    ends = [gd_steps(sn, eta=eta, steps=4000)[-1] for eta in (60.0, 120.0)]
    assert ends[0].theta == pytest.approx(ends[1].theta, rel=1e-3)
    assert ends[0].training_loss < 1e-6


def test_against_drawn_data():
    # the same sums over the eigenvalues of one large X, in place of the Marchenko-Pastur law
    n, d, eta, t = 2400, 1200, 400.0, 6
    sn = noise_of(n, N=1800, d=d)
    x = np.linalg.eigvalsh(np.cov(np.random.default_rng(1).standard_normal((n, d)), rowvar=False))
    fall = 1 - 2 * eta / d * (sn.student.mu_1**2 * x + sn.student.var_prime * d / n)
    flat = 1 - 2 * eta / d * sn.student.var_prime * d / n
    rest = sn.residual_2 - sn.b_squared
    loss = sn.b_squared * np.mean(x * fall ** (2 * t))
    loss += rest * (d / n * np.mean(fall ** (2 * t)) + (1 - d / n) * flat ** (2 * t))
    assert gd_steps(sn, eta=eta, steps=t)[t].training_loss == pytest.approx(loss, rel=0.01)


def test_no_spike_below_stability_at_the_default_width_and_one_in_a_narrow_net():
    def strongest(sn):
        eta = 0.95 * gd_stability_limit(
            n=sn.n, N=sn.N, d=sn.d, mu_1=sn.student.mu_1, var_prime=sn.student.var_prime
        )
        return max(row.spike.strength / row.spike.threshold for row in gd_steps(sn, eta=eta, steps=3000))

    assert strongest(noise_of(400)) < 0.66
    assert strongest(noise_of(200, N=100)) > 1


def test_what_is_not_predicted_is_refused():
    sn = noise_of(400)
    limit = gd_stability_limit(n=sn.n, N=sn.N, d=sn.d, mu_1=sn.student.mu_1, var_prime=sn.student.var_prime)
    with pytest.raises(ValueError, match="stability limit .* not predicted"):
        gd_steps(sn, eta=limit, steps=1)
    with pytest.raises(ValueError, match="odd"):
        gd_steps(noise_of(400, student="softplus"), eta=1.0, steps=1)
    with pytest.raises(ValueError, match="parametrisation"):
        gd_steps(dataclasses.replace(sn, parametrisation="mean-field"), eta=1.0, steps=1)
    for bad in (0.0, float("nan")):
        with pytest.raises(ValueError, match="eta"):
            gd_steps(sn, eta=bad, steps=1)
