"""NVIDIA GPUs by NVML (the `nvidia-ml-py` package): use, memory, power, heat, clocks, energy."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Collection
from typing import Any

from gitexp.hardware.gpu import Gpu, text_of
from gitexp.hardware.pace import Pace

# Without one of these there is no driver, and importing pynvml to hear so costs 20 ms.
_SIGNS = ("/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia", "/dev/dxg", "/dev/nvmap")


class NvidiaProbe:
    """The GPUs that the training can see, each under `gpu.<index>.`, as NVML counts them.

    Keys: utilization_pct (share of time in which a kernel ran), memory_busy_pct (… in which
    memory was read or written), memory_used_bytes, memory_used_pct, process_memory_bytes (of the
    training's processes), power_w, power_limit_w, energy_j (counter), temperature_c, fan_pct,
    sm_clock_mhz, memory_clock_mhz, throttled_pct (100 while clocks are held down), and for each
    reason that ever held them down throttled_by.<reason>_pct. With MIG, mig.<n>.memory_used_bytes
    for each slice; there NVML has no utilisation.

    A GPU that goes away (fallen off the bus) is left out from then on, with a warning.
    """

    name = "nvidia"

    def __init__(
        self,
        nvml: Any,
        *,
        pids: Callable[[], Collection[int]] = tuple,
        visible: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Find the GPUs.

        Args:
            nvml: the module `pynvml`, initialised; the probe shuts it down.
            pids: the training's processes.
            visible: CUDA_VISIBLE_DEVICES; None: not set.
            clock: seconds.
        """
        self.warnings: list[str] = []
        self._nvml = nvml
        self._pids = pids
        # Limits, fans and processes change slowly, and listing processes is NVML's slowest call.
        self._slow = Pace(0.002, 5.0, clock)
        self._gpus: list[Gpu] = []
        for index in range(nvml.nvmlDeviceGetCount()):
            try:
                self._gpus.append(Gpu(nvml, index, nvml.nvmlDeviceGetHandleByIndex(index)))
            except nvml.NVMLError as error:
                self.warnings.append(f"GPU {index} cannot be watched: {error}")
        self._gpus = [gpu for gpu in self._gpus if _is_visible(gpu, visible)]

    @classmethod
    def open(
        cls,
        pids: Callable[[], Collection[int]] = tuple,
        nvml: Any = None,
        visible: str | None = None,
    ) -> NvidiaProbe | None:
        """The probe, or None where there is no NVML, no driver or no GPU; that is no warning.

        Args:
            pids: the training's processes.
            nvml: stands in for the module `pynvml`.
            visible: CUDA_VISIBLE_DEVICES; None: as it is set.
        """
        if nvml is None:
            if sys.platform == "darwin":
                return None
            if sys.platform.startswith("linux") and not any(map(os.path.exists, _SIGNS)):
                return None
            try:
                import pynvml
            except ImportError:
                return None
            nvml = pynvml
        try:
            nvml.nvmlInit()
        except nvml.NVMLError:
            return None
        if visible is None:
            visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        try:
            probe = cls(nvml, pids=pids, visible=visible)
        except nvml.NVMLError:
            _shut_down(nvml)
            return None
        if probe._gpus:
            return probe
        probe.close()
        return None

    def sample(self) -> dict[str, float]:
        """See `Probe`."""
        sample: dict[str, float] = {}
        if self._slow.due:
            with self._slow.work():
                pids = frozenset(self._pids())
                self._each(lambda gpu: gpu.read_slow(pids))
        self._each(lambda gpu: sample.update(gpu.sample()))
        return sample

    def describe(self) -> dict[str, Any]:
        """See `Probe`: the GPUs, the driver's version and the newest CUDA that it supports."""
        gpus = [gpu.describe() for gpu in self._gpus]
        return {"gpus": gpus, **({"nvidia": facts} if (facts := self._driver()) else {})}

    def close(self) -> None:
        """See `Probe`."""
        if self._nvml is not None:
            _shut_down(self._nvml)
        self._nvml, self._gpus = None, []

    def _each(self, work: Callable[[Gpu], object]) -> None:
        for gpu in list(self._gpus):
            try:
                work(gpu)
            except self._nvml.NVMLError as error:
                self._gpus.remove(gpu)
                self.warnings.append(f"GPU {gpu.index} is no longer watched: {error}")

    def _driver(self) -> dict[str, str]:
        facts: dict[str, str] = {}
        try:
            facts["driver"] = text_of(self._nvml.nvmlSystemGetDriverVersion())
            version = self._nvml.nvmlSystemGetCudaDriverVersion()
            facts["cuda"] = f"{version // 1000}.{version % 1000 // 10}"
        except self._nvml.NVMLError:
            pass
        return facts


def _is_visible(gpu: Gpu, visible: str | None) -> bool:
    """Whether CUDA_VISIBLE_DEVICES lets the training use it: indices, or ids as NVML names them.

    CUDA numbers unlike GPUs fastest first and NVML by bus; CUDA_DEVICE_ORDER=PCI_BUS_ID makes
    both agree.
    """
    if visible is None:
        return True
    for part in visible.split(","):
        part = part.strip()
        if part.isdigit() and int(part) == gpu.index:
            return True
        if part.startswith("GPU-") and gpu.uuid.startswith(part):
            return True
        if part.startswith("MIG-") and any(uuid.startswith(part) for uuid in gpu.mig_uuids):
            return True
        if not part.isdigit() and not part.startswith(("GPU-", "MIG-")):
            return False  # CUDA reads up to the first entry that it does not know
    return False


def _shut_down(nvml: Any) -> None:
    with contextlib.suppress(nvml.NVMLError):
        nvml.nvmlShutdown()
