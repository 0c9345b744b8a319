"""What every test file gets: reproducible hypothesis runs and one BLAS thread less to argue about."""

from hypothesis import settings

settings.register_profile("bulkspike", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("bulkspike")
