"""A hardware trace folded to mean and peak use, energy, CO2 and cost.

Energy is that of the whole machine as far as it can be measured, of the GPUs that of those which
the run can see; what else ran meanwhile is in it. It is the sum over devices:

    GPUs   their NVML counters; those that have none: the trapezoid over their power samples
    CPU    RAPL counters of packages and memory; where these cannot be read: its load times 4 W
           for each logical CPU ("estimated from cpu load"), an assumption that is right within a
           factor of two for machines of the years around 2020

Drives, fans, the power supply's loss and the screen are in none of it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitexp.schema.energy import EnergyMeter, SamplePace
from gitexp.schema.run import HardwareSummary
from gitexp.schema.tree import number

_GPU = re.compile(r"gpu\.(\d+)\.(energy_j|power_w)")
_RAPL = re.compile(r"cpu\.(?:package|dram)\..+\.energy_j")
_ESTIMATE = "cpu.power_estimated_w"
_REASON = re.compile(r"(gpu\.\d+\.throttled)_by\..+")
# Of these little is bad: their peak is the lowest value.
_SCARCE = re.compile(r".*(free|available)_bytes")


@dataclass(slots=True)
class _Use:
    """Mean and peak of one key."""

    count: int
    total: float
    peak: float


class HardwareFold:
    """Takes in the lines of hardware.jsonl in order; memory grows with the number of keys."""

    def __init__(self) -> None:
        self._samples = 0
        self._uses: dict[str, _Use] = {}
        self._time_s: float | None = None
        self._pace = SamplePace()
        self._gpus: dict[str, EnergyMeter] = {}
        self._cpus: dict[str, EnergyMeter] = {}  # by RAPL domain
        self._estimate = EnergyMeter()

    def add(self, sample: Mapping[str, Any]) -> None:
        """Take in one sample, `{"_time": seconds since the epoch, key: number, …}`.

        What is no finite number is passed over, and so is a sample without a time.
        """
        numbers = {k: n for k, value in sample.items() if (n := _finite(value)) is not None}
        time_s = numbers.pop("_time", None)
        if time_s is None:
            return
        self._samples += 1
        for key, value in numbers.items():
            if not key.endswith("_j"):  # counters have no mean
                self._use(key, value)
        self._energy(time_s, numbers)

    def summary(
        self,
        *,
        carbon_g_per_kwh: float | None = None,
        price_per_kwh: float | None = None,
        currency: str | None = None,
    ) -> HardwareSummary:
        """What the samples so far come to.

        Args:
            carbon_g_per_kwh: grams of CO2 for a kWh of the grid; None: no CO2.
            price_per_kwh: what a kWh costs; None: no cost and no currency.
            currency: of the price.
        """
        energy_wh, source = self._energy_wh()
        co2_g = cost = None
        uses = {k: use for k, use in sorted(self._uses.items()) if math.isfinite(use.total)}
        if energy_wh is not None and carbon_g_per_kwh is not None:
            co2_g = _short(energy_wh / 1000.0 * carbon_g_per_kwh)
        if energy_wh is not None and price_per_kwh is not None:
            cost = _short(energy_wh / 1000.0 * price_per_kwh)
        return HardwareSummary(
            samples=self._samples,
            mean={k: _short(use.total / self._count(k, use)) for k, use in uses.items()},
            peak={k: _short(use.peak) for k, use in uses.items()},
            energy_wh=None if energy_wh is None else _short(energy_wh),
            energy_source=source,
            co2_g=co2_g,
            cost=cost,
            currency=None if cost is None else currency,
        )

    def _use(self, key: str, value: float) -> None:
        use = self._uses.get(key)
        if use is None:
            self._uses[key] = _Use(1, value, value)
            return
        use.count += 1
        use.total += value
        use.peak = min(use.peak, value) if _SCARCE.fullmatch(key) else max(use.peak, value)

    def _count(self, key: str, use: _Use) -> int:
        """A reason to throttle is absent, and so zero, in samples before it first appears."""
        reason = _REASON.fullmatch(key)
        whole = self._uses.get(f"{reason[1]}_pct") if reason else None
        return max(use.count, whole.count) if whole else use.count

    def _energy(self, time_s: float, numbers: Mapping[str, float]) -> None:
        pause_s = 0.0 if self._time_s is None else time_s - self._time_s
        gpus: dict[str, dict[str, float]] = {}
        for key, value in numbers.items():
            if match := _GPU.fullmatch(key):
                gpus.setdefault(match[1], {})[match[2]] = value
            elif _RAPL.fullmatch(key):
                meter = self._cpus.setdefault(key, EnergyMeter())
                meter.add(time_s, self._pace, value, None)
        for index, values in gpus.items():
            meter = self._gpus.setdefault(index, EnergyMeter())
            meter.add(time_s, self._pace, values.get("energy_j"), values.get("power_w"))
        if _ESTIMATE in numbers:
            self._estimate.add_mean(pause_s, self._pace, numbers[_ESTIMATE])
        self._pace.add(pause_s)
        self._time_s = time_s

    def _energy_wh(self) -> tuple[float | None, str | None]:
        """The sum and its sources' names; the estimate only where nothing measures the CPU."""
        gpus, cpus = self._gpus.values(), self._cpus.values()
        measured = any(meter.by_counter for meter in cpus)
        sources = {
            "nvml counter": any(meter.by_counter for meter in gpus),
            "nvml power samples": any(meter.by_power for meter in gpus),
            "rapl": measured,
            "estimated from cpu load": not measured and self._estimate.by_power,
        }
        joules = sum(meter.joules for meter in (*gpus, *cpus))
        if not measured:
            joules += self._estimate.joules
        if not any(sources.values()) or not math.isfinite(joules):
            return None, None
        named = " + ".join(name for name, used in sources.items() if used)
        return joules / 3600.0, f"{named} (whole machine)"


def _finite(value: object) -> float | None:
    found = None if isinstance(value, bool | str) else number(value)
    return found if found is not None and math.isfinite(found) else None


def _short(value: float) -> float:
    """Six significant digits are more than any of this is worth."""
    return float(f"{value:.6g}")
