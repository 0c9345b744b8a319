"""`python -m verify.rank_one`: the first gradient beside its rank-one matrices."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "command": ["SPEC", "main", "run"],
        "experiment": ["RankOneResult", "RankOneStudy"],
    },
)
