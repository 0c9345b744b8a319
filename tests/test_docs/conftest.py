"""The documentation's own modules on the path."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="session", autouse=True)
def extensions():
    """docs/ and docs/_ext/, first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(DOCS), str(DOCS / "_ext"), *sys.path])
        yield DOCS
