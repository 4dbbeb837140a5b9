"""What every probe of the hardware keeps to."""

from __future__ import annotations

from typing import Any, Protocol


class Probe(Protocol):
    """One source of numbers about the machine.

    Threads: all probes of a sampler are made, asked and closed by one thread, in turn.

    Time: `sample` takes milliseconds. Work that takes longer is spread over samples (see `Pace`),
    so that all probes together stay below 1 % of one core at one sample a second.

    Errors: what the machine lacks (no GPU, no right to read a counter) is no error: the probe is
    not made, or the key is left out. An exception from `sample` is a defect of the machine or
    ours: the sampler takes a probe that keeps failing out, with one warning, and goes on.

    Keys are flat, their parts joined by dots; the last part ends in its unit: `_pct`, `_bytes`,
    `_bytes_per_s`, `_w`, `_c`, `_mhz`, or is a count. `_j` are counters, which only grow, except
    that a device may begin again at zero. Values are finite. A key may be missing in any sample.
    """

    name: str
    warnings: list[str]  # grows; one sentence for each thing that a person should know

    def sample(self) -> dict[str, float]:
        """What is now; what is a rate, since the last sample."""
        ...

    def describe(self) -> dict[str, Any]:
        """What does not change: models, sizes, versions; plain data, nested."""
        ...

    def close(self) -> None:
        """Let go of everything; may be called twice, and nothing is called after it."""
        ...
