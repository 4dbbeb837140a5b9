"""Energy of CPUs and their memory, as the processor itself counts it (RAPL, by Linux powercap)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POWERCAP = Path("/sys/class/powercap")


@dataclass(slots=True)
class _Domain:
    """One counter: a processor package, or the memory beside it."""

    key: str  # "cpu.package.0"
    file: Path
    range_uj: int  # where it begins again at zero
    last_uj: int
    total_uj: int = 0


class RaplProbe:
    """Joules since the probe was made: `cpu.package.<n>.energy_j`, `cpu.dram.<n>.energy_j`.

    Counters wrap around, on large processors within half an hour; a wrap between two samples is
    made good. `cpu.power_w` is the mean power of all domains since the last sample.
    """

    name = "rapl"

    def __init__(
        self, domains: list[_Domain], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.warnings: list[str] = []
        self._domains = domains
        self._clock = clock
        self._before = (clock(), 0)

    @classmethod
    def open(
        cls, folder: Path = _POWERCAP, clock: Callable[[], float] = time.monotonic
    ) -> RaplProbe | None:
        """The probe, or None where there is no such counter or no right to read it.

        Since 2020 kernels let only root read it; that is no warning, the energy is estimated.
        """
        domains = _find_domains(folder)
        return cls(domains, clock) if domains else None

    def sample(self) -> dict[str, float]:
        """See `Probe`."""
        for domain in list(self._domains):
            now_uj = _read_int(domain.file)
            if now_uj is None:  # the right to read it was taken away
                self._domains.remove(domain)
                self.warnings.append(f"the energy counter {domain.file} cannot be read any more")
                continue
            grown_uj = now_uj - domain.last_uj
            if grown_uj < 0:
                grown_uj += domain.range_uj
            domain.total_uj += max(0, grown_uj)
            domain.last_uj = now_uj
        sample: dict[str, float] = {
            f"{domain.key}.energy_j": round(domain.total_uj / 1e6, 3) for domain in self._domains
        }
        then_s, then_uj = self._before
        now_s, total_uj = self._clock(), sum(domain.total_uj for domain in self._domains)
        if now_s - then_s > 0.05 and total_uj >= then_uj and self._domains:
            sample["cpu.power_w"] = round((total_uj - then_uj) / 1e6 / (now_s - then_s), 2)
            self._before = (now_s, total_uj)
        return sample

    def describe(self) -> dict[str, Any]:
        """See `Probe`; there is nothing to say beside the numbers."""
        return {}

    def close(self) -> None:
        """See `Probe`."""
        self._domains = []


def _find_domains(folder: Path) -> list[_Domain]:
    """Packages, and the memory (dram) that some count beside them.

    The domains core and uncore are parts of their package and psys is the sum of everything;
    counting them as well would count twice.
    """
    domains: list[_Domain] = []
    # Not intel-rapl-mmio:0: that is the same package seen through another door.
    for zone in sorted(folder.glob("*-rapl:*")):
        try:
            label = (zone / "name").read_text().strip()
        except OSError:
            continue
        kind, _, number = label.partition("-")
        if kind not in ("package", "dram"):
            continue
        number = number if kind == "package" else zone.name.split(":")[1]
        key = f"cpu.{kind}.{number or 0}"
        now_uj = _read_int(zone / "energy_uj")
        range_uj = _read_int(zone / "max_energy_range_uj")
        if now_uj is not None:
            domains.append(_Domain(key, zone / "energy_uj", range_uj or 0, now_uj))
    return domains


def _read_int(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
