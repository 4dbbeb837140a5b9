from __future__ import annotations

import os
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hardware.clock import FakeClock

from gitexp.hardware.cgroup import Limits
from gitexp.hardware.host import WATTS_PER_CPU, HostProbe

Times = namedtuple("Times", "user nice system idle iowait guest guest_nice")
GIB = 2**30


class FakeMachine:
    """psutil's answers for a machine of four CPUs, as attributes to be changed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.busy_s = [0.0] * 4
        self.idle_s = [0.0] * 4
        self.read = self.written = 0
        self.nics = {"eth0": [0, 0], "lo": [0, 0], "veth12": [0, 0], "docker0": [0, 0]}
        self.available = 12 * GIB
        self.temperatures: dict[str, list[float]] = {}
        self.temperature_reads = 0
        answers = {
            "cpu_count": lambda logical=True: 4,
            "cpu_times": lambda percpu: [
                # A guest's time is part of user; waiting for a disk is idle time.
                Times(b + 5, 0, 0, i / 2, i / 2, 5, 0)
                for b, i in zip(self.busy_s, self.idle_s, strict=True)
            ],
            "virtual_memory": lambda: SimpleNamespace(total=16 * GIB, available=self.available),
            "swap_memory": lambda: SimpleNamespace(total=GIB, used=123),
            "disk_usage": lambda path: SimpleNamespace(free=7 * GIB, percent=61.23),
            "disk_io_counters": lambda nowrap: SimpleNamespace(
                read_bytes=self.read, write_bytes=self.written
            ),
            "net_io_counters": lambda pernic, nowrap: {
                name: SimpleNamespace(bytes_sent=sent, bytes_recv=received)
                for name, (sent, received) in self.nics.items()
            },
            "sensors_temperatures": self._sensors,
        }
        for name, answer in answers.items():
            monkeypatch.setattr(psutil, name, answer, raising=False)
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2, 3}, raising=False)

    def _sensors(self) -> dict[str, list[SimpleNamespace]]:
        self.temperature_reads += 1
        return {
            name: [SimpleNamespace(current=value) for value in values]
            for name, values in self.temperatures.items()
        }

    def work(self, seconds: float, *shares: float) -> None:
        for cpu, share in enumerate(shares):
            self.busy_s[cpu] += seconds * share
            self.idle_s[cpu] += seconds * (1 - share)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> FakeMachine:
    return FakeMachine(monkeypatch)


def test_use_of_the_whole_machine(machine: FakeMachine) -> None:
    clock = FakeClock()
    probe = HostProbe(limits=Limits(), clock=clock, per_core=True)
    machine.work(2.0, 1.0, 0.5, 0.0, 0.1)
    machine.read, machine.written = 4096, 2048
    machine.nics = {"eth0": [10, 20], "lo": [999, 999], "veth12": [9, 9], "docker0": [9, 9]}
    clock.advance(2.0)
    sample = probe.sample()
    expected = {
        "cpu.utilization_pct": 40.0,
        "cpu.power_estimated_w": 1.6 * WATTS_PER_CPU,
        "cpu.core.0.utilization_pct": 100.0,
        "cpu.core.3.utilization_pct": 10.0,
        "memory.used_bytes": 4 * GIB,
        "memory.available_bytes": 12 * GIB,
        "memory.used_pct": 25.0,
        "swap.used_bytes": 123,
        "disk.free_bytes": 7 * GIB,
        "disk.used_pct": 61.2,
        "disk.read_bytes_per_s": 2048,
        "disk.write_bytes_per_s": 1024,
        "network.sent_bytes_per_s": 5,
        "network.received_bytes_per_s": 10,
    }
    assert expected.items() <= sample.items()


def test_the_first_sample_has_no_rates_and_costs_no_baseline(machine: FakeMachine) -> None:
    clock = FakeClock()
    probe = HostProbe(limits=Limits(), clock=clock)
    clock.advance(0.001)
    assert "cpu.utilization_pct" not in probe.sample()
    machine.work(1.0, 1.0, 1.0, 1.0, 1.0)
    clock.advance(1.0)
    assert probe.sample()["cpu.utilization_pct"] == 99.9


def test_only_the_cpus_that_we_may_use(
    machine: FakeMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 2})
    clock = FakeClock()
    probe = HostProbe(limits=Limits(), clock=clock)
    machine.work(1.0, 0.0, 1.0, 0.5, 1.0)
    clock.advance(1.0)
    sample = probe.sample()
    assert sample["cpu.utilization_pct"] == 75.0
    assert sample["cpu.power_estimated_w"] == 2.5 * WATTS_PER_CPU  # of the whole machine
    assert probe.describe()["cpu"] == {"threads": 4, "usable": 2}


def test_a_containers_limits_make_percentages_true(machine: FakeMachine, tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text(str(3 * GIB))
    usage = tmp_path / "cpu.stat"
    usage.write_text("usage_usec 1000000\n")
    limits = Limits(4 * GIB, tmp_path, 2.0, usage)
    clock = FakeClock()
    probe = HostProbe(limits=limits, clock=clock)
    machine.work(1.0, 1.0, 1.0, 1.0, 1.0)  # mostly the neighbours
    usage.write_text("usage_usec 2500000\n")
    clock.advance(1.0)
    sample = probe.sample()
    assert sample["cpu.utilization_pct"] == 75.0
    assert sample["cpu.power_estimated_w"] == 1.5 * WATTS_PER_CPU
    assert sample["memory.used_pct"] == 75.0
    assert sample["memory.available_bytes"] == GIB
    assert probe.describe() == {
        "cpu": {"threads": 4, "usable": 4, "limit": 2.0},
        "memory": {"total_bytes": 16 * GIB, "limit_bytes": 4 * GIB},
    }


def test_a_counter_that_goes_back_gives_no_rate(machine: FakeMachine) -> None:
    clock = FakeClock()
    machine.read = 10_000
    probe = HostProbe(limits=Limits(), clock=clock)
    machine.read, machine.written = 50, 100  # a drive was unplugged
    clock.advance(1.0)
    sample = probe.sample()
    assert "disk.read_bytes_per_s" not in sample
    assert sample["disk.write_bytes_per_s"] == 100
    machine.read = 150
    clock.advance(1.0)
    assert probe.sample()["disk.read_bytes_per_s"] == 100


def test_temperature_is_of_the_cpu_and_read_seldom(machine: FakeMachine) -> None:
    clock = FakeClock()
    machine.temperatures = {"nvme": [90.0], "coretemp": [55.0, 61.04]}
    probe = HostProbe(limits=Limits(), clock=clock)
    assert probe.sample()["cpu.temperature_c"] == 61.0
    machine.temperatures = {"coretemp": [70.0]}
    clock.advance(1.0)
    assert probe.sample()["cpu.temperature_c"] == 61.0
    assert machine.temperature_reads == 1
    clock.advance(5.0)
    assert probe.sample()["cpu.temperature_c"] == 70.0


def test_where_power_is_measured_it_is_not_estimated(machine: FakeMachine) -> None:
    clock = FakeClock()
    probe = HostProbe(limits=Limits(), clock=clock, estimate_power=False)
    clock.advance(1.0)
    assert "cpu.power_estimated_w" not in probe.sample()


def test_a_folder_that_goes_away_costs_only_its_keys(tmp_path: Path) -> None:
    probe = HostProbe(tmp_path / "gone")
    sample = probe.sample()
    assert "disk.free_bytes" not in sample
    assert sample["memory.used_bytes"] > 0


def test_this_machine(tmp_path: Path) -> None:
    probe = HostProbe(tmp_path)
    sample = probe.sample()
    assert 0 < sample["memory.used_bytes"] <= psutil.virtual_memory().total
    assert sample["disk.free_bytes"] > 0
