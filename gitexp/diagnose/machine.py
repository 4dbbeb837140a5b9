"""The machine: a GPU that waits, memory that is nearly full, clocks that are held down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import mean, median

from gitexp.diagnose.evidence import Evidence, short
from gitexp.schema.finding import NOTE, WARNING, Finding
from gitexp.schema.series import Series

_SECONDS = 60  # a run shorter than that is mostly start-up
_IDLE_PCT = 50.0
_FULL_PCT = 97.0
_OFTEN = 0.1  # of the samples
_THROTTLED_PCT = 5.0
_UTILIZATION = re.compile(r"gpu\.(\d+)\.utilization_pct")
_MEMORY = re.compile(r"(gpu\.\d+\.memory|memory)_?\.?used_pct")
_THERMAL = re.compile(r"(gpu\.\d+)\.throttled_by\.(?:hardware_)?thermal_pct")


def waiting_gpu(evidence: Evidence) -> list[Finding]:
    """A GPU that the run uses, and that is idle half of the time."""
    found = []
    for key, curve in evidence.hardware.items():
        match = _UTILIZATION.fullmatch(key)
        if match is None or _duration_s(curve) < _SECONDS:
            continue
        held = evidence.hardware.get(f"gpu.{match[1]}.process_memory_bytes")
        if held is None or not len(held) or max(held.values) <= 0:
            continue
        middle = curve.values[len(curve) // 10 :]
        busy = median(middle)
        if busy < _IDLE_PCT:
            found.append((f"gpu.{match[1]}", busy, curve))
    if not found:
        return []
    name, busy, curve = min(found, key=lambda item: item[1])
    load = evidence.hardware.get("process.cpu_pct")
    cpu = median(load.values) if load is not None and len(load) else None
    told = "" if cpu is None else f", the training's processes use {cpu / 100:.1f} cores"
    return [
        Finding(
            "waiting-gpu",
            NOTE,
            f"{name} is busy {busy:.0f} % of the time{told}",
            ", ".join(item[0] for item in found),
            (curve.steps[0], curve.steps[-1]),
            "more DataLoader workers, pin_memory=True, larger batches, fewer .item() calls and "
            "prints; torch.profiler shows what it waits for",
            {"utilization_pct": {item[0]: short(item[1]) for item in found}},
        )
    ]


def memory_pressure(evidence: Evidence) -> list[Finding]:
    """Memory, the machine's or a GPU's, that is nearly full."""
    found = []
    for key, curve in evidence.hardware.items():
        if _MEMORY.fullmatch(key) is None or not len(curve):
            continue
        share = mean(value >= _FULL_PCT for value in curve.values)
        if share >= _OFTEN and len(curve) >= 3:
            found.append((key.rpartition(".")[0] or key, max(curve.values), curve))
    if not found:
        return []
    name, peak, curve = max(found, key=lambda item: item[1])
    return [
        Finding(
            "memory-pressure",
            # PyTorch keeps what it has once got from a GPU: that may be full and well.
            NOTE if name.startswith("gpu") else WARNING,
            f"{name} is {peak:.0f} % full",
            ", ".join(item[0] for item in found),
            (curve.steps[0], curve.steps[-1]),
            "smaller batches with gradient accumulation, mixed precision, activation "
            "checkpointing, or fewer DataLoader workers",
            {"peak_pct": {item[0]: short(item[1]) for item in found}},
        )
    ]


def thermal_throttling(evidence: Evidence) -> list[Finding]:
    """A GPU whose clocks are held down because it is hot."""
    found: dict[str, tuple[float, Series]] = {}
    for key, curve in evidence.hardware.items():
        match = _THERMAL.fullmatch(key)
        if match is not None and len(curve) and (share := _mean(curve.values)) > _THROTTLED_PCT:
            known = found.get(match[1])
            if known is None or share > known[0]:
                found[match[1]] = (share, curve)
    if not found:
        return []
    name, (share, curve) = max(found.items(), key=lambda item: item[1][0])
    return [
        Finding(
            "thermal-throttling",
            WARNING,
            f"{name} was slowed down by its heat for {share:.0f} % of the time",
            ", ".join(found),
            (curve.steps[0], curve.steps[-1]),
            "better cooling, or a lower power limit (nvidia-smi -pl): less heat for little speed",
            {"throttled_pct": {name: short(value) for name, (value, _) in found.items()}},
        )
    ]


def _mean(values: Sequence[float]) -> float:
    return mean(values)


def _duration_s(curve: Series) -> float:
    return curve.times_s[-1] - curve.times_s[0] if len(curve) else 0.0
