"""Files of many figures, written side by side in processes of their own: drawing holds one core, and costs the most."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.host import default_threads

if TYPE_CHECKING:
    from verify.appendix.files import Provenance
    from verify.appendix.item import Content

__all__ = ["write_all"]

Write = Callable[[Path, "Content", "Provenance", list[str]], list[str]]
FEW = 4  # items for which starting processes costs more than it saves


def write_all(
    write: Write, out: Path, jobs: "Sequence[tuple[Content, Provenance]]", complaints: list[str], *, threads: int | None
) -> list[list[str]]:  # fmt: skip
    """The files of every (content, provenance), in order; the bytes do not depend on how many processes there are.

    Parameters
    ----------
    write : callable
        As `verify.appendix.files.write_figure`; a function of a module, so that a process finds it.
    complaints : list of str
        Gets every complaint, each once.
    threads : int or None
        Most processes at a time; default `sim.host.default_threads`.
    """
    workers = min(threads or default_threads(), len(jobs))
    if len(jobs) <= FEW or workers < 2:
        found = [_written(write, out, *job) for job in jobs]
    else:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_alone) as pool:
            futures = [pool.submit(_written, write, out, *job) for job in jobs]
            try:
                found = [future.result() for future in futures]
            except BaseException:  # an interrupt, too, should not wait for figures that nobody has begun
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    complaints += [
        line for line in dict.fromkeys(line for _, lines in found for line in lines) if line not in complaints
    ]
    return [names for names, _ in found]


def _alone() -> None:
    """One thread for each process, and an interrupt left to the process that started it."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"


def _written(
    write: Write, out: Path, content: "Content", provenance: "Provenance"
) -> tuple[list[str], list[str]]:
    complaints: list[str] = []
    return write(out, content, provenance, complaints), complaints
