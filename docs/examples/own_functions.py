"""Which eta makes a spike at my size, with my own activation and teacher, and with what overlap?"""

import theory
from verify.problem import resolve_function

problem = {
    "n": 1600, "N": 600, "d": 400,
    "student": resolve_function("expr:tanh(z) + z/10"),
    "teacher": resolve_function("expr:z*sigmoid(2*z)"),
}  # fmt: skip
threshold = float(theory.predict(**problem)["critical_eta"])
record = theory.predict(**problem, eta=[0.5 * threshold, 2 * threshold, 5 * threshold])
print(f"the spike leaves the bulk at eta = {threshold:.4f}")
for eta in record.etas:
    top, overlap = record["top_singular_value", eta], record["left_overlap", eta]
    print(f"eta {eta:.4f}: s_1 = {float(top):.1f}, overlap with the update {float(overlap):.3f}")
