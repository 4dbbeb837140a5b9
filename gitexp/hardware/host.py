"""The whole machine by psutil: CPU, memory, disks and network, within the container's limits."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gitexp.hardware.cgroup import Limits, find_limits
from gitexp.hardware.pace import Pace, Rates

# What a logical CPU draws at full load, where nothing measures it: servers, desktops and laptops
# of the years around 2020 have 2 to 8 W of design power for each hardware thread.
WATTS_PER_CPU = 4.0

_CPU_SENSORS = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "acpitz", "soc")
_VIRTUAL_NETWORKS = ("lo", "veth", "docker", "br-", "virbr", "cni", "flannel", "cali", "ifb")


class HostProbe:
    """CPU, load, memory, swap, disk, network and temperature of the machine.

    `cpu.utilization_pct` is of the CPUs that we may run on (affinity), and under a CPU quota of
    that quota; memory is that of the container where one limits it.
    """

    name = "host"

    def __init__(
        self,
        path: str | Path = ".",
        *,
        estimate_power: bool = True,
        per_core: bool = False,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the counters for the first time.

        Args:
            path: a folder on the file system whose free space counts.
            estimate_power: add `cpu.power_estimated_w`, for machines that do not measure it.
            per_core: add the utilisation of each core.
            limits: of the container; None: those that we run under.
            clock: seconds.
        """
        import psutil

        self.warnings: list[str] = []
        self._psutil = psutil
        self._path = str(path)
        self._estimate_power = estimate_power
        self._per_core = per_core
        self._total_bytes = int(psutil.virtual_memory().total)
        self._cpus = psutil.cpu_count() or 1
        self._limits = find_limits(self._total_bytes, self._cpus) if limits is None else limits
        self._cpu_rates = Rates(clock)
        self._rates = Rates(clock)
        self._temperature_c: float | None = None
        self._temperature_pace = Pace(0.001, 5.0, clock)
        self._cpu_rates.per_second(self._cpu_counters())
        self._rates.per_second(self._transfer_counters())

    def sample(self) -> dict[str, float]:
        """See `Probe`."""
        return {
            **self._cpu(),
            **self._memory(),
            **self._disk(),
            **{k: round(v) for k, v in self._rates.per_second(self._transfer_counters()).items()},
        }

    def describe(self) -> dict[str, Any]:
        """See `Probe`."""
        limits = self._limits
        cpu = {"threads": self._cpus, "usable": len(self._usable())}
        memory = {"total_bytes": self._total_bytes}
        if limits.cpus is not None:
            cpu["limit"] = round(limits.cpus, 2)  # type: ignore[assignment]
        if limits.memory_bytes is not None:
            memory["limit_bytes"] = limits.memory_bytes
        return {"cpu": cpu, "memory": memory}

    def close(self) -> None:
        """See `Probe`; nothing is held."""

    def _usable(self) -> set[int]:
        """The CPUs that we may run on."""
        if hasattr(os, "sched_getaffinity"):
            return os.sched_getaffinity(0)
        return set(range(self._cpus))

    def _cpu_counters(self) -> dict[str, float]:
        """Busy seconds of each CPU, `0`, `1`, …, and of the container."""
        counters = {}
        for number, times in enumerate(self._psutil.cpu_times(percpu=True)):
            # Linux counts a guest's time in user and nice as well.
            idle = times.idle + getattr(times, "iowait", 0.0)
            guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
            counters[str(number)] = sum(times) - guests - idle
        used_s = self._limits.cpu_used_s()
        if used_s is not None:
            counters["container"] = used_s
        return counters

    def _cpu(self) -> dict[str, float]:
        sample: dict[str, float] = {}
        busy = self._cpu_rates.per_second(self._cpu_counters())
        container = busy.pop("container", None)
        if busy:
            usable = [share for cpu, share in busy.items() if int(cpu) in self._usable()]
            used, of = sum(usable), float(len(usable) or 1)
            if self._limits.cpus is not None and container is not None:
                used, of = container, self._limits.cpus
            sample["cpu.utilization_pct"] = _pct(used, of)
            if self._estimate_power:
                active = sum(busy.values()) if container is None else container
                sample["cpu.power_estimated_w"] = round(WATTS_PER_CPU * active, 2)
            if self._per_core:
                for cpu, share in busy.items():
                    sample[f"cpu.core.{cpu}.utilization_pct"] = _pct(share, 1.0)
        if hasattr(os, "getloadavg"):
            sample["cpu.load_1m"] = round(os.getloadavg()[0], 2)
        temperature_c = self._temperature()
        if temperature_c is not None:
            sample["cpu.temperature_c"] = temperature_c
        return sample

    def _memory(self) -> dict[str, float]:
        memory = self._psutil.virtual_memory()
        total, used = int(memory.total), int(memory.total - memory.available)
        limit, in_container = self._limits.memory_bytes, self._limits.memory_used_bytes()
        if limit is not None and in_container is not None:
            total, used = limit, min(in_container, limit)
        sample: dict[str, float] = {
            "memory.used_bytes": used,
            "memory.available_bytes": min(total - used, int(memory.available)),
            "memory.used_pct": _pct(used, total),
        }
        swap = self._psutil.swap_memory()
        if swap.total:
            sample["swap.used_bytes"] = int(swap.used)
        return sample

    def _disk(self) -> dict[str, float]:
        try:
            usage = self._psutil.disk_usage(self._path)
        except OSError:  # the folder was removed, a network drive is away
            return {}
        return {"disk.free_bytes": int(usage.free), "disk.used_pct": round(usage.percent, 1)}

    def _transfer_counters(self) -> dict[str, float]:
        counters: dict[str, float] = {}
        disks = self._psutil.disk_io_counters(nowrap=False)
        if disks is not None:
            counters["disk.read_bytes_per_s"] = disks.read_bytes
            counters["disk.write_bytes_per_s"] = disks.write_bytes
        networks = self._psutil.net_io_counters(pernic=True, nowrap=False)
        real = [n for name, n in networks.items() if not name.startswith(_VIRTUAL_NETWORKS)]
        if real:
            counters["network.sent_bytes_per_s"] = sum(n.bytes_sent for n in real)
            counters["network.received_bytes_per_s"] = sum(n.bytes_recv for n in real)
        return counters

    def _temperature(self) -> float | None:
        """The hottest CPU sensor; reading them all may take milliseconds, so not each time."""
        if not hasattr(self._psutil, "sensors_temperatures"):
            return None
        if self._temperature_pace.due:
            with self._temperature_pace.work():
                sensors = self._psutil.sensors_temperatures()
            found = next((sensors[name] for name in _CPU_SENSORS if sensors.get(name)), [])
            self._temperature_c = max((round(s.current, 1) for s in found), default=None)
        return self._temperature_c


def _pct(part: float, whole: float) -> float:
    """A share in per cent; clock ticks may make a CPU 101 % busy."""
    return round(min(100.0, max(0.0, 100.0 * part / whole)), 1)
