"""Twenty bugs of the sorts that such code has: (what, file, function, the text, what stands there instead)."""

__all__ = ["HANDWRITTEN"]

HANDWRITTEN: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "wrong factor: the 2 of the squared loss is lost",
        "sim/network/two_layer.py", "mean_loss_factor", "2.0 * setting.input_scale", "1.0 * setting.input_scale",
    ),
    (
        "NTK for mean-field: the input is scaled by 1/sqrt d in both",
        "sim/setting.py", "Setting.input_scale", '"ntk"', "self.parametrisation",
    ),
    (
        "label for residual: the gradient of -y, the network's own output left out",
        "sim/network/streaming.py", "residuals", "f / math.sqrt(run.setting.N) -", "0.0 * f -",
    ),
    (
        "eps inside the root",
        "sim/optimisers/adam.py", "_first_update", "G / (xp.abs(G) + eps)", "G / xp.sqrt(G * G + eps)",
    ),
    (
        "uncorrected for corrected",
        "sim/optimisers/adam.py", "_first_update", 'return D if adam == "corrected"', 'return D if adam == "uncorrected"',
    ),
    (
        "left for right singular vectors in the overlap",
        "sim/measures/alignment.py", "top_overlaps", "A.right[:, 0] @ B.right[:, 0]", "A.left[:, 0] @ B.left[:, 0]",
    ),
    (
        "noise not drawn",
        "sim/draw.py", "Draw.fill_samples", "y.dtype.type(self.setting.noise)", "y.dtype.type(0.0)",
    ),
    (
        "sigma for sigma' in the gradient",
        "sim/network/streaming.py", "output_and_slopes", "slope * (factor", "value * (factor",
    ),
    (
        "Hill's estimator off by one",
        "sim/measures/tails.py", "hill_alpha", "i = m // 2", "i = m // 2 + 1",
    ),
    (
        "features divided by sqrt d twice",
        "sim/measures/readout.py", "feature_scales", '{"paper": paper,', '{"paper": paper * d**-0.5,',
    ),
    (
        "the same stream for every cell",
        "sim/draw.py", "stream_of", 'f"{n},{N},{d}"', '"n,N,d"',
    ),
    (
        "hold-out samples are the training samples",
        "sim/draw.py", "Draw.fill_samples", "SAMPLES[kind]", 'SAMPLES["train" if kind == "holdout" else kind]',
    ),
    (
        "the ridge without the number of samples",
        "sim/measures/readout.py", "_solve", "shift = ridge * sums.n", "shift = ridge",
    ),
    (
        "an ascent: the step goes up the gradient",
        "sim/optimisers/step.py", "moved_weights", "W - eta * D", "W + eta * D",
    ),
    (
        "sqrt(min) for sqrt(max): the least norm of a sign matrix",
        "theory/random_matrices/inequalities.py", "sign_norm_interval", "rank=min(rows, columns)", "rank=max(rows, columns)",
    ),
    (
        "a transposed W: rows for columns in the overlaps of the spike",
        "theory/spike/formulas.py", "_overlaps", "d / N", "N / d",
    ),
    (
        "the samples' share of the signal over d, not n",
        "theory/gradient/decomposition.py", "signal_noise",         "v_t = b_squared / d + residual_2 / n",
        "v_t = b_squared / d + residual_2 / d",
    ),
    (
        "1/pi for 2/pi in the arcsine law",
        "theory/update/sign.py", "sign_norm_ratio",
        "(2.0 / np.pi) * _arcsine_of_p(kappa)", "(1.0 / np.pi) * _arcsine_of_p(kappa)",
    ),
    (
        "mean-field for NTK: the network's output over N",
        "theory/gradient/decomposition.py", "width_factor", '"ntk"', '"mean-field"',
    ),
    (
        "the loss after a step of gradient descent without the 2 of its linear term",
        "theory/losses/parabola.py", "gd_loss", "linear=2 * half_linear / unit", "linear=half_linear / unit",
    ),
)  # fmt: skip
