"""The prediction at the paper's size, for the tests of `theory.predict`: each problem is predicted once."""

from functools import lru_cache

from theory.prediction.prediction import predict

PAPER = {"n": 2000, "N": 1500, "d": 1000}


@lru_cache(maxsize=64)
def paper(eta=None, **more):
    return predict(**PAPER, eta=eta, **more)
