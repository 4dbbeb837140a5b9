from __future__ import annotations

from pathlib import Path

from hardware.clock import FakeClock
from hardware.powercap import RANGE_UJ, add_zone

from gitexp.hardware.rapl import RaplProbe


def test_packages_and_memory_but_not_their_parts(tmp_path: Path) -> None:
    add_zone(tmp_path, "intel-rapl:0", "package-0", 5)
    add_zone(tmp_path, "intel-rapl:0:0", "core", 5)
    add_zone(tmp_path, "intel-rapl:0:1", "uncore", 5)
    add_zone(tmp_path, "intel-rapl:0:2", "dram", 5)
    add_zone(tmp_path, "intel-rapl:1", "package-1", 5)
    add_zone(tmp_path, "intel-rapl:1:2", "dram", 5)
    add_zone(tmp_path, "intel-rapl:2", "psys", 5)
    add_zone(tmp_path, "intel-rapl-mmio:0", "package-0", 5)
    probe = RaplProbe.open(tmp_path)
    assert probe is not None
    assert {key for key in probe.sample() if key.endswith("_j")} == {
        "cpu.package.0.energy_j",
        "cpu.package.1.energy_j",
        "cpu.dram.0.energy_j",
        "cpu.dram.1.energy_j",
    }


def test_joules_since_the_beginning_and_mean_power(tmp_path: Path) -> None:
    package = add_zone(tmp_path, "intel-rapl:0", "package-0", 1_000_000_000)
    memory = add_zone(tmp_path, "intel-rapl:0:1", "dram", 0)
    clock = FakeClock()
    probe = RaplProbe.open(tmp_path, clock)
    assert probe is not None
    package.write_text("1090000000")
    memory.write_text("10000000")
    clock.advance(2.0)
    assert probe.sample() == {
        "cpu.package.0.energy_j": 90.0,
        "cpu.dram.0.energy_j": 10.0,
        "cpu.power_w": 50.0,
    }


def test_a_counter_that_wraps(tmp_path: Path) -> None:
    package = add_zone(tmp_path, "intel-rapl:0", "package-0", RANGE_UJ - 4_000_000)
    probe = RaplProbe.open(tmp_path, FakeClock())
    assert probe is not None
    package.write_text("6000000")
    assert probe.sample()["cpu.package.0.energy_j"] == 10.0
    package.write_text("7000000")
    assert probe.sample()["cpu.package.0.energy_j"] == 11.0


def test_no_right_to_read_it_is_quiet(tmp_path: Path) -> None:
    add_zone(tmp_path, "intel-rapl:0", "package-0", 5).unlink()
    (tmp_path / "intel-rapl:0" / "energy_uj").mkdir()  # root may read everything but a folder
    assert RaplProbe.open(tmp_path) is None


def test_no_powercap_is_quiet(tmp_path: Path) -> None:
    assert RaplProbe.open(tmp_path / "missing") is None


def test_a_counter_that_becomes_unreadable_leaves_with_one_warning(tmp_path: Path) -> None:
    package = add_zone(tmp_path, "intel-rapl:0", "package-0", 5)
    add_zone(tmp_path, "intel-rapl:1", "package-1", 5)
    probe = RaplProbe.open(tmp_path)
    assert probe is not None
    package.unlink()
    assert "cpu.package.0.energy_j" not in probe.sample()
    assert set(probe.sample()) >= {"cpu.package.1.energy_j"}
    assert len(probe.warnings) == 1
