"""The second stage: ridge losses and kernel-target alignment after one step."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "kernels": [
            "FeatureKernels",
            "TeacherKernels",
            "feature_kernels",
            "gaussian_shift_kernels",
            "line_moments",
            "normal_nodes",
            "teacher_kernels",
        ],
        "kta": ["kernel_target_alignment"],
        "losses": ["RidgeLosses", "fixed_point", "ridge_losses"],
        "readout_rows": [
            "Places",
            "GENERIC_ROWS",
            "ReadoutRows",
            "RowResponse",
            "direction_response",
            "kept_response",
            "shortened_response",
        ],
        "resolvent_sums": [
            "FeatureSpectrum",
            "Sums",
            "eigenvalue_spectrum",
            "identity_spectrum",
            "sign_noise_spectrum",
            "solve_real_system",
        ],
        "stage": ["RidgeStage", "SeenDirection", "ridge_stage", "seen_direction"],
    },
)
