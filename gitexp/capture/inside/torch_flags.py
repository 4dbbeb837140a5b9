"""torch's switches when a training begins, and at the end: determinism, threads, devices."""

from __future__ import annotations

import sys
from typing import Any

from gitexp.capture.inside import journal

_said: dict[str, Any] = {}


def tell() -> None:
    """Say what differs from what was said before; nothing if torch was not imported."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "backends"):
        return
    facts = flags_of(torch)
    new = {key: value for key, value in facts.items() if _said.get(key) != value}
    if new:
        _said.update(new)
        journal.say("capture", values={"environment": {"torch": new}})


def flags_of(torch: Any) -> dict[str, Any]:
    """The switches that change what is computed, or how fast."""
    backends = torch.backends
    facts: dict[str, Any] = {
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "cudnn_deterministic": backends.cudnn.deterministic,
        "cudnn_benchmark": backends.cudnn.benchmark,
        "float32_matmul_precision": torch.get_float32_matmul_precision(),
        "default_dtype": str(torch.get_default_dtype()).removeprefix("torch."),
        "threads": torch.get_num_threads(),
        "interop_threads": torch.get_num_interop_threads(),
    }
    # Asking must not start CUDA in a process that did not.
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        facts["cudnn_allow_tf32"] = backends.cudnn.allow_tf32
        facts["cuda_devices"] = [
            {
                "index": index,
                "name": torch.cuda.get_device_name(index),
                "peak_allocated_bytes": peak,
            }
            for index in range(torch.cuda.device_count())
            if (peak := torch.cuda.max_memory_allocated(index)) > 0
        ]
    return facts
