"""Real processes, on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from hardware.clock import FakeClock

from gitexp.hardware import processes
from gitexp.hardware.processes import ProcessTreeProbe

TREE = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.readline()
child.communicate(b"\\n")
sys.stdin.readline()
"""


@pytest.fixture
def tree() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process with one child; a line on its stdin ends the child, another one itself."""
    parent = subprocess.Popen(
        [sys.executable, "-c", TREE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    yield parent, child
    parent.kill()
    parent.communicate()
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def probe_of(pid: int) -> tuple[ProcessTreeProbe, FakeClock]:
    clock = FakeClock()
    return ProcessTreeProbe(lambda: [pid], clock=clock), clock


def say(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def until(condition: object) -> None:
    deadline = time.monotonic() + 20
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(params=[True, False], ids=["asked of the kernel", "found by psutil"])
def _finding(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    supported = processes._kernel_lists_children() and request.param
    monkeypatch.setattr(processes, "_kernel_lists_children", lambda: supported)


@pytest.mark.usefixtures("_finding")
def test_the_tree_below_a_process(tree: tuple[subprocess.Popen[bytes], int]) -> None:
    parent, child = tree
    probe, clock = probe_of(parent.pid)
    assert probe.pids == {parent.pid, child}
    clock.advance(1.0)
    sample = probe.sample()
    assert sample["process.count"] == 2
    assert sample["process.threads"] >= 2
    assert sample["process.rss_bytes"] > 2 * 2**20
    assert sample["process.cpu_pct"] >= 0
    say(parent)
    until(lambda: not psutil.pid_exists(child))
    clock.advance(1.0)
    assert probe.sample()["process.count"] == 1


def test_a_process_stays_in_the_tree_when_its_parent_dies(
    tree: tuple[subprocess.Popen[bytes], int],
) -> None:
    parent, child = tree
    probe, clock = probe_of(parent.pid)
    parent.kill()
    parent.wait()
    clock.advance(1.0)
    assert probe.sample()["process.count"] == 1
    assert probe.pids == {child}


def test_cpu_time_of_ended_children_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has used 50 s ends; its parent takes its time over. No spike, no dip."""
    state = {1: (10.0, 0.0), 2: (50.0, 0.0)}  # pid → own seconds, those of ended children
    zombies: set[int] = set()

    class FakeProcess:
        def __init__(self, pid: int) -> None:
            self.pid = pid

        def is_running(self) -> bool:
            if self.pid not in state:
                raise psutil.NoSuchProcess(self.pid)
            return True

        def oneshot(self) -> FakeProcess:
            return self

        def __enter__(self) -> None:
            if self.pid in zombies:
                raise psutil.ZombieProcess(self.pid)
            if self.pid not in state:
                raise psutil.NoSuchProcess(self.pid)

        def __exit__(self, *_: object) -> None: ...

        def cpu_times(self) -> tuple[float, float, float, float]:
            own, ended = state[self.pid]
            return own, 0.0, ended, 0.0

        def memory_info(self) -> object:
            return type("Memory", (), {"rss": 1})

        def num_threads(self) -> int:
            return 1

    monkeypatch.setattr(psutil, "Process", FakeProcess)
    monkeypatch.setattr(processes, "_children", lambda process: [2] if process.pid == 1 else [])
    clock = FakeClock()
    probe = ProcessTreeProbe(lambda: [1], clock=clock)

    def next_pct() -> float:
        clock.advance(1.0)
        return probe.sample()["process.cpu_pct"]

    state.update({1: (10.2, 0.0), 2: (50.5, 0.0)})
    assert next_pct() == 70.0
    zombies.add(2)
    state[1] = (10.3, 0.0)
    assert next_pct() == 10.0
    zombies.clear()
    del state[2]
    state[1] = (10.4, 50.5)
    assert next_pct() == 10.0


def test_io_and_cpu_are_rates() -> None:
    probe, clock = probe_of(os.getpid())
    # The kernel counts in ticks of 10 ms.
    began = time.process_time()
    while time.process_time() - began < 0.05:
        sum(range(10_000))
    clock.advance(1.0)
    assert probe.sample()["process.cpu_pct"] > 0


def test_no_process_no_keys(tree: tuple[subprocess.Popen[bytes], int]) -> None:
    parent, child = tree
    probe, clock = probe_of(parent.pid)
    for pid in (child, parent.pid):
        os.kill(pid, signal.SIGKILL)
    parent.wait()
    until(lambda: not psutil.pid_exists(child))
    clock.advance(1.0)
    assert probe.sample() == {}
    assert probe.pids == frozenset()


def test_roots_may_join_later() -> None:
    roots: list[int] = []
    clock = FakeClock()
    probe = ProcessTreeProbe(lambda: roots, clock=clock)
    assert probe.sample() == {}
    roots += [os.getpid(), -1, 0]
    clock.advance(1.0)
    assert probe.sample()["process.count"] >= 1


def test_a_large_tree_is_looked_at_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    finds = []

    def find(self: ProcessTreeProbe) -> None:
        finds.append(clock.now_s)
        clock.advance(0.02)  # what it costs

    monkeypatch.setattr(ProcessTreeProbe, "_find", find)
    probe = ProcessTreeProbe(lambda: [os.getpid()], clock=clock)
    for _ in range(40):
        clock.advance(1.0)
        probe.sample()
    assert 4 <= len(finds) <= 6
