"""Control groups of both versions, laid out as Linux, Docker, Slurm and systemd do."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitexp.hardware.cgroup import Limits, find_limits

GIB = 2**30


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cgroup"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def find(root: Path, own: str) -> Limits:
    file = root.parent / "self-cgroup"
    file.write_text(own)
    return find_limits(64 * GIB, 16, root, file)


def test_version_2_inside_a_container(root: Path) -> None:
    write(
        root,
        memory__max=f"{4 * GIB}\n",
        memory__current=f"{3 * GIB}\n",
        memory__stat=f"anon 5\ninactive_file {1 * GIB}\nactive_file 7\n",
        cpu__max="250000 100000\n",
        cpu__stat="usage_usec 7500000\nuser_usec 1\n",
    )
    limits = find(root, "0::/\n")
    assert (limits.memory_bytes, limits.cpus) == (4 * GIB, 2.5)
    assert limits.memory_used_bytes() == 2 * GIB
    assert limits.cpu_used_s() == 7.5


def test_version_2_without_limits(root: Path) -> None:
    write(root / "user.slice", memory__max="max\n", cpu__max="max 100000\n")
    assert find(root, "0::/user.slice\n") == Limits()


def test_the_tightest_limit_on_the_way_up_counts(root: Path) -> None:
    job = root / "system.slice" / "job_7"
    write(job / "step_0", memory__max="max", cpu__max="800000 100000")
    write(
        job,
        memory__max=f"{8 * GIB}",
        cpu__max="400000 100000",
        memory__current="5",
        cpu__stat="usage_usec 1000000",
    )
    write(root / "system.slice", memory__max=f"{32 * GIB}", cpu__max="max 100000")
    limits = find(root, "0::/system.slice/job_7/step_0\n")
    assert (limits.memory_bytes, limits.cpus) == (8 * GIB, 4.0)
    assert limits.memory_used_bytes() == 5  # read where the limit stands
    assert limits.cpu_used_s() == 1.0


def test_version_1_seen_from_inside_a_container(root: Path) -> None:
    """/proc/self/cgroup names the host's path, but the container's group is the root here."""
    write(
        root / "memory",
        memory__limit_in_bytes=f"{2 * GIB}",
        memory__usage_in_bytes=f"{GIB}",
        memory__stat="cache 1\ntotal_inactive_file 24\n",
    )
    write(root / "cpu", cpu__cfs_quota_us="150000", cpu__cfs_period_us="100000")
    write(root / "cpuacct", cpuacct__usage="2500000000")
    limits = find(root, "9:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/docker/abc\n")
    assert (limits.memory_bytes, limits.cpus) == (2 * GIB, 1.5)
    assert limits.memory_used_bytes() == GIB - 24
    assert limits.cpu_used_s() == 2.5


def test_version_1_without_limits(root: Path) -> None:
    write(root / "memory" / "x", memory__limit_in_bytes="9223372036854771712")
    write(root / "cpu" / "x", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    assert find(root, "9:memory:/x\n3:cpu:/x\n") == Limits()


def test_a_limit_above_what_the_machine_has_is_none(root: Path) -> None:
    write(root, memory__max=f"{65 * GIB}", cpu__max="1700000 100000")
    assert find(root, "0::/\n") == Limits()


def test_a_path_that_leads_out_is_not_followed(root: Path) -> None:
    write(root.parent / "other", memory__max="5")
    write(root, memory__max="max")
    assert find(root, "0::/../other\n") == Limits()


def test_another_system_has_no_limits(tmp_path: Path) -> None:
    assert find_limits(GIB, 2, tmp_path, tmp_path / "missing") == Limits()
    assert find(tmp_path / "cgroup", "not a cgroup file") == Limits()


def test_files_that_vanish_are_no_numbers(root: Path) -> None:
    write(root, memory__max="5", cpu__max="50000 100000", cpu__stat="usage_usec 1")
    limits = find(root, "0::/\n")
    (root / "cpu.stat").unlink()
    assert limits.memory_used_bytes() is None
    assert limits.cpu_used_s() is None
