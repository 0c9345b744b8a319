"""The kinds of run that there are: a line each."""

from verify.running.runs.custom import CUSTOM_RUN
from verify.running.runs.first_step import FIRST_STEP
from verify.running.runs.run import Run
from verify.running.runs.update_norms import UPDATE_NORMS_RUN

__all__ = ["RUNS"]

RUNS: dict[str, Run] = {run.name: run for run in (FIRST_STEP, UPDATE_NORMS_RUN, CUSTOM_RUN)}
