"""What this process may use of its machine: cores and threads, memory; a container's or a batch system's share of them.

Control groups limit a process by files (Linux, `man 7 cgroups`): version 2 has one tree, version 1 a tree per resource.
A limit may stand at any level between the process's own group and the root of its tree; the smallest one holds.
"""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

__all__ = ["default_threads", "free_memory", "usable_cores"]

T = TypeVar("T")

ROOT = Path("/")
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
NO_LIMIT = 1 << 60  # version 1 writes the largest whole number of pages where there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """A folder of a control group, and which version's files it has."""

    folder: Path
    version: int

    def number(self, name: str) -> int | None:
        """The first number of a file; None where there is no such file, or it says "max"."""
        with suppress(OSError, ValueError, IndexError):
            return int((self.folder / name).read_text(encoding="utf-8").split()[0])
        return None

    def table(self, name: str) -> dict[str, int]:
        """A file of lines `name number`."""
        with suppress(OSError, ValueError):
            lines = (self.folder / name).read_text(encoding="utf-8").splitlines()
            return {key: int(value) for key, value in (line.split() for line in lines)}
        return {}


def usable_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads(*, root: Path = ROOT, variables: Mapping[str, str] | None = None) -> int:
    """Threads where nobody says how many: the least of usable cores, a CPU quota and the variables of BLAS and OpenMP.

    Parameters
    ----------
    root : Path
        Where /proc and /sys are found.
    variables : mapping, optional
        Default the environment: OMP_NUM_THREADS, OPENBLAS_NUM_THREADS, MKL_NUM_THREADS.

    Returns
    -------
    threads : int
        At least 1; a quota's part of a core counts as a core.
    """
    said = os.environ if variables is None else variables
    asked = [_leading(said.get(name, "")) for name in VARIABLES]
    quotas = [math.ceil(quota) for quota in _found(_quota, "cpu", root)]
    return max(1, min([usable_cores(), *(threads for threads in asked if threads >= 1), *quotas]))


def free_memory(*, root: Path = ROOT) -> int | None:
    """Bytes that can still be allocated on the host; None where the system does not say.

    What a control group holds of files is given back when memory is wanted, and counts as free.
    """
    free = _machine_memory(root)
    rooms = [*_found(_room, "memory", root), *([] if free is None else [free])]
    return min(rooms) if rooms else None


def _leading(text: str) -> int:
    """A variable's number of threads: the first of a list by level of nesting; 0 where there is none."""
    first = text.split(",")[0].strip()
    return int(first) if first.isascii() and first.isdigit() and len(first) < 10 else 0


def _machine_memory(root: Path) -> int | None:
    try:
        with open(root / "proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        if "SC_AVPHYS_PAGES" in getattr(os, "sysconf_names", ()):
            return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _found(read: Callable[[_Group], T | None], controller: str, root: Path) -> Iterator[T]:
    """What `read` finds in the process's own group and in every one above it."""
    for group in _groups(controller, root):
        value = read(group)
        if value is not None:
            yield value


def _quota(group: _Group) -> float | None:
    """Cores that a group may keep busy on average."""
    if group.version == 1:
        quota, period = group.number("cpu.cfs_quota_us"), group.number("cpu.cfs_period_us")
        return quota / period if quota is not None and quota > 0 and period else None
    with suppress(OSError, ValueError):
        quota_text, period_text = (group.folder / "cpu.max").read_text(encoding="utf-8").split()
        return int(quota_text) / int(period_text) if int(period_text) > 0 else None
    return None


def _room(group: _Group) -> int | None:
    """Bytes that a group may still take, what it holds of files included."""
    old = group.version == 1
    limits = [
        group.number(name) for name in (["memory.limit_in_bytes"] if old else ["memory.max", "memory.high"])
    ]
    used = group.number("memory.usage_in_bytes" if old else "memory.current")
    known = [limit for limit in limits if limit is not None and limit < NO_LIMIT]
    if not known or used is None:
        return None
    held = group.table("memory.stat")
    names = ("total_inactive_file", "total_active_file") if old else ("inactive_file", "active_file")
    files = sum(held.get(name, 0) for name in names)  # shared memory is not among them
    return max(0, min(known) - max(0, used - files))


def _groups(controller: str, root: Path) -> Iterator[_Group]:
    """Folders of the process's own group of a controller, then of every one above it, in each tree that has it."""
    for version, controllers, path in _memberships(root):
        if version == 2 or controller in controllers:
            for place, mounted in _mounts(controller, version, root):
                inside = _below(path, mounted)
                for part in (inside, *inside.parents):
                    yield _Group(folder=root / place.relative_to("/") / part, version=version)


def _memberships(root: Path) -> Iterator[tuple[int, list[str], PurePosixPath]]:
    """Lines of /proc/self/cgroup: version, controllers, path in its tree."""
    for line in _lines(root / "proc/self/cgroup"):
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if path.startswith("/"):
            yield (2 if number == "0" and not controllers else 1), controllers.split(","), PurePosixPath(path)


def _mounts(controller: str, version: int, root: Path) -> Iterator[tuple[PurePosixPath, PurePosixPath]]:
    """Where trees are mounted, and which part of each: fields 5 and 4 of /proc/self/mountinfo."""
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        fields, (kind, *more) = before.split(), after.split() or [""]
        wanted = (
            kind == "cgroup2"
            if version == 2
            else kind == "cgroup" and controller in ",".join(more).split(",")
        )
        if wanted and len(fields) > 4 and fields[4].startswith("/"):
            yield PurePosixPath(fields[4].replace("\\040", " ")), PurePosixPath(fields[3])


def _below(path: PurePosixPath, mounted: PurePosixPath) -> PurePosixPath:
    """A group's path below its mount; the mount itself where the group lies outside of what is mounted."""
    inside = path.relative_to(mounted) if path.is_relative_to(mounted) else PurePosixPath()
    return PurePosixPath() if ".." in inside.parts else inside


def _lines(path: Path) -> list[str]:
    with suppress(OSError, UnicodeError):
        return path.read_text(encoding="utf-8").splitlines()
    return []
