"""Signal and noise of a problem by the names of its functions; the paper's size where no other is given."""

from theory.functions.activations import named
from theory.gradient.decomposition import signal_noise
from theory.moments.moments import student_moments, teacher_moments


def problem(n=2000, N=1500, d=1000, student="tanh", teacher="softplus", noise=0.3, **options):
    return signal_noise(
        n=n, N=N, d=d, student=student_moments(named(student)), teacher=teacher_moments(named(teacher)),
        noise=noise, **options,
    )  # fmt: skip
