"""Theory refuses an optimiser that it does not know, wherever one is named."""

import pytest

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.losses.parabola import first_step_loss
from theory.moments.moments import student_moments, teacher_moments
from theory.prediction.prediction import predict
from theory.prediction.spectrum import predicted_spectrum
from theory.ridge.stage import ridge_stage
from theory.spike.fluctuation import spike_spread
from theory.spike.inputs import spike_inputs
from theory.spike.run_scatter import run_covariance, run_means
from theory.update.direction import teacher_overlap, update_overlaps
from theory.update.optimisers import KNOWN, known_optimiser

STUDENT, TEACHER = named("tanh"), named("softplus")
SN = signal_noise(
    n=400, N=300, d=200, student=student_moments(STUDENT), teacher=teacher_moments(TEACHER), noise=0.3
)
ASKED = {
    "spike_inputs": lambda name: spike_inputs(SN, optimiser=name),
    "spike_spread": lambda name: spike_spread(SN, eta=1e3, optimiser=name),
    "spike_spread of inputs": lambda name: spike_spread(
        SN, eta=1e3, optimiser=name, inputs=spike_inputs(SN, optimiser="gd")
    ),
    "run_means": lambda name: run_means(SN, name, 1.0, 0.0),
    "run_covariance": lambda name: run_covariance(SN, name),
    "first_step_loss": lambda name: first_step_loss(SN, optimiser=name),
    "update_overlaps": lambda name: update_overlaps(SN, optimiser=name, sign_norm_ratio=0.8),
    "teacher_overlap": lambda name: teacher_overlap(SN, TEACHER, optimiser=name, sign_norm_ratio=0.8),
    "ridge_stage": lambda name: ridge_stage(SN, student=STUDENT, teacher=TEACHER, eta=1.0, optimiser=name),
    "predict": lambda name: predict(n=400, N=300, d=200, optimiser=name),
    "predicted_spectrum": lambda name: predicted_spectrum(
        SN, TEACHER, 0.1, optimiser=name, adam="corrected", eps=0.0, flags=()
    ),
    "known_optimiser": known_optimiser,
}


@pytest.mark.parametrize("name", ASKED)
def test_an_unknown_optimiser_is_refused(name):
    for known in KNOWN:
        ASKED[name](known)
    for unknown in ("sgd", "Adam", ""):
        with pytest.raises(ValueError, match=rf"^optimiser must be one of adam, gd, got '{unknown}'"):
            ASKED[name](unknown)
