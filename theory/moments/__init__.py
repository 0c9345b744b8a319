"""Gaussian moments of students and teachers, by closed forms, quadrature and balls."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "balls": ["BALL_MOMENTS", "MomentBall", "moment_ball"],
        "closed_forms": ["student_closed_forms", "teacher_closed_forms"],
        "hermite": ["HermiteCoefficients", "hermite_coefficients", "hermite_tail"],
        "moments": ["StudentMoments", "TeacherMoments", "student_moments", "teacher_moments"],
    },
)
