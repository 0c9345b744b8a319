"""Assumptions B.1 to B.3: reports on a student and a teacher, and proofs for the default pair."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "proofs": ["ProofStep", "prove_softplus_teacher", "prove_tanh_student"],
        "report": ["AssumptionPart", "AssumptionReport", "assumption_flag", "check_student", "check_teacher"],
    },
)
