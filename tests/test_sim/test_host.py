"""What a container, a batch system or a variable leaves of a machine: on files laid out as control groups lay them out."""

import pytest

from sim.host import default_threads, free_memory, usable_cores

G = 1 << 30
VERSION_2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
VERSION_1 = (
    "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)
OF_VERSION_1 = "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n1:name=systemd:/docker/ab\n0::/docker/ab\n"


def machine(root, *, groups="0::/\n", mounts=VERSION_2, files=None, free=64 * G):
    """A machine's /proc and /sys below `root`; `files` are of /sys/fs/cgroup."""
    texts = {
        "proc/meminfo": f"MemTotal: {100 * G // 1024} kB\nMemAvailable: {free // 1024} kB\n",
        "proc/self/cgroup": groups,
        "proc/self/mountinfo": mounts,
        **{f"sys/fs/cgroup/{name}": f"{value}\n" for name, value in (files or {}).items()},
    }
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def held(*, inactive=0, active=0, shared=0, total=""):
    files = f"{total}inactive_file {inactive}\n{total}active_file {active}\n"
    return f"anon 1\nfile {inactive + active + shared}\n{files}shmem {shared}"


def test_without_limits_the_machines_memory_counts(tmp_path):
    assert free_memory(root=machine(tmp_path)) == 64 * G
    assert free_memory(root=machine(tmp_path, files={"memory.max": "max", "memory.current": 5 * G})) == 64 * G


def test_files_that_a_group_holds_are_free(tmp_path):
    files = {
        "memory.max": 8 * G,
        "memory.current": 79 * G // 10,
        "memory.stat": held(inactive=5 * G, active=2 * G),
    }
    assert free_memory(root=machine(tmp_path, files=files)) == 8 * G - (79 * G // 10 - 7 * G)
    files["memory.stat"] = held(shared=7 * G)  # a file system in memory is not given back
    assert free_memory(root=machine(tmp_path, files=files)) == 8 * G - 79 * G // 10


def test_the_smallest_limit_on_the_way_up_holds(tmp_path):
    below = {
        "batch/job/memory.max": "max", "batch/job/memory.current": G,
        "batch/memory.max": 4 * G, "batch/memory.current": G,
        "memory.max": 6 * G, "memory.current": 5 * G,
    }  # fmt: skip
    assert free_memory(root=machine(tmp_path, groups="0::/batch/job\n", files=below)) == G
    assert (
        free_memory(root=machine(tmp_path, groups="0::/batch/job\n", files=below | {"memory.max": "max"}))
        == 3 * G
    )
    low = below | {"batch/job/memory.high": 3 * G // 2}
    assert free_memory(root=machine(tmp_path, groups="0::/batch/job\n", files=low)) == G // 2


def test_a_group_above_its_limit_leaves_nothing(tmp_path):
    files = {"memory.max": G, "memory.current": 2 * G}
    assert free_memory(root=machine(tmp_path, files=files)) == 0


def test_version_1_has_a_tree_a_resource(tmp_path):
    files = {
        "memory/docker/ab/memory.limit_in_bytes": 4 * G, "memory/docker/ab/memory.usage_in_bytes": 3 * G,
        "memory/docker/ab/memory.stat": held(inactive=G, total="total_"),
        "memory/memory.limit_in_bytes": 9223372036854771712, "memory/memory.usage_in_bytes": 50 * G,
        "cpu,cpuacct/docker/ab/cpu.cfs_quota_us": 50000, "cpu,cpuacct/docker/ab/cpu.cfs_period_us": 100000,
        "cpu,cpuacct/cpu.cfs_quota_us": -1, "cpu,cpuacct/cpu.cfs_period_us": 100000,
    }  # fmt: skip
    root = machine(tmp_path, groups=OF_VERSION_1, mounts=VERSION_1, files=files)
    assert free_memory(root=root) == 2 * G
    assert default_threads(root=root, variables={}) == 1


def test_a_container_sees_its_own_part_of_a_tree_as_the_whole(tmp_path):
    """Docker without a namespace of control groups: the path is the host's, the mount is that part of it."""
    mounts = VERSION_1.replace(" 0:32 / ", " 0:32 /docker/ab ")
    files = {"memory/memory.limit_in_bytes": 2 * G, "memory/memory.usage_in_bytes": G}
    assert free_memory(root=machine(tmp_path, groups=OF_VERSION_1, mounts=mounts, files=files)) == G
    outside = OF_VERSION_1.replace("memory:/docker/ab", "memory:/../other")
    assert free_memory(root=machine(tmp_path, groups=outside, mounts=mounts, files=files)) == G


@pytest.mark.parametrize(
    ("quota", "threads"),
    [("50000 100000", 1), ("150000 100000", 2), ("max 100000", 64), ("10000000 100000", 64)],
)
def test_a_quota_of_processor_time_counts(tmp_path, monkeypatch, quota, threads):
    monkeypatch.setattr("sim.host.usable_cores", lambda: 64)
    files = {"job/cpu.max": quota, "job/step/cpu.max": "max 100000"}
    assert (
        default_threads(root=machine(tmp_path, groups="0::/job/step\n", files=files), variables={}) == threads
    )


@pytest.mark.parametrize(
    ("variables", "threads"),
    [
        ({}, 64), ({"OMP_NUM_THREADS": "1"}, 1), ({"OPENBLAS_NUM_THREADS": "3"}, 3), ({"MKL_NUM_THREADS": "2"}, 2),
        ({"OMP_NUM_THREADS": "4,2"}, 4), ({"OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "2"}, 2),
        ({"OMP_NUM_THREADS": "0"}, 64), ({"OMP_NUM_THREADS": "many"}, 64), ({"OMP_NUM_THREADS": ""}, 64),
        ({"OMP_NUM_THREADS": "-1"}, 64), ({"OMP_NUM_THREADS": "²"}, 64), ({"OMP_NUM_THREADS": "9" * 5000}, 64),
    ],
)  # fmt: skip
def test_variables_of_blas_and_openmp_count(tmp_path, monkeypatch, variables, threads):
    monkeypatch.setattr("sim.host.usable_cores", lambda: 64)
    assert default_threads(root=machine(tmp_path), variables=variables) == threads


def test_a_system_without_such_files_says_what_it_can(tmp_path):
    assert default_threads(root=tmp_path, variables={}) == usable_cores()
    assert free_memory(root=tmp_path) is None or free_memory(root=tmp_path) > 0


@pytest.mark.parametrize("text", ["", "0::/\n\n::\nx", "\udcff", "0::job\n4:memory\n"])
def test_files_that_say_nothing_limit_nothing(tmp_path, text):
    root = machine(
        tmp_path, files={"memory.max": "", "memory.current": "x", "memory.stat": "a b c", "cpu.max": "1"}
    )
    (root / "proc/self/cgroup").write_text(text, errors="surrogateescape")
    assert free_memory(root=root) == 64 * G
    assert default_threads(root=root, variables={}) == usable_cores()
