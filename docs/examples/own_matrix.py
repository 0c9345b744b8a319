"""Is there a spike in my matrix, and how heavy is its tail?"""

import numpy as np

import sim
from sim.measures import hill_alpha
from theory.random_matrices import marchenko_pastur_edges

rng = np.random.default_rng(0)
np.save("my.npy", rng.standard_normal((600, 400)) + 0.2 * np.outer(rng.choice([-1, 1], 600), np.ones(400)))

A = np.load("my.npy").astype(np.float64)
top = sim.top_singular_triplets(A, k=3, backend=sim.get_backend("numpy"))
print(top)

values = np.linalg.svd(A, compute_uv=False)
low, high = marchenko_pastur_edges(N=A.shape[0], d=A.shape[1], variance=float(np.median(A**2) / 0.4549))
print(
    f"white noise of that variance would end at s = {high**0.5:.2f}; beyond it: {(values > high**0.5).sum()}"
)
null = np.linalg.svd(rng.standard_normal(A.shape), compute_uv=False)
print(
    f"Hill's exponent {hill_alpha(values**2).alpha:.2f}; of pure noise of this shape {hill_alpha(null**2).alpha:.2f}"
)
