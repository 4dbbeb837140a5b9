"""Stands in for the module `pynvml`: the calls that gitexp makes, on GPUs made of numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """As in pynvml, errors are classes below one base."""


class NVMLError_NotSupported(NVMLError):
    pass


class NVMLError_NoPermission(NVMLError):
    pass


class NVMLError_FunctionNotFound(NVMLError):
    pass


class NVMLError_LibraryNotFound(NVMLError):
    pass


class NVMLError_DriverNotLoaded(NVMLError):
    pass


class NVMLError_GpuIsLost(NVMLError):
    pass


class NVMLError_NotFound(NVMLError):
    pass


@dataclass
class FakeGpu:
    """One GPU; `errors` are raised by the function of that name."""

    uuid: str = "GPU-11111111-aaaa"
    name: str = "NVIDIA H100 80GB HBM3"
    gpu_pct: int = 87
    memory_pct: int = 41
    used_bytes: int = 20 * 2**30
    total_bytes: int = 80 * 2**30
    power_mw: int = 450_500
    limit_mw: int = 700_000
    energy_mj: int = 1_000_000
    temperature_c: int = 63
    sm_mhz: int = 1755
    memory_mhz: int = 2619
    fan_pct: int | None = None
    reasons: int = 0
    processes: dict[int, int] = field(default_factory=dict)
    slices: dict[int, FakeGpu] = field(default_factory=dict)
    errors: dict[str, type[NVMLError]] = field(default_factory=dict)


class FakeNvml:
    """Only functions that the real module has, with the same arguments (a test compares them)."""

    NVML_TEMPERATURE_GPU = 0
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2

    NVMLError = NVMLError
    NVMLError_NotSupported = NVMLError_NotSupported
    NVMLError_NoPermission = NVMLError_NoPermission
    NVMLError_FunctionNotFound = NVMLError_FunctionNotFound

    def __init__(self, *gpus: FakeGpu, errors: dict[str, type[NVMLError]] | None = None) -> None:
        self.gpus = list(gpus)
        self.errors = errors or {}
        self.opened = 0
        self.calls: list[str] = []

    def _enter(self, function: str, gpu: FakeGpu | None = None) -> None:
        assert self.opened > 0 or function == "nvmlInit", f"{function} before nvmlInit"
        self.calls.append(function)
        for errors in (self.errors, gpu.errors if gpu else {}):
            if function in errors:
                raise errors[function](function)

    def nvmlInit(self) -> None:
        self._enter("nvmlInit")
        self.opened += 1

    def nvmlShutdown(self) -> None:
        self._enter("nvmlShutdown")
        self.opened -= 1

    def nvmlSystemGetDriverVersion(self) -> str:
        self._enter("nvmlSystemGetDriverVersion")
        return "550.54.15"

    def nvmlSystemGetCudaDriverVersion(self) -> int:
        self._enter("nvmlSystemGetCudaDriverVersion")
        return 12040

    def nvmlDeviceGetCount(self) -> int:
        self._enter("nvmlDeviceGetCount")
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:
        self._enter("nvmlDeviceGetHandleByIndex", self.gpus[index])
        return self.gpus[index]

    def nvmlDeviceGetUUID(self, handle: FakeGpu) -> str:
        self._enter("nvmlDeviceGetUUID", handle)
        return handle.uuid

    def nvmlDeviceGetName(self, handle: FakeGpu) -> str:
        self._enter("nvmlDeviceGetName", handle)
        return handle.name

    def nvmlDeviceGetUtilizationRates(self, handle: FakeGpu) -> Any:
        self._enter("nvmlDeviceGetUtilizationRates", handle)
        return SimpleNamespace(gpu=handle.gpu_pct, memory=handle.memory_pct)

    def nvmlDeviceGetMemoryInfo(self, handle: FakeGpu, version: Any = None) -> Any:
        self._enter("nvmlDeviceGetMemoryInfo", handle)
        free = handle.total_bytes - handle.used_bytes
        return SimpleNamespace(total=handle.total_bytes, used=handle.used_bytes, free=free)

    def nvmlDeviceGetPowerUsage(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetPowerUsage", handle)
        return handle.power_mw

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetEnforcedPowerLimit", handle)
        return handle.limit_mw

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetTotalEnergyConsumption", handle)
        return handle.energy_mj

    def nvmlDeviceGetTemperature(self, handle: FakeGpu, sensor: int) -> int:
        self._enter("nvmlDeviceGetTemperature", handle)
        assert sensor == self.NVML_TEMPERATURE_GPU
        return handle.temperature_c

    def nvmlDeviceGetClockInfo(self, handle: FakeGpu, type: int) -> int:
        self._enter("nvmlDeviceGetClockInfo", handle)
        return {self.NVML_CLOCK_SM: handle.sm_mhz, self.NVML_CLOCK_MEM: handle.memory_mhz}[type]

    def nvmlDeviceGetFanSpeed(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetFanSpeed", handle)
        if handle.fan_pct is None:
            raise NVMLError_NotSupported("a passive board")
        return handle.fan_pct

    def nvmlDeviceGetCurrentClocksEventReasons(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetCurrentClocksEventReasons", handle)
        return handle.reasons

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetCurrentClocksThrottleReasons", handle)
        return handle.reasons

    def nvmlDeviceGetComputeRunningProcesses(self, handle: FakeGpu) -> list[Any]:
        self._enter("nvmlDeviceGetComputeRunningProcesses", handle)
        return [
            SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in handle.processes.items()
        ]

    def nvmlDeviceGetMigMode(self, handle: FakeGpu) -> list[int]:
        self._enter("nvmlDeviceGetMigMode", handle)
        return [int(bool(handle.slices)), 0]

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: FakeGpu) -> int:
        self._enter("nvmlDeviceGetMaxMigDeviceCount", handle)
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, device: FakeGpu, index: int) -> FakeGpu:
        self._enter("nvmlDeviceGetMigDeviceHandleByIndex", device)
        if index not in device.slices:
            raise NVMLError_NotFound("no such slice")
        return device.slices[index]
