"""What a notebook and a debugger show of singular triplets."""

import numpy as np

from sim.backend import get_backend
from sim.measures.norms import top_singular_triplets


def test_triplets_show_values_and_bounds_and_no_vectors():
    A = np.diag([5.0, 4.0, 3.0, 2.0, 1.0] + [0.5] * 60)
    found = top_singular_triplets(A, k=2, backend=get_backend("numpy"))
    assert "array" not in repr(found)
    assert len(repr(found)) < 200
    assert "converged" in repr(found)
    assert "5" in repr(found)
    assert "65 x 65" in repr(found)
    for text in (str(found), found._repr_html_()):
        assert f"{found.bounds[0]:.1g}" in text
        assert f"{found.frobenius:.6g}" in text
    assert found.to_frame()["value"].tolist() == found.values.tolist()
    assert found.to_frame()["bound"].tolist() == found.bounds.tolist()


def test_triplets_that_did_not_converge_say_so():
    A = np.random.default_rng(0).standard_normal((200, 300))
    found = top_singular_triplets(A, max_steps=2, backend=get_backend("numpy"))
    assert not found.converged
    assert all("NOT converged" in text for text in (repr(found), str(found), found._repr_html_()))
