"""The training's own processes: the trees below given pids, and what they use together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from gitexp.hardware.pace import Pace, Rates

_MOST = 4096  # processes

Roots = Callable[[], Sequence[int]]


class ProcessTreeProbe:
    """CPU, memory, threads and I/O of all processes that the training has started.

    A process that is found once belongs to it until its end, also if its parent dies before.
    Looking for children and reading each process are paced: with hundreds of processes some
    samples go without these keys.

    `process.cpu_pct` is 100 for each core in use, as in top. `process.rss_bytes` is a sum: memory
    that processes share counts in each of them.
    """

    name = "processes"

    def __init__(self, roots: Roots, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Find the processes for the first time.

        Args:
            roots: the pids at the top; asked each time, since more may join.
            clock: seconds.
        """
        import psutil

        self.warnings: list[str] = []
        self._psutil = psutil
        self._roots = roots
        self._cpus = psutil.cpu_count() or 1
        self._known: dict[int, Any] = {}  # pid → psutil.Process
        self._used: dict[int, tuple[float, int, int]] = {}  # pid → CPU s, bytes read, written
        self._rates = Rates(clock)
        self._finding = Pace(0.002, clock=clock)
        self._reading = Pace(0.004, clock=clock)
        with self._finding.work():
            self._find()
        self._read()

    def sample(self) -> dict[str, float]:
        """See `Probe`."""
        if self._finding.due:
            with self._finding.work():
                self._find()
        if not self._reading.due:
            return {}
        with self._reading.work():
            return self._read()

    def describe(self) -> dict[str, Any]:
        """See `Probe`; processes are not described."""
        return {}

    def close(self) -> None:
        """See `Probe`."""
        self._known.clear()

    @property
    def pids(self) -> frozenset[int]:
        """The processes that were alive at the last look."""
        return frozenset(self._known)

    def _find(self) -> None:
        waiting = [*self._roots(), *self._known]
        seen: set[int] = set()
        while waiting and len(seen) < _MOST:
            pid = waiting.pop()
            if pid in seen or pid <= 0:
                continue
            seen.add(pid)
            try:
                process = self._known.get(pid) or self._psutil.Process(pid)
                if not process.is_running():  # or its pid belongs to another one by now
                    self._forget(pid)
                    continue
                self._known[pid] = process
                waiting += _children(process)
            except (self._psutil.Error, OSError):
                self._forget(pid)

    def _forget(self, pid: int) -> None:
        self._known.pop(pid, None)
        self._used.pop(pid, None)

    def _read(self) -> dict[str, float]:
        rss_bytes = threads = count = 0
        for pid, process in list(self._known.items()):
            try:
                with process.oneshot():
                    self._used[pid] = self._counters(process)
                    rss_bytes += process.memory_info().rss
                    threads += process.num_threads()
                    count += 1
            except self._psutil.ZombieProcess:  # what it used stays until its parent takes it over
                continue
            except self._psutil.NoSuchProcess:
                self._forget(pid)
            except self._psutil.AccessDenied:  # started by sudo
                continue
        if not count:
            return {}
        sample: dict[str, float] = {
            "process.rss_bytes": rss_bytes,
            "process.threads": threads,
            "process.count": count,
        }
        cpu_s, read, written = (sum(each) for each in zip(*self._used.values(), strict=True))
        rates = self._rates.per_second({"cpu": cpu_s, "read": read, "written": written})
        if "cpu" in rates:
            sample["process.cpu_pct"] = round(100.0 * min(rates["cpu"], self._cpus), 1)
        if "read" in rates and "written" in rates and read + written:
            sample["process.read_bytes_per_s"] = round(rates["read"])
            sample["process.write_bytes_per_s"] = round(rates["written"])
        return sample

    def _counters(self, process: Any) -> tuple[float, int, int]:
        """CPU seconds, bytes read, bytes written; each with those of its ended children.

        So the sum over the living does not fall when a process ends and its parent waits for it.
        """
        cpu_s = sum(process.cpu_times()[:4])  # user, system, and both of its children
        if not hasattr(process, "io_counters"):  # macOS
            return cpu_s, 0, 0
        try:
            io = process.io_counters()
        except self._psutil.AccessDenied:
            return cpu_s, 0, 0
        return cpu_s, io.read_bytes, io.write_bytes


def _children(process: Any) -> list[int]:
    """The direct children; asking the kernel is far cheaper than looking at all processes."""
    if not _kernel_lists_children():
        return [child.pid for child in process.children()]
    children: list[int] = []
    tasks = f"/proc/{process.pid}/task"
    for thread in os.listdir(tasks):  # each thread lists what it has forked
        try:
            with open(f"{tasks}/{thread}/children", "rb") as file:
                children += map(int, file.read().split())
        except FileNotFoundError:  # the thread has just ended
            continue
    return children


@lru_cache(maxsize=1)
def _kernel_lists_children() -> bool:
    """Whether this is a Linux that is built with /proc/<pid>/task/<tid>/children."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")
