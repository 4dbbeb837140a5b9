"""What every probe keeps to, as `gitexp.hardware._base.Probe` says."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hardware.clock import FakeClock
from hardware.fake_nvml import FakeGpu, FakeNvml
from hardware.powercap import add_zone

from gitexp.hardware._base import Probe
from gitexp.hardware.host import HostProbe
from gitexp.hardware.nvidia import NvidiaProbe
from gitexp.hardware.processes import ProcessTreeProbe
from gitexp.hardware.rapl import RaplProbe
from gitexp.hardware.sampler import Sampler

UNITS = re.compile(
    r"[a-z0-9_.-]+(_pct|_bytes|_bytes_per_s|_w|_c|_mhz|_j|\.load_1m|\.threads|\.count)"
)


def host(folder: Path, clock: FakeClock) -> Probe:
    return HostProbe(folder, per_core=True, clock=clock)


def processes(folder: Path, clock: FakeClock) -> Probe:
    return ProcessTreeProbe(lambda: [os.getpid()], clock=clock)


def nvidia(folder: Path, clock: FakeClock) -> Probe:
    nvml = FakeNvml(FakeGpu(fan_pct=30, reasons=4), FakeGpu(slices={1: FakeGpu()}))
    probe = NvidiaProbe.open(nvml=nvml)
    assert probe is not None
    return probe


def rapl(folder: Path, clock: FakeClock) -> Probe:
    add_zone(folder, "intel-rapl:0", "package-0", 10)
    add_zone(folder, "intel-rapl:0:1", "dram", 10)
    probe = RaplProbe.open(folder, clock)
    assert probe is not None
    return probe


@pytest.fixture(params=[host, processes, nvidia, rapl], ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[FakeClock], Probe]:
    return lambda clock: request.param(tmp_path, clock)


def test_samples_are_flat_finite_numbers_with_units(make: Callable[[FakeClock], Probe]) -> None:
    clock = FakeClock()
    probe = make(clock)
    for _ in range(3):
        clock.advance(1.0)
        sample = probe.sample()
        assert sample
        for key, value in sample.items():
            assert UNITS.fullmatch(key), key
            assert type(value) in (int, float), key
            assert math.isfinite(value), key
            if key.endswith("_pct") and not key.startswith("process."):
                assert 0 <= value <= 100, key
    probe.close()


def test_asked_twice_at_once_it_does_not_fail(make: Callable[[FakeClock], Probe]) -> None:
    probe = make(FakeClock())
    probe.sample()
    probe.sample()
    probe.close()


def test_counters_do_not_fall(make: Callable[[FakeClock], Probe]) -> None:
    clock = FakeClock()
    probe = make(clock)
    before: dict[str, float] = {}
    for _ in range(3):
        clock.advance(1.0)
        now = {k: v for k, v in probe.sample().items() if k.endswith("_j")}
        assert all(now[key] >= value for key, value in before.items())
        before = now


def test_descriptions_are_plain_data(make: Callable[[FakeClock], Probe]) -> None:
    probe = make(FakeClock())
    facts = probe.describe()
    assert json.loads(json.dumps(facts)) == facts


def test_healthy_probes_do_not_warn(make: Callable[[FakeClock], Probe]) -> None:
    probe = make(FakeClock())
    probe.sample()
    assert probe.warnings == []


def test_closing_twice_is_allowed(make: Callable[[FakeClock], Probe]) -> None:
    probe = make(FakeClock())
    probe.close()
    probe.close()


def test_a_sampler_takes_them(make: Callable[[FakeClock], Probe]) -> None:
    clock = FakeClock()
    sampler = Sampler([], probes=[make(clock)])
    clock.advance(1.0)
    sample = sampler.sample()
    assert next(iter(sample)) == "_time"
    assert len(sample) > 1
    assert sampler.warnings == []
    sampler.close()
