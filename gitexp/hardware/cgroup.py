"""The memory and CPU limits that a container, a batch system or a service manager has set.

psutil shows the whole machine; in a container with 4 of 64 cores "6 %" would mean "all of it".
Both versions of Linux control groups are read. A limit may stand at any ancestor of our group,
so the tightest one on the way up counts, and what is used is read at the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_SELF = Path("/proc/self/cgroup")


@dataclass(frozen=True, slots=True)
class Limits:
    """Where limits stand; None: there is none."""

    memory_bytes: int | None = None
    memory_folder: Path | None = None
    cpus: float | None = None  # 2.5: two and a half cores' time
    cpu_usage_file: Path | None = None

    def memory_used_bytes(self) -> int | None:
        """What the group uses, without the file cache that could be dropped at once."""
        if self.memory_folder is None:
            return None
        used = _number(self.memory_folder / "memory.current")
        inactive = "inactive_file"
        if used is None:
            used = _number(self.memory_folder / "memory.usage_in_bytes")
            inactive = "total_inactive_file"
        if used is None:
            return None
        return max(0, used - (_field(self.memory_folder / "memory.stat", inactive) or 0))

    def cpu_used_s(self) -> float | None:
        """CPU time that the group has used, in seconds."""
        if self.cpu_usage_file is None:
            return None
        if self.cpu_usage_file.name == "cpu.stat":
            used_us = _field(self.cpu_usage_file, "usage_usec")
            return None if used_us is None else used_us / 1e6
        used_ns = _number(self.cpu_usage_file)
        return None if used_ns is None else used_ns / 1e9


def find_limits(total_bytes: int, cpus: int, root: Path = _ROOT, own: Path = _SELF) -> Limits:
    """The limits that our process runs under.

    Args:
        total_bytes: the machine's memory; a limit above it is none.
        cpus: the machine's logical CPUs; likewise.
        root: where the control groups are mounted.
        own: /proc/self/cgroup.
    """
    try:
        lines = [line.split(":", 2) for line in own.read_text().splitlines()]
    except OSError:
        return Limits()
    paths = {name: parts[2] for parts in lines if len(parts) == 3 for name in parts[1].split(",")}
    memory: tuple[int, Path] | None = None
    cpu: tuple[float, Path] | None = None
    for folder in _upwards(root, "memory", paths):
        limit = _number(folder / "memory.max") or _number(folder / "memory.limit_in_bytes")
        if limit is not None and limit < (memory[0] if memory else total_bytes):
            memory = (limit, folder)
    for folder in _upwards(root, "cpu", paths):
        share = _cpu_limit(folder)
        if share is not None and share < (cpu[0] if cpu else cpus):
            cpu = (share, folder)
    return Limits(
        memory_bytes=memory[0] if memory else None,
        memory_folder=memory[1] if memory else None,
        cpus=cpu[0] if cpu else None,
        cpu_usage_file=_usage_file(cpu[1], root, paths) if cpu else None,
    )


def _upwards(root: Path, controller: str, paths: dict[str, str]) -> Iterator[Path]:
    """Our group's folder and its ancestors' for a controller, of version 1 and then 2."""
    for base, path in ((root / controller, paths.get(controller)), (root, paths.get(""))):
        if path is None:
            continue
        folder = base / path.strip("/")
        if not folder.is_dir() or ".." in path:  # seen from inside, the container is the root
            folder = base
        while True:
            yield folder
            if folder == base:
                break
            folder = folder.parent


def _cpu_limit(folder: Path) -> float | None:
    try:
        quota, period = (folder / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    quota_us, period_us = (_number(folder / f"cpu.cfs_{what}_us") for what in ("quota", "period"))
    return quota_us / period_us if quota_us and period_us and quota_us > 0 else None


def _usage_file(folder: Path, root: Path, paths: dict[str, str]) -> Path | None:
    """Version 1 counts the time in a controller of its own, often mounted at the same place."""
    accounting = root / "cpuacct" / folder.relative_to(root / "cpu") if "cpu" in paths else folder
    candidates = (folder / "cpu.stat", folder / "cpuacct.usage", accounting / "cpuacct.usage")
    for file in candidates:
        known = _field(file, "usage_usec") if file.name == "cpu.stat" else _number(file)
        if known is not None:
            return file
    return None


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # "max"
        return None


def _field(file: Path, name: str) -> int | None:
    try:
        for line in file.read_text().splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    except (OSError, ValueError):
        pass
    return None
