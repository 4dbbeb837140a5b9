"""One NVIDIA GPU: every number that NVML has of it, and of its MIG slices."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any

# What holds clocks down against the training's wish; being idle, and clocks that somebody has
# set, do not. Bits as NVML defines them, nvmlClocksEventReason….
REASONS = {
    0x04: "power_cap",
    0x08: "hardware_slowdown",
    0x20: "thermal",
    0x40: "hardware_thermal",
    0x80: "power_brake",
}
_SILENT = ("NVMLError_NotSupported", "NVMLError_FunctionNotFound", "NVMLError_NoPermission")


class Gpu:
    """Asks NVML; what a GPU does not support is not asked again."""

    def __init__(self, nvml: Any, index: int, handle: Any) -> None:
        """Ask who it is.

        Raises:
            NVMLError: the GPU cannot be reached.
        """
        self.index = index
        self._nvml = nvml
        self._handle = handle
        self._silent = tuple(getattr(nvml, name) for name in _SILENT if hasattr(nvml, name))
        self._unsupported: set[str] = set()
        self._slow: dict[str, float] = {}
        self._reasons_seen: set[str] = set()
        self.uuid = text_of(self._ask("nvmlDeviceGetUUID", handle) or "")
        self.name = text_of(self._ask("nvmlDeviceGetName", handle) or "NVIDIA GPU")
        self._slices = self._find_slices()
        self.mig_uuids = tuple(
            text_of(self._ask("nvmlDeviceGetUUID", slice_) or "") for _, slice_ in self._slices
        )

    def sample(self) -> dict[str, float]:
        """Its numbers, keys as in `NvidiaProbe`.

        Raises:
            NVMLError: the GPU is lost.
        """
        nvml, ask, handle = self._nvml, self._ask, self._handle
        sample: dict[str, float] = {}
        use = ask("nvmlDeviceGetUtilizationRates", handle)
        if use is not None:
            sample["utilization_pct"] = use.gpu
            sample["memory_busy_pct"] = use.memory
        memory = ask("nvmlDeviceGetMemoryInfo", handle)
        if memory is not None and memory.total:
            sample["memory_used_bytes"] = memory.used
            sample["memory_used_pct"] = round(100.0 * memory.used / memory.total, 1)
        self._put(sample, "power_w", "nvmlDeviceGetPowerUsage", scale=1e-3, digits=2)
        self._put(sample, "energy_j", "nvmlDeviceGetTotalEnergyConsumption", scale=1e-3, digits=3)
        self._put(sample, "temperature_c", "nvmlDeviceGetTemperature", nvml.NVML_TEMPERATURE_GPU)
        self._put(sample, "sm_clock_mhz", "nvmlDeviceGetClockInfo", nvml.NVML_CLOCK_SM)
        self._put(sample, "memory_clock_mhz", "nvmlDeviceGetClockInfo", nvml.NVML_CLOCK_MEM)
        sample.update(self._throttling())
        for number, slice_ in self._slices:
            memory = ask("nvmlDeviceGetMemoryInfo", slice_)
            if memory is not None:
                sample[f"mig.{number}.memory_used_bytes"] = memory.used
        sample.update(self._slow)
        return {f"gpu.{self.index}.{key}": value for key, value in sample.items()}

    def read_slow(self, pids: Set[int]) -> None:
        """Read what need not be read each time: `sample` repeats it until the next call.

        Raises:
            NVMLError: the GPU is lost.
        """
        slow: dict[str, float] = {}
        self._put(slow, "power_limit_w", "nvmlDeviceGetEnforcedPowerLimit", scale=1e-3, digits=2)
        self._put(slow, "fan_pct", "nvmlDeviceGetFanSpeed")
        users = [self._handle, *(slice_ for _, slice_ in self._slices)]
        processes = [
            process
            for user in users
            for process in self._ask("nvmlDeviceGetComputeRunningProcesses", user) or ()
        ]
        used = {p.pid: p.usedGpuMemory for p in processes if p.pid in pids and p.usedGpuMemory}
        if used or "process_memory_bytes" in self._slow:
            slow["process_memory_bytes"] = sum(used.values())
        self._slow = slow

    def describe(self) -> dict[str, Any]:
        """Index, name, memory and slices."""
        try:
            memory = self._ask("nvmlDeviceGetMemoryInfo", self._handle)
            slices = [text_of(self._ask("nvmlDeviceGetName", s) or "MIG") for _, s in self._slices]
        except self._nvml.NVMLError:
            memory, slices = None, []
        facts: dict[str, Any] = {"index": self.index, "name": self.name}
        if memory is not None:
            facts["memory_bytes"] = memory.total
        return {**facts, "mig": slices} if slices else facts

    def _throttling(self) -> dict[str, float]:
        bits = self._ask("nvmlDeviceGetCurrentClocksEventReasons", self._handle)
        if bits is None:  # drivers before 535 know the former name only
            bits = self._ask("nvmlDeviceGetCurrentClocksThrottleReasons", self._handle)
        if bits is None:
            return {}
        active = {name for bit, name in REASONS.items() if bits & bit}
        self._reasons_seen |= active
        by_reason = {
            f"throttled_by.{name}_pct": 100.0 if name in active else 0.0
            for name in sorted(self._reasons_seen)
        }
        return {"throttled_pct": 100.0 if active else 0.0, **by_reason}

    def _find_slices(self) -> list[tuple[int, Any]]:
        """The MIG slices, with their numbers."""
        mode = self._ask("nvmlDeviceGetMigMode", self._handle)
        if mode is None or not mode[0]:
            return []
        slices = []
        for number in range(self._ask("nvmlDeviceGetMaxMigDeviceCount", self._handle) or 0):
            try:
                handle = self._nvml.nvmlDeviceGetMigDeviceHandleByIndex(self._handle, number)
            except self._nvml.NVMLError:  # not all that there could be exist
                continue
            slices.append((number, handle))
        return slices

    def _put(
        self,
        sample: dict[str, float],
        key: str,
        function: str,
        *arguments: Any,
        scale: float = 1,
        digits: int | None = None,
    ) -> None:
        value = self._ask(function, self._handle, *arguments)
        if value is not None:
            sample[key] = value if digits is None else round(value * scale, digits)

    def _ask(self, function: str, *arguments: Any) -> Any:
        """Call NVML; None where this is not supported."""
        # A slice supports less than its GPU, so what counts is the handle as well.
        asked = f"{function}{arguments[1:]}{'' if arguments[0] is self._handle else 'slice'}"
        call: Callable[..., Any] | None = getattr(self._nvml, function, None)
        if call is None or asked in self._unsupported:
            return None
        try:
            return call(*arguments)
        except self._silent:
            self._unsupported.add(asked)
            return None


def text_of(value: str | bytes) -> str:
    """Older pynvml give bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
