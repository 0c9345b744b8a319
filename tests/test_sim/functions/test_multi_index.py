"""Teachers of several directions: their values, their labels, their directions, and what is no such teacher."""

import numpy as np
import pytest

from sim.draw import Draw
from sim.functions.multi_index import MultiIndex, multi_index, product_of, sum_of
from sim.runs.starts import orthogonal_rows
from sim.setting import Setting

Z = np.array([[0.3, -1.2, 2.0], [1.0, 0.5, -0.25]])


@pytest.mark.parametrize(
    ("teacher", "expected"),
    [
        (sum_of(["tanh", "linear"]), np.tanh(Z[:, 0]) + Z[:, 1]),
        (product_of(["sin", "softplus", "linear"]), np.sin(Z[:, 0]) * np.log1p(np.exp(Z[:, 1])) * Z[:, 2]),
        (multi_index("z1*z2 - z3**2/4 + exp(-z1)"), Z[:, 0] * Z[:, 1] - Z[:, 2] ** 2 / 4 + np.exp(-Z[:, 0])),
        (multi_index("-relu(z2)*3"), -3 * np.maximum(Z[:, 1], 0)),
        (multi_index("z1*0 + 2"), np.full(2, 2.0)),
    ],
)
def test_values_are_those_of_the_formula(teacher, expected):
    assert teacher.value(Z[:, : teacher.directions]) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "z*2", "z0", "z1 + z33", "2", "", "z1 +", "z1**z2", "z1**-1", "z1**21", "z1.real", "f(z1)", "exp(z1, z2)",
        "(lambda: z1)()", "__import__('os')", "z1 if z2 else z3", "[z1]", "z1 @ z2", "True*z1", "log(z1)", "1/(z1-z1)",
        "z1" + "+1" * 600, "-" * 40 + "z1", "'z1'",
    ],
)  # fmt: skip
def test_what_is_no_teacher_is_refused_in_a_line(text):
    with pytest.raises(ValueError, match=r"must|exponent") as caught:
        multi_index(text)
    assert "\n" not in str(caught.value)


def test_labels_are_the_teachers_of_orthonormal_directions():
    teacher = multi_index("z1*z2 + z3")
    draw = Draw(setting=Setting(n=600, N=8, d=12, teacher=teacher, noise=0.0), seed=3, dtype="float64")
    B = draw.teacher_directions()
    assert pytest.approx(np.eye(3), abs=1e-12) == B @ B.T
    assert B[0] == pytest.approx(draw.teacher_direction())
    X, y = draw.sample_block("train", 0, 600)
    assert y == pytest.approx((X @ B[0]) * (X @ B[1]) + X @ B[2], rel=1e-9, abs=1e-12)
    assert draw.sample_block("train", 300, 310)[1] == pytest.approx(y[300:310])
    more = Draw(setting=Setting(n=600, N=8, d=12, teacher=sum_of(["tanh"] * 4)), seed=3, dtype="float64")
    assert more.teacher_directions()[:3] == pytest.approx(B)  # whatever follows them


def test_one_direction_is_the_plain_teacher():

    def labels(teacher):
        draw = Draw(setting=Setting(n=300, N=8, d=12, teacher=teacher), seed=3, dtype="float64")
        return draw.sample_block("test", 0, 300)[1]

    assert labels(sum_of(["softplus"])) == pytest.approx(labels("softplus"), rel=1e-12)


def test_what_needs_one_direction_says_so():
    teacher = sum_of(["tanh", "sin"])
    setting = Setting(n=30, N=8, d=12, teacher=teacher)
    with pytest.raises(TypeError, match="teacher must be of one direction here"):
        setting.sigma_star
    with pytest.raises(ValueError, match="teacher must have at most d = 1 directions, got 2"):
        Setting(n=30, N=8, d=1, teacher=teacher)
    with pytest.raises(ValueError, match="links must be 1 to 32 names, got 0"):
        sum_of([])


def test_fingerprints_tell_functions_apart():
    names = ["z1*z2", "z1 + z2", "z1*z2 + z3*0", "z1*z2*1.0001"]
    prints = {multi_index(name).fingerprint() for name in names}
    assert len(prints) == 4
    assert multi_index("z1*z2").fingerprint() == multi_index("z2*z1").fingerprint()
    assert isinstance(multi_index("z1*z2"), MultiIndex)


@pytest.mark.parametrize(("N", "d"), [(8, 20), (20, 8)])
@pytest.mark.parametrize("parametrisation", ["ntk", "mean-field"])
def test_a_first_layer_with_orthogonal_rows_has_one_singular_value(N, d, parametrisation):
    draw = Draw(setting=Setting(n=10, N=N, d=d, parametrisation=parametrisation), seed=1, dtype="float64")
    W = orthogonal_rows(draw)
    s = np.linalg.svd(W, compute_uv=False)
    assert s == pytest.approx(np.full(min(N, d), s[0]), rel=1e-12)
    assert np.linalg.norm(W) == pytest.approx(draw.setting.weight_deviation * np.sqrt(N * d), rel=1e-12)
