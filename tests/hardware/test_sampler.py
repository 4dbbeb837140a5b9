from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gitexp.hardware.sampler import Sampler, default_probes


class FakeProbe:
    """Answers with its key, and fails while it is told to."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.warnings: list[str] = []
        self.fails = False
        self.asked = self.closed = 0

    def sample(self) -> dict[str, float]:
        self.asked += 1
        if self.fails:
            raise RuntimeError("no answer")
        return {f"{self.name}.count": self.asked}

    def describe(self) -> dict[str, Any]:
        if self.fails:
            raise RuntimeError("no answer")
        return {self.name: "here"}

    def close(self) -> None:
        self.closed += 1
        if self.fails:
            raise RuntimeError("no answer")


def test_one_flat_sample_of_all_probes_with_the_time_first() -> None:
    sampler = Sampler([], probes=[FakeProbe("a"), FakeProbe("b")], time_s=lambda: 17.1234)
    assert list(sampler.sample().items()) == [("_time", 17.123), ("a.count", 1), ("b.count", 1)]


def test_a_probe_that_keeps_failing_leaves_with_one_warning() -> None:
    broken, sound = FakeProbe("broken"), FakeProbe("sound")
    sampler = Sampler([], probes=[broken, sound])
    broken.fails = True
    for n in range(1, 7):
        assert sampler.sample()["sound.count"] == n
    assert broken.asked == 3
    assert broken.closed == 1
    assert sampler.warnings == ["the broken probe was taken out: RuntimeError: no answer"]


def test_a_probe_that_fails_for_a_moment_stays() -> None:
    probe = FakeProbe()
    sampler = Sampler([], probes=[probe])
    for fails in (True, True, False, True, True, False):
        probe.fails = fails
        sampler.sample()
    assert probe.asked == 6
    assert sampler.warnings == []


def test_warnings_of_probes_are_passed_on_once() -> None:
    probe = FakeProbe()
    sampler = Sampler([], probes=[probe])
    probe.warnings.append("GPU 0 is no longer watched")
    sampler.sample()
    sampler.sample()
    assert sampler.warnings == ["GPU 0 is no longer watched"]


def test_descriptions_are_joined_as_far_as_they_are_given() -> None:
    broken = FakeProbe("broken")
    broken.fails = True
    assert Sampler([], probes=[broken, FakeProbe("a")]).describe() == {"a": "here"}


def test_closing_closes_all_and_is_quiet() -> None:
    broken, sound = FakeProbe("broken"), FakeProbe("sound")
    sampler = Sampler([], probes=[broken, sound])
    broken.fails = True
    sampler.close()
    sampler.close()
    assert (broken.closed, sound.closed) == (1, 1)
    assert set(sampler.sample()) == {"_time"}


def test_on_this_machine(tmp_path: Path) -> None:
    sampler = Sampler(lambda: [os.getpid()], path=tmp_path)
    sample = sampler.sample()
    assert sample["process.count"] >= 1
    assert sample["memory.used_bytes"] > 0
    assert sampler.warnings == []
    assert sampler.describe()["cpu"]["threads"] >= 1
    sampler.close()


def test_without_gpu_and_counters_host_and_processes_are_left(tmp_path: Path) -> None:
    names = {probe.name for probe in default_probes([os.getpid()], tmp_path)}
    assert {"host", "processes"} <= names <= {"host", "processes", "nvidia", "rapl"}
