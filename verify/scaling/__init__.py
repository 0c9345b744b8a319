"""`python -m verify.scaling`: do the norms of the first update grow like sqrt(N d), with which constant?"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
        "experiment": ["ScalingResult", "ScalingStudy"],
    },
)
