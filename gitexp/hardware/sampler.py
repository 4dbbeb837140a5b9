"""All probes together: one flat sample of the machine at a time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gitexp.hardware._base import Probe

# A probe may fail for a moment (too many open files); one that always does is taken out.
_PATIENCE = 3

Roots = Callable[[], Sequence[int]]


class Sampler:
    """Asks each probe; one that keeps failing leaves, with a warning, and the others go on.

    Made, asked and closed by one thread.
    """

    def __init__(
        self,
        roots: Roots | Sequence[int],
        *,
        path: str | Path | None = None,
        probes: Sequence[Probe] | None = None,
        time_s: Callable[[], float] = time.time,
    ) -> None:
        """Find out what can be measured; takes 5 ms, with GPUs some tens.

        Args:
            roots: pids at the top of the training's process trees, or what says them.
            path: a folder on the disk whose free space counts; None: the current one.
            probes: what to ask; None: everything that this machine has.
            time_s: the wall clock.
        """
        self.warnings: list[str] = []
        self._time_s = time_s
        self._probes = list(default_probes(roots, path) if probes is None else probes)
        self._failures = dict.fromkeys(map(id, self._probes), 0)

    def sample(self) -> dict[str, float]:
        """`{"_time": seconds since the epoch, "cpu.utilization_pct": 12.5, …}`; never raises."""
        sample: dict[str, float] = {"_time": round(self._time_s(), 3)}
        for probe in list(self._probes):
            try:
                sample.update(probe.sample())
                self._failures[id(probe)] = 0
            except Exception as error:  # noqa: BLE001 - the contract of probes
                self._failed(probe, error)
            self.warnings += probe.warnings
            probe.warnings.clear()
        return sample

    def describe(self) -> dict[str, Any]:
        """What all probes know of the machine, nested."""
        facts: dict[str, Any] = {}
        for probe in self._probes:
            with contextlib.suppress(Exception):
                facts.update(probe.describe())
        return facts

    def close(self) -> None:
        """Close all probes; may be called twice."""
        for probe in self._probes:
            with contextlib.suppress(Exception):
                probe.close()
        self._probes = []

    def _failed(self, probe: Probe, error: Exception) -> None:
        self._failures[id(probe)] += 1
        if self._failures[id(probe)] < _PATIENCE:
            return
        self._probes.remove(probe)
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        self.warnings.append(f"the {probe.name} probe was taken out: {what}")
        with contextlib.suppress(Exception):
            probe.close()


def default_probes(roots: Roots | Sequence[int], path: str | Path | None = None) -> list[Probe]:
    """Every probe that has something to say on this machine."""
    from gitexp.hardware.host import HostProbe
    from gitexp.hardware.nvidia import NvidiaProbe
    from gitexp.hardware.processes import ProcessTreeProbe
    from gitexp.hardware.rapl import RaplProbe

    rapl = RaplProbe.open()
    processes = ProcessTreeProbe(roots if callable(roots) else lambda: roots)
    nvidia = NvidiaProbe.open(lambda: processes.pids)
    host = HostProbe(path or ".", estimate_power=rapl is None)
    return [probe for probe in (host, processes, rapl, nvidia) if probe is not None]
