"""The kinds of run that there are: a line each."""

from verify.running.kinds.custom import CUSTOM_RUN
from verify.running.kinds.first_step import FIRST_STEP
from verify.running.kinds.kind import RunKind
from verify.running.kinds.training import TRAINING
from verify.running.kinds.update_norms import UPDATE_NORMS_RUN

__all__ = ["RUN_KINDS"]

RUN_KINDS: dict[str, RunKind] = {
    run.name: run for run in (FIRST_STEP, UPDATE_NORMS_RUN, TRAINING, CUSTOM_RUN)
}
