"""What every test file gets: reproducible hypothesis runs, and one BLAS thread per test process."""

import os

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # one worker per core: before numpy is imported, whatever it asks for

import pytest
from hypothesis import settings

settings.register_profile("bulkspike", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("bulkspike")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty directory that the test stands in, and no store of the user's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BULKSPIKE_STORE", raising=False)
    return tmp_path


@pytest.fixture
def few_claims(monkeypatch):
    """The catalogue without most of its modules, for tests of a user's own claims beside it."""
    monkeypatch.setattr("verify.claims.catalogue.MODULES", ("anchors",))
